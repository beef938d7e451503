"""What the client sent.

`Request` is Starlette's, made on the cheap, with bodies that are bounded and
whose defects are the client's: every malformed body is a 400, every one that is
too large a 413.

Reads, never answers. The limits are decided when the app is compiled.
"""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Final, TypeVar, overload

from msgspec import Struct, structs
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request as StarletteRequest

from . import json
from .asgi import Receive, Scope, Send
from .errors import ClientDisconnect, HTTPError
from .validation import compile_model

__all__ = ["Request"]

Model = TypeVar("Model")


class Limits(Struct, frozen=True):
    """How much a client may send; `None` lifts a limit.

    Attributes:
        body: Bytes of a body.
        upload: Bytes of a `multipart/form-data` body.
        fields: Form fields.
        files: Form files.
        body_name: What the user set to get `body`, for the message of a 413.
        upload_name: Likewise for `upload`.
        keepalive: Seconds of silence in an event stream.
    """

    body: int | None = 2_500_000
    upload: int | None = 10_000_000
    fields: int | None = 1000
    files: int | None = 100
    body_name: str = "MAX_BODY_SIZE"
    upload_name: str = "MAX_UPLOAD_SIZE"
    keepalive: float = 15

    def for_route(self, size: int | None) -> "Limits":
        """The same limits for a route that was declared with `max_body_size`."""
        name = "max_body_size"
        return structs.replace(
            self, body=size, upload=size, body_name=name, upload_name=name
        )


DEFAULT_LIMITS: Final = Limits()


class Request(StarletteRequest):
    """An HTTP request.

    Besides what Starlette's offers, bytes can be iterated over once:
    `async for chunk in req`.
    """

    # PERF: defaults on the class make an instance cost three stores (bench b).
    _stream_consumed = False
    _is_disconnected = False
    _form: FormData | None = None

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send
        self._limits = limits

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.scope['path']!r}>"

    async def body(self) -> bytes:
        """Return the whole body.

        Raises:
            HTTPError: 413 when it is larger than `MAX_BODY_SIZE` (for
                `multipart/form-data`, `MAX_UPLOAD_SIZE`).
            ClientDisconnect: If the client leaves before it sent everything.
        """
        if "_body" in self.__dict__:
            return self._body
        if self._stream_consumed:
            raise RuntimeError(
                "The body was already streamed; read it with `await req.body()` first."
            )
        limit, setting = self._checked_length()
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._is_disconnected = True
                raise ClientDisconnect
            chunk = message.get("body", b"")
            size += len(chunk)
            if limit is not None and size > limit:
                raise _too_large(limit, setting)
            if not message.get("more_body", False):
                self._stream_consumed = True
                # PERF: most bodies come in one message (bench e).
                self._body = b"".join([*chunks, chunk]) if chunks else chunk
                return self._body
            chunks.append(chunk)

    async def stream(self) -> AsyncIterator[bytes]:  # type: ignore[override]
        """Iterate over the body as it arrives, ending with `b""`.

        Raises:
            HTTPError: 413, as for `body`.
            ClientDisconnect: If the client leaves before it sent everything.
            RuntimeError: If the body was already streamed.
        """
        if "_body" in self.__dict__:
            yield self._body
            yield b""
            return
        if self._stream_consumed:
            raise RuntimeError("The body was already streamed.")
        limit, setting = self._checked_length()
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
            self._stream_consumed = not more
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
        limits = self._limits
        try:
            return await super()._get_form(
                max_files=_bound(max_files, limits.files),
                max_fields=_bound(max_fields, limits.fields),
                max_part_size=int(_bound(max_part_size, limits.upload, 2**62)),
            )
        except (HTTPException, MultiPartException) as exc:
            detail = exc.detail if isinstance(exc, HTTPException) else exc.message
            raise HTTPError(400, detail=detail) from exc
        except (UnicodeDecodeError, LookupError) as exc:
            raise HTTPError(400, detail="The form's encoding is malformed.") from exc

    def form(
        self,
        *,
        max_files: float | None = None,
        max_fields: float | None = None,
        max_part_size: int | None = None,
    ) -> Any:
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

    def _checked_length(self) -> tuple[int | None, str]:
        """The limit that holds for this body, once Content-Length was checked."""
        limits = self._limits
        limit, setting = limits.body, limits.body_name
        length = b""
        # PERF: one loop that ends early; most bodies need no more (bench e).
        for name, value in self.scope["headers"]:
            if name == b"content-length":
                length = value
                break
        if limit is not None and length.isdigit() and int(length[:20]) <= limit:
            return limit, setting
        kind = self.headers.get("content-type", "")
        if kind[:19].lower() == "multipart/form-data":
            limit, setting = limits.upload, limits.upload_name
        # Thousands of digits are no number that Python would convert.
        if limit is not None and length.isdigit() and int(length[:20]) > limit:
            raise _too_large(limit, setting)
        return limit, setting


def _bound(asked: float | None, limit: float | None, none: float = float("inf")) -> Any:
    if asked is not None:
        return asked
    return none if limit is None else limit


def _too_large(limit: int, setting: str) -> HTTPError:
    return HTTPError(
        413, detail=f"The body may have at most {limit} bytes ({setting})."
    )
