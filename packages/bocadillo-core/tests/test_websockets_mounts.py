"""Websockets of apps that are mounted, and what surrounds them."""

import msgspec
import pytest

from bocadillo import (
    App,
    HTTPError,
)

REFUSED = {"type": "websocket.close", "code": 1000, "reason": ""}


async def echo_name(ws, name):
    await ws.send(name)


def name_view(name):
    async def view(ws):
        await ws.send(name)

    return view


async def plain_app(scope, receive, send):
    """An ASGI app without a framework: says where it is, then echoes."""
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": scope["root_path"] + scope["path"]})
    while (event := await receive())["type"] == "websocket.receive":
        if event["text"] == "fail":
            raise KeyError("defect")
        if event["text"] == "close":
            await send({"type": "websocket.close", "code": 3000})
        else:
            await send({"type": "websocket.send", "text": event["text"]})


async def body_of(peer):
    """Status and JSON body of a refusal, and its headers."""
    start, body = await peer.end()
    assert start["type"] == "websocket.http.response.start"
    assert body["type"] == "websocket.http.response.body"
    return start["status"], msgspec.json.decode(body["body"]), dict(start["headers"])


async def test_a_mounted_app_has_websockets(app, connect):
    app.mount("/inner", plain_app)

    async with connect("/inner/x") as peer:
        assert await peer.receive() == "/inner/inner/x"
        peer.send("hi")
        assert await peer.receive() == "hi"
        peer.send("close")
        assert await peer.code() == 3000


def test_the_websockets_of_a_mounted_app_have_its_state(app, client):
    inner = App()

    @inner.lifespan
    async def add_pool(app):
        yield {"pool": "inner"}

    @inner.websocket_route("/")
    async def pool(ws):
        await ws.send(ws.state.pool)

    app.mount("/inner", inner)

    with client.websocket_connect("/inner/") as ws:
        assert ws.receive_text() == "inner"


async def test_a_mounted_app_that_just_returns_is_closed(app, connect):
    async def inner(scope, receive, send):
        await send({"type": "websocket.accept"})

    app.mount("/inner", inner)

    async with connect("/inner/") as peer:
        assert await peer.code() == 1000


async def test_a_mounted_app_that_fails_is_closed_with_1011(app, connect):
    app.mount("/inner", plain_app)

    async with connect("/inner/") as peer:
        peer.send("fail")
        with pytest.raises(KeyError):
            await peer.end()
    assert peer.sent[-1]["code"] == 1011


async def test_a_mounted_app_that_fails_before_accepting_is_a_500(app, connect):
    async def inner(scope, receive, send):
        raise KeyError("defect")

    app.mount("/inner", inner)

    async with connect("/inner/", handshake=False) as peer:
        with pytest.raises(KeyError):
            await peer.end()
    assert peer.sent[0]["status"] == 500


async def test_a_mounted_app_may_refuse(app, connect):
    async def inner(scope, receive, send):
        start = {"type": "websocket.http.response.start", "status": 418, "headers": []}
        await send(start)
        await send({"type": "websocket.http.response.body", "body": b"no"})

    app.mount("/inner", inner)

    async with connect("/inner/", handshake=False) as peer:
        events = await peer.end()
    assert [event.get("status") for event in events] == [418, None]


async def test_apps_may_be_nested(app, connect):
    inner = App()
    inner.websocket_route("/{name}")(echo_name)
    app.mount("/inner", inner)

    async with connect("/inner/lobby") as peer:
        assert await peer.receive() == "lobby"
        assert await peer.code() == 1000
    async with connect("/inner/a/b", handshake=False) as peer:
        assert await peer.end() == [REFUSED]


async def test_a_mount_takes_its_place_among_websockets(app, connect):
    app.websocket_route("/inner/first")(name_view("first"))
    app.mount("/inner", plain_app)
    app.websocket_route("/inner/second")(name_view("second"))

    async with connect("/inner/first") as peer:
        assert await peer.receive() == "first"
    async with connect("/inner/second") as peer:
        assert await peer.receive() == "/inner/inner/second"


@pytest.mark.parametrize("path", ["/inner", "/wsgi/", "/static/file.txt"])
async def test_what_has_no_websockets_refuses_them(app, connect, tmp_path, path):
    (tmp_path / "file.txt").write_text("hi")
    from bocadillo import static

    app.mount("/inner", plain_app)
    app.mount("/wsgi", lambda environ, start_response: [])
    app.mount("/static", static(tmp_path))

    async with connect(path, handshake=False) as peer:
        assert await peer.end() == [REFUSED]


class Guarding:
    def __init__(self, app, error):
        self.app = app
        self.error = error

    async def __call__(self, scope, receive, send):
        if scope["type"] == "websocket" and scope["path"] == "/guarded":
            raise self.error
        await self.app(scope, receive, send)


async def test_what_asgi_middleware_raises_refuses(app, connect):
    app.add_middleware(Guarding, error=HTTPError(401))
    app.websocket_route("/{name}")(echo_name)

    async with connect("/guarded", handshake=False) as peer:
        status, _, _ = await body_of(peer)
        assert status == 401
    async with connect("/free") as peer:
        assert await peer.receive() == "free"


async def test_a_defect_of_asgi_middleware_is_a_500_and_is_raised_on(app, connect):
    app.add_middleware(Guarding, error=KeyError("defect"))

    async with connect("/guarded", handshake=False) as peer:
        with pytest.raises(KeyError):
            await peer.end()
    assert peer.sent[0]["status"] == 500
