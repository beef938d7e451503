import asyncio

import pytest

from bocadillo.errors import ClientLeft, WebSocketDisconnect
from bocadillo.wire import Stage, Wire


class Server:
    """Puts down what was sent; may fail to send."""

    def __init__(self):
        self.queue = asyncio.Queue()
        self.sent = []
        self.failure = None

    async def send(self, event):
        if self.failure is not None:
            raise self.failure
        self.sent.append(event)

    def leave(self, code=1001, failure=None):
        self.failure = failure or OSError()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code})


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def wire(server):
    return Wire(server.queue.get, server.send)


@pytest.mark.parametrize("failure", [OSError(), RuntimeError("Expected …")])
async def test_a_refusal_may_come_too_late(wire, server, failure):
    server.leave(failure=failure)

    await wire.respond({"type": "http.response.start", "status": 503, "headers": []})
    await wire.respond({"type": "http.response.body", "body": b"Later."})

    assert wire.stage is Stage.ENDED


async def test_it_is_closed_once(wire, server):
    await wire.accept(None)
    await wire.hang_up(1000, "")
    await wire.hang_up(1011, "")

    assert [event["type"] for event in server.sent] == [
        "websocket.accept",
        "websocket.close",
    ]
    assert wire.stage is Stage.ENDED


async def test_who_was_sent_away_is_not_there_any_more(wire, server):
    await wire.accept(None)
    left = await wire.send_away(1012, "x" * 200)

    assert (left.code, len(left.reason.encode())) == (1012, 123)
    with pytest.raises(ClientLeft) as caught:
        await wire.send({"type": "websocket.send", "text": "hi"})
    assert caught.value.code == 1012
    assert wire.told


async def test_a_view_that_has_closed_is_not_told_that_its_client_left(wire):
    await wire.accept(None)
    await wire.hang_up(1000, "")
    await wire.send_away(1012, "")

    with pytest.raises(RuntimeError, match="Cannot send: the websocket is closed"):
        await wire.send({"type": "websocket.send", "text": "hi"})
    assert not wire.told


async def test_what_failed_because_of_a_close_by_the_server_says_so(wire, server):
    await wire.accept(None)

    async def slow(event):
        await wire.send_away(1012, "")
        raise RuntimeError("after the close")

    wire.put = slow
    with pytest.raises(ClientLeft) as caught:
        await wire.send({"type": "websocket.send", "text": "hi"})
    assert caught.value.code == 1012


async def test_a_send_that_the_view_closed_under_has_nobody_to_send_to(wire, server):
    await wire.accept(None)

    async def slow(event):
        await wire.hang_up(1000, "")
        raise OSError

    wire.put = slow
    with pytest.raises(ClientLeft) as caught:
        await wire.send({"type": "websocket.send", "text": "hi"})
    assert caught.value.code == 1006


@pytest.mark.parametrize("failure", [OSError(), RuntimeError()])
async def test_the_code_of_a_disconnect_that_nobody_has_read_is_told(
    wire, server, failure
):
    await wire.accept(None)
    server.leave(4000, failure)

    with pytest.raises(ClientLeft) as caught:
        await wire.send({"type": "websocket.send", "text": "hi"})
    assert caught.value.code == 4000
    assert caught.value.__cause__ is failure
    wire.stop_watching()


async def test_a_disconnect_that_somebody_else_has_read_is_told(wire, server):
    await wire.accept(None)
    server.leave(4000, RuntimeError())
    message = await wire.receive()

    async def fail(event):
        wire.note_left(message)
        raise RuntimeError

    wire.put = fail
    with pytest.raises(ClientLeft) as caught:
        await wire.send({"type": "websocket.send", "text": "hi"})
    assert caught.value.code == 4000


async def test_a_runtime_error_of_whoever_else_stays_what_it_is(wire, server):
    await wire.accept(None)
    server.failure = RuntimeError("a defect")

    for _ in range(2):
        with pytest.raises(RuntimeError, match="a defect"):
            await wire.send({"type": "websocket.send", "text": "hi"})
    server.queue.put_nowait({"type": "websocket.receive", "text": "one"})
    assert (await wire.receive())["text"] == "one"
    assert not wire.told
    wire.stop_watching()


async def test_after_the_disconnect_there_is_nothing_to_receive(wire, server):
    await wire.accept(None)
    server.leave(1006)
    wire.note_left(await wire.receive())

    for _ in range(2):
        with pytest.raises(WebSocketDisconnect) as caught:
            await wire.receive()
        assert caught.value.code == 1006


async def test_only_who_has_not_received_yet_is_watched(wire, server):
    await wire.accept(None)
    server.queue.put_nowait({"type": "websocket.receive", "text": "one"})
    await wire.receive()

    wire.watch(lambda: pytest.fail("It is not watched."))
    wire.stop_watching()
    server.leave()
    await asyncio.sleep(0)

    assert server.queue.qsize() == 1
