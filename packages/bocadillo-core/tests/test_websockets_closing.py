"""How a conversation ends."""

import asyncio

import pytest

from bocadillo import (
    ClientDisconnect,
    HTTPError,
    WebSocketDisconnect,
)


@pytest.fixture
def told():
    """What a view has to tell."""
    return []


# Closing


async def test_a_view_closes_with_a_code_and_a_reason(app, connect):
    @app.websocket_route("/")
    async def view(ws):
        await ws.close(3999, "bye")

    async with connect("/") as peer:
        assert await peer.end() == [
            {"type": "websocket.close", "code": 3999, "reason": "bye"}
        ]


@pytest.mark.parametrize("close", ["close", "ensure_closed"])
async def test_a_second_close_is_an_error(app, connect, close):
    @app.websocket_route("/")
    async def view(ws):
        await getattr(ws, close)()
        with pytest.raises(RuntimeError, match=r"is closed already.*ensure_closed"):
            await ws.close()
        await ws.ensure_closed()

    async with connect("/") as peer:
        assert await peer.code() == 1000
    assert len(peer.sent) == 2


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, -1])
async def test_codes_that_may_not_be_sent_are_refused(app, connect, code):
    @app.websocket_route("/")
    async def view(ws):
        with pytest.raises(ValueError, match=f"Close code {code} cannot be sent"):
            await ws.close(code)
        await ws.ensure_closed(code)

    async with connect("/") as peer:
        assert await peer.code() == 1000


async def test_a_reason_that_is_too_long_is_refused(app, connect):
    @app.websocket_route("/")
    async def view(ws):
        with pytest.raises(
            ValueError, match="may have 123 bytes, but this one has 124"
        ):
            await ws.close(1000, "é" * 62)
        await ws.ensure_closed(1000, "é" * 62)

    async with connect("/") as peer:
        (event,) = await peer.end()
    assert event["reason"] == "é" * 60 + "…"


async def test_nothing_is_sent_after_the_view_has_closed(app, connect):
    @app.websocket_route("/")
    async def view(ws):
        await ws.close()
        with pytest.raises(RuntimeError, match="Cannot send: the websocket is closed"):
            await ws.send("hi")

    async with connect("/") as peer:
        assert await peer.code() == 1000


async def test_receiving_after_closing_tells_that_it_is_over(app, connect):
    @app.websocket_route("/")
    async def view(ws):
        await ws.close(3000)
        with pytest.raises(WebSocketDisconnect) as caught:
            await ws.receive()
        assert caught.value.code == 3000

    async with connect("/") as peer:
        assert await peer.code() == 3000


@pytest.mark.parametrize("close", ["close", "ensure_closed"])
async def test_closing_after_the_client_does_nothing(app, connect, close):
    @app.websocket_route("/")
    async def view(ws):
        with pytest.raises(WebSocketDisconnect):
            await ws.receive()
        await getattr(ws, close)()

    async with connect("/") as peer:
        peer.close()
        assert await peer.end() == []


@pytest.mark.parametrize("error", [OSError, RuntimeError, KeyError])
async def test_closing_who_has_just_left_is_no_error(app, connect, error):
    @app.websocket_route("/")
    async def view(ws):
        ws.state.peer.fail(1006, error=error())
        await ws.close()

    async with connect("/") as peer:
        assert await peer.end() == []


async def test_an_exception_closes_with_1011_and_reaches_the_server(
    app, connect, caplog
):
    @app.websocket_route("/{name}")
    async def view(ws, name):
        raise KeyError("defect")

    async with connect("/x", headers=[(b"x-request-id", b"r-1")]) as peer:
        with pytest.raises(KeyError, match="defect") as caught:
            await peer.end()
        assert peer.sent[1:] == [
            {"type": "websocket.close", "code": 1011, "reason": ""}
        ]
    assert caught.value.__notes__ == ["while serving the websocket '/x' (request r-1)"]
    assert caplog.records == []


async def test_a_block_that_fails_closes_with_1011(app, connect):
    @app.websocket_route("/", auto_accept=False)
    async def view(ws):
        async with ws:
            raise KeyError("defect")

    async with connect("/") as peer:
        with pytest.raises(KeyError):
            await peer.end()
    assert peer.sent[-1]["code"] == 1011


async def test_a_failing_cleanup_is_a_1011(app, store, connect):
    @store.provider
    async def transaction():
        yield
        raise KeyError("commit")

    @app.websocket_route("/")
    async def view(ws, transaction):
        pass

    async with connect("/") as peer:
        with pytest.raises(KeyError):
            await peer.end()
    assert peer.sent[-1]["code"] == 1011


@pytest.mark.parametrize("block", [True, False])
async def test_an_http_error_after_accepting_is_a_1008(app, connect, caplog, block):
    @app.websocket_route("/")
    async def view(ws):
        if not block:
            raise HTTPError(403, detail="Not in this room.")
        async with ws:
            raise HTTPError(403, detail="Not in this room.")

    async with connect("/") as peer:
        assert await peer.end() == [
            {"type": "websocket.close", "code": 1008, "reason": "Not in this room."}
        ]
    assert caplog.records == []


# The client closes


@pytest.mark.parametrize("code", [1000, 1001, 1005, None])
@pytest.mark.parametrize("form", ["iterated", "received", "block"])
async def test_a_close_with_a_caught_code_is_silent(
    app, store, connect, caplog, told, code, form
):
    @store.provider
    async def transaction():
        try:
            yield
        except WebSocketDisconnect:
            told.append("rolled back")
            raise
        told.append("committed")

    @app.websocket_route("/iterated")
    async def iterated(ws, transaction):
        async for _ in ws:
            pass
        told.append("after")

    @app.websocket_route("/received")
    async def received(ws, transaction):
        await ws.receive()

    @app.websocket_route("/block", auto_accept=False)
    async def block(ws, transaction):
        async with ws:
            await ws.receive()
        told.append("after")

    async with connect(f"/{form}") as peer:
        peer.close(code)
        assert await peer.end() == []
    assert told == ["after"] * (form != "received") + ["committed"]
    assert caplog.records == []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, 1006),
        ({}, 3000),
        ({"caught_close_codes": ()}, 1000),
        ({"caught_close_codes": ()}, 1005),
        ({"caught_close_codes": (3000,)}, 1001),
    ],
)
@pytest.mark.parametrize("auto_accept", [True, False])
async def test_other_codes_are_raised_and_end_the_view_quietly(
    app, store, connect, caplog, told, options, code, auto_accept
):
    @store.provider
    async def transaction():
        try:
            yield
        except WebSocketDisconnect as exc:
            await asyncio.sleep(0)
            told.append(("rolled back", exc.code, exc.reason))
            raise

    @app.websocket_route("/", auto_accept=auto_accept, **options)
    async def view(ws, transaction):
        async with ws:
            async for _ in ws:
                pass
        told.append("after")

    async with connect("/") as peer:
        peer.close(code, "bye")
        assert await peer.end() == []
    seen = 1000 if code == 1005 else code
    assert told == [("rolled back", seen, "bye")]
    assert caplog.records == []


@pytest.mark.parametrize("code", [1000, 1006, 1009, 4999])
async def test_all_codes_may_be_caught(app, connect, told, code):
    @app.websocket_route("/", caught_close_codes=all)
    async def view(ws):
        async for _ in ws:
            pass
        told.append("after")

    async with connect("/") as peer:
        peer.close(code)
        await peer.end()
    assert told == ["after"]


async def test_a_caught_code_may_be_1005(app, connect, told):
    @app.websocket_route("/", caught_close_codes=[1005])
    async def view(ws):
        async for _ in ws:
            pass
        told.append("after")

    async with connect("/") as peer:
        peer.close(1005)
        await peer.end()
    assert told == ["after"]


# Sending to who has left


@pytest.mark.parametrize("kind", [ClientDisconnect, WebSocketDisconnect])
@pytest.mark.parametrize("form", ["send", "send_text"])
@pytest.mark.parametrize("error", [OSError, RuntimeError])
async def test_sending_to_who_has_left_says_so(
    app, connect, caplog, kind, form, error, told
):
    @app.websocket_route("/")
    async def view(ws):
        ws.state.peer.fail(4000, "bye", error())
        for _ in range(2):
            with pytest.raises(kind) as caught:
                await getattr(ws, form)("hi")
            told.append((caught.value.code, caught.value.reason))
        with pytest.raises(WebSocketDisconnect):
            await ws.receive()

    async with connect("/") as peer:
        assert await peer.end() == []
    assert told == [(4000, "bye")] * 2
    assert caplog.records == []


async def test_who_has_left_without_a_word_was_code_1006(app, connect, told):
    @app.websocket_route("/")
    async def view(ws):
        ws.state.peer._gone = OSError()
        with pytest.raises(ClientDisconnect) as caught:
            await ws.send("hi")
        told.append(caught.value.code)

    async with connect("/") as peer:
        await peer.end()
    assert told == [1006]


async def test_what_was_sent_before_leaving_can_still_be_received(app, connect, told):
    @app.websocket_route("/")
    async def view(ws):
        ws.state.peer.send("one")
        ws.state.peer.send("two")
        ws.state.peer.close()
        with pytest.raises(ClientDisconnect):
            await ws.send("hi")
        async for message in ws:
            told.append(message)

    async with connect("/") as peer:
        await peer.end()
    assert told == ["one", "two"]


async def test_an_error_of_middleware_is_not_taken_for_a_disconnect(app, connect):
    @app.websocket_route("/")
    async def view(ws):
        for _ in range(2):
            with pytest.raises(RuntimeError, match="a defect"):
                await ws.send("fail")
        await ws.send("hi")

    class Middleware:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            async def checked(event):
                if event.get("text") == "fail":
                    raise RuntimeError("a defect")
                await send(event)

            await self.app(scope, receive, checked)

    app.add_middleware(Middleware)
    async with connect("/") as peer:
        assert await peer.receive() == "hi"
        assert await peer.code() == 1000


@pytest.mark.parametrize("form", ["sent", "group", "nested"])
async def test_an_uncaught_disconnect_ends_the_view_quietly(
    app, connect, caplog, told, form
):
    @app.websocket_route("/sent")
    async def sent(ws):
        try:
            ws.state.peer.close(1006)
            await ws.send("hi")
        finally:
            await asyncio.sleep(0)
            told.append("clean")

    @app.websocket_route("/group")
    async def group(ws):
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(ws.receive())
                group.create_task(asyncio.sleep(60))
                ws.state.peer.close(1006)
        finally:
            told.append("clean")

    @app.websocket_route("/nested")
    async def nested(ws):
        try:
            inner = ExceptionGroup("inner", [ClientDisconnect()])
            raise ExceptionGroup("outer", [inner, WebSocketDisconnect(1006)])
        finally:
            told.append("clean")

    async with connect(f"/{form}") as peer:
        events = await peer.end()
    # The last one has only claimed that its client has left.
    assert [event["code"] for event in events] == [1000] * (form == "nested")
    assert told == ["clean"]
    assert caplog.records == []


async def test_a_group_of_caught_codes_is_silent(app, store, connect, told):
    @store.provider
    async def transaction():
        yield
        told.append("committed")

    @app.websocket_route("/")
    async def view(ws, transaction):
        async with asyncio.TaskGroup() as group:
            group.create_task(ws.receive())

    async with connect("/") as peer:
        peer.close(1001)
        await peer.end()
    assert told == ["committed"]


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([HTTPError(403), WebSocketDisconnect(1006)], 1008),
        ([HTTPError(403), KeyError()], 1011),
        ([KeyError(), WebSocketDisconnect(1006)], 1011),
    ],
)
async def test_a_group_is_what_is_in_it(app, connect, errors, code):
    @app.websocket_route("/")
    async def view(ws):
        raise ExceptionGroup("several", errors)

    async with connect("/") as peer:
        if code == 1011:
            with pytest.raises(ExceptionGroup):
                await peer.end()
        else:
            await peer.end()
    assert peer.sent[-1]["code"] == code
