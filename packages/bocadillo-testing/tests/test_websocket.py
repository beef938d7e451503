import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo import WebSocketDisconnect
from bocadillo_testing import HandshakeRefused, async_client


def websocket(function):
    """An ASGI app that serves websockets by a function, once they connect."""

    async def app(scope, receive, send):
        if scope["type"] == "websocket":
            assert (await receive())["type"] == "websocket.connect"
            await function(scope, receive, send)

    return app


@websocket
async def echo(scope, receive, send):
    await send({"type": "websocket.accept", "headers": [(b"set-cookie", b"a=b")]})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


async def test_an_app_can_be_talked_to(app, log):
    async with async_client(app) as client:
        async with client.websocket("/chat/cats") as ws:
            await ws.send_text("hello")
            assert await ws.receive_text() == "cats: hello"
            assert ws.close_code is None
        assert ws.close_code == 1000
        assert log == ["startup", "left"]


@given(
    messages=st.lists(
        st.one_of(
            st.text(),
            st.binary(),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(),
                lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
                max_leaves=5,
            ).map(lambda value: ("json", value)),
        ),
        max_size=5,
    )
)
def test_what_is_echoed_is_what_was_sent(messages):
    async def talk():
        received = []
        async with async_client(echo) as client, client.websocket("/") as ws:
            for message in messages:
                match message:
                    case str():
                        await ws.send_text(message)
                        received.append(await ws.receive_text())
                    case bytes():
                        await ws.send_bytes(message)
                        received.append(await ws.receive_bytes())
                    case _:
                        await ws.send_json(message[1])
                        received.append(("json", await ws.receive_json()))
        return received

    assert asyncio.run(talk()) == messages


async def test_json_can_be_binary():
    async with async_client(echo) as client, client.websocket("/") as ws:
        await ws.send_json({"ü": 1}, mode="binary")
        assert await ws.receive() == '{"ü":1}'.encode()


async def test_a_message_of_the_other_kind_is_pointed_at():
    async with async_client(echo) as client, client.websocket("/") as ws:
        await ws.send_text("hello")
        with pytest.raises(TypeError, match=r"sent str where .* bytes: 'hello'"):
            await ws.receive_bytes()
        await ws.send_bytes(b"hello")
        with pytest.raises(TypeError, match=r"sent bytes where .* str: b'hello'"):
            await ws.receive_text()


async def test_the_handshake_is_that_of_a_browser():
    seen = {}

    @websocket
    async def app(scope, receive, send):
        seen.update(scope)
        await send(
            {
                "type": "websocket.accept",
                "subprotocol": "b",
                "headers": [(b"x-room", b"7")],
            }
        )

    options = {"subprotocols": ["a", "b"], "headers": {"origin": "http://o.example"}}
    async with (
        async_client(app, cookies={"a": "b"}) as client,
        client.websocket("/chat?q=1", **options) as ws,
    ):
        assert ws.subprotocol == "b"
        assert ws.headers["x-room"] == "7"
    headers = dict(seen["headers"])
    assert headers[b"upgrade"] == b"websocket"
    assert headers[b"connection"] == b"Upgrade"
    assert headers[b"sec-websocket-version"] == b"13"
    assert headers[b"sec-websocket-key"]
    assert headers[b"sec-websocket-protocol"] == b"a, b"
    assert headers[b"origin"] == b"http://o.example"
    assert headers[b"cookie"] == b"a=b"
    assert (seen["scheme"], seen["path"], seen["query_string"]) == (
        "ws",
        "/chat",
        b"q=1",
    )
    assert seen["server"] == ("testserver", 80)
    assert seen["subprotocols"] == ["a", "b"]
    assert "method" not in seen


async def test_https_becomes_wss():
    seen = {}

    @websocket
    async def app(scope, receive, send):
        seen.update(scope)
        await send({"type": "websocket.accept"})

    async with async_client(app, base_url="https://shop.example") as client:
        async with client.websocket("/"):
            assert (seen["scheme"], seen["server"]) == ("wss", ("shop.example", 443))
        async with client.websocket("ws://other.example:81/"):
            assert (seen["scheme"], seen["server"]) == ("ws", ("other.example", 81))


async def test_cookies_of_the_handshake_are_kept():
    async with async_client(echo) as client, client.websocket("/"):
        assert dict(client.cookies) == {"a": "b"}


async def test_a_refused_handshake_raises_with_403():
    @websocket
    async def app(scope, receive, send):
        await send({"type": "websocket.close", "code": 1008})

    async with async_client(app) as client:
        with pytest.raises(HandshakeRefused) as caught:
            async with client.websocket("/private"):
                pytest.fail("accepted")
    assert caught.value.status_code == 403
    assert str(caught.value) == (
        "ws://testserver/private was refused with 403 Forbidden"
    )


async def test_a_denial_response_raises_with_its_status_and_body():
    @websocket
    async def app(scope, receive, send):
        assert "websocket.http.response" in scope["extensions"]
        await send(
            {
                "type": "websocket.http.response.start",
                "status": 401,
                "headers": [(b"www-authenticate", b"Basic")],
            }
        )
        body = {"type": "websocket.http.response.body"}
        await send({**body, "body": b"who ", "more_body": True})
        await send({**body, "body": b"are you?"})

    async with async_client(app) as client:
        with pytest.raises(HandshakeRefused, match="401 Unauthorized: who") as caught:
            await client.websocket("/").__aenter__()
    assert caught.value.status_code == 401
    assert caught.value.response.headers["www-authenticate"] == "Basic"
    assert caught.value.response.text == "who are you?"


async def test_no_route_is_a_refusal(app):
    async with async_client(app) as client:
        with pytest.raises(HandshakeRefused) as caught:
            await client.websocket("/nothing").__aenter__()
    assert caught.value.status_code in (403, 404)


async def test_an_app_that_does_not_answer_the_handshake_is_a_500():
    @websocket
    async def app(scope, receive, send):
        pass

    async with async_client(app) as client:
        with pytest.raises(HandshakeRefused) as caught:
            await client.websocket("/").__aenter__()
    assert caught.value.status_code == 500


async def test_what_an_app_raises_in_the_handshake_is_raised_in_the_test():
    @websocket
    async def app(scope, receive, send):
        raise LookupError("handshake")

    async with async_client(app) as client:
        with pytest.raises(LookupError, match="handshake"):
            await client.websocket("/").__aenter__()
    async with async_client(app, raise_server_exceptions=False) as client:
        with pytest.raises(HandshakeRefused) as caught:
            await client.websocket("/").__aenter__()
    assert caught.value.status_code == 500


async def test_a_close_of_the_app_is_raised_with_code_and_reason():
    told = []

    @websocket
    async def app(scope, receive, send):
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 4000, "reason": "enough"})
        told.append(await receive())

    async with async_client(app) as client, client.websocket("/") as ws:
        with pytest.raises(WebSocketDisconnect) as caught:
            await ws.receive()
        assert (caught.value.code, caught.value.reason) == (4000, "enough")
        assert ws.close_code == 4000
        with pytest.raises(WebSocketDisconnect):
            await ws.receive_text()
        with pytest.raises(WebSocketDisconnect):
            await ws.send_text("too late")
        await ws.close()
    assert told == [{"type": "websocket.disconnect", "code": 4000, "reason": "enough"}]


async def test_messages_are_text_or_bytes():
    async with async_client(echo) as client, client.websocket("/") as ws:
        for sent in (3, None, b"a", {}):
            with pytest.raises(TypeError, match="send_text sends a str, not"):
                await ws.send_text(sent)
        for sent in (3, None, "a", []):
            with pytest.raises(TypeError, match="send_bytes sends bytes, not"):
                await ws.send_bytes(sent)
        await ws.send_bytes(bytearray(b"a"))
        assert await ws.receive_bytes() == b"a"
        await ws.send_bytes(memoryview(b"b"))
        assert await ws.receive_bytes() == b"b"


async def test_a_close_of_the_client_is_told_to_the_app():
    told = []

    @websocket
    async def app(scope, receive, send):
        await send({"type": "websocket.accept"})
        told.append(await receive())

    async with async_client(app) as client, client.websocket("/") as ws:
        await ws.close(4001, "bye")
        await ws.close()
        assert told == [{"type": "websocket.disconnect", "code": 4001, "reason": "bye"}]
        with pytest.raises(WebSocketDisconnect):
            await ws.receive()


async def test_messages_can_be_iterated_until_a_normal_close():
    @websocket
    async def app(scope, receive, send):
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "a"})
        await send({"type": "websocket.send", "bytes": b"b"})
        await send({"type": "websocket.close"})

    async with async_client(app) as client, client.websocket("/") as ws:
        assert [message async for message in ws] == ["a", b"b"]


async def test_other_codes_are_raised_while_iterating():
    @websocket
    async def app(scope, receive, send):
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 1012})

    async with async_client(app) as client, client.websocket("/") as ws:
        with pytest.raises(WebSocketDisconnect):
            async for _ in ws:
                pass


async def test_an_app_that_returns_without_closing_is_1006():
    @websocket
    async def app(scope, receive, send):
        await send({"type": "websocket.accept"})

    async with async_client(app) as client, client.websocket("/") as ws:
        with pytest.raises(WebSocketDisconnect) as caught:
            await ws.receive()
    assert caught.value.code == 1006


async def test_an_exception_of_the_view_is_raised_in_the_test(app):
    async with async_client(app) as client:
        with pytest.raises(LookupError, match="no such room"):
            async with client.websocket("/broken") as ws:
                await ws.receive()


async def test_an_exception_of_the_view_can_be_a_close_code_instead(app):
    async with (
        async_client(app, raise_server_exceptions=False) as client,
        client.websocket("/broken") as ws,
    ):
        with pytest.raises(WebSocketDisconnect) as caught:
            await ws.receive()
    assert caught.value.code == 1011


async def test_a_failing_test_is_not_hidden_by_the_app():
    @websocket
    async def app(scope, receive, send):
        await send({"type": "websocket.accept"})
        await receive()
        raise LookupError("hidden")

    async with async_client(app) as client:
        with pytest.raises(ZeroDivisionError):
            async with client.websocket("/"):
                1 / 0  # noqa: B018


async def test_a_websocket_that_was_not_closed_ends_with_its_client(app, log):
    async with async_client(app) as client:
        await client.websocket("/chat/cats").__aenter__()
    assert log == ["startup", "left", "shutdown"]
