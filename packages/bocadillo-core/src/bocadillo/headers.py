"""Response headers that cannot be split.

A name or value that would end a header line early, or could not be put on the
wire at all, is refused where the user sets it, not where the server sends it.
"""

import re
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any, Final, Self

from starlette.datastructures import MutableHeaders

from .asgi import RawHeaders

__all__ = ["ResponseHeaders"]

# RFC 9110 §5.6.2: a field name is a token.
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
# RFC 9110 §5.5: a field value has no control characters but tabs.
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]").search

# These belong to the connection: the server sets them (RFC 9110 §7.6.1).
_CONNECTION: Final = {"connection", "keep-alive", "upgrade", "proxy-connection"}

# These say where the body ends: twice would be once too often (RFC 9112 §6).
_FRAMING: Final = {b"content-length", b"transfer-encoding"}


SECURITY_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-opener-policy": "same-origin",
}
"""What `SECURITY_HEADERS = True` adds to every response."""


# Starlette's views of a mapping are lists: repeated headers come as often as they are.
class ResponseHeaders(  # pyright: ignore[reportIncompatibleMethodOverride]
    MutableHeaders, MutableMapping[str, str]
):
    """A case-insensitive, mutable mapping of the headers of a response.

    `headers[name] = value` replaces, `headers.add(name, value)` repeats. Spaces around
    a value are no part of it.

    Raises:
        TypeError: On assignment, if a name or value is not a string.
        ValueError: On assignment, if a name is no token, a value holds CR, LF, NUL or
            another control character, or characters outside latin-1, a header is the
            server's, or it says wrongly how long the body is.
    """

    def __init__(self, raw: RawHeaders | None = None) -> None:
        self._list = [] if raw is None else raw

    def add(self, name: str, value: str) -> None:
        """Add a header, keeping those of the same name that are there already."""
        header = as_sent(name, value)
        if header[0] in _FRAMING:
            self._put(header)
        else:
            self._list.append(header)

    def append(self, key: str, value: str) -> None:
        """Starlette's name for `add`."""
        self.add(key, value)

    def __setitem__(self, key: str, value: str) -> None:
        self._put(as_sent(key, value))

    def setdefault(self, key: str, value: str) -> str:
        """Set a header unless it is there; return the value that holds."""
        header = as_sent(key, value)
        if key not in self:
            self._list.append(header)
        return self[key]

    def _put(self, header: tuple[bytes, bytes]) -> None:
        headers, name = self._list, header[0]
        for place, (other, _) in enumerate(headers):
            if other == name:
                rest = [it for it in headers[place + 1 :] if it[0] != name]
                headers[place:] = [header, *rest]
                return
        headers.append(header)

    def update(self, *args: Any, **kwargs: str) -> None:  # type: ignore[override]
        """Set each header of a mapping, or of pairs of names and values."""
        for name, value in dict(*args, **kwargs).items():
            self[name] = value

    def __ior__(self, other: Any) -> Self:  # type: ignore[misc]
        self.update(other)
        return self


def as_sent(name: object, value: object) -> tuple[bytes, bytes]:
    """A header as it goes out: its name in lower case, no spaces around its value.

    Raises:
        TypeError: If name or value is not a string.
        ValueError: See `ResponseHeaders`.
    """
    if not isinstance(name, str) or not isinstance(value, str):
        raise TypeError(
            f"Header names and values must be str; got {name!r}: {value!r}."
        )
    key = name_as_sent(name)
    # PERF: nearly all values are such (`benchmarks.features`).
    if not (value.isascii() and value.isprintable()):
        _check_value(name, value)
    value = value.strip(" \t")
    if key in _FRAMING:
        value = _framing(name, value)
    return key, value.encode("latin-1")


# PERF: a server sends few names, again and again (`benchmarks.features`).
@lru_cache(maxsize=256)
def name_as_sent(name: str) -> bytes:
    """The name of a header in lower case.

    Raises:
        ValueError: If it is no token, or the header is the server's.
    """
    if _TOKEN(name) is None:
        raise ValueError(
            f"{name!r} cannot be a header name: only letters, digits and "
            "!#$%&'*+-.^_`|~ are allowed (RFC 9110)."
        )
    lower = name.lower()
    if lower in _CONNECTION:
        raise ValueError(f"Header {name!r} is set by the server, not by a response.")
    return lower.encode("latin-1")


def _check_value(name: str, value: str) -> None:
    if _CONTROLS(value):
        raise ValueError(
            f"The value of header {name!r} holds CR, LF, NUL or another control "
            f"character: {value!r}."
        )
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(
            f"The value of header {name!r} holds characters outside latin-1: "
            f"{value!r}. Percent-encode them."
        ) from None


def _framing(name: str, value: str) -> str:
    """The value of a header that says where the body ends."""
    if name.lower() == "content-length":
        if not (value.isascii() and value.isdigit()):
            raise ValueError(f"content-length is a number of bytes, not {value!r}.")
        return value
    if value.lower() != "chunked":
        raise ValueError(
            f"transfer-encoding may only be 'chunked', not {value!r}: the server "
            "encodes the body."
        )
    return "chunked"
