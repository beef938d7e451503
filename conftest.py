"""What the tests of all packages share: async tests run on asyncio."""

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
