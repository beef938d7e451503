"""What of some content a request gets: all, parts, or nothing (RFC 9110 §13 to §15).

Decides, reads nothing. A part is either bytes to send as they are, or a `range` of
the content's bytes, for whoever has the content at hand.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from .asgi import RawHeaders
from .ranges import parse_ranges
from .validators import Validators, precondition_status, range_holds

__all__ = ["Headers", "Part", "Representation", "Selection", "request_fields", "select"]

Headers = Sequence[tuple[str, str]]
"""Names in lower case, and values."""

Part = bytes | range
"""Bytes to send, or the place of bytes in the content."""

_FIELDS: Final = frozenset(
    [
        b"accept-encoding",
        b"if-match",
        b"if-modified-since",
        b"if-none-match",
        b"if-range",
        b"if-unmodified-since",
        b"range",
    ]
)


def request_fields(headers: RawHeaders) -> dict[str, str]:
    """The request headers that matter here, repeated ones joined by commas."""
    fields: dict[str, str] = {}
    for raw_name, raw_value in headers:
        if raw_name in _FIELDS:
            name, value = raw_name.decode(), raw_value.decode("latin-1")
            fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


class Representation(Struct, frozen=True):
    """Content that could be sent whole, and what is said about it.

    Args:
        size: Bytes.
        content_type: Its media type.
        validators: Its ETag and date.
        coding: Its `content-encoding`, empty if there is none.
        headers: Others, which are sent with the content and with a 304.
    """

    size: int
    content_type: str
    validators: Validators
    coding: str = ""
    headers: Headers = ()


class Selection(Struct, frozen=True):
    """What to answer: the status, all headers of the content, and its parts."""

    status: int
    headers: list[tuple[str, str]]
    parts: tuple[Part, ...] = ()

    @property
    def length(self) -> int:
        """Bytes of all parts."""
        return sum(map(len, self.parts))


def select(
    content: Representation, method: str, fields: Mapping[str, str]
) -> Selection:
    """Decide what to answer.

    Args:
        content: What there is.
        method: Of the request. Conditions count for `GET` and `HEAD`, ranges for
            `GET` alone (RFC 9110 §14.2). `HEAD` gets no parts.
        fields: See `request_fields`.

    Returns:
        Status 200 (all), 206 (one range, or several as `multipart/byteranges`),
        304 (not modified), 412 (a precondition failed) or 416 (no such range).
    """
    status = 200
    if method in ("GET", "HEAD"):
        status = precondition_status(fields, content.validators)
    if status == 304:
        return Selection(304, [*content.validators.headers(), *content.headers])
    if status == 412:
        return Selection(412, [("content-length", "0")])
    ranges = None
    if (
        method == "GET"
        and "range" in fields
        and range_holds(fields, content.validators)
    ):
        ranges = parse_ranges(fields["range"], content.size)
    if ranges is None:
        return _whole(content, method)
    if not ranges:
        nowhere = ("content-range", f"bytes */{content.size}")
        return Selection(416, [("content-length", "0"), nowhere])
    return (
        _partial(content, ranges[0])
        if len(ranges) == 1
        else _multipart(content, ranges)
    )


def _whole(content: Representation, method: str) -> Selection:
    parts: tuple[Part, ...] = (range(content.size),)
    if method == "HEAD" or not content.size:
        parts = ()
    return Selection(200, _headers(content, content.size, content.content_type), parts)


def _partial(content: Representation, wanted: range) -> Selection:
    headers = _headers(content, len(wanted), content.content_type)
    headers.append(("content-range", _content_range(wanted, content.size)))
    return Selection(206, headers, (wanted,))


def _multipart(content: Representation, ranges: Sequence[range]) -> Selection:
    """Frame several ranges (RFC 9110 §14.6)."""
    boundary = secrets.token_hex(16)
    parts: list[Part] = []
    delimiter = f"--{boundary}"
    for wanted in ranges:
        frame = (
            f"{delimiter}\r\n"
            f"content-type: {content.content_type}\r\n"
            f"content-range: {_content_range(wanted, content.size)}\r\n\r\n"
        )
        parts += [frame.encode("latin-1"), wanted]
        delimiter = f"\r\n--{boundary}"
    parts.append(f"{delimiter}--\r\n".encode())
    kind = f"multipart/byteranges; boundary={boundary}"
    return Selection(206, _headers(content, sum(map(len, parts)), kind), tuple(parts))


def _content_range(part: range, size: int) -> str:
    return f"bytes {part.start}-{part.stop - 1}/{size}"


def _headers(
    content: Representation, length: int, content_type: str
) -> list[tuple[str, str]]:
    headers = [
        ("content-type", content_type),
        ("content-length", str(length)),
        ("accept-ranges", "bytes"),
        *content.validators.headers(),
        *content.headers,
    ]
    if content.coding:
        headers.append(("content-encoding", content.coding))
    return headers
