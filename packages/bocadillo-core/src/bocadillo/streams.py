"""Responses that are made while they are sent.

A generator lives in the request's own task: it is driven there, and its cleanup
completes there. As long as it runs, companions stand beside it: one listens for the
client leaving, and an event stream has one that answers in time and breaks silences.
They may wake a generator that waits, once; they never disturb its cleanup.

`Response` starts these; nothing here decides what a response is.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import suppress
from enum import Enum
from types import AsyncGeneratorType
from typing import Any, Final, cast

from .asgi import Message, Receive
from .errors import ClientDisconnect
from .inspection import describe
from .request import Request
from .suspension import is_cleaning_up

logger = logging.getLogger("bocadillo.streams")

Chunk = str | bytes
Chunks = Callable[[], AsyncGeneratorType[Chunk, None]]
"""What a view decorates: an async generator function without parameters."""

Open = Callable[[], Awaitable[bool]]
"""Sends the headers; says whether the stream is still wanted."""

Work = Callable[[], Coroutine[Any, Any, None]]

CLEANUP_SECONDS: Final = 5.0
"""How long a generator may take to end once it was told to."""

OPENING_SECONDS: Final = 0.5
"""How long the headers of an event stream wait for the first event."""

RETRY: Final = b"retry: 1000\n\n"
"""The last event before a restart: asks clients to come back after a second."""


_NOTHING: Final[Any] = object()


class Reason(Enum):
    """Why a stream ends before its generator does."""

    DISCONNECT = "the client has left"
    DRAIN = "the server is stopping"
    FAILURE = "its headers could not be sent"


class Stream:
    """Chunks from an async generator.

    Args:
        function: Makes the generator.
        request: Whose answer this is.
        raise_on_disconnect: Raise `ClientDisconnect` in the generator, where it
            stands, when the client has left.

    Attributes:
        endless: Whether it goes on until somebody ends it.
    """

    endless = False

    def __init__(
        self, function: Chunks, request: Request, *, raise_on_disconnect: bool = False
    ) -> None:
        self._function = function
        self._request = request
        self._raises = raise_on_disconnect
        self._reason: Reason | None = None
        self._failure: Exception | None = None
        # Set while a cancellation that we asked for is on its way.
        self._waking: BaseException | None = None
        self._limit: asyncio.TimerHandle | None = None
        self._opened = False
        self._open: Open
        self._task: asyncio.Task[Any]
        self._generator: AsyncGeneratorType[Chunk, None] | None = None

    async def run(self, open_: Open) -> None:
        """Send everything.

        Args:
            open_: Called once, before the first byte, when nothing can fail any more
                that could have failed before it.

        Raises:
            Exception: Whatever the generator raises; `ClientDisconnect` if it was
                raised there and not caught.
        """
        self._open = open_
        send = self._request._send
        if self._request.scope["method"] == "HEAD":
            # The generator is never started, so there is nothing that could leak.
            if await self._open_once():
                await send({"type": "http.response.body"})
            return
        self._task = cast("asyncio.Task[Any]", asyncio.current_task())
        generator = self._generator = self._function()
        companions = [
            asyncio.create_task(self._accompany(work)) for work in self._companions()
        ]
        try:
            try:
                await Interruptible(self._pump(generator), self._wake)
            except asyncio.CancelledError:
                if self._reason is None:
                    raise
            finally:
                await self._end(generator)
        finally:
            for companion in companions:
                companion.cancel()
            if self._limit is not None:
                self._limit.cancel()
        if self._failure is not None:
            raise self._failure
        if self._opened and self._reason is not Reason.DISCONNECT:
            last = RETRY if self._reason is Reason.DRAIN else b""
            await send({"type": "http.response.body", "body": last})

    def end(self, reason: Reason) -> None:
        """End before the generator does: at its next yield, or now if it waits."""
        if self._reason is None:
            self._reason = reason
            generator = self._generator
            if generator is None:
                return  # it will end at its first yield
            if generator.ag_running and not is_cleaning_up(generator):
                raises = reason is Reason.DISCONNECT and self._raises
                self._waking = (
                    ClientDisconnect() if raises else asyncio.CancelledError()
                )
                self._task.cancel()
            loop = asyncio.get_running_loop()
            self._limit = loop.call_later(CLEANUP_SECONDS, self._give_up)

    async def _pump(self, generator: AsyncGeneratorType[Chunk, None]) -> None:
        send = self._request._send
        first = await anext(generator, _NOTHING)
        if not await self._open_once() or first is _NOTHING:
            return
        await send(_message(first))
        if self._ending():
            return
        # PERF: what is done for each chunk is here, and no more (bench streams).
        async for chunk in generator:
            await send(
                {
                    "type": "http.response.body",
                    "body": chunk if chunk.__class__ is bytes else _bytes_of(chunk),
                    "more_body": True,
                }
            )
            if self._reason is not None:
                return

    async def _open_once(self) -> bool:
        if not self._opened:
            self._opened = await self._open()
        return self._opened

    def _ending(self) -> bool:
        return self._reason is not None

    def _wake(self) -> BaseException | None:
        """What a cancellation stands for, if it is ours."""
        waking, self._waking = self._waking, None
        if waking is not None:
            self._task.uncancel()
        return waking

    async def _end(self, generator: AsyncGeneratorType[Chunk, None]) -> None:
        unfinished: object = generator.ag_frame
        try:
            if unfinished and self._raises and self._reason is Reason.DISCONNECT:
                with suppress(StopAsyncIteration):
                    await generator.athrow(ClientDisconnect())
        finally:
            await generator.aclose()

    def _give_up(self) -> None:
        logger.error(
            "%s did not end within %g seconds although %s; it is cancelled.",
            describe(self._function),
            CLEANUP_SECONDS,
            self._reason and self._reason.value,
        )
        self._task.cancel()

    def _companions(self) -> list[Work]:
        return [self._listen]

    async def _accompany(self, work: Work) -> None:
        try:
            await work()
        except Exception as exc:  # noqa: BLE001 - raised again in the request's task
            self._failure = exc
            self.end(Reason.FAILURE)

    async def _listen(self) -> None:
        """Notice that the client has left; keep what else it sends for the view."""
        inbox = Inbox(self._request._receive, self._request._limits.body)
        self._request._receive = inbox.receive
        if await inbox.listen():
            self.end(Reason.DISCONNECT)


class EventStream(Stream):
    """Server-sent events: chunks for a reader that must not be kept waiting.

    Arguments are as for `Stream`.
    """

    endless = True

    def __init__(
        self, function: Chunks, request: Request, *, raise_on_disconnect: bool = False
    ) -> None:
        super().__init__(function, request, raise_on_disconnect=raise_on_disconnect)
        self._keepalive = request._limits.keepalive
        self._opening = asyncio.Lock()

    def _companions(self) -> list[Work]:
        return [self._listen, self._break_silences]

    async def _open_once(self) -> bool:
        async with self._opening:
            return await super()._open_once()

    async def _break_silences(self) -> None:
        send = self._request._send
        await asyncio.sleep(OPENING_SECONDS)
        if not await self._open_once():
            return
        while self._keepalive:
            await asyncio.sleep(self._keepalive)
            waits = self._generator is not None and self._generator.ag_running
            if waits and self._reason is None:
                await send(_message(b": keep-alive\n\n"))


class Interruptible:
    """Await a coroutine in which a cancellation may stand for something else.

    Args:
        coroutine: What to run.
        translate: Called when a cancellation arrives; gives the exception to raise
            in its place, or `None` to let it be.
    """

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, None],
        translate: Callable[[], BaseException | None],
    ) -> None:
        self._coroutine = coroutine
        self._translate = translate

    def __await__(self) -> Generator[Any, Any, None]:
        coroutine = self._coroutine
        arriving: BaseException | None = None
        while True:
            try:
                if arriving is None:
                    awaited = coroutine.send(None)
                else:
                    awaited = coroutine.throw(arriving)
            except StopIteration:
                return
            try:
                yield awaited
                arriving = None
            except asyncio.CancelledError as exc:
                arriving = self._translate() or exc
            except GeneratorExit:
                coroutine.close()
                raise
            except BaseException as exc:  # noqa: BLE001 - passed on, not handled
                arriving = exc


class Inbox:
    """Listens to the server for a view that may still want to read.

    Args:
        receive: The server's.
        limit: Bytes to keep for the view at most; then listening ends.
    """

    def __init__(self, receive: Receive, limit: int | None) -> None:
        self._receive = receive
        self._limit = limit
        self._kept: asyncio.Queue[Message] = asyncio.Queue()
        self._listening = True

    async def listen(self) -> bool:
        """Wait until the client leaves, or sends too much; says whether it left."""
        size = 0
        try:
            while self._limit is None or size <= self._limit:
                message = await self._receive()
                self._kept.put_nowait(message)
                if message["type"] == "http.disconnect":
                    return True
                size += len(message.get("body", b""))
        finally:
            self._listening = False
        return False

    async def receive(self) -> Message:
        """Give the view what was kept, then what the server gives."""
        if self._listening or not self._kept.empty():
            return await self._kept.get()
        return await self._receive()


def _message(chunk: Chunk) -> Message:
    body = _bytes_of(chunk)
    return {"type": "http.response.body", "body": body, "more_body": True}


def _bytes_of(chunk: Chunk) -> bytes:
    if isinstance(chunk, str):
        return chunk.encode("utf-8")
    if isinstance(chunk, bytes):
        return chunk
    raise TypeError(f"A stream must yield str or bytes, not {type(chunk).__name__}.")
