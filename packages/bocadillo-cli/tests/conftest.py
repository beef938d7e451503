"""What the tests of the command share: a runner, an app, servers."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from textwrap import dedent
from typing import Self

import pytest
from click.testing import CliRunner, Result

from bocadillo_cli.main import main

SHOP = '''
"""An app with something of everything."""

from bocadillo import App, Middleware, Router, Store, configure, hooks

store = Store()


@store.provider(scope="app")
async def pool():
    yield "pool"


@store.provider
async def db(pool):
    yield f"db of {pool}"


@store.provider
async def user(req, db):
    return "ada"


@store.provider
async def old():
    return None


class Timing(Middleware):
    pass


async def log_in(req, res, params, user): ...
async def audit(req, res, params): ...


app = App("shop", providers=store)
app.add_middleware(Timing)
api = Router()
api.before(log_in)
admin = App("admin")


@app.route("/")
async def index(req, res):
    res.text = "Welcome"


@api.route("/items/{pk}")
class Item:
    @hooks.after(audit)
    async def get(self, req, res, pk: int, limit: int = 10, *, db): ...

    async def delete(self, req, res, pk: int): ...


@api.route("/items", methods=["POST"])
async def create(req, res, db): ...


@api.route("/items/new")
async def new(req, res): ...


@api.error_handler(LookupError)
async def not_found(req, res, exc): ...


@admin.route("/users/{name}")
async def admin_user(req, res, name, db): ...


app.include_router(api, prefix="/api")
app.mount("/admin", admin)
configure(app, SECRET_KEY="do not tell", gzip_min_size=2048, STATIC_DIR=None)
'''


@pytest.fixture
def directory(tmp_path, monkeypatch) -> Path:
    """An empty working directory, from which modules can be imported for once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delenv("BOCADILLO_APP", raising=False)
    # Set before it is deleted, so that it is restored: `run` sets it itself.
    monkeypatch.setenv("BOCADILLO_DEBUG", "")
    monkeypatch.delenv("BOCADILLO_DEBUG")
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        module = sys.modules[name]
        places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
        if any(str(place).startswith(str(tmp_path)) for place in places):
            del sys.modules[name]


@pytest.fixture
def run(directory, monkeypatch):
    """Run `bocadillo` on a terminal of 80 columns, as in `run("create", "my-app")`."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*args: str, answers: str = "", **options) -> Result:
        return CliRunner().invoke(
            main, args, input=answers, prog_name="bocadillo", **options
        )

    return run


@pytest.fixture
def write(directory):
    """Write a module, as in `write("asgi.py", "app = …")`."""

    def write(name: str, code: str) -> Path:
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(code).lstrip(), "utf-8")
        return file

    return write


@pytest.fixture
def shop(write) -> Path:
    """The file of an app with something of everything: `shop:app`."""
    return write("shop.py", SHOP)


URL = re.compile(r"http://127\.0\.0\.1:(\d+)")
SECONDS = 20


class Server:
    """A running `bocadillo`, and what it has printed so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.output = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.output += line

    def wait_for(self, text: str, count: int = 1) -> Self:
        """Wait until it has printed a text that often."""
        deadline = time.monotonic() + SECONDS
        while self.output.count(text) < count:
            ended = self.process.poll() is not None
            assert not ended, f"It has ended:\n{self.output}"
            assert time.monotonic() < deadline, f"No {text!r} in:\n{self.output}"
            time.sleep(0.02)
        return self

    def change(self, file: Path, content: str) -> None:
        """Write a file until its change was noticed.

        A server begins to watch a moment after it has started, which nothing tells.
        """
        deadline = time.monotonic() + SECONDS
        while f"detected changes in '{file.name}'" not in self.output:
            assert time.monotonic() < deadline, f"No change noticed:\n{self.output}"
            file.write_text(content, "utf-8")
            time.sleep(0.5)

    @property
    def port(self) -> int:
        return int(URL.search(self.output)[1])

    def get(self, path: str = "/", **headers: str) -> tuple[int, str, dict[str, str]]:
        """Status, body and headers of an answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            body = response.read().decode()
            return response.status, body, dict(response.getheaders())
        finally:
            connection.close()

    def stop(self) -> float:
        """Tell it to end, and return how many seconds that took."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(SECONDS)
        return time.monotonic() - started

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self._reader.join()
        self.process.stdout.close()


@pytest.fixture
def serving(directory):
    """Start a server until the test ends, as in `serving("run", "--port", "0")`."""
    servers: list[Server] = []

    def serving(*args: str, **environment: str) -> Server:
        process = subprocess.Popen(
            [sys.executable, "-m", "bocadillo_cli", *args],
            cwd=directory,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        servers.append(Server(process))
        return servers[-1]

    yield serving
    for server in servers:
        server.close()
