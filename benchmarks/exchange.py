"""Drive an ASGI application in-process: the server's side, made as cheap as possible.

Scopes are those uvicorn 0.54 builds with httptools. A scope, its list of headers and
its state are new for each request, as on the server, because applications write into
them; what that costs is measured with an empty application and subtracted.
"""

import asyncio
from collections.abc import Iterable
from time import process_time_ns
from typing import Any

from .asgi import ASGIApp, Message, Scope
from .domain import GREETING
from .workloads import Answer, Workload

CHECKED_MESSAGES = 3


async def empty(scope: object, receive: object, send: object) -> None:
    """The application that does nothing: the zero of every in-process figure."""


class Exchange:
    """The two callables of one HTTP request.

    As on the server, `receive` gives the body, then waits until the response is
    complete and tells of the disconnect: streaming responses of some frameworks rely
    on it. PERF: the common case, one body or none, touches no event loop.
    """

    __slots__ = ("_body", "_last", "_waiting")

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._last: Message = {}
        self._waiting: asyncio.Future[None] | None = None

    async def receive(self) -> Message:
        """The whole body at once; then, when all is sent, the disconnect."""
        if self._body is None:
            if not is_complete(self._last):
                self._waiting = asyncio.get_running_loop().create_future()
                await self._waiting
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        """Remember the last message, no more."""
        self._last = message
        # PERF: a chunk costs those who wait for a disconnect next to nothing, either.
        if (
            self._waiting is not None
            and not message.get("more_body")
            and is_complete(message)
        ):
            wake(self._waiting)


def is_complete(message: Message) -> bool:
    """Whether it is the last of a response."""
    body = message.get("type") == "http.response.body"
    return body and not message.get("more_body", False)


def wake(waiting: asyncio.Future[None]) -> None:
    """Let the waiting `receive` go on, unless it was cancelled."""
    if not waiting.done():
        waiting.set_result(None)


class Recording(Exchange):
    """An exchange that keeps what was sent."""

    __slots__ = ("sent",)

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self.sent: list[Message] = []

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        await super().send(message)

    def answer(self) -> Answer:
        """The sent messages, put together."""
        start = self.sent[0]
        headers = tuple(
            (bytes(name).decode().lower(), bytes(value).decode())
            for name, value in start["headers"]
        )
        body = b"".join(message.get("body", b"") for message in self.sent[1:])
        return Answer(start["status"], headers, body)


class Socket:
    """The two callables of one websocket; its client awaits each echo, then leaves."""

    __slots__ = ("_given", "_opened", "_texts", "_waiting", "sent")

    def __init__(self, texts: int) -> None:
        self.sent: list[Message] = []
        self._texts = texts
        self._given = 0
        self._opened = False
        self._waiting: asyncio.Future[None] | None = None

    async def receive(self) -> Message:
        """Connect, then each text once the previous one came back, then disconnect."""
        if not self._opened:
            self._opened = True
            return {"type": "websocket.connect"}
        # `sent` has the acceptance and one message per text.
        if len(self.sent) <= self._given:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        if self._given < self._texts:
            self._given += 1
            return {"type": "websocket.receive", "text": GREETING}
        return {"type": "websocket.disconnect", "code": 1000, "reason": ""}

    async def send(self, message: Message) -> None:
        """Keep the message: appending to a list is as cheap as any check."""
        self.sent.append(message)
        if self._waiting is not None:
            wake(self._waiting)
            self._waiting = None


class Client:
    """Sends one workload to one application, again and again.

    Args:
        app: The application, started.
        workload: What to send.
        state: What its lifespan left for requests.
    """

    def __init__(
        self, app: ASGIApp, workload: Workload, state: dict[str, object]
    ) -> None:
        self.workload = workload
        self._app = app
        self._scope = scope_of(workload)
        self._state = state

    def fresh_scope(self) -> Scope:
        """A scope that the application may write into."""
        scope = self._scope.copy()
        scope["headers"] = self._scope["headers"].copy()
        scope["state"] = self._state.copy()
        return scope

    async def answer(self) -> Answer:
        """One answer, recorded.

        Websockets have no status of their own: 200 stands for "accepted".
        """
        if self.workload.kind == "websocket":
            socket = Socket(CHECKED_MESSAGES)
            await self._app(self.fresh_scope(), socket.receive, socket.send)
            return self._socket_answer(socket.sent)
        exchange = Recording(self.workload.body)
        await self._app(self.fresh_scope(), exchange.receive, exchange.send)
        return exchange.answer()

    def _socket_answer(self, sent: list[Message]) -> Answer:
        accepted = sent[0]["type"] == "websocket.accept"
        echoed = [
            message["text"] for message in sent if message["type"] == "websocket.send"
        ]
        right = accepted and echoed == [GREETING] * CHECKED_MESSAGES
        return Answer(200 if right else 500, (), repr(sent).encode())

    async def problems(self) -> list[str]:
        """What is wrong with the answers; asked twice, so that cleanups show."""
        first = self.workload.problems(await self.answer())
        return first or self.workload.problems(await self.answer())

    async def time(self, count: int) -> int:
        """CPU nanoseconds of `count` requests, the empty application's included."""
        return await self._time(self._app, count)

    async def time_empty(self, count: int) -> int:
        """CPU nanoseconds of the same loop around an application that does nothing."""
        return await self._time(empty, count)

    async def _time(self, app: ASGIApp, count: int) -> int:
        if self.workload.kind == "websocket":
            texts = self.workload.units
            started = process_time_ns()
            for _ in range(count):
                socket = Socket(texts)
                await app(self.fresh_scope(), socket.receive, socket.send)
            return process_time_ns() - started
        body = self.workload.body
        started = process_time_ns()
        for _ in range(count):
            exchange = Exchange(body)
            await app(self.fresh_scope(), exchange.receive, exchange.send)
        return process_time_ns() - started


async def start(app: ASGIApp) -> dict[str, object]:
    """Run an application's startup, as uvicorn's `auto` does: refusing it is fine.

    Its lifespan goes on, waiting for a shutdown that the end of the process spares it.

    Returns:
        The state for its requests.

    Raises:
        RuntimeError: If the application says that its startup failed.
    """
    state: dict[str, object] = {}
    scope = {
        "type": "lifespan",
        "asgi": {"version": "3.0", "spec_version": "2.0"},
        "state": state,
    }
    received: asyncio.Queue[Message] = asyncio.Queue()
    received.put_nowait({"type": "lifespan.startup"})
    said: asyncio.Queue[Message] = asyncio.Queue()
    running = asyncio.ensure_future(app(scope, received.get, said.put))
    saying = asyncio.ensure_future(said.get())
    await asyncio.wait({running, saying}, return_when=asyncio.FIRST_COMPLETED)
    _LIFESPANS.add(running)
    if saying.done() and saying.result()["type"] == "lifespan.startup.failed":
        raise RuntimeError(f"Startup failed: {saying.result().get('message')}")
    saying.cancel()
    if running.done():
        running.exception()  # seen, so that nobody reports it
    return state


_LIFESPANS: set[asyncio.Future[None]] = set()
"""The event loop alone would let go of them."""


def scope_of(workload: Workload) -> dict[str, Any]:
    """The scope uvicorn would build, but for what is new per request."""
    if workload.kind == "websocket":
        kind, scheme, spec_version = "websocket", "ws", "2.4"
        own: Scope = {
            "subprotocols": [],
            "extensions": {"websocket.http.response": {}},
        }
    else:
        kind, scheme, spec_version = "http", "http", "2.3"
        own = {"method": workload.method}
    return {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": spec_version},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
        "scheme": scheme,
        "root_path": "",
        "path": workload.path,
        "raw_path": workload.path.encode(),
        "query_string": workload.query.encode(),
        "headers": list(encoded(workload.headers)),
        **own,
    }


def encoded(headers: Iterable[tuple[str, str]]) -> Iterable[tuple[bytes, bytes]]:
    """Headers as they stand in a scope."""
    return ((name.encode(), value.encode()) for name, value in headers)
