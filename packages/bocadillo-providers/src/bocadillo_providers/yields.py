"""Which `yield`s of a generator function stand in a `try` or `with`.

Read from the code object, so no source is needed. A `yield` is protected if an
exception raised at it would reach a handler that the user wrote. Handlers that the
compiler adds by itself (the body of every generator since 3.12, the end of an
`except` clause) do nothing but re-raise and do not count: in the exception table
they are those that do not start with `PUSH_EXC_INFO`.
"""

import dis
from collections.abc import Iterator
from types import AsyncGeneratorType, CodeType, FrameType, GeneratorType
from typing import Any

# NOTE: `RESUME` says in its two lowest bits what was resumed: 1 is a `yield`, 2 a
# `yield from`, 3 an `await`.
_AFTER_YIELD = 1
_AFTER_YIELD_FROM = 2


def protected_yields(code: CodeType) -> bool | None:
    """Tell which yields receive the exception of whoever uses the value.

    Args:
        code: The code of a generator function.

    Returns:
        True if all of them do, False if none does; None if it depends on which one
        a generator is suspended at: then ask `is_protected`.
    """
    offsets, delegates = _yields(code)
    protected = {_reaches_a_handler(code, offset) for offset in offsets}
    # NOTE: `yield from` hands exceptions on to a generator we see only later.
    if delegates or len(protected) > 1:
        return None
    return True in protected


def is_protected(
    generator: "GeneratorType[Any, Any, Any] | AsyncGeneratorType[Any, Any]",
) -> bool:
    """Tell whether a suspended generator stands at a protected `yield`."""
    if isinstance(generator, AsyncGeneratorType):
        return _place(generator.ag_frame) in _standing_places(generator.ag_code)
    inner = generator.gi_yieldfrom
    if isinstance(inner, GeneratorType) and is_protected(inner):
        return True
    return _place(generator.gi_frame) in _standing_places(generator.gi_code)


def _place(frame: FrameType | None) -> int:
    """Where a suspended generator stands; -1 if it has ended."""
    return -1 if frame is None else frame.f_lasti


def _standing_places(code: CodeType) -> frozenset[int]:
    """Offsets a frame suspended at a protected yield may report.

    From 3.13 on that is the instruction after `YIELD_VALUE`.
    """
    return frozenset(
        place
        for offset in _yields(code, delegating=True)[0]
        if _reaches_a_handler(code, offset)
        for place in (offset, offset + 2)
    )


def _yields(code: CodeType, *, delegating: bool = False) -> tuple[list[int], bool]:
    """Offsets of the yields, and whether the code delegates to others."""
    offsets: list[int] = []
    delegates = False
    previous = None
    for instruction in dis.get_instructions(code):
        if previous is not None and instruction.opname == "RESUME":
            resumed = (instruction.arg or 0) & 3
            delegates |= resumed == _AFTER_YIELD_FROM
            if resumed == _AFTER_YIELD or (delegating and resumed == _AFTER_YIELD_FROM):
                offsets.append(previous.offset)
        previous = instruction
    return offsets, delegates


def _reaches_a_handler(code: CodeType, offset: int) -> bool:
    """Whether an exception raised at `offset` arrives in a handler of the user."""
    instructions = {each.offset: each.opname for each in dis.get_instructions(code)}
    entries = list(_exception_table(code))
    while True:
        targets = [target for start, end, target in entries if start <= offset < end]
        if not targets:
            return False
        if instructions[targets[0]] == "PUSH_EXC_INFO":
            return True
        offset = next(
            place
            for place, name in instructions.items()
            if place >= targets[0] and name in {"RERAISE", "CLEANUP_THROW"}
        )


def _exception_table(code: CodeType) -> Iterator[tuple[int, int, int]]:
    """Start, end and target of each entry, in bytes.

    The format is CPython's, see `Objects/exception_handling_notes.txt` there: four
    numbers per entry, each in groups of six bits, counted in instructions.
    """
    numbers: list[int] = []
    number = 0
    for byte in code.co_exceptiontable:
        number = number << 6 | byte & 63
        if not byte & 64:
            numbers.append(number * 2)
            number = 0
    for start, length, target, _ in zip(*[iter(numbers)] * 4, strict=True):
        yield start, start + length, target
