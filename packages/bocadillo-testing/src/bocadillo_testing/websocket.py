"""The client's end of a websocket, in the event loop of the test."""

import asyncio
import json
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import httpx2

from bocadillo import WebSocketDisconnect
from bocadillo.asgi import ASGIApp, Message, Scope

from .connection import Connection

__all__ = ["HandshakeRefused", "WebSocketSession"]

_NORMAL = (1000, 1001)

M = TypeVar("M", str, bytes)


class HandshakeRefused(WebSocketDisconnect):
    """An app did not accept a websocket.

    Attributes:
        response: What it answered instead; without a body unless it sent one.
        status_code: The status of that response: 403 if the app chose none.
    """

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__(1006, response.reason_phrase)
        self.response = response
        self.status_code = response.status_code

    def __str__(self) -> str:
        answer = f"{self.status_code} {self.response.reason_phrase}"
        text = f": {self.response.text}" if self.response.text else ""
        return f"{self.response.url} was refused with {answer}{text}"


class WebSocketSession(Connection):
    """A websocket, from its handshake until it is closed.

        async with client.websocket("/chat") as ws:
            await ws.send_json({"message": "hello"})
            assert await ws.receive_json() == {"message": "hello"}

    As a context manager it connects and closes. As an iterator it gives messages until
    the app closes normally.

    Args:
        app: The application.
        scope: What it is told of the handshake.
        request: The handshake.
        cookies: Those that the app sets go there.
        options: As for `Connection`.

    Attributes:
        subprotocol: The one that the app accepted.
        headers: Those that the app accepted with.
    """

    def __init__(
        self,
        app: ASGIApp,
        scope: Scope,
        request: httpx2.Request,
        cookies: httpx2.Cookies,
        **options: Any,
    ) -> None:
        super().__init__(app, scope, **options)
        self._request = request
        self._cookies = cookies
        self._sent: asyncio.Queue[Message] = asyncio.Queue()
        self._received: asyncio.Queue[Message] = asyncio.Queue()
        self.subprotocol: str | None = None
        self.headers = httpx2.Headers()
        self._closed: tuple[int, str] | None = None

    @property
    def close_code(self) -> int | None:
        """Why it was closed; `None` while it is open."""
        return self._closed and self._closed[0]

    async def __aenter__(self) -> Self:
        self.start()
        self._sent.put_nowait({"type": "websocket.connect"})
        try:
            await self._handshake(await self._received.get())
        except BaseException:
            await self.leave()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
        if exc is None or isinstance(exc, WebSocketDisconnect):
            self.raise_failure()

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        try:
            while True:
                yield await self.receive()
        except WebSocketDisconnect as exc:
            if exc.code not in _NORMAL:
                raise

    async def send_text(self, data: str) -> None:
        """Send a text message.

        Raises:
            TypeError: If it is no `str`.
            WebSocketDisconnect: If the websocket is closed.
        """
        if not isinstance(data, str):
            raise TypeError(f"send_text sends a str, not {data!r}; see send_json.")
        self._put({"type": "websocket.receive", "text": data})

    async def send_bytes(self, data: bytes | bytearray | memoryview) -> None:
        """Send a binary message.

        Raises:
            TypeError: If it is no `bytes`, nor the like.
            WebSocketDisconnect: If the websocket is closed.
        """
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"send_bytes sends bytes, not {data!r}; see send_text.")
        self._put({"type": "websocket.receive", "bytes": bytes(data)})

    async def send_json(
        self, data: Any, mode: Literal["text", "binary"] = "text"
    ) -> None:
        """Send an object as JSON.

        Args:
            data: What `json.dumps` accepts.
            mode: The kind of message that carries it.

        Raises:
            WebSocketDisconnect: If the websocket is closed.
        """
        text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
        await (
            self.send_text(text) if mode == "text" else self.send_bytes(text.encode())
        )

    async def receive(self) -> str | bytes:
        """Wait for a message of either kind.

        Raises:
            WebSocketDisconnect: If the websocket is closed; with code and reason.
        """
        if self._closed is None:
            message = await self._received.get()
            if message["type"] == "websocket.send":
                text: str | bytes | None = message.get("text")
                return message["bytes"] if text is None else text
            self._closed = _reason_of(message)
        raise WebSocketDisconnect(*self._closed)

    async def receive_text(self) -> str:
        """Wait for a text message.

        Raises:
            TypeError: If the app sends a binary one.
            WebSocketDisconnect: If the websocket is closed.
        """
        return _checked(await self.receive(), str)

    async def receive_bytes(self) -> bytes:
        """Wait for a binary message.

        Raises:
            TypeError: If the app sends a text.
            WebSocketDisconnect: If the websocket is closed.
        """
        return _checked(await self.receive(), bytes)

    async def receive_json(self) -> Any:
        """Wait for a message, and read it as JSON.

        Raises:
            ValueError: If it is none.
            WebSocketDisconnect: If the websocket is closed.
        """
        return json.loads(await self.receive())

    async def leave(self) -> None:
        """Leave without a word, as a lost connection does."""
        if self._closed is None:
            self._closed = 1006, ""
            self._tell_app(*self._closed)
        await super().leave()

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        """Close the websocket, and wait until the app has noticed.

        Does nothing but wait if it is closed already.

        Args:
            code: Tells the app why; see RFC 6455, section 7.4.
            reason: Tells it in words.
        """
        if self._closed is None:
            self._closed = code, reason or ""
            self._tell_app(*self._closed)
        await self.leave()

    async def _handshake(self, message: Message) -> None:
        if message["type"] == "websocket.accept":
            self.subprotocol = message.get("subprotocol")
            headers = list(message.get("headers", ()))
            accepted = httpx2.Response(101, headers=headers, request=self._request)
            self._cookies.extract_cookies(accepted)
            self.headers = accepted.headers
            return
        status, headers, body = 403, [], b""
        self._closed = 1006, "refused"
        if message["type"] == "websocket.http.response.start":
            status, headers = message["status"], list(message.get("headers", ()))
            more = True
            while more:
                message = await self._received.get()
                body += message.get("body", b"")
                more = message.get("more_body", False)
        elif message["type"] == "ended":
            await self.wait()
            self.raise_failure()
            status = 500
        raise HandshakeRefused(
            httpx2.Response(
                status, headers=headers, content=body, request=self._request
            )
        )

    async def _receive(self) -> Message:
        return await self._sent.get()

    async def _send(self, message: Message) -> None:
        self._received.put_nowait(message)
        if message["type"] == "websocket.close":
            # As behind a server, the app is told of its own closing, too.
            self._tell_app(*_reason_of(message))

    def _end(self) -> None:
        # What a server says for an app that did not close.
        self._received.put_nowait(
            {"type": "ended", "code": 1006 if self.failure is None else 1011}
        )

    def _put(self, message: Message) -> None:
        if self._closed is not None:
            raise WebSocketDisconnect(*self._closed)
        self._sent.put_nowait(message)

    def _tell_app(self, code: int, reason: str) -> None:
        self._sent.put_nowait(
            {"type": "websocket.disconnect", "code": code, "reason": reason}
        )


def _reason_of(message: Message) -> tuple[int, str]:
    return message.get("code", 1000), message.get("reason") or ""


def _checked(message: str | bytes, kind: type[M]) -> M:
    if not isinstance(message, kind):
        raise TypeError(
            f"The app sent {type(message).__name__} where the test waits for "
            f"{kind.__name__}: {message!r}"
        )
    return message
