"""How many Python frames a warm request takes: counted, so it repeats exactly."""

import asyncio
import gc
import sys

import pytest

from bocadillo import App, Store, configure

BUDGET = {"/": 14, "/items/42": 18, "/provided": 24, "/nope": 20}


@pytest.fixture
def app():
    store = Store()

    @store.provider
    async def user(req):
        return "ada"

    app = App(providers=store)

    @app.route("/")
    async def index(req, res):
        res.text = "Hello"

    @app.route("/items/{pk}")
    async def item(req, res, pk: int):
        res.json = {"pk": pk}

    app.route("/any/{pk}", methods=all)(item)

    @app.route("/provided")
    async def provided(req, res, user):
        res.json = {"user": user}

    return configure(app, STATIC_DIR=None)


def scope(path):
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1234),
        "server": ("127.0.0.1", 80),
    }


async def receive():
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(message):
    pass


OURS = {"receive", "send", "index", "item", "provided", "user", "frames_of"}


async def frames_of(app, path):
    """The names of the functions that a request for `path` calls, but for our own."""
    called = []

    def count(frame, event, arg):
        if event == "call" and frame.f_code.co_name not in OURS:
            called.append(frame.f_code.co_qualname)

    request = scope(path)
    gc.disable()  # what it finalizes would be counted
    sys.setprofile(count)
    try:
        await app(request, receive, send)
    finally:
        sys.setprofile(None)
        gc.enable()
    return called


counted = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11) or sys.gettrace() is not None,
    reason="frames are counted on Python 3.11, without coverage",
)


def warm_frames_of(app, path):
    """The same when the app has served a few already."""

    async def warm_then_count():
        for _ in range(3):
            await app(scope(path), receive, send)
        return await frames_of(app, path)

    return asyncio.run(warm_then_count())


@counted
@pytest.mark.parametrize(("path", "budget"), BUDGET.items())
def test_a_warm_request_takes_few_frames(app, path, budget, monkeypatch):
    # One app in the process, as in production.
    monkeypatch.setattr("bocadillo.config.registry.several", False)

    called = warm_frames_of(app, path)

    assert len(called) <= budget, called


@counted
def test_a_route_for_all_methods_is_found_as_soon(app):
    assert warm_frames_of(app, "/any/42") == warm_frames_of(app, "/items/42")
