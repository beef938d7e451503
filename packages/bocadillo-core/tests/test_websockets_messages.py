"""What is received and sent."""

import asyncio
from dataclasses import dataclass
from itertools import count

import msgspec
import pytest

from bocadillo import WebSocket, WebSocketDisconnect
from bocadillo.turns import STEPS


async def echo(ws):
    async for message in ws:
        await ws.send(message)


@pytest.fixture
def told():
    """What a view has to tell."""
    return []


@pytest.mark.parametrize(
    ("options", "given", "answer"),
    [
        ({}, "hi", "hi"),
        ({"value_type": "text"}, "hi", "hi"),
        ({"value_type": "bytes"}, b"hi", b"hi"),
        ({"value_type": "json"}, '{"a":[1,null]}', '{"a":[1,null]}'),
        ({"receive_type": "json", "send_type": "json"}, "[1]", "[1]"),
        ({"value_type": "json", "send_type": "text"}, '"hi"', "hi"),
        ({"value_type": "json", "receive_type": "text"}, "hi", '"hi"'),
    ],
)
async def test_messages_have_the_types_of_the_route(
    app, connect, options, given, answer
):
    app.websocket_route("/iterated", **options)(echo)

    @app.websocket_route("/received", **options)
    async def received(ws):
        await ws.send(await ws.receive())

    for path in ("/iterated", "/received"):
        async with connect(path) as peer:
            peer.send(given)
            assert await peer.receive() == answer


async def test_who_forgets_to_wait_for_messages_is_told(app, connect, told):
    @app.websocket_route("/forgetful")
    async def forgetful(ws):
        with pytest.raises(TypeError, match="write `async for message in ws`"):
            told.extend(ws)
        told.append("refused")

    async with connect("/forgetful") as peer:
        await peer.end()

    assert told == ["refused"]


async def test_every_form_is_there_whatever_the_types_of_the_route(app, connect):
    @app.websocket_route("/", value_type="json")
    async def view(ws):
        await ws.send_text(await ws.receive_text())
        await ws.send_bytes(await ws.receive_bytes())
        await ws.send_json(await ws.receive_json())
        await ws.send_event({**await ws.receive_event(), "type": "websocket.send"})

    async with connect("/") as peer:
        for message in ("text", b"bytes", '{"j":1}', "event"):
            peer.send(message)
            assert await peer.receive() == message
        assert await peer.code() == 1000


@pytest.mark.parametrize("form", ["send", "send_text", "send_json"])
async def test_who_only_sends_leaves_time_for_others(app, connect, told, form):
    @app.websocket_route("/")
    async def view(ws):
        # Some servers take as much at once, without ever waiting for anything.
        for sent in range(100_000):
            if told:
                told.append(sent)
                return
            await getattr(ws, form)("hi")

    async with connect("/") as peer:
        told.append("another's turn")
        await peer.end()
    assert len(told) == 2
    assert told[1] > 0


@pytest.mark.parametrize("receive", [WebSocket.receive, anext])
async def test_who_receives_has_as_many_to_send_again(
    app, connect, told, monkeypatch, receive
):
    # Every turn is a long one, so that the last of these messages gives it to others.
    monkeypatch.setattr("bocadillo.turns.monotonic", count().__next__)

    @app.websocket_route("/")
    async def view(ws):
        await receive(ws)
        asyncio.get_running_loop().call_soon(told.append, "another's turn")
        for _ in range(STEPS - 1):
            await ws.send("hi")
        await receive(ws)
        for _ in range(STEPS - 1):
            await ws.send("hi")
        told.append("nearly all")
        await ws.send("hi")
        told.append("all")

    async with connect("/") as peer:
        peer.send("one")
        peer.send("two")
        await peer.end()
    assert told == ["nearly all", "another's turn", "all"]


class Point(msgspec.Struct):
    x: int
    y: int = 0


@dataclass
class Move:
    to: Point


async def test_messages_are_validated_with_a_model(app, connect):
    @app.websocket_route("/", value_type=Point)
    async def view(ws):
        async for point in ws:
            await ws.send(Point(point.x + 1, point.y))

    async with connect("/") as peer:
        peer.send({"x": 1})
        assert await peer.receive() == '{"x":2,"y":0}'


@pytest.mark.parametrize("path", ["/iterated", "/received"])
@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('{"x": "one"}', "x: Must be a number."),
        ('{"y": 1}', "x: Is required."),
        ("[]", "message: Must be an object."),
        ('{"x": 1', "JSON is malformed."),
        ('{"x": "a", "y": "b"}', "x: Must be a number. y: Must be a number."),
    ],
)
async def test_an_invalid_model_closes_with_a_short_reason(
    app, connect, told, path, message, reason
):
    async def view(ws):
        try:
            await ws.receive()
        finally:
            told.append("clean")

    app.websocket_route("/received", value_type=Point)(view)
    app.websocket_route("/iterated", value_type=Point)(echo)

    async with connect(path) as peer:
        peer.send(message)
        (event,) = await peer.end()
    assert event == {"type": "websocket.close", "code": 1007, "reason": reason}
    assert told == (["clean"] if path == "/received" else [])


async def test_a_long_reason_is_shortened_between_characters(app, connect):
    Wide = msgspec.defstruct("Wide", [(f"wert_ä{n}", int) for n in range(30)])
    app.websocket_route("/", value_type=Wide)(echo)

    async with connect("/") as peer:
        peer.send("{}")
        (event,) = await peer.end()
    assert event["code"] == 1007
    assert len(event["reason"].encode()) <= 123
    assert event["reason"].endswith("…")


@pytest.mark.parametrize("message", ["{", "\ud83d", "NaN", "[" * 200_000, "1" * 5000])
@pytest.mark.parametrize("form", ["receive", "receive_json"])
async def test_malformed_json_is_a_1007(app, connect, caplog, capsys, message, form):
    @app.websocket_route("/", value_type="json")
    async def view(ws):
        await getattr(ws, form)()

    async with connect("/") as peer:
        peer.send(message)
        (event,) = await peer.end()
    assert event["code"] == 1007
    assert event["reason"] == "JSON is malformed."
    assert caplog.records == []
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("expected", "sent", "reason"),
    [
        ("text", b"bytes", "Expected text."),
        ("json", b"{}", "Expected text."),
        (Point, b"{}", "Expected text."),
        ("bytes", "text", "Expected bytes."),
    ],
)
async def test_a_message_of_the_wrong_type_is_a_1003(
    app, connect, caplog, capsys, expected, sent, reason
):
    app.websocket_route("/", value_type=expected)(echo)

    async with connect("/") as peer:
        peer.send(sent)
        (event,) = await peer.end()
    assert event == {"type": "websocket.close", "code": 1003, "reason": reason}
    assert caplog.records == []
    assert capsys.readouterr() == ("", "")


async def test_a_view_is_told_of_the_wrong_type_and_may_go_on(app, connect, told):
    @app.websocket_route("/")
    async def view(ws):
        for attempt in (ws.receive, ws.receive, lambda: ws.send("x"), ws.receive_event):
            with pytest.raises(WebSocketDisconnect) as caught:
                await attempt()
            told.append(caught.value.code)
        await ws.ensure_closed()

    async with connect("/") as peer:
        peer.send(b"")
        assert len(await peer.end()) == 1
    assert told == [1003] * 4


async def test_an_event_of_a_server_that_names_both_kinds_is_read(app, connect):
    app.websocket_route("/", value_type="bytes")(echo)

    async with connect("/") as peer:
        peer.tell({"type": "websocket.receive", "text": None, "bytes": b"hi"})
        assert await peer.receive() == b"hi"


@pytest.mark.parametrize(
    ("value_type", "value", "message"),
    [
        ("text", {}, "A text message must be a str, not dict"),
        ("text", b"", "A text message must be a str, not bytes"),
        ("bytes", "text", "A bytes message must be bytes, not str"),
        ("json", object(), "Cannot encode this object as JSON"),
        (Point, {"x": "1"}, "This dict is no Point: x: Must be a number."),
    ],
)
async def test_what_cannot_be_sent_is_told_at_the_line_that_sends(
    app, connect, value_type, value, message
):
    @app.websocket_route("/", value_type=value_type)
    async def view(ws):
        with pytest.raises(TypeError, match=message):
            await ws.send(value)

    async with connect("/") as peer:
        assert await peer.code() == 1000


async def test_only_events_that_an_app_may_send_are_sent(app, connect):
    @app.websocket_route("/", auto_accept=False)
    async def view(ws):
        await ws.send_event({"type": "websocket.accept", "subprotocol": None})
        await ws.send_event({"type": "websocket.send", "text": "hi"})
        with pytest.raises(ValueError, match=r"Cannot send event 'http.response.body'"):
            await ws.send_event({"type": "http.response.body"})
        await ws.send_event({"type": "websocket.close", "code": 3000, "reason": "bye"})

    async with connect("/") as peer:
        assert await peer.receive() == "hi"
        assert await peer.event() == {
            "type": "websocket.close",
            "code": 3000,
            "reason": "bye",
        }


async def test_the_disconnect_is_an_event(app, connect, told):
    @app.websocket_route("/")
    async def view(ws):
        told.append(await ws.receive_event())
        told.append(await ws.receive_event())
        with pytest.raises(WebSocketDisconnect):
            await ws.receive_event()

    async with connect("/") as peer:
        peer.send("hi")
        peer.close(3000, "bye")
        await peer.end()
    assert told == [
        {"type": "websocket.receive", "text": "hi"},
        {"type": "websocket.disconnect", "code": 3000, "reason": "bye"},
    ]
