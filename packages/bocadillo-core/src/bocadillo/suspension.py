"""Where a suspended generator or coroutine stands: at work, or cleaning up already.

Whoever wants it to end may interrupt its work, which leads to its cleanup, but must
not interrupt the cleanup itself. Read from the code object, so no source is needed:
what a `finally` or `async with` awaits on the way out is compiled twice, for the
normal way and for the exceptional one, with the same place in the source.
"""

import dis
from collections.abc import AsyncGenerator, Awaitable
from functools import lru_cache
from types import CodeType
from typing import Any

Place = tuple[int | None, ...]
"""Lines and columns of an instruction, from and to."""


def is_cleaning_up(suspended: AsyncGenerator[Any, Any] | Awaitable[Any]) -> bool:
    """Whether it awaits something in a `finally`, or the like.

    Args:
        suspended: An async generator, or a coroutine.
    """
    is_generator = isinstance(suspended, AsyncGenerator)
    frame = getattr(suspended, "ag_frame" if is_generator else "cr_frame", None)
    if frame is None:
        return False
    work, cleanup = _places(frame.f_code)
    place = tuple(frame.f_code.co_positions())[frame.f_lasti // 2]
    return place in cleanup and frame.f_lasti not in work


@lru_cache(maxsize=256)
def _places(code: CodeType) -> tuple[frozenset[int], frozenset[Place]]:
    """Where `__aenter__` is awaited, and the places of all that is cleanup.

    The first has to be told apart, for it stands where `__aexit__` does.
    """
    instructions = {item.offset: item for item in dis.get_instructions(code)}
    entering: set[int] = set()
    enters = False
    for item in instructions.values():
        if item.opname == "GET_AWAITABLE":
            enters = item.arg == 1  # 0 is a plain `await`, 2 an `__aexit__`
        elif enters:
            # Which instruction of the loop that waits it is depends on the version.
            entering.add(item.offset)
            enters = item.opname != "RESUME"
    # NOTE: what fails while an exception is handled goes where that exception is
    # taken off the stack; every such place begins with `COPY 3`. All code from the
    # first to the last that goes to one such place handles one exception.
    handlers: dict[int, tuple[int, int]] = {}
    for entry in dis._parse_exception_table(code):  # type: ignore[attr-defined]
        target = instructions[entry.target]
        if target.opname == "COPY" and target.arg == 3:
            start, end = handlers.get(entry.target, (entry.start, entry.end))
            start, end = min(start, entry.start), max(end, entry.end)
            handlers[entry.target] = start, end
    positions = tuple(code.co_positions())
    places: set[Place] = set()
    for start, end in handlers.values():
        places.update(positions[start // 2 : end // 2])
    return frozenset(entering), frozenset(places)
