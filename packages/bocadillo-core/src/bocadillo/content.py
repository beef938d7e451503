"""What a response consists of: its status, its headers, and its content.

Setting content replaces whatever content was set before, its type included. What
is set is checked at the user's line; nothing is left to fail while sending.

Knows what content is, and not what users do with it: that is the business of
`response`.
"""

import os
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Any, Final

from msgspec import Struct

from . import json
from .asgi import RawHeaders
from .constants import CONTENT_TYPE
from .errors import checked_status
from .files import FileAnswer
from .headers import ResponseHeaders
from .streams import Stream

Header = tuple[bytes, bytes]


def content_type(kind: str) -> Header:
    """The header that says so."""
    return b"content-type", kind.encode("latin-1")


# PERF: whole headers, so that none is made when a response is sent (bench a).
TEXT: Final = content_type(CONTENT_TYPE.PLAIN_TEXT)
_HTML: Final = content_type(CONTENT_TYPE.HTML)
JSON: Final = content_type(CONTENT_TYPE.JSON)

NO_JSON: Final = object()
"""What `json` is unless it was set; `None` is JSON, too."""

# What describes content: gone when other content takes its place (RFC 9110 §8).
_REPRESENTATION: Final = (
    "accept-ranges",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-range",
    "content-type",
    "etag",
    "last-modified",
    "transfer-encoding",
)


class FileContent(Struct):
    """A file, to be opened when nothing else can fail.

    Attributes:
        path: Where it is.
        root: What it must not be outside of.
        answer: Set when it was opened.
        status: The response's until then.
    """

    path: str | os.PathLike[str]
    root: str | os.PathLike[str] | None
    answer: FileAnswer | None = None
    status: int = 200


class Content(Struct, kw_only=True, eq=False, weakref=True):
    """The part of a response that describes a body, and the body."""

    # PERF: a `Struct` is made in C, and its fields are read without a look-up in a
    # dictionary or a class. A view that sets `json` sets one of them, and what follows
    # from it is derived (bench a, b).
    _status: int = 200
    _json: object = NO_JSON
    # `None` if there is none, or if it is what `_json` will be encoded to.
    _content: bytes | Stream | FileContent | None = None
    # What kind the content is by the way it was set; a header may say otherwise.
    _content_type: Header | None = None
    _headers: ResponseHeaders | None = None

    def __repr__(self) -> str:
        kind = self.headers.get("content-type")
        return f"<{type(self).__name__} {self._status}{f' {kind}' if kind else ''}>"

    @property
    def status_code(self) -> int:
        """The status code; 200 unless set. An int or `HTTPStatus`, 100 to 599."""
        return self._status

    @status_code.setter
    def status_code(self, status: int | HTTPStatus) -> None:
        self._status = checked_status(status)

    @property
    def headers(self) -> ResponseHeaders:
        """The headers set so far: a case-insensitive mutable mapping.

        `content-type` shows as soon as content is set; `content-length` and the
        app's default headers are added when the response is sent.
        """
        headers = self._headers
        if headers is None:
            kind = self.implied_type
            raw: RawHeaders = [] if kind is None else [kind]
            headers = self._headers = ResponseHeaders(raw)
        return headers

    @property
    def implied_type(self) -> Header | None:
        """The header that says what kind the content is, unless another was set."""
        if self._content_type is not None:
            return self._content_type
        if self._json is not NO_JSON:
            return JSON
        return None if self._content is None else TEXT

    def _set(self, kind: Header, content: bytes | FileContent | Stream | None) -> None:
        """Take over content of a kind, in place of what was there before."""
        replaced, self._content = self._content, content
        self._content_type = kind
        self._json = NO_JSON
        headers = self._headers
        if headers is not None:
            if isinstance(replaced, FileContent):
                _forget(headers)
                answer = replaced.answer
                if answer is not None and self._status == answer.status:
                    self._status = replaced.status  # not that of a range, or a 304
            headers["content-type"] = kind[1].decode("latin-1")

    def _set_as_it_is(self, content: bytes | Stream) -> None:
        """Take over content whose kind the user may have said before."""
        said = None if self._headers is None else self._headers.get("content-type")
        implied = self.implied_type
        self._set(TEXT, content)
        if said is not None and (implied is None or said != implied[1].decode()):
            self.headers["content-type"] = said

    @property
    def json(self) -> Any:
        """The object to send as `application/json`.

        It is encoded after the `after` hooks: until then the view may change it.
        """
        return None if self._json is NO_JSON else self._json

    @json.setter
    def json(self, value: Any) -> None:
        if self._content is not None or self._headers is not None:
            self._set(JSON, None)
        self._json = value

    @property
    def text(self) -> str:
        """The content as text; setting it sends `text/plain`."""
        return self.content.decode("utf-8", "replace")

    @text.setter
    def text(self, text: str) -> None:
        if type(text) is not str:
            text = _checked_text("res.text", text)
        content = text.encode()
        if self._content is None and self._headers is None and self._json is NO_JSON:
            # PERF: nothing to replace, and the type is what is implied (bench a).
            self._content = content
        else:
            self._set(TEXT, content)

    @property
    def html(self) -> str:
        """The content as text; setting it sends `text/html`."""
        return self.content.decode("utf-8", "replace")

    @html.setter
    def html(self, html: str) -> None:
        self._set(_HTML, _checked_text("res.html", html).encode("utf-8"))

    @property
    def content(self) -> bytes:
        """The bytes that would be sent. Set it to `bytes` or `str` as they are.

        `content-type` becomes `text/plain` unless you set one.

        Raises:
            AttributeError: If it is read while a stream or a file is to be sent, whose
                bytes are made only then.
        """
        match self._content:
            case bytes() as content:
                return content
            case None:
                return b"" if self._json is NO_JSON else json.encode(self._json)
        raise AttributeError(
            "res.content is not known before it is sent: the response is a stream or "
            "a file."
        )

    @content.setter
    def content(self, content: bytes | bytearray | memoryview | str) -> None:
        match content:
            case str():
                self._set_as_it_is(content.encode("utf-8"))
            case bytes() | bytearray() | memoryview():
                self._set_as_it_is(bytes(content))
            case other:
                raise TypeError(
                    f"res.content must be bytes or str, not {type(other).__name__}; "
                    "use res.json for other objects."
                )

    @property
    def chunked(self) -> bool:
        """Whether to send without a length, in chunks that the server encodes.

        A client that knows HTTP/1.0 only gets a length all the same.
        """
        headers = self._headers
        return headers is not None and "transfer-encoding" in headers

    @chunked.setter
    def chunked(self, chunked: bool) -> None:
        if chunked:
            self.headers["transfer-encoding"] = "chunked"
        elif self.chunked:
            del self.headers["transfer-encoding"]

    def reset(self) -> None:
        """Forget the content and what describes it; cookies and others stay."""
        self._status = 200
        self._content = None
        self._json = NO_JSON
        self._content_type = None
        if self._headers is not None:
            _forget(self._headers)


def _forget(headers: ResponseHeaders) -> None:
    """Remove what describes content that is not sent after all."""
    for name in _REPRESENTATION:
        headers.pop(name, None)


def _checked_text(attribute: str, text: object) -> str:
    if not isinstance(text, str):
        if isinstance(text, Coroutine):
            raise TypeError(f"{attribute} must be a str: write `await` first.")
        raise TypeError(
            f"{attribute} must be a str, not {type(text).__name__}; use res.json for "
            "objects and res.content for bytes."
        )
    return text
