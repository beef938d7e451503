"""What may be shown of values that are secret, or hold secrets.

Names decide: the value of `DB_PASSWORD` is hidden wherever it stands, in mappings,
lists and records too. So are credentials in URLs, whatever they are called.

Pure: values in, values or texts out. Hides rather too much than too little.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import SimpleNamespace
from typing import Any, Final, cast

from msgspec import Struct

MASK: Final = "********"

_NAMES: Final = (
    "SECRET|PASSWORD|PASSWD|TOKEN|KEY|DSN|COOKIE|AUTHORIZATION|CREDENTIAL|SESSION"
)
# Regexes in here are texts that `re` compiles, and keeps, when they are used.
# PERF: they take longer than all the rest of this file (benchmark of the import).

# Of these a part of the name is secret-like, but what they hold is not.
_HARMLESS: Final = frozenset(["SESSIONS", "session_cookie"])

# RFC 3986 §3.2.1: what is before the last `@` of an authority.
_USER_INFO: Final = r"(?<=://)[^/?#\s'\"<>]+(?=@)"

# `name=value` and `'name': value`, as in queries, code and reprs; not `KeyError: …`.
# What is repeated gives nothing back (`++`), so that hostile text takes no longer.
_NAME: Final = rf"(?<![\w-])(?=[\w-]*(?:{_NAMES}))[\w-]++"
_EQUALS: Final = r"(?:['\"]\]?\s*+(?::|=(?!=))|\s*+=(?!=))\s*+"
_QUOTED: Final = r"""[bru]{0,2}(?:'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+\")"""
_CALL: Final = r"[\w.]*+\([^()]*+\)|\[[^\[\]]*+\]"
_OTHER: Final = r"[^\s&#,;)\]}'\"]++"
_PAIR: Final = rf"(?i)({_NAME}{_EQUALS})(?:{_QUOTED}|{_CALL}|{_OTHER})"
_LITERAL: Final = rf"(?i)({_NAME}{_EQUALS})(?:{_QUOTED})"

# Deeper than any settings, and less than Python's own limit.
_DEPTH: Final = 20


class Shown:
    """Stands for an object that must not be shown as it is.

    Args:
        text: Its repr.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def is_secret(name: str) -> bool:
    """Whether what is called so should not be shown."""
    return re.search(_NAMES, name, re.IGNORECASE) is not None and name not in _HARMLESS


def masked(name: str, value: Any) -> Any:
    """A value as it may be shown.

    Args:
        name: What it is called; empty if it has no name.
        value: Anything.

    Returns:
        The same kind of thing, as far as nothing in it has to be hidden.
    """
    return _masked(name, value, 0)


def mask_text(text: str) -> str:
    """A text without the secrets that can be told: by a name, or as a URL's."""
    return re.sub(_PAIR, _first_and_mask, re.sub(_USER_INFO, MASK, text))


def mask_code(line: str) -> str:
    """A line of code without the secrets that are written in it."""
    return re.sub(_LITERAL, _first_and_mask, re.sub(_USER_INFO, MASK, line))


def _first_and_mask(found: re.Match[str]) -> str:
    return found[1] + MASK


def secrets_in(name: str, value: Any, depth: int = 0) -> Iterator[str]:
    """The texts that `masked` hides, to be looked for elsewhere.

    Args:
        name: As for `masked`; what is in a secret is secret.
        value: As for `masked`.
        depth: How deep in other values it is.
    """
    if value is None or isinstance(value, bool) or depth > _DEPTH:
        return
    if isinstance(value, Mapping):
        items: Iterable[tuple[str, Any]] = ((str(key), it) for key, it in value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        items = (("", item) for item in value)
    else:
        items = _fields_of(value) or ()
    leaf = True
    for key, item in items:
        leaf = False
        yield from secrets_in(name if is_secret(name) else key, item, depth + 1)
    if leaf:
        # What `Secret` shows by its repr only is told by `str`.
        text = value.decode("latin-1") if isinstance(value, bytes) else None
        text = text or _written(value, str) or ""
        yield from [text] if is_secret(name) else _credentials(text)


def _credentials(text: str) -> Iterator[str]:
    for found in re.findall(_USER_INFO, text):
        yield from (found, found.partition(":")[2])


def _masked(  # noqa: PLR0911 - one for each kind of value
    name: str, value: Any, depth: int
) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if is_secret(name):
        empty = isinstance(value, str | bytes | Mapping | list | tuple) and not value
        return value if empty else MASK
    if depth > _DEPTH:
        return Shown("…")
    if isinstance(value, Mapping):
        return {key: _masked(str(key), it, depth + 1) for key, it in value.items()}
    records = _fields_of(value)
    if records is not None:
        shown = (f"{key}={_masked(key, it, depth + 1)!r}" for key, it in records)
        return Shown(f"{type(value).__name__}({', '.join(shown)})")
    for kind in (list, tuple, set, frozenset):
        if isinstance(value, kind):
            return kind(_masked("", item, depth + 1) for item in value)
    return _masked_text(value)


def _masked_text(value: Any) -> Any:
    """A text, or an object that is shown by its repr."""
    if isinstance(value, str):
        return mask_text(value) if "://" in value else value
    text = _written(value, repr)
    if text is None:
        return Shown(f"<{type(value).__name__} whose repr raises>")
    hidden = mask_text(text)
    return value if hidden == text else Shown(hidden)


def _fields_of(value: Any) -> list[tuple[str, Any]] | None:
    """What a record would show of itself, by name."""
    if isinstance(value, Struct):
        names = list(value.__struct_fields__)
    elif is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in fields(value) if field.repr]
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        names = list(cast(Any, value)._fields)
    elif isinstance(value, SimpleNamespace):
        names = list(vars(value))
    else:
        return None
    return [(name, getattr(value, name)) for name in names]


def _written(value: object, write: Callable[[object], str]) -> str | None:
    try:
        return write(value)
    except Exception:  # noqa: BLE001 - whatever a user's `__repr__` raises
        return None
