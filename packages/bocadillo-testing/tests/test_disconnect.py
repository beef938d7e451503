"""What an app is told when its client leaves: by both clients, for any ASGI app."""

import logging

import anyio
import pytest

from bocadillo_testing import async_client, create_client, disconnect


def streaming(told, *, forever=False):
    """An app that streams until it is told that its client has left."""

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            async with anyio.create_task_group() as group:

                async def listen():
                    told.append((await receive())["type"])
                    if not forever:
                        group.cancel_scope.cancel()

                group.start_soon(listen)
                body = {"type": "http.response.body", "body": b"x", "more_body": True}
                while True:
                    await send(body)
        finally:
            with anyio.CancelScope(shield=not forever):
                await anyio.sleep(0.001)
                told.append("cleaned up")

    return app


def read_one_chunk(client):
    with client.stream("GET", "/feed") as response:
        chunks = response.iter_raw()
        assert next(chunks) == b"x"


def test_an_app_is_told_that_its_client_has_left():
    told = []
    with create_client(streaming(told)) as client:
        read_one_chunk(client)
    assert told == ["http.disconnect", "cleaned up"]


def test_the_same_on_trio():
    told = []
    with create_client(streaming(told), backend="trio") as client:
        read_one_chunk(client)
    assert told == ["http.disconnect", "cleaned up"]


async def test_an_app_is_told_by_the_asynchronous_client_too():
    told = []
    async with (
        async_client(streaming(told)) as client,
        client.stream("GET", "/") as response,
    ):
        async for chunk in response.aiter_raw():
            assert chunk == b"x"
            break
    assert told == ["http.disconnect", "cleaned up"]


def test_an_app_that_does_not_end_is_cancelled_and_reported(monkeypatch, caplog):
    monkeypatch.setattr(disconnect, "GRACE", 0.05)
    told = []
    with create_client(streaming(told, forever=True)) as client:
        read_one_chunk(client)
    assert told == ["http.disconnect"]
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert "GET /feed went on for 0.05 seconds" in record.getMessage()


def test_an_app_that_sends_without_ever_waiting_hears_of_it():
    received = []

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})

        async def listen():
            received.append(await receive())
            received.append(await receive())

        async with anyio.create_task_group() as group:
            group.start_soon(listen)
            while len(received) < 2:
                await send({"type": "http.response.body", "more_body": True})

    with create_client(app) as client, client.stream("GET", "/"):
        pass
    assert [each["type"] for each in received] == ["http.request", "http.disconnect"]


def test_a_websocket_reads_what_was_sent_before_its_client_left():
    received = []
    refused = []

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return
        await receive()
        await send({"type": "websocket.accept"})
        await anyio.sleep(0.02)
        message = await receive()
        while message["type"] == "websocket.receive":
            received.append(message["text"])
            message = await receive()
        received.append(message["type"])
        try:
            await send({"type": "websocket.send", "text": "too late"})
        except OSError as exc:
            refused.append(str(exc))

    with create_client(app) as client, client.websocket_connect("/") as ws:
        ws.send_text("1")
        ws.send_text("2")
    assert received == ["1", "2", "websocket.disconnect"]
    assert refused == ["The client has left."]


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_what_ends_a_process_is_raised_in_the_test_only(kind):
    async def app(scope, receive, send):
        if scope["type"] == kind:
            raise SystemExit("the end")
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    with create_client(app) as client:
        connect = {"http": client.stream, "websocket": client.websocket_connect}[kind]
        arguments = {"http": ("GET", "/"), "websocket": ("/",)}[kind]
        for _ in range(2):
            with pytest.raises(SystemExit, match="the end"), connect(*arguments):
                pass


def test_an_exception_of_the_app_comes_alone():
    async def app(scope, receive, send):
        if scope["type"] == "http":
            raise LookupError("alone")

    with create_client(app) as client, pytest.raises(LookupError, match="alone"):
        client.get("/")
