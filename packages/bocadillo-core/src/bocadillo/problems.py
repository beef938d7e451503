"""What is wrong with a value, in words for the person who sent it.

The messages are derived from types and constraints, never from the English text of a
library, so that a path parameter and a field of a body are refused in the same words.

Pure: knows neither HTTP nor views. Used by `converters` and `validation`.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from types import NoneType
from typing import Any
from uuid import UUID

REQUIRED = "Is required."
UNKNOWN = "Is not a known field."
INVALID = "Is not valid."
INVALID_KEY = "Is not a valid key."
MALFORMED = "JSON is malformed."

MOST_PROBLEMS = 1000
"""How many are told, lest a hostile request be answered by a larger response."""

EXPECTED: Mapping[object, str] = {
    str: "a string",
    int: "a number",
    float: "a number",
    Decimal: "a number",
    bool: "a boolean",
    date: "a valid date",
    time: "a valid time",
    datetime: "a valid datetime",
    timedelta: "a valid duration",
    UUID: "a valid UUID",
    bytes: "a valid base64 string",
    NoneType: "null",
}
"""What a value of a type is called in a message that begins with "Must be"."""

Check = tuple[Callable[[Any], bool], str]
"""A predicate that a value must satisfy, and the message if it does not."""

# With the bound as the first operand: `partial(operator.lt, 0)(value)` is `0 < value`.
_BOUNDS: tuple[tuple[str, Callable[[Any, Any], bool], str], ...] = (
    ("gt", operator.lt, "greater than"),
    ("ge", operator.le, "greater than or equal to"),
    ("lt", operator.gt, "less than"),
    ("le", operator.ge, "less than or equal to"),
)


class Refused(ValueError):
    """A value is not accepted.

    Args:
        problems: A message, or messages by their dotted path inside the value.
    """

    def __init__(self, problems: str | Mapping[str, str]) -> None:
        super().__init__(problems)
        self.problems = {"": problems} if isinstance(problems, str) else problems

    def at(self, key: str) -> dict[str, str]:
        """The problems keyed by their path, given that the value stands at `key`."""
        return {join(key, path): text for path, text in self.problems.items()}


def join(key: str, path: str) -> str:
    """Join two dotted paths, either of which may be empty."""
    return f"{key}.{path}" if key and path else key or path


def must_be(*expected: str) -> str:
    """Say what is accepted, as in `Must be a number or a string.`."""
    *others, last = dict.fromkeys(expected)
    return f"Must be {', '.join(others)}{' or ' if others else ''}{last}."


def one_of(values: Iterable[object]) -> str:
    """Name the accepted values, as in `one of 'a', 'b'`."""
    return f"one of {', '.join(map(repr, values))}"


def checks_of(
    constraints: Any, *, unit: str, number: Callable[[Any], Any] | None = None
) -> list[Check]:
    """Turn constraints into predicates with their messages.

    Args:
        constraints: A `msgspec.Meta`, or a type of `msgspec.inspect`, which names
            its constraints alike.
        unit: What the length of the value counts: `character` or `item`.
        number: Makes a bound comparable with the value, when it is not yet.
    """
    of = partial(getattr, constraints)
    checks: list[Check] = []
    for name, holds, words in _BOUNDS:
        if (bound := of(name, None)) is not None:
            exact = number(bound) if number else bound
            checks.append((partial(holds, exact), f"Must be {words} {bound}."))
    if (factor := of("multiple_of", None)) is not None:
        exact = number(factor) if number else factor
        checks.append(
            (partial(_is_multiple, exact), f"Must be a multiple of {factor}.")
        )
    if (length := of("min_length", None)) is not None:
        checks.append((partial(_is_no_shorter, length), at_least(length, unit)))
    if (length := of("max_length", None)) is not None:
        checks.append((partial(_is_no_longer, length), at_most(length, unit)))
    if (pattern := of("pattern", None)) is not None:
        checks.append(
            (partial(_matches, re.compile(pattern)), f"Must match {pattern!r}.")
        )
    if (zoned := of("tz", None)) is not None:
        message = f"Must {'' if zoned else 'not '}have a time zone."
        checks.append((partial(_is_zoned, zoned), message))
    return checks


def exactly(length: int) -> str:
    """Say how many items a list of fixed length has."""
    return f"Must have exactly {_count(length, 'item')}."


def at_least(length: int, unit: str = "item") -> str:
    """Say what the length of a value must not fall below."""
    return f"Must have at least {_count(length, unit)}."


def at_most(length: int, unit: str = "item") -> str:
    """Say what the length of a value must not exceed."""
    return f"Must have no more than {_count(length, unit)}."


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _is_multiple(factor: Any, value: Any) -> bool:
    try:
        return bool(value % factor == 0)
    except ArithmeticError:  # of a Decimal that is too large to divide exactly
        return False


def _is_no_shorter(length: int, value: Any) -> bool:
    return len(value) >= length


def _is_no_longer(length: int, value: Any) -> bool:
    return len(value) <= length


def _matches(pattern: re.Pattern[str], value: str) -> bool:
    return pattern.search(value) is not None


def _is_zoned(zoned: bool, value: Any) -> bool:  # noqa: FBT001 - a predicate
    return (value.tzinfo is not None) is zoned
