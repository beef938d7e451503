"""Run the Python code of the pages, each page from top to bottom and on its own."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

from bocadillo.providers import registry
from bocadillo_providers import default_store

PARSERS = [PythonCodeBlockParser(), SkipParser()]


@contextmanager
def own_providers() -> Iterator[None]:
    """Let a page declare providers under names that others use, too."""
    kept = {store: store._own[:] for store in (registry, default_store)}
    for store in kept:
        store._own.clear()
    yield
    for store, providers in kept.items():
        store._own[:] = providers


def start_page(namespace: dict[str, Any]) -> None:
    namespace["__page__"] = page = ExitStack()
    page.enter_context(own_providers())


def end_page(namespace: dict[str, Any]) -> None:
    namespace["__page__"].close()


pytest_collect_file = Sybil(
    PARSERS, pattern="*.md", setup=start_page, teardown=end_page
).pytest()


@pytest.fixture
def as_a_page() -> Iterator[None]:
    """For a test that runs the code of a page itself."""
    with own_providers():
        yield
