"""A websocket as the protocol has it: who may say what, and who has said goodbye.

Stands between `WebSocket`, which knows what messages mean, and the server, which
says in its own ways that a client has left: in `receive`, by an `OSError` from `send`,
and some by a `RuntimeError`. Here these are one thing.

See https://asgi.readthedocs.io/en/latest/specs/www.html#websocket.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum

from .asgi import Message, Receive, Send
from .closing import seen_code, shortened
from .errors import ClientLeft, HTTPError, WebSocketDisconnect
from .lookahead import Lookahead
from .turns import STEPS, Turns

logger = logging.getLogger("bocadillo.websockets")


class Stage(Enum):
    """How far a conversation is."""

    CONNECTING = "connecting"
    OPEN = "open"
    ENDED = "ended"


class Wire:
    """One connection.

    Args:
        receive: The server's.
        send: The server's.

    Attributes:
        stage: Whether anything can be sent.
        told: Whether the view has heard that it is over.
        refusal: Why no handshake can succeed any more, if so.
        receive: Waits for the next event.
        put: Sends an event; `explain` says what an exception means.
        until_turn: How many more may be sent before something is received; then,
            `give_turn`.
    """

    # PERF: defaults on the class, as for `Request` (bench websocket).
    stage = Stage.CONNECTING
    told = False
    refusal: HTTPError | None = None
    until_turn = STEPS
    # Code and reason, when it has ended otherwise than by the view's own close.
    _over: tuple[int, str] | None = None
    # Code and reason, when there is nothing more to receive.
    _left: tuple[int, str] | None = None
    _lookahead: Lookahead | None = None

    def __init__(self, receive: Receive, send: Send) -> None:
        self._server_receive = receive
        self._server_send = send
        self._turns = Turns()
        # PERF: who may not receive, or send, has another function instead, so that
        # nothing is asked for each message (bench websocket).
        self.receive: Receive = self._cannot_receive
        self.put: Send = self._cannot_send

    async def accept(self, subprotocol: str | None) -> None:
        """Accept the handshake.

        Raises:
            HTTPError: If the server is about to stop.
            ClientLeft: If the client has left.
        """
        if self.refusal is not None:
            raise self.refusal
        self.stage = Stage.OPEN
        self.receive = self._first_receive
        self.put = self._server_send
        await self.send({"type": "websocket.accept", "subprotocol": subprotocol})

    async def send(self, event: Message) -> None:
        """Send a `websocket.send`.

        Raises:
            ClientLeft: If the client has left, or was sent away.
            RuntimeError: If the view may not send, not yet or no longer.
        """
        try:
            await self.put(event)
        except (OSError, RuntimeError) as exc:
            await self.explain(exc)
            raise
        self.until_turn -= 1
        if not self.until_turn:
            await self.give_turn()

    async def give_turn(self) -> None:
        """Let others do something between two messages."""
        self.until_turn = STEPS
        await self._turns.give()

    async def explain(self, exc: Exception) -> None:
        """Raise what a failure to `put` means, unless it stands for itself.

        Raises:
            ClientLeft: If it means that nobody is there any more.
        """
        gone = isinstance(exc, OSError)
        if self.stage is Stage.OPEN:
            left = await self._heard()
            if left is not None or gone:
                self._end(*(left or (1006, "")))
        if self._over is not None or gone:
            self.told = True
            raise ClientLeft(*(self._over or (1006, ""))) from exc

    async def respond(self, message: Message) -> None:
        """Send a part of an HTTP response, which refuses the handshake."""
        self.stage = Stage.ENDED
        part = {"body": b"", **message, "type": f"websocket.{message['type']}"}
        try:
            await self._server_send(part)
        except (OSError, RuntimeError):  # the client has left, or was sent away
            logger.debug("A refusal could not be sent", exc_info=True)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            # NOTE: uvicorn 0.54 logs an error if the app returns before it has closed
            # the connection, which it does in the next turn of the loop. With TLS of
            # its own it waits for the client first, and logs it all the same.
            await asyncio.sleep(0)

    async def hang_up(self, code: int, reason: str) -> None:
        """Send a close, or refuse the handshake; nothing if it has ended."""
        if self.stage is Stage.ENDED:
            return
        self.stage = Stage.ENDED
        self.put = self._cannot_send
        try:
            await self._server_send(
                {"type": "websocket.close", "code": code, "reason": reason}
            )
        except Exception:  # who is gone need not be told
            logger.debug("A close could not be sent", exc_info=True)

    async def send_away(self, code: int, reason: str) -> WebSocketDisconnect:
        """Close, not by the view's wish; what it does next fails with this."""
        reason = shortened(reason)
        if self.stage is not Stage.ENDED:
            self._over = code, reason
        await self.hang_up(code, reason)
        return WebSocketDisconnect(code, reason)

    async def fail(self, code: int, reason: str) -> WebSocketDisconnect:
        """Close because of what the client has sent: nothing more is received."""
        self._left = code, shortened(reason)
        self.receive = self._cannot_receive
        self.told = True
        return await self.send_away(code, reason)

    def note_left(self, message: Message) -> WebSocketDisconnect:
        """Take in a `websocket.disconnect` that the view receives."""
        self._left = code, reason = _farewell(message)
        self.receive = self._cannot_receive
        self.told = True
        if self.stage is Stage.OPEN:
            self._end(code, reason)
        return WebSocketDisconnect(code, reason)

    def replay(self) -> Receive:
        """What a mounted app receives: the event that was received before, first."""
        events = [{"type": "websocket.connect"}]

        async def receive() -> Message:
            return events.pop() if events else await self._server_receive()

        return receive

    async def forward(self, event: Message) -> None:
        """Send what a mounted app sends, and take note of it."""
        kind = event["type"]
        if kind == "websocket.accept":
            self.stage = Stage.OPEN
        elif kind != "websocket.send":
            if kind == "websocket.close" and self.stage is Stage.ENDED:
                return  # it was closed for it
            self.stage = Stage.ENDED
        await self._server_send(event)

    def watch(self, on_left: Callable[[], object]) -> None:
        """Read ahead for a view that has not received anything yet.

        Args:
            on_left: Called when the client leaves before the view receives.
        """
        if self.receive == self._first_receive:
            self._lookahead = Lookahead(self._server_receive, on_left)
            self.receive = self._lookahead.receive

    def stop_watching(self) -> None:
        """Read ahead no more."""
        if self._lookahead is not None:
            self._lookahead.stop()

    def _first_receive(self) -> Awaitable[Message]:
        self.receive = self._server_receive
        return self._server_receive()

    async def _heard(self) -> tuple[int, str] | None:
        """What the server has said already, although nobody has asked."""
        lookahead = self._lookahead
        if lookahead is None:
            lookahead = Lookahead(self._server_receive, lambda: None)
            self._lookahead, self.receive = lookahead, lookahead.receive
        else:
            lookahead.resume()
        await asyncio.sleep(0)  # what is there is read
        if lookahead.left is not None:
            return _farewell(lookahead.left)
        return self._left

    def _end(self, code: int, reason: str) -> None:
        self.stage = Stage.ENDED
        self._over = code, reason
        self.put = self._cannot_send

    async def _cannot_send(self, event: Message) -> None:
        if self._over is not None:
            self.told = True
            raise ClientLeft(*self._over)
        raise RuntimeError(f"Cannot send: {self._why_not()}")

    async def _cannot_receive(self) -> Message:
        if self._left is not None:
            raise WebSocketDisconnect(*self._left)
        raise RuntimeError(f"Cannot receive: {self._why_not()}")

    def _why_not(self) -> str:
        if self.stage is Stage.CONNECTING:
            return "the websocket is not accepted yet. `await ws.accept()` first."
        return "the websocket is closed."


def _farewell(message: Message) -> tuple[int, str]:
    return seen_code(message.get("code")), message.get("reason") or ""
