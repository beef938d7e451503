"""A suite of 200 tests that ask for one page each, beside 200 empty ones.

The goal is that ours runs in less than two seconds. Frameworks that are not installed
are left out. Each suite is a process of its own; they take turns.
"""

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

ROUNDS = 5
TESTS = 200
ASKING = 'def test_{0}(client):\n    assert client.get("/").text == "Hello"\n'
EMPTY = "def test_{0}():\n    pass\n"

BOCADILLO = """\
import pytest
from bocadillo import App, configure


@pytest.fixture(scope="session")
def app():
    app = App()

    @app.route("/")
    async def index(req, res):
        res.text = "Hello"

    return configure(app)
"""
CLIENT = """

@pytest.fixture
def client():
    with TestClient(app) as client:
        yield client
"""
STARLETTE = """\
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient


async def index(request):
    return PlainTextResponse("Hello")


app = Starlette(routes=[Route("/", index)])
"""
FASTAPI = """\
import pytest
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from fastapi.testclient import TestClient

app = FastAPI()


@app.get("/", response_class=PlainTextResponse)
async def index():
    return "Hello"
"""

SUITES = {
    "empty": ("", EMPTY),
    "bocadillo": (BOCADILLO, ASKING),
    "starlette": (STARLETTE + CLIENT, ASKING),
    "fastapi": (FASTAPI + CLIENT, ASKING),
}


def write(directory, conftest, test):
    directory.mkdir()
    (directory / "pytest.ini").write_text(
        "[pytest]\nasyncio_default_fixture_loop_scope = function\n"
    )
    (directory / "conftest.py").write_text(conftest)
    tests = "\n\n".join(test.format(number) for number in range(TESTS))
    (directory / "test_pages.py").write_text(tests)


def run(directory):
    """Seconds that pytest reports, of the whole process, and of the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        # As usual outside of containers: imports are not compiled again.
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
    )
    process = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    user = after.ru_utime - before.ru_utime
    system = after.ru_stime - before.ru_stime
    reported = re.search(rf"{TESTS} passed in ([\d.]+)s", done.stdout)
    if reported is None:
        sys.exit(done.stdout + done.stderr)
    return float(reported[1]), process, user + system


def main():
    names = [name for name in SUITES if name == "empty" or find_spec(name)]
    figures = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as place:
        for name in names:
            write(Path(place, name), *SUITES[name])
            run(Path(place, name))  # compiles it
        for _ in range(ROUNDS):
            for name in names:
                figures[name].append(run(Path(place, name)))
    print(f"{TESTS} tests, medians of {ROUNDS} in seconds")
    print(f"{'':12}{'pytest':>10}{'process':>10}{'CPU':>10}")
    for name, runs in figures.items():
        medians = map(statistics.median, zip(*runs, strict=True))
        print(f"{name:12}" + "".join(f"{median:10.2f}" for median in medians))


if __name__ == "__main__":
    main()
