"""The response builder: what a view changes.

Setting content replaces whatever content was set before, its type included. What
is set is checked at the user's line; nothing is left to fail while sending.

Builds, never sends: that is the business of `sending`.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import PurePath
from typing import Any, Final

from msgspec import Struct

from . import json
from .asgi import RawHeaders
from .constants import CONTENT_TYPE
from .cookies import SameSite, format_cookie
from .disposition import attachment_header
from .errors import ExpectedAsync, checked_status
from .files import FileAnswer, media_type, require_aiofiles
from .headers import ResponseHeaders
from .inspection import describe, is_async, is_plain_async_generator
from .request import Request
from .streams import EventStream, Stream

__all__ = ["Response"]

Task = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
"""A function to call when the response was sent, and its arguments."""

_TEXT: Final = CONTENT_TYPE.PLAIN_TEXT.encode()
_HTML: Final = CONTENT_TYPE.HTML.encode()
_JSON: Final = CONTENT_TYPE.JSON.encode()

# What describes content: gone when other content takes its place (RFC 9110 §8).
_REPRESENTATION: Final = (
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


class FileContent(Struct, frozen=True):
    """A file that will be opened when nothing else can fail."""

    path: str | os.PathLike[str]
    root: str | os.PathLike[str] | None


class Response:
    """What will be answered. One for each request; a view sets what it wants.

    A second view argument, an error handler's or a hook's: always the same object.
    """

    # PERF: defaults live on the class, so a response is one store (bench a).
    _status = 200
    _json: object = None
    _content: bytes | Stream | FileContent | None = b""
    _file: FileAnswer | None = None
    _content_type: bytes | None = None
    _headers: ResponseHeaders | None = None
    _background: tuple[Task, ...] = ()

    # Middleware whose `before_dispatch` ran and whose `after_dispatch` must.
    entered = 0
    # Whether the first message went out: from then on nothing can be changed.
    started = False

    def __init__(self, request: Request) -> None:
        self.request = request

    def __repr__(self) -> str:
        kind = f" {self._content_type.decode()}" if self._content_type else ""
        return f"<Response {self._status}{kind}>"

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
            kind = self._content_type
            raw: RawHeaders = [] if kind is None else [(b"content-type", kind)]
            headers = self._headers = ResponseHeaders(raw)
        return headers

    def _set(self, kind: bytes, content: bytes | None) -> None:
        self._content = content
        if self._headers is None:
            self._content_type = kind
        else:
            self._headers["content-type"] = kind.decode("latin-1")

    @property
    def json(self) -> Any:
        """The object to send as `application/json`.

        It is encoded after the `after` hooks: until then the view may change it.
        """
        return self._json

    @json.setter
    def json(self, value: Any) -> None:
        self._json = value
        self._content = None
        # PERF: not by `_set`, here and for text: a call is 0.05 µs (bench b).
        if self._headers is None:
            self._content_type = _JSON
        else:
            self._set(_JSON, None)

    @property
    def text(self) -> str:
        """The content as text; setting it sends `text/plain`."""
        return self.content.decode("utf-8", "replace")

    @text.setter
    def text(self, text: str) -> None:
        if text.__class__ is not str:
            text = _checked_text("res.text", text)
        self._content = content = text.encode("utf-8")
        if self._headers is None:
            self._content_type = _TEXT
        else:
            self._set(_TEXT, content)

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

        `content-type` becomes `text/plain` unless one was set already.
        """
        if self._content is None:
            self.encode()
        return self._content if isinstance(self._content, bytes) else b""

    @content.setter
    def content(self, content: bytes | bytearray | memoryview | str) -> None:
        match content:
            case str():
                content = content.encode("utf-8")
            case bytes() | bytearray() | memoryview():
                content = bytes(content)
            case other:
                raise TypeError(
                    f"res.content must be bytes or str, not {type(other).__name__}; "
                    "use res.json for other objects."
                )
        self._content = content
        if "content-type" not in self.headers:
            self._set(_TEXT, content)

    @property
    def chunked(self) -> bool:
        """Whether to send without a length, in chunks that the server encodes."""
        headers = self._headers
        return headers is not None and "transfer-encoding" in headers

    @chunked.setter
    def chunked(self, chunked: bool) -> None:
        if chunked:
            self.headers["transfer-encoding"] = "chunked"
        elif self.chunked:
            del self.headers["transfer-encoding"]

    @property
    def attachment(self) -> str | None:
        """The `content-disposition` header; set it to the name to save under."""
        headers = self._headers
        return None if headers is None else headers.get("content-disposition")

    @attachment.setter
    def attachment(self, filename: str | None) -> None:
        if filename is None:
            self.headers.pop("content-disposition", None)
        else:
            self.headers["content-disposition"] = attachment_header(filename)

    def set_cookie(
        self,
        name: str,
        value: str = "",
        *,
        max_age: int | timedelta | None = None,
        expires: datetime | int | str | None = None,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool | None = None,
        httponly: bool = True,
        samesite: SameSite | None = "lax",
        partitioned: bool = False,
    ) -> None:
        """Ask the client to keep a cookie.

        Args:
            name: The cookie's name, a token.
            value: Its value; characters a cookie may not hold are quoted.
            max_age: Seconds (or a `timedelta`) until the client forgets it. A
                cookie without `max_age` and `expires` lives as long as the browser.
            expires: When the client forgets it: a `datetime`, seconds from now, or
                an HTTP date.
            path: Where the cookie is sent to.
            domain: The domain it is sent to, subdomains included; by default this
                host alone.
            secure: Send it over https only; by default if this request came so.
            httponly: Hide it from scripts.
            samesite: `"lax"`, `"strict"`, `"none"`, or `None` to say nothing.
            partitioned: Keep one per top-level site (CHIPS).

        Raises:
            ValueError: If a part cannot stand in a cookie.
        """
        if secure is None:
            secure = self.request.scope.get("scheme") in ("https", "wss")
        cookie = format_cookie(
            name,
            value,
            max_age=max_age,
            expires=expires,
            path=path,
            domain=domain,
            secure=secure,
            httponly=httponly,
            samesite=samesite,
            partitioned=partitioned,
        )
        self.headers.add("set-cookie", cookie)

    def delete_cookie(
        self, name: str, *, path: str | None = "/", domain: str | None = None
    ) -> None:
        """Ask the client to forget a cookie that was set with this path and domain."""
        self.set_cookie(name, max_age=0, expires=0, path=path, domain=domain)

    def stream(self, function: Any = None, *, raise_on_disconnect: bool = False) -> Any:
        """Send what the decorated generator yields, as it yields it.

            @res.stream
            async def numbers():
                for number in range(10):
                    yield str(number)

        Headers go out with the first chunk, so that a generator that fails before it
        gives an ordinary error response.

        Args:
            function: An async generator function without parameters that yields
                `str` or `bytes`.
            raise_on_disconnect: Raise `ClientDisconnect` in the generator when the
                client has left, instead of stopping it.

        Raises:
            TypeError: If the function is anything else.
        """
        return self._streamed(Stream, function, raises=raise_on_disconnect)

    def event_stream(
        self, function: Any = None, *, raise_on_disconnect: bool = False
    ) -> Any:
        """Send server-sent events, as the decorated generator yields them.

        They are made by `server_event`; other text is sent as it is. Headers go out
        with the first event, or after half a second; silences are broken by comments
        (`SSE_KEEPALIVE`).

        Args:
            function: As for `stream`.
            raise_on_disconnect: As for `stream`.

        Raises:
            TypeError: If the function is anything else.
        """
        return self._streamed(EventStream, function, raises=raise_on_disconnect)

    def _streamed(self, kind: type[Stream], function: Any, *, raises: bool) -> Any:
        if function is None:
            return lambda generator: self._streamed(kind, generator, raises=raises)
        if not is_plain_async_generator(function):
            raise TypeError(
                f"{describe(function)} cannot be streamed: decorate an async generator "
                "function without parameters, `async def name(): ... yield ...`."
            )
        self._content = kind(function, self.request, raise_on_disconnect=raises)
        headers = self.headers
        headers.pop("content-length", None)
        if kind is EventStream:
            headers["content-type"] = CONTENT_TYPE.EVENT_STREAM
            headers.setdefault("cache-control", "no-cache")
        else:
            headers.setdefault("content-type", CONTENT_TYPE.PLAIN_TEXT)
        return function

    def file(
        self,
        path: str | os.PathLike[str],
        attach: bool = True,  # noqa: FBT001, FBT002 - the contract's signature
        root: str | os.PathLike[str] | None = None,
    ) -> None:
        """Send a file, or the ranges of it that were asked for.

        The status is kept, unless the request's conditions or ranges say otherwise.

        Args:
            path: The file; relative to `root` if that is given.
            attach: Have browsers save it under its name rather than show it.
            root: A directory that `path`, which may then come from the client,
                cannot leave: what lies outside is a 404.

        Raises:
            MissingExtra: If aiofiles is not installed.
        """
        require_aiofiles()
        self._set(media_type(path).encode("latin-1"), b"")
        self._content = FileContent(path, root)
        self.attachment = PurePath(path).name if attach else None

    def background(
        self, function: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> Callable[..., Any]:
        """Call a function when the response has been sent; usable as a decorator.

        Several run in order. What the function names beyond its arguments is
        injected, from a scope of its own. A failure is logged, and the next one runs.

        Args:
            function: An async function.
            args: Passed on.
            kwargs: Passed on.

        Raises:
            ExpectedAsync: If the function is not async.
        """
        if not is_async(function):
            raise ExpectedAsync(
                f"Background task {describe(function)} is not async. Write `async def`."
            )
        self._background = (*self._background, (function, args, kwargs))
        return function

    def encode(self) -> None:
        """Turn `json` into bytes.

        Raises:
            TypeError: If an object cannot be encoded; the message names its type.
        """
        self._content = json.encode(self._json)

    def reset(self) -> None:
        """Forget the content and what describes it; cookies and others stay."""
        self._status = 200
        self._content = b""
        self._json = None
        self._content_type = None
        if self._headers is not None:
            for name in _REPRESENTATION:
                self._headers.pop(name, None)


def _checked_text(attribute: str, text: object) -> str:
    if not isinstance(text, str):
        raise TypeError(
            f"{attribute} must be a str, not {type(text).__name__}; use res.json for "
            "objects and res.content for bytes."
        )
    return text
