"""Run the Python code of the pages, each page from top to bottom and on its own."""

from collections.abc import Iterator

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

from bocadillo.providers import registry
from bocadillo_providers import default_store

PARSERS = [PythonCodeBlockParser(), SkipParser()]


def forget_providers(namespace: object = None) -> None:
    """Let a page declare providers under names that another page has used."""
    del registry._own[:], default_store._own[:]


@pytest.fixture
def own_providers() -> Iterator[None]:
    """For a test that runs the code of a page itself."""
    forget_providers()
    yield
    forget_providers()


pytest_collect_file = Sybil(
    PARSERS, pattern="*.md", setup=forget_providers, teardown=forget_providers
).pytest()
