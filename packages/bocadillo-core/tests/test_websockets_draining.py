"""How a conversation is cut short."""

import asyncio

import msgspec
import pytest

from bocadillo import (
    App,
)


async def echo(ws):
    async for message in ws:
        await ws.send(message)


@pytest.fixture
def told():
    """What a view has to tell."""
    return []


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


# Draining


async def test_draining_closes_with_1012(app, connect, told):
    @app.websocket_route("/")
    async def view(ws):
        try:
            await ws.receive()
        finally:
            await asyncio.sleep(0.01)
            told.append("clean")

    async with connect("/") as peer:
        await app.drain()
        assert peer.served.done()
        assert await peer.code() == 1012
    assert told == ["clean"]


async def test_draining_refuses_handshakes(app, connect):
    app.websocket_route("/")(echo)

    async with connect("/") as first:
        draining = asyncio.create_task(app.drain())
        await first.event()
        async with connect("/", handshake=False) as peer:
            status, body, _ = await body_of(peer)
        await draining
    assert (status, body["detail"]) == (503, "The server is stopping.")


async def test_draining_does_not_accept_what_is_being_set_up(app, store, connect):
    set_up, go_on = asyncio.Event(), asyncio.Event()

    @store.provider
    async def slow():
        set_up.set()
        await go_on.wait()

    @app.websocket_route("/")
    async def view(ws, slow):
        raise AssertionError

    async with connect("/", handshake=False) as peer:
        await set_up.wait()
        draining = asyncio.create_task(app.drain())
        await asyncio.sleep(0.01)
        go_on.set()
        status, _, _ = await body_of(peer)
        await draining
    assert status == 503


async def test_draining_ends_a_view_that_waits_for_something_else(
    app, store, connect, told, caplog
):
    @store.provider
    async def transaction():
        try:
            yield
        finally:
            await asyncio.sleep(0.01)
            told.append("cleanup")

    @app.websocket_route("/")
    async def view(ws, transaction):
        await ws.receive()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            told.append("finally")

    async with connect("/") as peer:
        peer.send("hi")
        await asyncio.sleep(0)
        async with asyncio.timeout(2):
            await app.drain()
        assert await peer.code() == 1012
    assert told == ["finally", "cleanup"]
    assert caplog.records == []


async def test_draining_lets_a_view_clean_up(app, connect, told):
    @app.websocket_route("/")
    async def view(ws):
        try:
            await ws.receive()
        finally:
            await asyncio.sleep(1.2)
            told.append("clean")

    async with connect("/") as peer:
        peer.close(1006)
        await asyncio.sleep(0)
        await app.drain()
    assert told == ["clean"]


async def test_draining_lets_a_view_clean_up_that_has_not_been_told(app, connect, told):
    @app.websocket_route("/")
    async def view(ws):
        try:
            await ws.receive()
            raise KeyError("defect")
        finally:
            await asyncio.sleep(0.7)
            told.append("clean")

    async with connect("/") as peer:
        peer.send("hi")
        await asyncio.sleep(0)
        await app.drain()
        with pytest.raises(KeyError):
            await peer.end()
    assert told == ["clean"]


async def test_draining_ends_a_view_that_hangs_when_it_has_cleaned_up(
    app, connect, told
):
    @app.websocket_route("/")
    async def view(ws):
        try:
            await ws.receive()
        finally:
            await asyncio.sleep(0.6)
            told.append("clean")
        await asyncio.sleep(60)

    async with connect("/") as peer:
        peer.send("hi")
        await asyncio.sleep(0)
        async with asyncio.timeout(3):
            await app.drain()
    assert told == ["clean"]


async def test_a_view_that_sends_while_draining_is_told(app, connect, told):
    @app.websocket_route("/")
    async def view(ws):
        while True:
            await asyncio.sleep(0.01)
            await ws.send("tick")

    async with connect("/") as peer:
        await app.drain()
        assert await peer.code() == 1012


async def test_draining_closes_the_websockets_of_mounted_apps(app, connect):
    inner = App()
    inner.websocket_route("/")(echo)
    app.mount("/inner", inner)
    app.mount("/plain", plain_app)

    async with connect("/inner/") as first, connect("/plain/") as second:
        await app.drain()
        assert await first.code() == 1012
        assert await second.code() == 1012
    assert len(first.sent) == 2


async def test_what_does_not_end_is_cancelled_after_the_grace(app, connect, caplog):
    @app.websocket_route("/")
    async def view(ws):
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if ended:
                    raise

    ended = []
    async with connect("/", settings={"SHUTDOWN_GRACE": 0.8}) as peer:
        asyncio.get_running_loop().call_later(0.7, ended.append, True)
        await app.drain()
        assert peer.served.cancelled()
    assert "Cancelling 1 requests" in caplog.text


# Views that only send


async def test_a_view_that_only_sends_ends_when_its_client_leaves(
    app, connect, told, caplog
):
    @app.websocket_route("/")
    async def view(ws):
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            told.append("clean")

    async with connect("/") as peer:
        await asyncio.sleep(1.1)
        peer.close()
        assert await peer.end() == []
    assert told == ["clean"]
    assert caplog.records == []


async def test_a_view_that_takes_its_time_gets_every_message(app, connect):
    @app.websocket_route("/")
    async def view(ws):
        await asyncio.sleep(1.1)
        await echo(ws)

    async with connect("/") as peer:
        peer.send("one")
        peer.send("two")
        await asyncio.sleep(1.2)
        peer.send("three")
        for message in ("one", "two", "three"):
            assert await peer.receive() == message
        peer.send("four")
        assert await peer.receive() == "four"


async def test_a_view_that_takes_its_time_gets_what_was_said_before_its_client_left(
    app, connect, told
):
    @app.websocket_route("/")
    async def view(ws):
        await asyncio.sleep(1.1)
        async for message in ws:
            told.append(message)
        told.append("left")

    async with connect("/") as peer:
        peer.send("one")
        peer.send("two")
        peer.close()
        await peer.end()
    assert told == ["one", "two", "left"]


async def test_a_view_that_waits_to_accept_is_not_watched(app, connect):
    @app.websocket_route("/", auto_accept=False)
    async def view(ws):
        await asyncio.sleep(1.1)
        await ws.accept()
        await echo(ws)

    async with connect("/", handshake=False) as peer:
        assert (await peer.event())["type"] == "websocket.accept"
        await asyncio.sleep(1.1)
        peer.send("one")
        assert await peer.receive() == "one"


async def test_a_cancellation_by_the_server_goes_on(app, connect, told):
    @app.websocket_route("/")
    async def view(ws):
        try:
            await ws.receive()
        finally:
            told.append("clean")

    async with connect("/") as peer:
        peer.served.cancel()
        with pytest.raises(asyncio.CancelledError):
            await peer.end()
    assert told == ["clean"]


async def test_no_task_is_left(app, connect):
    @app.websocket_route("/")
    async def view(ws):
        await asyncio.sleep(1.1)
        await ws.receive()

    before = asyncio.all_tasks()
    async with connect("/") as peer:
        await asyncio.sleep(1.2)
        peer.send("hi")
        assert await peer.code() == 1000
    await asyncio.sleep(0)
    assert asyncio.all_tasks() <= before
