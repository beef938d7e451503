import pytest

from bocadillo_providers import Store


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    """Async tests run on both libraries."""
    return request.param


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def log():
    """What happened, in order."""
    return []
