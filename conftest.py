"""What the tests of all packages share: async tests run on asyncio, few examples."""

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

# Each run tries other examples, and there are many runs: `--hypothesis-profile=default`
# tries more at once. How long one takes says more of the machine than of the code.
settings.register_profile(
    "swift",
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("swift")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
