"""Suspended generators and coroutines: where they stand, and how to interrupt them.

Whoever wants one to end may interrupt its work, which leads to its cleanup, but must
not interrupt the cleanup itself. Where it stands is read from the code object, so no
source is needed: what a `finally` or `async with` awaits on the way out is compiled
twice, for the normal way and for the exceptional one, with the same place in the
source.

Knows CPython's bytecode, from 3.11 on, and nothing of Bocadillo.
"""

import asyncio
import dis
import gc
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Coroutine,
    Generator,
    Iterable,
    Iterator,
    Mapping,
)
from functools import lru_cache
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import Any, Final, Protocol

Await = tuple[tuple[int | None, ...], int | None]
"""An `await`: its place in the source, and what for (see `_awaits`)."""

_FRAMED: Final = (CoroutineType, AsyncGeneratorType, GeneratorType)
# What stands between two of them: `anext()`, `__anext__()`, `aclose()`, `__await__()`.
_BETWEEN: Final = (
    "anext_awaitable",
    "async_generator_asend",
    "async_generator_athrow",
    "coroutine_wrapper",
)

# A task group does in its `__aexit__` what it is there for, and ends it by itself.
_WORKS: Final = "TaskGroup.__aexit__"

# Who handles one of these waits for what was not there at once: anyio does so in its
# memory streams, limiters, sockets and TLS, others who poll a queue.
_NOT_YET: Final = frozenset(
    [
        "BlockingIOError", "Empty", "Full", "QueueEmpty", "QueueFull",
        "SSLWantReadError", "SSLWantWriteError", "WouldBlock",
    ]
)  # fmt: skip


def is_cleaning_up(suspended: AsyncGenerator[Any, Any] | Awaitable[Any]) -> bool:
    """Whether it awaits something in a `finally`, or the like.

    So it does when that which it awaits, a helper or another generator, does. The
    body of an `except` counts as well, for there is no telling what it is for, unless
    it handles that something was not ready.

    Args:
        suspended: An async generator, or a coroutine.
    """
    leaving = False
    for frame in frames(suspended):
        if leaving and frame.f_code.co_qualname != _WORKS:
            return True
        awaits, on_the_way_out = _awaits(frame.f_code)
        leaving = awaits.get(frame.f_lasti) in on_the_way_out
    return leaving


def frames(suspended: object) -> Iterator[FrameType]:
    """Its frame, that of what it awaits, and so on."""
    following: Any = suspended
    while following is not None:
        match following:
            case CoroutineType():
                frame, awaited = following.cr_frame, following.cr_await
            case AsyncGeneratorType():
                frame, awaited = following.ag_frame, following.ag_await
            case GeneratorType():
                frame, awaited = following.gi_frame, following.gi_yieldfrom
                if following.gi_code is _DRIVES and frame is not None:
                    awaited = frame.f_locals["coroutine"]
            case _:
                # NOTE: these do not say by themselves what they are about.
                about = gc.get_referents(following)
                frame, awaited = None, next(filter(_leads_on, about), None)
        if frame is not None:
            yield frame
        following = awaited


def _leads_on(it: object) -> bool:
    return isinstance(it, _FRAMED) or type(it).__name__ in _BETWEEN


@lru_cache(maxsize=256)
def _awaits(code: CodeType) -> tuple[dict[int, Await], frozenset[Await]]:
    """Each `await` by its instructions, and those that stand on a way out.

    What one is for is the argument of `GET_AWAITABLE`: 1 is an `__aenter__`, 2 an
    `__aexit__`, which stand at one place in the source, and 0 all others; an `async
    for` has none.
    """
    instructions = {item.offset: item for item in dis.get_instructions(code)}
    positions = tuple(code.co_positions())
    awaits: dict[int, Await] = {}
    purpose: int | None = None
    is_awaiting = False
    for offset, item in instructions.items():
        if item.opname in ("GET_AWAITABLE", "GET_ANEXT"):
            purpose = item.arg if item.opname == "GET_AWAITABLE" else None
            is_awaiting = True
        elif is_awaiting:
            # Which instruction of the loop that waits it is depends on the version.
            awaits[offset] = positions[offset // 2], purpose
            is_awaiting = item.opname != "RESUME"
    # NOTE: what fails while an exception is handled goes where that exception is
    # taken off the stack; every such place begins with `COPY 3`. All code from the
    # first to the last that goes to one such place handles one exception.
    handlers: dict[int, tuple[int, int]] = {}
    clauses: dict[int, list[tuple[int, bool]]] = {}
    for entry in dis._parse_exception_table(code):  # type: ignore[attr-defined]
        target = instructions[entry.target]
        if target.opname == "COPY" and target.arg == 3:
            start, end = handlers.get(entry.target, (entry.start, entry.end))
            start, end = min(start, entry.start), max(end, entry.end)
            handlers[entry.target] = start, end
            found = _clauses(instructions, entry.start, entry.end)
            clauses.setdefault(entry.target, []).extend(found)
    return awaits, frozenset(
        it
        for offset, it in awaits.items()
        if any(
            start <= offset < end and not _is_work(clauses[target], offset)
            for target, (start, end) in handlers.items()
        )
    )


def _clauses(
    instructions: Mapping[int, dis.Instruction], start: int, end: int
) -> Iterator[tuple[int, bool]]:
    """Where an `except` names its class, and whether that is of `_NOT_YET`."""
    before: dis.Instruction | None = None
    for offset, item in instructions.items():
        if start <= offset < end and item.opname == "CHECK_EXC_MATCH":
            yield offset, before is not None and before.argval in _NOT_YET
        before = item


def _is_work(clauses: Iterable[tuple[int, bool]], offset: int) -> bool:
    """Whether the clause that an `await` stands in handles one of `_NOT_YET`."""
    own = max((it for it in clauses if it[0] < offset), default=(0, False))
    return own[1]


class Abandoned(BaseException):
    """Raised in a coroutine that will not be awaited any more if it goes on."""


class Interrupter(Protocol):
    """Decides what becomes of a coroutine that waits."""

    def suspended(self) -> None:
        """Called whenever the coroutine begins to wait; may cancel the task."""
        ...

    def translate(self, cancellation: asyncio.CancelledError) -> BaseException:
        """What to raise in the coroutine in place of a cancellation."""
        ...


class Interruptible:
    """Await a coroutine in which a cancellation may stand for something else.

    Args:
        coroutine: What to run, in the task that awaits this.
        interrupter: Says what it stands for.

    Raises:
        Abandoned: If that was raised in the coroutine, whatever this makes of it.
    """

    def __init__(
        self, coroutine: Coroutine[Any, Any, None], interrupter: Interrupter
    ) -> None:
        self._coroutine = coroutine
        self._interrupter = interrupter

    def __await__(self) -> Generator[Any, Any, None]:
        coroutine, interrupter = self._coroutine, self._interrupter
        arriving: BaseException | None = None
        while True:
            try:
                if arriving is None:
                    awaited = coroutine.send(None)
                else:
                    awaited = coroutine.throw(arriving)
            except StopIteration:
                return
            if isinstance(arriving, Abandoned):
                raise arriving
            interrupter.suspended()
            try:
                yield awaited
                arriving = None
            except asyncio.CancelledError as exc:
                arriving = interrupter.translate(exc)
            except BaseException as exc:  # noqa: BLE001 - passed on, not handled
                arriving = exc


_DRIVES: Final = Interruptible.__await__.__code__
