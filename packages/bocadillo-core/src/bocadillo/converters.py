"""From an annotation to the function that reads its values from text.

The function is chosen when the app starts: `int`, `UUID`, `Literal["a", "b"]`, a union
with `None`, `Annotated[int, Meta(ge=0)]`, or a `list` of those for repeated keys. It
accepts what the guide's table says and refuses the rest with `Refused`, nothing else,
whatever the text.

Pure: knows neither where the text comes from nor HTTP.
"""

import contextlib
import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import partial
from itertools import repeat
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin
from uuid import UUID

import msgspec

from .annotations import name_type, split, union_members
from .inspection import MISSING
from .problems import (
    EXPECTED,
    MOST_PROBLEMS,
    Check,
    Refused,
    checks_of,
    exactly,
    must_be,
    one_of,
)

T = TypeVar("T")

Convert = Callable[[str], Any]
"""Reads one value from text, or raises `Refused`."""

as_text: Convert = str
"""Leaves text as it is, so callers need not call it."""

_NUMBER = must_be(EXPECTED[int])
_BOOLEANS = {
    "true": True, "1": True, "on": True,
    "false": False, "0": False, "off": False,
}  # fmt: skip

_decode_int = msgspec.json.Decoder(int).decode
_decode_float = msgspec.json.Decoder(float).decode

# ASCII digits only: `float` would take spaces, underscores and '٣' as well. And three
# digits of exponent: more are out of a float's range, and `int` of a Decimal such as
# 1e999999999 would fill the memory.
_is_decimal = re.compile(
    r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?"
).fullmatch
_WEEKS = r"(?i)([-+]?)P([0-9]{1,8})W"


def is_repeated(annotation: object) -> bool:
    """Whether `annotation` takes every occurrence of a key: a list, set or tuple."""
    return _container_of(unwrap(annotation)[0]) is not None


def compile_converter(annotation: object) -> Convert:
    """Choose the function that reads one value of a type.

    Args:
        annotation: A resolved annotation. `MISSING`, or the text of an annotation
            that could not be resolved, means `str`.

    Raises:
        TypeError: If values of this type cannot be read from text, or a constraint
            does not apply to it.
    """
    if isinstance(annotation, type) and annotation in _CONVERTERS:
        # PERF: as most are (benchmarks/routing: ready).
        return _CONVERTERS[annotation]
    plain, constraints = unwrap(annotation)
    convert = _compile_plain(plain)
    checks = _compile_checks(constraints, plain)
    return partial(_convert_checked, convert, checks) if checks else convert


def compile_all(
    annotation: object,
    compile_item: Callable[[object], Callable[[Any], Any]] = compile_converter,
) -> Callable[[Sequence[Any]], Any]:
    """Choose the function that reads a list, set or tuple from repeated values.

    Args:
        annotation: A resolved annotation for which `is_repeated` holds.
        compile_item: Chooses the function that reads one item, from its type.

    Raises:
        TypeError: As `compile_converter` does.
    """
    plain, constraints = unwrap(annotation)
    container = _container_of(plain)
    if container is None:
        raise TypeError(f"{name_type(plain)} is not a list, set or tuple")
    items = get_args(plain) or (str, ...)
    if container is tuple and items[-1] is not Ellipsis:
        return partial(_convert_row, tuple(map(compile_item, items)))
    checks = _compile_checks(constraints, container)
    return partial(_convert_items, compile_item(items[0]), container, checks)


def unwrap(annotation: Any) -> tuple[Any, tuple[msgspec.Meta, ...]]:
    """The type itself, without `None`, and the constraints that stood around it."""
    plain, metadata = split(annotation)
    constraints = tuple(it for it in metadata if isinstance(it, msgspec.Meta))
    members = [it for it in union_members(plain) if it is not NoneType]
    if len(members) == 1:
        plain, inner = unwrap(members[0])
        constraints += inner
    return plain, constraints


def _container_of(plain: object) -> type | None:
    origin = get_origin(plain) or plain
    return next((kind for kind in _CONTAINERS if kind is origin), None)


def _compile_checks(
    constraints: Iterable[msgspec.Meta], plain: Any
) -> tuple[Check, ...]:
    applicable = _APPLICABLE.get(plain, frozenset())
    for constraint in constraints:
        for name in sorted({*CONSTRAINTS} - applicable):
            if getattr(constraint, name) is not None:
                raise TypeError(f"{name_type(plain)} cannot have the constraint {name}")
    return tuple(
        check
        for constraint in constraints
        for check in checks_of(
            constraint,
            unit="character" if plain is str else "item",
            number=_exact if plain is Decimal else None,
        )
    )


def _compile_plain(plain: Any) -> Convert:
    if plain is MISSING or plain is Any or isinstance(plain, str):
        return as_text
    if get_origin(plain) is Literal:
        values = [value for value in get_args(plain) if value is not None]
        return _compile_choice(plain, [(value, value) for value in values])
    if isinstance(plain, type) and issubclass(plain, Enum):
        choose = _compile_choice(plain, [(it.value, it) for it in plain])
        own_lookup = plain._missing_.__func__ is not Enum._missing_.__func__  # type: ignore[attr-defined]
        return partial(_convert_enum, choose, plain) if own_lookup else choose
    try:
        return _CONVERTERS[plain]
    except (KeyError, TypeError):  # a TypeError when it cannot be hashed
        raise TypeError(
            f"{name_type(plain)} cannot be read from text; these can: "
            f"{', '.join(map(name_type, _CONVERTERS))}, enums, Literal, "
            "these or None, and list, set or tuple of them where names repeat"
        ) from None


def _compile_choice(plain: Any, choices: Iterable[tuple[Any, Any]]) -> Convert:
    by_text: dict[str, Any] = {}
    for value, result in choices:
        by_text.setdefault(_text_of(value, plain), result)
    message = must_be(one_of(value for value, _ in choices))
    return partial(_convert_choice, by_text, message)


def _text_of(value: Any, plain: Any) -> str:
    """How a client writes a value of an enum or literal."""
    match value:
        case Enum():
            return _text_of(value.value, plain)
        case bool():
            return str(value).lower()
        case str():
            return value
        case int() | float() | Decimal():
            return str(value)
        case _:
            raise TypeError(
                f"{name_type(plain)} cannot be read from text: its value {value!r} "
                "is neither a str nor a number"
            )


def _to_int(text: str) -> int:
    # PERF: `-?[0-9]{1,20}`; a pattern takes three times as long (bench c, d).
    if text.isdigit() and len(text) <= 20:
        try:
            return _decode_int(text)
        except msgspec.DecodeError:  # of leading zeros, or other digits than these
            if text.isascii():
                return int(text)
    if text[:1] == "-" and text[1:2] != "-":
        return -_to_int(text[1:])
    raise Refused(_NUMBER)


def _to_float(text: str) -> float:
    # PERF: what JSON has, too, takes half the time (bench d).
    if not text.strip("-.0123456789"):
        try:
            return _decode_float(text) or float(text)  # JSON has an integer -0
        except ValueError:
            pass
    if _is_decimal(text) and math.isfinite(number := float(text)):
        return number
    raise Refused(_NUMBER)


def _to_decimal(text: str) -> Decimal:
    if _is_decimal(text):
        return Decimal(text)
    raise Refused(_NUMBER)


def _to_bool(text: str) -> bool:
    # PERF: most are in lower case already (bench d).
    value = _BOOLEANS.get(text)
    if value is None:
        value = _BOOLEANS.get(text.lower())
    if value is None:
        raise Refused(must_be(EXPECTED[bool]))
    return value


def _to_time(text: str) -> time:
    # Browsers leave the seconds out: "12:30" from <input type="time">.
    return _by_msgspec(time, text if len(text) != 5 else f"{text}:00")


def _to_datetime(text: str) -> datetime:
    # "2024-05-01T12:30" from <input type="datetime-local">.
    return _by_msgspec(datetime, text if len(text) != 16 else f"{text}:00")


def _to_timedelta(text: str) -> timedelta:
    if weeks := re.fullmatch(_WEEKS, text):  # ISO 8601 has them, msgspec has not
        sign, number = weeks.groups()
        text = f"{sign}P{int(number) * 7}D"
    return _by_msgspec(timedelta, text)


def _by_msgspec(kind: type[T], text: str) -> T:
    try:
        return msgspec.convert(text, kind)
    except ValueError:  # of msgspec, and of text that is not valid Unicode
        raise Refused(must_be(EXPECTED[kind])) from None


def _convert_choice(choices: dict[str, Any], message: str, text: str) -> Any:
    try:
        return choices[text]
    except KeyError:
        raise Refused(message) from None


def _convert_enum(choose: Convert, kind: type[Enum], text: str) -> Any:
    try:
        return choose(text)
    except Refused:
        with contextlib.suppress(Exception):  # whatever its own look-up raises
            return kind(text)
        raise


def _convert_checked(convert: Convert, checks: tuple[Check, ...], text: str) -> Any:
    value = convert(text)
    _check(value, checks)
    return value


def _convert_items(
    convert: Convert,
    container: Callable[[list[Any]], Any],
    checks: tuple[Check, ...],
    texts: Sequence[str],
) -> Any:
    values = container(_convert_each(repeat(convert), texts))
    _check(values, checks)
    return values


def _convert_row(converters: tuple[Convert, ...], texts: Sequence[str]) -> Any:
    if len(texts) != len(converters):
        raise Refused(exactly(len(converters)))
    return tuple(_convert_each(converters, texts))


def _convert_each(converters: Iterable[Convert], texts: Iterable[str]) -> list[Any]:
    values: list[Any] = []
    problems: dict[str, str] = {}
    for index, (convert, text) in enumerate(zip(converters, texts)):  # noqa: B905
        try:
            values.append(convert(text))
        except Refused as refused:
            problems |= refused.at(str(index))
            if len(problems) >= MOST_PROBLEMS:
                break
    if problems:
        raise Refused(problems)
    return values


def _check(value: object, checks: tuple[Check, ...]) -> None:
    for holds, message in checks:
        if not holds(value):
            raise Refused(message)


def _exact(number: float) -> Decimal:
    return Decimal(str(number))


_CONVERTERS: dict[Any, Convert] = {
    str: as_text,
    int: _to_int,
    float: _to_float,
    bool: _to_bool,
    Decimal: _to_decimal,
    date: partial(_by_msgspec, date),
    time: _to_time,
    datetime: _to_datetime,
    timedelta: _to_timedelta,
    UUID: partial(_by_msgspec, UUID),
}
_CONTAINERS = (list, set, frozenset, tuple)

_BOUNDS = ("gt", "ge", "lt", "le", "multiple_of")
_LENGTHS = ("min_length", "max_length")
CONSTRAINTS = (*_BOUNDS, *_LENGTHS, "pattern", "tz")
"""Those of `msgspec.Meta`, by name."""

_APPLICABLE: dict[Any, frozenset[str]] = {
    **dict.fromkeys((int, float, Decimal), frozenset(_BOUNDS)),
    **dict.fromkeys(_CONTAINERS, frozenset(_LENGTHS)),
    str: frozenset({*_LENGTHS, "pattern"}),
    time: frozenset({"tz"}),
    datetime: frozenset({"tz"}),
}
