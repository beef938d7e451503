"""Responses that are made while they are sent.

A generator lives in the request's own task: it is driven there, and its cleanup
completes there. As long as it runs, companions stand beside it: one listens for the
client leaving, and an event stream has one that answers in time and breaks silences.
They may interrupt a generator that waits, once; they never disturb its cleanup.

`Response` starts these; nothing here decides what a response is.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from enum import Enum
from types import AsyncGeneratorType
from typing import Any, Final, cast

from .asgi import Message
from .errors import ClientDisconnect
from .inspection import describe
from .logs import request_id
from .request import Request
from .suspension import Abandoned, Interruptible, is_cleaning_up
from .turns import STEPS, Turns

logger = logging.getLogger("bocadillo.streams")

Chunk = str | bytes
Chunks = Callable[[], AsyncGeneratorType[Chunk, None]]
"""What a view decorates: an async generator function without parameters."""

Open = Callable[[], Awaitable[bool]]
"""Sends the headers; says whether the stream is still wanted."""

Work = Callable[[], Coroutine[Any, Any, None]]

RETRY: Final = b"retry: 1000\n\n"
"""The last event before a restart: asks clients to come back after a second."""

# How often a generator may yield on its way out.
_YIELDS: Final = 100

_NOTHING: Final[Any] = object()


class Reason(Enum):
    """Why a stream ends before its generator does."""

    DISCONNECT = "the client has left"
    DRAIN = "the server is stopping"
    FAILURE = "its headers could not be sent"
    REPLACED = "middleware answers with something else"


class Stream:
    """Chunks from an async generator.

    Args:
        function: Makes the generator.
        request: Whose answer this is.
        raise_on_disconnect: Raise `ClientDisconnect` in the generator, where it
            stands, when the client has left.

    Attributes:
        endless: Whether it goes on until somebody ends it.
        cleanup_seconds: How long a generator may take to end once it was told to.
            Then it is cancelled, and after as long again abandoned.
    """

    endless = False
    cleanup_seconds = 5.0

    def __init__(
        self, function: Chunks, request: Request, *, raise_on_disconnect: bool = False
    ) -> None:
        self._function = function
        self._request = request
        self._raises = raise_on_disconnect
        self._reason: Reason | None = None
        self._failure: Exception | None = None
        self._opened = False
        self._open: Open
        self._task: asyncio.Task[Any]
        self._generator: AsyncGeneratorType[Chunk, None] | None = None
        # They begin when it waits for the first time: before, there is no hurry.
        self._companions: list[asyncio.Task[None]] | None = None
        # Whether the generator was told that it must end, and did not in time.
        self._told = False
        self._late = False
        self._limit: asyncio.TimerHandle | None = None
        # What the cancellations that we asked for, and that are on their way, mean.
        self._meant: list[BaseException] = []

    @property
    def has_begun(self) -> bool:
        """Whether its generator was made: not so for a HEAD, or if a hook fails."""
        return self._generator is not None

    async def run(self, open_: Open) -> None:
        """Send everything but the end; `conclude` sends it, after the cleanups.

        Args:
            open_: Called once, before the first byte, when nothing can fail any more
                that could have failed before it.

        Raises:
            Exception: Whatever the generator raises; `ClientDisconnect` if it was
                raised there and not caught.
        """
        self._open = open_
        # For a HEAD the generator is never started, so there is nothing to leak.
        is_asked_for = self._request.scope["method"] != "HEAD"
        try:
            if is_asked_for and self._reason is None:
                await self._generate()
            opened = await self._open_once()
        finally:
            del self._open  # which knows the stream: no work for the garbage collector
        if opened and not self._late and self._reason is not Reason.DISCONNECT:
            drains = is_asked_for and self._reason is Reason.DRAIN
            self._request._last = RETRY if drains else b""

    def end(self, reason: Reason) -> None:
        """End before the generator does: at its next yield, or now if it waits."""
        if self._reason is None:
            self._reason = reason
            if self._generator is not None and self._generator.ag_frame is not None:
                loop = asyncio.get_running_loop()
                self._limit = loop.call_later(self.cleanup_seconds, self._give_up)
                self.suspended()

    def suspended(self) -> None:
        """Interrupt the generator if it must end, and waits for its work."""
        if self._companions is None:
            self._companions = [
                asyncio.create_task(self._accompany(work)) for work in self._duties()
            ]
        generator = self._generator
        if self._reason is None or self._told or generator is None:
            return
        if generator.ag_running and not is_cleaning_up(generator):
            self._told = True
            raises = self._raises and self._reason is Reason.DISCONNECT
            self._cancel(ClientDisconnect() if raises else asyncio.CancelledError())

    def translate(self, cancellation: asyncio.CancelledError) -> BaseException:
        """What a cancellation stands for: what we meant by it, if it is ours."""
        meant, self._meant = self._meant, []
        for _ in meant:
            self._task.uncancel()
        return meant[-1] if meant else cancellation

    async def _generate(self) -> None:
        """Have the generator do all that it does, in this task."""
        task = self._task = cast("asyncio.Task[Any]", asyncio.current_task())
        cancellations = task.cancelling()
        generator = self._generator = self._function()
        inbox = self._request._listening()
        inbox.listening = True
        try:
            await Interruptible(self._live(generator), self)
        except (asyncio.CancelledError, Abandoned):
            if self._reason is None or task.cancelling() > cancellations:
                raise
        finally:
            if self._limit is not None:
                self._limit.cancel()
            await self._dismiss()
            inbox.close()
        if self._failure is not None:
            raise self._failure

    async def _live(self, generator: AsyncGeneratorType[Chunk, None]) -> None:
        try:
            await self._pump(generator)
        finally:
            await self._close(generator)

    async def _pump(self, generator: AsyncGeneratorType[Chunk, None]) -> None:
        send = self._request._send
        first = await anext(generator, _NOTHING)
        if first is _NOTHING:
            return
        message = _message(first)
        if not await self._open_once():
            return
        await self._send(message)
        turns = Turns()
        while not self._must_end():
            left = STEPS
            # PERF: what is done for each chunk is here, and no more (bench stream).
            async for chunk in generator:
                if type(chunk) is not bytes:
                    chunk = _bytes_of(chunk)  # noqa: PLW2901 - as it is sent
                try:
                    await send(
                        {"type": "http.response.body", "body": chunk, "more_body": True}
                    )
                except OSError:
                    self._note_left()
                left -= 1
                if not left or self._reason is not None:
                    break
            else:
                return
            await turns.give()

    def _must_end(self) -> bool:
        return self._reason is not None

    async def _open_once(self) -> bool:
        if not self._opened:
            try:
                self._opened = await self._open()
            except ClientDisconnect:
                self._opened = True  # which is not tried again
                self._note_left()
                return False
        return self._opened

    async def _send(self, message: Message) -> None:
        try:
            await self._request._send(message)
        except OSError:  # so a server says it (ASGI, HTTP version 2.4)
            self._note_left()

    async def _close(self, generator: AsyncGeneratorType[Chunk, None]) -> None:
        """See that the generator has ended; unless it knows, tell it why."""
        told, self._told = self._told, True
        raises = self._raises and self._reason is Reason.DISCONNECT
        if raises and not told and generator.ag_frame is not None:
            with suppress(StopAsyncIteration):
                await generator.athrow(ClientDisconnect())
        # What it yields on its way out reaches nobody.
        for _ in range(_YIELDS):
            if generator.ag_frame is None:
                return
            with suppress(StopAsyncIteration, GeneratorExit):
                await generator.athrow(GeneratorExit())
        raise RuntimeError(
            f"{describe(self._function)} goes on yielding although it was told to end."
        )

    def _cancel(self, meaning: BaseException) -> None:
        self._meant.append(meaning)
        self._task.cancel()

    def _give_up(self) -> None:
        self._late = True
        self._complain("it is cancelled")
        self._cancel(asyncio.CancelledError())
        loop = asyncio.get_running_loop()
        self._limit = loop.call_later(self.cleanup_seconds, self._abandon)

    def _abandon(self) -> None:
        self._complain("and did not when it was cancelled; it is abandoned")
        self._cancel(Abandoned())

    def _complain(self, consequence: str) -> None:
        logger.error(
            "%s did not end within %g seconds although %s; %s. (Request %s)",
            describe(self._function),
            self.cleanup_seconds,
            self._reason and self._reason.value,
            consequence,
            request_id(self._request.scope),
        )

    def _duties(self) -> Sequence[Work]:
        return [self._listen]

    async def _accompany(self, work: Work) -> None:
        try:
            await work()
        except Exception as exc:  # noqa: BLE001 - raised again in the request's task
            if self._reason is not Reason.DISCONNECT:
                self._failure = exc
                self.end(Reason.FAILURE)

    async def _dismiss(self) -> None:
        companions, self._companions = self._companions or (), []
        for companion in companions:
            companion.cancel()

    async def _listen(self) -> None:
        """Notice that the client has left."""
        await self._request._listening().listen()
        self._note_left()

    def _note_left(self) -> None:
        self._request._is_disconnected = True
        self.end(Reason.DISCONNECT)


class EventStream(Stream):
    """Server-sent events: chunks for a reader that must not be kept waiting.

    Arguments are as for `Stream`.

    Attributes:
        opening_seconds: How long the headers wait for the first event.
    """

    endless = True
    opening_seconds = 0.5

    def __init__(
        self, function: Chunks, request: Request, *, raise_on_disconnect: bool = False
    ) -> None:
        super().__init__(function, request, raise_on_disconnect=raise_on_disconnect)
        self._opening = asyncio.Lock()

    def _duties(self) -> Sequence[Work]:
        return [self._listen, self._break_silences]

    async def _dismiss(self) -> None:
        async with self._opening:  # not while the headers are on their way
            await super()._dismiss()

    async def _open_once(self) -> bool:
        async with self._opening:
            return await super()._open_once()

    async def _break_silences(self) -> None:
        await asyncio.sleep(self.opening_seconds)
        if not await self._open_once():
            self.end(Reason.REPLACED)
            return
        generator, period = self._generator, self._request._limits.keepalive
        while period:
            await asyncio.sleep(period)
            # Not while a chunk is on its way, which may be the half of an event.
            if generator is not None and generator.ag_running and not self._told:
                await self._send(_message(b": keep-alive\n\n"))


def _message(chunk: Chunk) -> Message:
    body = _bytes_of(chunk)
    return {"type": "http.response.body", "body": body, "more_body": True}


def _bytes_of(chunk: Chunk) -> bytes:
    if isinstance(chunk, str):
        return chunk.encode("utf-8")
    if isinstance(chunk, bytes):
        return chunk
    raise TypeError(f"A stream must yield str or bytes, not {type(chunk).__name__}.")
