"""What the client sent.

`Request` is Starlette's, made on the cheap, with bodies that are bounded and
whose defects are the client's: every malformed body is a 400, every one that is
too large a 413.

Reads, never answers. The limits are decided when the app is compiled.
"""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Final, TypeVar, overload
from urllib.parse import quote

import anyio
from starlette.datastructures import URL, FormData
from starlette.requests import HTTPConnection, empty_receive, empty_send
from starlette.requests import Request as StarletteRequest

from . import json
from .asgi import Receive, Scope, Send
from .errors import ClientDisconnect, HTTPError
from .forms import MULTIPART, PendingForm, parse_form
from .inbox import Inbox
from .limits import DEFAULT_LIMITS, Limits
from .validation import compile_model

__all__ = ["Request"]

Model = TypeVar("Model")

NO_FORM: Final[FormData | None] = None
"""What is parsed of a form before somebody reads it."""

_MULTIPART: Final = MULTIPART.encode()


class Request(StarletteRequest):
    """An HTTP request.

    Besides what Starlette's offers, bytes can be iterated over once:
    `async for chunk in req`.
    """

    # PERF: defaults on the class make an instance cost five stores (bench b).
    _stream_consumed = False
    _is_disconnected = False
    _body: bytes | None = None  # type: ignore[assignment]
    _inbox: Inbox | None = None
    # The last chunk of its answer, if that is all there is to send of a stream.
    _last: bytes | None = None

    def __init__(
        self,
        scope: Scope,
        receive: Receive = empty_receive,
        send: Send = empty_send,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send
        self._limits = limits
        self._form = NO_FORM  # read for every request

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.scope['path']!r}>"

    @property
    def session(self) -> Any:
        """What the session cookie holds, as a dict; changes are sent back.

        Empty, and not saved, where a request is refused before its session is read: by
        `CSRF`, for example. Error handlers need not know of that.

        Raises:
            RuntimeError: If sessions are off.
        """
        scope = self.scope
        if "session" not in scope:
            app = scope.get("app")
            if app is None or not app.settings["SESSIONS"]:
                raise RuntimeError("Sessions are off: configure(app, SESSIONS=True).")
            scope["session"] = {}
        return super().session

    async def body(self) -> bytes:
        """Return the whole body.

        Raises:
            HTTPError: 413 when it is larger than `MAX_BODY_SIZE` (for
                `multipart/form-data`, `MAX_UPLOAD_SIZE`).
            ClientDisconnect: If the client leaves before it sent everything.
            RuntimeError: If the body was streamed, if only in part, or is being read.
        """
        if self._body is not None:
            return self._body
        limit, setting = self._begin()
        chunks: list[bytes] = []
        size = 0
        while True:
            receive = self._receive  # PERF: an attribute, no method (bench e)
            message = await receive()
            if message["type"] == "http.disconnect":
                self._is_disconnected = True
                raise ClientDisconnect
            chunk = message.get("body", b"")
            size += len(chunk)
            if limit is not None and size > limit:
                raise _too_large(limit, setting)
            if not message.get("more_body", False):
                # PERF: most bodies come in one message (bench e).
                body = self._body = b"".join([*chunks, chunk]) if chunks else chunk
                return body
            self._stream_consumed = True
            chunks.append(chunk)

    async def stream(self) -> AsyncIterator[bytes]:  # type: ignore[override]
        """Iterate over the body as it arrives, ending with `b""`.

        Raises:
            HTTPError: 413, as for `body`.
            ClientDisconnect: If the client leaves before it sent everything.
            RuntimeError: As for `body`.
        """
        if self._body is not None:
            yield self._body
            yield b""
            return
        limit, setting = self._begin()
        self._stream_consumed = True
        size = 0
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._is_disconnected = True
                raise ClientDisconnect
            chunk = message.get("body", b"")
            size += len(chunk)
            if limit is not None and size > limit:
                raise _too_large(limit, setting)
            more = message.get("more_body", False)
            if chunk:
                yield chunk
        yield b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async with aclosing(self.stream()) as chunks:  # type: ignore[type-var]
            async for chunk in chunks:
                if chunk:
                    yield chunk

    @overload
    async def json(self) -> Any: ...
    @overload
    async def json(self, model: type[Model]) -> Model: ...
    @overload
    async def json(self, model: Any) -> Any: ...
    async def json(self, model: Any = None) -> Any:
        """Return the body, decoded from JSON.

        Args:
            model: A type to validate against: a msgspec `Struct`, dataclass,
                attrs class, `TypedDict`, pydantic model, or a list of one. An
                instance of it is returned.

        Raises:
            HTTPError: 400 when the body is no JSON, or does not fit the model;
                its detail then names every problem. 413 when it is too large.
        """
        body = await self.body()
        if model is None:
            return json.decode(body)
        return compile_model(model, root="body")(body)

    async def _get_form(
        self,
        *,
        max_files: float | None = None,
        max_fields: float | None = None,
        max_part_size: int | None = None,
    ) -> FormData:
        if self._form is None:
            limits = self._limits
            async with aclosing(self.stream()) as stream:  # type: ignore[type-var]
                self._form = await parse_form(
                    self.headers,
                    stream,  # type: ignore[arg-type]
                    limits.for_form(max_files, max_fields, max_part_size),
                )
        return self._form

    def form(
        self,
        *,
        max_files: float | None = None,
        max_fields: float | None = None,
        max_part_size: int | None = None,
    ) -> PendingForm:
        """Return the parsed form; also an async context manager that closes files.

        Args:
            max_files: Files at most; `MAX_FORM_FILES` by default.
            max_fields: Fields at most; `MAX_FORM_FIELDS` by default.
            max_part_size: Bytes at most of one field that is no file.

        Raises:
            HTTPError: 400 when the form is malformed or has too many parts, 413
                when it is too large.
        """
        return super().form(
            max_files=max_files,  # type: ignore[arg-type]
            max_fields=max_fields,  # type: ignore[arg-type]
            max_part_size=max_part_size,  # type: ignore[arg-type]
        )

    def url_for(self, view: Any, /, **params: Any) -> URL:
        """Return the absolute URL of a view, on the host that was asked.

        Args:
            view: The view, or its name; of the app that serves this request.
            params: Its path parameters.

        Raises:
            RouteError: As `app.url_for` does.
        """
        return absolute_url(self, view, params)

    async def is_disconnected(self) -> bool:
        """Whether the client has left. Looks, and does not wait.

        What else it sent is kept: the body can be read afterwards.
        """
        inbox = self._listening()
        if not (self._is_disconnected or inbox.listening):
            with anyio.CancelScope() as scope:
                scope.cancel()  # what is not there already is not waited for
                await inbox.look()
                self._is_disconnected = True
        return self._is_disconnected

    def _listening(self) -> Inbox:
        """The inbox that keeps what is sent while somebody waits for a disconnect."""
        limit, _ = self._limit()
        if self._inbox is None:
            self._inbox = Inbox(self._receive, limit)
            self._receive = self._inbox.receive
        self._inbox.limit = limit  # which the route may have changed
        return self._inbox

    def _limit_to(self, limits: Limits) -> None:
        """Have these limits hold, also for a body that middleware has read already."""
        self._limits = limits
        body, self._body = self._body, None
        if body is not None:
            self._stream_consumed = False
            self._listening().put_back(body)

    def _begin(self) -> tuple[int | None, str]:
        """Begin to read the body; gives the limit that holds, and who set it."""
        if self._is_disconnected:
            raise ClientDisconnect
        if self._stream_consumed:
            raise RuntimeError(
                "The body is streamed already, or being read, and it comes only once: "
                "begin with `await req.body()` to have it as often as you like."
            )
        limits = self._limits
        length = b""
        for name, value in self.scope["headers"]:
            if name == b"content-length":
                # PERF: most bodies are so small that no number is needed (bench e).
                if len(value) <= limits.digits and value.isdigit():
                    return limits.body, limits.body_name
                length = value
                break
        limit, setting = self._limit()
        # Thousands of digits are no number that Python would convert.
        if limit is not None and length.isdigit() and int(length[:20]) > limit:
            raise _too_large(limit, setting)
        return limit, setting

    def _limit(self) -> tuple[int | None, str]:
        """The limit that holds for what this body is, and who set it."""
        limits = self._limits
        # PERF: not `self.headers`, which would be made for this alone.
        for name, value in self.scope["headers"]:
            if name == b"content-type":
                if value[:19].lower() == _MULTIPART:
                    return limits.upload, limits.upload_name
                break
        return limits.body, limits.body_name


class BareRequest(Request):
    """A request whose maker sets what `Request.__init__` would.

    PERF: a class without an `__init__` of its own is called in C (bench a, b).
    """

    __init__ = object.__init__  # pyright: ignore[reportAssignmentType]


BareRequest.__name__ = BareRequest.__qualname__ = "Request"  # users know of one kind


def absolute_url(
    connection: HTTPConnection[Any], view: object, params: dict[str, Any]
) -> URL:
    """The URL of a view of the app that serves a connection, as its client sees it."""
    root = connection.scope.get("root_path", "").rstrip("/")
    path = connection.scope["app"].url_for(view, **params)
    return connection.url.replace(path=quote(root) + path, query="", fragment="")


def _too_large(limit: int, setting: str) -> HTTPError:
    return HTTPError(
        413, detail=f"The body may have at most {limit} bytes ({setting})."
    )
