"""What type checkers infer from tests: `hatch run types:check` reads this file."""

from typing import assert_type

import httpx2

from bocadillo import App
from bocadillo_testing import (
    URL,
    AsyncClient,
    Client,
    LiveServer,
    async_client,
    create_client,
    override_env,
    override_providers,
    override_settings,
)

app = App()


def sync() -> None:
    with create_client(app, raise_server_exceptions=False, headers={}) as client:
        assert_type(client, Client)
        assert_type(client.get("/"), httpx2.Response)
        with client.websocket_connect("/chat") as ws:
            assert_type(ws.receive_text(), str)
    with LiveServer(app, process=True, stop_timeout=1.0) as server:
        assert_type(server, LiveServer)
        assert_type(server.url, URL)
        assert_type(server.url("/x"), str)
        assert_type(server.ws_url("/x"), str)
    with override_env("NAME", "value"), override_env(NAME="value", OTHER=None):
        pass
    with override_settings(app, PAGE=1), override_providers(app, db=1):
        pass


@override_env(A="1")
def decorated(number: int) -> str:
    return str(number)


@override_settings(app, A=1)
async def decorated_too(number: int) -> str:
    return str(number)


assert_type(decorated(1), str)


async def asynchronous() -> None:
    assert_type(await decorated_too(1), str)
    async with async_client(app, auth=("ada", "secret"), headers={"a": "b"}) as client:
        assert_type(client, AsyncClient)
        assert_type(await client.get("/"), httpx2.Response)
        async with client.stream("GET", "/") as response:
            assert_type(response, httpx2.Response)
        async for event in client.events("/news", headers={"last-event-id": "1"}):
            assert_type(event, httpx2.ServerSentEvent)
            assert_type(event.data, str)
        async with client.websocket("/chat", subprotocols=["a"]) as ws:
            await ws.send_json({})
            assert_type(await ws.receive_text(), str)
            assert_type(await ws.receive_bytes(), bytes)
            async for message in ws:
                assert_type(message, str | bytes)


def mistakes() -> None:
    create_client(app, no_such_option=True)  # type: ignore[call-arg]
    LiveServer(app, "127.0.0.1")  # type: ignore[call-arg]
    override_env(NAME=1)  # type: ignore[arg-type]
