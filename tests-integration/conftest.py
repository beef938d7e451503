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
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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


@pytest.fixture(scope="module")
def notes(examples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example, so that its database starts empty."""
    ignored = shutil.ignore_patterns("*.sqlite3*", "__pycache__", "tests")
    directory = tmp_path_factory.mktemp("example") / "notes"
    return shutil.copytree(examples / "notes", directory, ignore=ignored)


@pytest.fixture(scope="session")
def serve() -> Callable[[Path, str], AbstractContextManager[str]]:
    """Serve an app of a directory with uvicorn, on a free port; gives its URL."""
    return serve_with_uvicorn


@contextmanager
def serve_with_uvicorn(directory: Path, app: str) -> Iterator[str]:
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "--port", "0", app],
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


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Chromium. Each test opens windows of its own, which know nothing of others."""
    sync_api = pytest.importorskip("playwright.sync_api")
    names = ("chromium", "chromium-browser", "google-chrome")
    found = list(filter(None, map(shutil.which, names)))
    if not found:
        pytest.skip("there is no Chromium here")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found[0],
            args=["--no-sandbox", "--disable-background-networking"],
        )
        yield browser
        browser.close()
