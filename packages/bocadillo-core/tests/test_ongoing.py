"""Streams that end together, and what answers for middleware: the ends of a request."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from bocadillo import ClientDisconnect, configure


class Fails:
    """ASGI middleware that fails instead of serving."""

    def __init__(self, app, error):
        self.app = app
        self.error = error

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            raise self.error
        await self.app(scope, receive, send)


class Request:
    """A request to an app, whose client stays."""

    def __init__(self, app, path="/"):
        self.sent = []
        self._news = asyncio.Event()
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "headers": [],
            "query_string": b"",
            "http_version": "1.1",
        }
        self.served = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self):
        return await asyncio.Event().wait()

    async def _send(self, message):
        self.sent.append(message)
        self._news.set()

    async def chunk(self):
        """Wait for the first bytes of the body."""
        while not any(it.get("body") for it in self.sent):
            self._news.clear()
            await self._news.wait()


def stream_for(app, kind):
    @app.error_handler(LookupError)
    async def explain(req, res, exc):
        @getattr(res, kind)
        async def sorry():
            yield "sorry"
            await asyncio.sleep(0.01 if kind == "stream" else 3600)
            yield "end"


def is_open(path):
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # that of the directory itself
            if descriptor.readlink() == path:
                return True
    return False


@pytest.mark.parametrize("raised_by", ["view", "middleware"])
@pytest.mark.parametrize("kind", ["stream", "event_stream"])
async def test_draining_waits_for_a_stream_of_an_error_handler(app, raised_by, kind):
    stream_for(app, kind)
    if raised_by == "middleware":
        app.add_middleware(Fails, error=KeyError())

    @app.route("/")
    async def view(req, res):
        raise KeyError

    configure(app, STATIC_DIR=None)
    request = Request(app)
    await request.chunk()
    await asyncio.wait_for(app.drain(), 5)

    assert request.served.done()
    last = {"stream": b"", "event_stream": b"retry: 1000\n\n"}[kind]
    assert request.sent[-1] == {"type": "http.response.body", "body": last}


async def test_an_event_stream_that_begins_while_draining_ends_at_once(app):
    stream_for(app, "event_stream")

    @app.route("/")
    async def view(req, res):
        raise KeyError

    configure(app, STATIC_DIR=None)
    await Request(app, "/nothing").served
    await app.drain()
    request = Request(app)
    await request.served

    assert request.sent[-1]["body"] == b"retry: 1000\n\n"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="reads /proc")
async def test_what_answers_for_middleware_is_a_whole_answer(app, tmp_path):
    path = tmp_path / "sorry.txt"
    path.write_text("sorry")
    done = []
    app.add_middleware(Fails, error=LookupError())

    @app.error_handler(LookupError)
    async def explain(req, res, exc):
        res.file(path)

        @res.background
        async def later():
            done.append("later")

    configure(app, STATIC_DIR=None)
    request = Request(app)
    await request.served

    assert request.sent[-1]["body"] == b"sorry"
    assert done == ["later"]
    assert not is_open(path)


async def test_nobody_is_answered_when_middleware_finds_the_client_gone(app):
    app.add_middleware(Fails, error=ClientDisconnect())
    configure(app, STATIC_DIR=None)
    request = Request(app)
    await request.served

    assert request.sent == []
