"""Tests of the distributions as users get them: built, installed, no source in sight.

`hatch run integration:test` installs what `hatch build --all` put into dist/, first
the wheels, then the sdists, and runs these tests on each.
"""

import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RUNNING = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")
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


@pytest.fixture
def notes(examples: Path, tmp_path: Path) -> Path:
    """A copy of the example, so that its database starts empty."""
    ignored = shutil.ignore_patterns("*.sqlite3*", "__pycache__", "tests")
    return shutil.copytree(examples / "notes", tmp_path / "notes", ignore=ignored)


@pytest.fixture(scope="session")
def serve() -> Callable[[Path], AbstractContextManager[str]]:
    """Serve a copy of the example with uvicorn, on a free port; gives its URL."""
    return serve_notes


@contextmanager
def serve_notes(directory: Path) -> Iterator[str]:
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "--port", "0", "notes.asgi:app"],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    log = ""
    try:
        while not (running := RUNNING.search(log)):
            line = server.stderr.readline()
            assert line, f"The server has ended:\n{log}"
            log += line
        yield running[1]
    finally:
        server.terminate()
        log += server.communicate(timeout=20)[1]
    assert server.returncode in (0, -signal.SIGTERM), log
    assert "Traceback" not in log
