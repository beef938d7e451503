"""An application to be a client of, and suites that pytest runs inside of a test."""

import asyncio
import itertools
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

import pytest

from bocadillo import App, Store, configure, server_event

Run = Callable[..., pytest.RunResult]

SHOP = '''
from bocadillo import App, Store, configure

log = []
store = Store()
app = App("shop", providers=store)
configure(app)


class Mailer:
    def __init__(self, kind="real"):
        self.kind = kind


@store.provider(scope="app")
async def pool():
    log.append("pool opened")
    yield {"size": 5}
    log.append("pool closed")


@store.provider
async def db(pool):
    """A connection to the database."""
    log.append("db opened")
    yield {"pool": pool, "rows": []}
    log.append("db closed")


@store.provider
def mailer():
    return Mailer()


@store.provider
def caller(req):
    return req.headers["user-agent"]


@app.route("/")
async def index(req, res, mailer, db):
    db["rows"].append("seen")
    res.json = {"mailer": mailer.kind, "pool": db["pool"], "rows": db["rows"]}
'''
"""An app of which suites test everything; saved as `shop.py`."""

INI = """
[pytest]
bocadillo_app = shop:app
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""


@pytest.fixture
def log() -> list[str]:
    """What happened in the app, in order."""
    return []


@pytest.fixture
def app(log: list[str]) -> App:
    app = App("under test", providers=Store())
    configure(app)
    declare_views(app, log)
    declare_endless(app, log)

    @app.on("startup")
    async def start():
        log.append("startup")

    @app.on("shutdown")
    async def stop():
        log.append("shutdown")

    return app


def declare_views(app: App, log: list[str]) -> None:
    @app.route("/")
    async def index(req, res):
        res.json = {"hello": "world"}

    @app.route("/echo", methods=["post"])
    async def echo(req, res):
        res.content = await req.body()

    @app.route("/fail")
    async def fail(req, res):
        raise LookupError("no such thing")

    @app.route("/old")
    async def old(req, res):
        res.status_code = 302
        res.headers["location"] = "/"

    @app.route("/later")
    async def later(req, res):
        res.text = "done"

        @res.background
        async def note():
            await pause()
            log.append("background")


def declare_endless(app: App, log: list[str]) -> None:
    @app.route("/endless")
    async def endless(req, res):
        @res.stream
        async def stream():
            try:
                while True:
                    yield "chunk"
            finally:
                await pause()
                log.append("left")

    @app.route("/events")
    async def events(req, res):
        @res.event_stream
        async def stream():
            try:
                for number in itertools.count(1):
                    yield server_event("tick", json=number, id=str(number), retry=10)
            finally:
                await pause()
                log.append("left")

    @app.websocket_route("/chat/{room}", subprotocols=["chat.v2"])
    async def chat(ws, room):
        try:
            async for message in ws:
                await ws.send_text(f"{room}: {message}")
        finally:
            await pause()
            log.append("left")

    @app.websocket_route("/broken")
    async def broken(ws):
        raise LookupError("no such room")


async def pause():
    """Await a few times, as cleanup does."""
    for _ in range(5):
        await asyncio.sleep(0.001)


class Imported:
    """Remembers the modules that were there when a suite in this process ended."""

    def __init__(self) -> None:
        self.modules: dict[str, ModuleType] = {}

    def pytest_unconfigure(self) -> None:
        self.modules.update(sys.modules)


@pytest.fixture
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    """Keeps the installed modules that suites import.

    pytester takes them out of `sys.modules` again. Imported anew they would be others:
    a second uvloop, or exceptions that `except` does not know.
    """
    imported = Imported()
    yield imported
    of_suites = tmp_path_factory.getbasetemp()
    for name in imported.modules.keys() - sys.modules.keys():
        file = getattr(imported.modules[name], "__file__", None)
        if file and not Path(file).is_relative_to(of_suites):
            sys.modules[name] = imported.modules[name]


@pytest.fixture
def run(imported: Imported, pytester: pytest.Pytester) -> Run:
    """Run files as a suite of their own: `run(test_it=...)`, in this process."""
    pytester.makepyfile(shop=SHOP)
    pytester.makefile(".ini", pytest=INI)

    def run(
        *args: str, subprocess: bool = False, hypothesis: bool = False, **files: str
    ) -> pytest.RunResult:
        if files:
            pytester.makepyfile(**files)
        loaded = any(
            each.value == "bocadillo_testing.plugin"
            for each in entry_points(group="pytest11")
        )
        plugins = [] if loaded else ["-p", "bocadillo_testing.plugin"]
        if not hypothesis:
            # It would import all of itself again, for each suite.
            plugins += ["-p", "no:hypothesispytest"]
        # Tracebacks of Python itself, for pytest's parse each file that they lead to.
        options = (*plugins, "-p", "no:cacheprovider", "--tb=native", *args)
        if subprocess:
            return pytester.runpytest_subprocess(*options)
        return pytester.runpytest_inprocess(*options, plugins=[imported])

    return run
