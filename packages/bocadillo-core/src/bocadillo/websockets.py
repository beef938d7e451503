"""A conversation with one client: what a websocket view is given.

    @app.websocket_route("/chat/{room}", value_type="json")
    async def chat(ws, room: str):
        async for message in ws:
            await ws.send({"room": room, "message": message})

`WebSocket` keeps to the protocol, whatever the view does: what it sends is valid on
the wire, and what arrives and is not ends the conversation with the code that RFC 6455
gives it. It knows neither routes nor views; `sockets` serves it.
"""

from collections.abc import Awaitable, Coroutine
from types import TracebackType
from typing import Any, NoReturn, Self

from starlette.datastructures import URL
from starlette.requests import HTTPConnection

from .asgi import Message, Scope
from .closing import (
    checked_code,
    checked_reason,
    closing_for,
    is_sendable,
    reason_of,
    shortened,
)
from .errors import HTTPError, WebSocketDisconnect
from .messages import BYTES, JSON, TEXT, MessageType
from .request import absolute_url
from .turns import STEPS
from .websocket_options import Options
from .wire import Stage, Wire

__all__ = ["WebSocket"]


class WebSocket(HTTPConnection[Any]):
    """A websocket, from the handshake to the close.

    Attributes:
        subprotocol: The one that was agreed on, once it is accepted.
    """

    subprotocol: str | None = None

    # Whether the view has closed it, or whoever closes it when the view has ended.
    _closed = False
    # The view, while it runs.
    _view: Awaitable[object] | None = None

    def __init__(self, scope: Scope, wire: Wire, options: Options) -> None:
        self.scope = scope
        self._wire = wire
        self._options = options
        self._receives = options.receives
        self._sends = options.sends
        # PERF: what nothing has to be done for (bench websocket).
        self._plain_frame = options.receives.plain_frame
        self._plain_class = options.sends.plain_class

    def __repr__(self) -> str:
        return f"<WebSocket {self.scope['path']!r} {self._wire.stage.value}>"

    @property
    def session(self) -> dict[str, Any]:
        """What the session cookie of the handshake holds; changes are not saved.

        Raises:
            RuntimeError: If sessions are off.
        """
        if "session" not in self.scope:
            raise RuntimeError("Sessions are off: configure(app, SESSIONS=True).")
        return super().session

    def url_for(self, view: Any, /, **params: Any) -> URL:
        """Return the absolute URL of a view, on the host that was asked.

        It is one of http or https; browsers connect to a websocket there as well.

        Args:
            view: The view, or its name; of the app that serves this websocket.
            params: Its path parameters.

        Raises:
            RouteError: As `app.url_for` does.
        """
        url = absolute_url(self, view, params)
        return url.replace(scheme="https" if url.scheme == "wss" else "http")

    # Handshake

    async def accept(self, subprotocol: str | None = None) -> None:
        """Accept the handshake; needed where the route has `auto_accept=False`.

        Args:
            subprotocol: One that the client offers. By default the first of the
                route's `subprotocols` that it offers, else none.

        Raises:
            ValueError: If the client does not offer the subprotocol.
            RuntimeError: If it is accepted already, or refused.
            ClientDisconnect: If the client has left already.
        """
        if self._wire.stage is Stage.OPEN:
            raise RuntimeError(
                f"Cannot accept {self!r} again. Routes accept before they call "
                "their view: declare auto_accept=False to do it yourself."
            )
        if self._wire.stage is Stage.ENDED:
            raise RuntimeError(f"Cannot accept {self!r}: it is closed.")
        subprotocol = self._negotiate(subprotocol)
        await self._wire.accept(subprotocol)
        self.subprotocol = subprotocol

    def _negotiate(self, wanted: str | None) -> str | None:
        offered = self.scope.get("subprotocols") or ()
        if wanted is None:
            common = (it for it in self._options.subprotocols if it in offered)
            return next(common, None)
        if wanted not in offered:
            offers = ", ".join(map(repr, offered)) or "none"
            raise ValueError(
                f"Cannot accept with subprotocol {wanted!r}: the client offers "
                f"{offers}."
            )
        return wanted

    async def reject(self) -> None:
        """Refuse the handshake: the client gets a 403.

        Raise an `HTTPError` instead to refuse it with another status.

        Raises:
            RuntimeError: If it is accepted already, or refused.
        """
        if self._wire.stage is Stage.OPEN:
            raise RuntimeError(
                f"Cannot reject {self!r}: it is accepted. Routes accept before they "
                "call their view: declare auto_accept=False to decide in the view."
            )
        await self.close()

    # Messages

    async def receive(self) -> Any:
        """Wait for a message of the route's `receive_type`, text by default.

        Raises:
            WebSocketDisconnect: If the client has closed; or has sent something
                else, and therefore was disconnected with code 1003 or 1007.
            RuntimeError: If the websocket is not accepted.
        """
        wire = self._wire
        wire.until_turn = STEPS  # PERF: this and the next as in `__anext__`
        receive = wire.receive
        message = await receive()
        data = message.get(self._plain_frame)
        if data is not None:
            return data
        return await self._read(message, self._receives)

    def receive_text(self) -> Coroutine[Any, Any, str]:
        """Wait for a text message, whatever the route's `receive_type`."""
        return self._take(TEXT)

    def receive_bytes(self) -> Coroutine[Any, Any, bytes]:
        """Wait for a binary message, whatever the route's `receive_type`."""
        return self._take(BYTES)

    def receive_json(self) -> Coroutine[Any, Any, Any]:
        """Wait for a JSON message, whatever the route's `receive_type`."""
        return self._take(JSON)

    async def receive_event(self) -> Message:
        """Wait for an ASGI event: a `websocket.receive` or `websocket.disconnect`."""
        message = await self._wire.receive()
        if message["type"] == "websocket.disconnect":
            self._wire.note_left(message)
        return message

    async def send(self, value: Any) -> None:
        """Send a message of the route's `send_type`, text by default.

        Raises:
            TypeError: If the value is not of that type.
            ClientDisconnect: If the client has left. It is a `WebSocketDisconnect`,
                too.
            RuntimeError: If the websocket is not accepted, or closed by the view.
        """
        # PERF: what text takes is written out; others are a call longer.
        if type(value) is self._plain_class:
            event: Message = {"type": "websocket.send", "text": value}
        else:
            event = self._sends.event(value)
        wire = self._wire
        put = wire.put
        try:
            await put(event)
        except (OSError, RuntimeError) as exc:
            await wire.explain(exc)
            raise
        wire.until_turn -= 1
        if not wire.until_turn:
            await wire.give_turn()

    def send_text(self, text: str) -> Coroutine[Any, Any, None]:
        """Send a text message, whatever the route's `send_type`."""
        return self._wire.send(TEXT.event(text))

    def send_bytes(self, data: bytes) -> Coroutine[Any, Any, None]:
        """Send a binary message, whatever the route's `send_type`."""
        return self._wire.send(BYTES.event(data))

    def send_json(self, value: Any) -> Coroutine[Any, Any, None]:
        """Send a JSON message, whatever the route's `send_type`."""
        return self._wire.send(JSON.event(value))

    async def send_event(self, event: Message) -> None:
        """Send an ASGI event: a `websocket.accept`, `.send` or `.close`.

        Raises:
            ValueError: If it is of another type.
        """
        match event["type"]:
            case "websocket.send":
                await self._wire.send(event)
            case "websocket.accept":
                await self.accept(event.get("subprotocol"))
            case "websocket.close":
                await self.close(event.get("code", 1000), event.get("reason"))
            case other:
                raise ValueError(
                    f"Cannot send event {other!r}: use 'websocket.accept', "
                    "'websocket.send' or 'websocket.close'."
                )

    def __iter__(self) -> NoReturn:
        """Refuse: it would give the keys of the scope, which nobody means.

        Raises:
            TypeError: Always.
        """
        raise TypeError("Messages are waited for: write `async for message in ws`.")

    def __aiter__(self) -> Self:
        """Iterate over messages until the client closes with a caught code."""
        return self

    async def __anext__(self) -> Any:
        wire = self._wire
        wire.until_turn = STEPS  # PERF: who receives waits, sooner or later
        # PERF: an attribute is loaded sooner than a method (bench websocket).
        receive = wire.receive
        try:
            message = await receive()
            data = message.get(self._plain_frame)
            if data is not None:
                return data
            return await self._read(message, self._receives)
        except WebSocketDisconnect as exc:
            if self._catches(exc):
                raise StopAsyncIteration from None
            raise

    async def _take(self, kind: MessageType) -> Any:
        message = await self._wire.receive()
        return await self._read(message, kind)

    async def _read(self, message: Message, kind: MessageType) -> Any:
        data = message.get(kind.frame)
        if data is not None:
            if kind.decode is None:
                return data
            try:
                return kind.decode(data)
            except HTTPError as exc:
                raise await self._wire.fail(1007, reason_of(exc.detail)) from exc
        if message["type"] == "websocket.disconnect":
            raise self._wire.note_left(message)
        raise await self._wire.fail(1003, f"Expected {kind.frame}.")

    # The end

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        """Close the connection. Before it is accepted: refuse the handshake.

        Does nothing when the client has closed it.

        Args:
            code: 1000 to 1003 and 1007 to 1014 mean what RFC 6455 says; 3000 to
                4999 are free.
            reason: For the client's log; at most 123 bytes in UTF-8.

        Raises:
            ValueError: If the code or the reason cannot be sent.
            RuntimeError: If the view has closed it already.
        """
        code, reason = checked_code(code), checked_reason(reason)
        if self._closed:
            raise RuntimeError(
                f"{self!r} is closed already. Where that is as good, use "
                "ensure_closed()."
            )
        self._closed = True
        await self._wire.hang_up(code, reason)

    async def ensure_closed(self, code: int = 1000, reason: str | None = None) -> None:
        """Close the connection unless it is closed already. Never raises.

        Args:
            code: As for `close`; 1000 in place of one that cannot be sent.
            reason: As for `close`; shortened if need be.
        """
        self._closed = True
        code = code if is_sendable(code) else 1000
        await self._wire.hang_up(code, shortened(reason or ""))

    async def __aenter__(self) -> Self:
        """Accept the handshake, unless it is accepted."""
        if self._wire.stage is not Stage.OPEN:
            await self.accept()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """Close the connection, and let a client's close with a caught code pass."""
        await self.ensure_closed(*closing_for(exc))
        return exc is not None and self._catches(exc)

    def _catches(self, exc: BaseException) -> bool:
        """Whether an exception is a client's close with a code that is caught.

        So is a group, as task groups raise it, of nothing else.
        """
        if isinstance(exc, BaseExceptionGroup):
            return all(map(self._catches, exc.exceptions))
        return isinstance(exc, WebSocketDisconnect) and exc.code in self._options.caught
