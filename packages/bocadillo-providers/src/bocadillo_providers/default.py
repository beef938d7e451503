"""A store for scripts, and its methods as functions.

A library must not declare here: it exports a `Registry`.
"""

from .store import Store

default_store = Store()
"""What the functions of this package work on."""

consumer = default_store.consumer
create_context_provider = default_store.create_context_provider
dependants = default_store.dependants
discover = default_store.discover
discover_default = default_store.discover_default
empty = default_store.empty
enter_session = default_store.enter_session
exit_freeze = default_store.exit_freeze
exit_session = default_store.exit_session
explain = default_store.explain
freeze = default_store.freeze
graph = default_store.graph
has_provider = default_store.has_provider
include = default_store.include
override = default_store.override
override_with = default_store.override_with
problems = default_store.problems
provider = default_store.provider
session = default_store.session
session_sync = default_store.session_sync
trace = default_store.trace
unused = default_store.unused
value = default_store.value
