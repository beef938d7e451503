"""The app under test, with a database of its own for each test."""

import pytest

from notes import asgi


@pytest.fixture
def app():
    return asgi.app


@pytest.fixture
def database_path(tmp_path):
    """Overrides the provider of that name."""
    return tmp_path / "notes.sqlite3"


@pytest.fixture
def anyio_backend():
    return "asyncio"
