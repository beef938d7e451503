"""Async-first dependency injection in the manner of pytest fixtures.

A *provider* makes a value, a *consumer* names it as a parameter:

    store = Store()

    @store.provider(scope="app")
    async def pool() -> AsyncIterator[Pool]: ...

    @store.consumer
    async def rename(user_id: int, name: str, *, pool: Pool): ...

    async with store.session():
        await rename(3, name="Ada")

Everything that a store does is there as a function, too, of a default store.
"""

from .__about__ import __version__
from .consumer import Consumer
from .context import ContextProvider
from .decorators import use, useprovider
from .default import (
    consumer,
    create_context_provider,
    default_store,
    dependants,
    discover,
    discover_default,
    empty,
    enter_session,
    exit_freeze,
    exit_session,
    explain,
    freeze,
    graph,
    has_provider,
    include,
    override,
    override_with,
    problems,
    provider,
    session,
    session_sync,
    trace,
    unused,
    value,
)
from .errors import (
    AmbiguousParameter,
    CleanupError,
    DeclarationError,
    DependencyCycle,
    DidNotYield,
    DuplicateProvider,
    GraphError,
    InvalidProvider,
    MissingProvider,
    OverrideError,
    OverrideTooLate,
    Problem,
    ProvidersError,
    ResolutionError,
    ScopeMismatch,
    ScopeNotOpen,
    SessionRequired,
    SyncResolutionError,
    TypeMismatch,
    UnknownOverride,
    UnknownScope,
    ValueNotSet,
    YieldedTwice,
)
from .markers import Lazy
from .override import Override
from .provider import Provider
from .registry import Registry
from .scope import Scope
from .session import Session
from .store import Store
from .trace import Span, Trace

__all__ = [
    "AmbiguousParameter",
    "CleanupError",
    "Consumer",
    "ContextProvider",
    "DeclarationError",
    "DependencyCycle",
    "DidNotYield",
    "DuplicateProvider",
    "GraphError",
    "InvalidProvider",
    "Lazy",
    "MissingProvider",
    "Override",
    "OverrideError",
    "OverrideTooLate",
    "Problem",
    "Provider",
    "ProvidersError",
    "Registry",
    "ResolutionError",
    "Scope",
    "ScopeMismatch",
    "ScopeNotOpen",
    "Session",
    "SessionRequired",
    "Span",
    "Store",
    "SyncResolutionError",
    "Trace",
    "TypeMismatch",
    "UnknownOverride",
    "UnknownScope",
    "ValueNotSet",
    "YieldedTwice",
    "__version__",
    "consumer",
    "create_context_provider",
    "default_store",
    "dependants",
    "discover",
    "discover_default",
    "empty",
    "enter_session",
    "exit_freeze",
    "exit_session",
    "explain",
    "freeze",
    "graph",
    "has_provider",
    "include",
    "override",
    "override_with",
    "problems",
    "provider",
    "session",
    "session_sync",
    "trace",
    "unused",
    "use",
    "useprovider",
    "value",
]
