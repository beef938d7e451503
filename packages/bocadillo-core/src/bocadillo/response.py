"""The response builder: what a view changes.

`content` has the simplest of it, content that is there at once; here is what takes
more: cookies, attachments, streams, files, and what is to be done afterwards.

Builds, never sends: that is the business of `sending`.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any, Final, TypeVar, overload

from .constants import CONTENT_TYPE
from .content import Content, FileContent, content_type
from .cookies import SameSite, format_cookie, must_be_secure
from .disposition import attachment_header
from .files import FileAnswer, media_type, require_aiofiles
from .inspection import describe, is_plain_async_generator
from .request import Request
from .streams import EventStream, Stream

__all__ = ["Response"]

F = TypeVar("F", bound=Callable[..., Any])
G = TypeVar("G", bound=Callable[[], AsyncIterator[str | bytes]])

AfterDispatch = Callable[[Request, "Response"], Awaitable[None]]
"""What middleware does when the outcome is known."""

Task = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
"""A function to call when the response was sent, and its arguments."""

_EVENTS: Final = content_type(CONTENT_TYPE.EVENT_STREAM)


class Response(Content, eq=False, weakref=True):
    """What will be answered. One for each request; a view sets what it wants.

    A second view argument, an error handler's or a hook's: always the same object.
    """

    request: Request
    _background: tuple[Task, ...] = ()
    # The file that is open; what is sent of it is the content's business.
    _file: FileAnswer | None = None

    # The `after_dispatch` of the middleware that the request has entered.
    leaving: Sequence[AfterDispatch] = ()
    # Whether the first message went out: from then on nothing can be changed. Told to
    # whoever may still ask; nobody does once `dispatch` sends a body in one piece.
    started: bool = False

    def unsent(self) -> bytes | None:
        """What is still to be sent in one piece; `None` if it is gone or has parts."""
        if self.started:
            return None
        content = self._content
        if content is None:
            return b""
        return content if isinstance(content, bytes) else None

    @property
    def attachment(self) -> str | None:
        """The `content-disposition` header; set it to the name to save under."""
        headers = self._headers
        return None if headers is None else headers.get("content-disposition")

    @attachment.setter
    def attachment(self, filename: str | os.PathLike[str] | None) -> None:
        if filename is None:
            self.headers.pop("content-disposition", None)
            return
        if not isinstance(filename, str | os.PathLike):
            raise TypeError(
                "res.attachment must be the name of a file, a str, or None, "
                f"not {type(filename).__name__}."
            )
        name = attachment_header(os.fspath(filename))
        self.headers["content-disposition"] = name

    def set_cookie(
        self,
        key: str,
        value: str = "",
        *,
        max_age: int | timedelta | None = None,
        expires: datetime | timedelta | int | str | None = None,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool | None = None,
        httponly: bool = True,
        samesite: SameSite | None = "lax",
        partitioned: bool = False,
    ) -> None:
        """Ask the client to keep a cookie.

        Args:
            key: The cookie's name, a token.
            value: Its value; characters a cookie may not hold are quoted.
            max_age: Seconds (or a `timedelta`) until the client forgets it. A
                cookie without `max_age` and `expires` lives as long as the browser.
            expires: When the client forgets it: a `datetime`, seconds (or a
                `timedelta`) from now, or an HTTP date.
            path: Where the cookie is sent to.
            domain: The domain it is sent to, subdomains included; by default this
                host alone.
            secure: Send it over https only; by default if this request came so, or if
                browsers drop the cookie otherwise (`samesite="none"`, `partitioned`,
                and names that begin with `__Host-` or `__Secure-`).
            httponly: Hide it from scripts.
            samesite: `"lax"`, `"strict"`, `"none"`, or `None` to say nothing.
            partitioned: Keep one per top-level site (CHIPS).

        Raises:
            ValueError: If a part cannot stand in a cookie.
        """
        if secure is None:
            is_https = self.request.scope.get("scheme") in ("https", "wss")
            secure = is_https or must_be_secure(key, samesite, partitioned=partitioned)
        cookie = format_cookie(
            key,
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
        self,
        key: str,
        *,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool | None = None,
        httponly: bool = True,
        samesite: SameSite | None = "lax",
        partitioned: bool = False,
    ) -> None:
        """Ask the client to forget a cookie.

        Name, path, domain and partition are what a browser knows a cookie by; where
        others load the page into theirs it heeds `samesite` as well. So give what the
        cookie was set with.

        Args:
            key: As for `set_cookie`, like the others.
            path: Where it is sent to.
            domain: The domain it is sent to.
            secure: Whether it is sent over https only.
            httponly: Whether it is hidden from scripts.
            samesite: Which other sites may have it sent.
            partitioned: Whether there is one per top-level site.

        Raises:
            ValueError: If a part cannot stand in a cookie.
        """
        self.set_cookie(
            key,
            max_age=0,
            expires=0,
            path=path,
            domain=domain,
            secure=secure,
            httponly=httponly,
            samesite=samesite,
            partitioned=partitioned,
        )

    @overload
    def stream(self, function: G) -> G: ...
    @overload
    def stream(self, *, raise_on_disconnect: bool = False) -> Callable[[G], G]: ...
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

    @overload
    def event_stream(self, function: G) -> G: ...
    @overload
    def event_stream(
        self, *, raise_on_disconnect: bool = False
    ) -> Callable[[G], G]: ...
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
        stream = kind(function, self.request, raise_on_disconnect=raises)
        if kind is Stream:
            self._set_as_it_is(stream)
            return function
        self._set(_EVENTS, stream)
        self.headers.pop("content-length", None)
        self.headers.setdefault("cache-control", "no-cache")
        return function

    def file(
        self,
        path: str | os.PathLike[str],
        attach: bool = True,  # noqa: FBT001, FBT002 - the documented signature
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
            TypeError: If `path` or `root` is no path, or `attach` is a name.
        """
        require_aiofiles()
        _check_path("path", path)
        if root is not None:
            _check_path("root", root)
        _check_attach(attach)
        self._set(content_type(media_type(path)), FileContent(path, root))
        self.attachment = PurePath(path).name if attach else None

    def background(self, function: F, *args: Any, **kwargs: Any) -> F:
        """Call a function when the response has been sent; usable as a decorator.

        Several run in order. What the function names beyond its arguments is
        injected, from a scope of its own. A failure is logged, and the next one runs.

        Args:
            function: An async function; or a plain one, which runs in a thread.
            args: Passed on.
            kwargs: Passed on.

        Raises:
            TypeError: If it cannot be called.
        """
        if not callable(function):
            raise TypeError(
                f"A background task is a function, not {function!r}. Pass its "
                "arguments after it: `res.background(function, *args)`."
            )
        self._background = (*self._background, (function, args, kwargs))
        return function


# PERF: a `Struct` sets a field in a way of its own, which tells the garbage collector
# if need be. It knows of every response already, by the request; so they take the plain
# way, which the interpreter has learnt (bench a, b, h).
Response.__setattr__ = object.__setattr__  # type: ignore[method-assign]
Response.__delattr__ = object.__delattr__  # type: ignore[method-assign]


def _check_path(parameter: str, path: object) -> None:
    if not isinstance(path, str | os.PathLike):
        raise TypeError(
            f"The {parameter} of res.file() must be a str or a path, "
            f"not {type(path).__name__}."
        )


def _check_attach(attach: object) -> None:
    """Refuse what is meant as a name, which would be lost."""
    if isinstance(attach, str | os.PathLike):
        raise TypeError(
            f"attach says whether to save the file, so it is not {attach!r}: for "
            "another name, set res.attachment after res.file()."
        )
