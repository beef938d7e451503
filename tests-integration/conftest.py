"""Tests of the distributions as users get them: built, installed, no source in sight.

`hatch run integration:test` installs what `hatch build --all` put into dist/, first
the wheels, then the sdists, and runs these tests on each.
"""

import sysconfig
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bocadillo", "bocadillo_cli", "bocadillo_providers", "bocadillo_testing")


@pytest.fixture(scope="session", autouse=True)
def installed_distributions() -> None:
    """Refuse to run on anything but installed distributions."""
    installed = Path(sysconfig.get_path("purelib")).resolve()
    for package in PACKAGES:
        spec = find_spec(package)
        place = Path(spec.origin).resolve() if spec and spec.origin else None
        if place is None or not place.is_relative_to(installed):
            found = f"imported from {place}" if place else "missing"
            pytest.fail(
                f"These tests need installed distributions: `{package}` is {found}. "
                "Run `hatch build --all`, then `hatch run integration:test`.",
                pytrace=False,
            )


@pytest.fixture(scope="session")
def dist() -> Path:
    """The directory of the built distributions."""
    return ROOT / "dist"


@pytest.fixture(scope="session")
def examples() -> Path:
    """The directory of the example applications."""
    return ROOT / "examples"
