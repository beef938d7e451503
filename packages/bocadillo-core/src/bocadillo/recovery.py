"""Turn an exception into a response.

The nearest class in the exception's MRO that has a handler wins; of two handlers
for one class the router's own, then the app's, then the built-in one. A handler
may raise: the new exception is looked up again. A handler is tried once for each class
that it was declared for, so this always ends.

Fills a response, never sends it.
"""

import logging
from collections.abc import Callable, Container, Iterable
from typing import Final

from starlette.exceptions import HTTPException

from .closing import is_disconnect
from .constants import CONTENT_TYPE
from .content import Header, content_type
from .error_handlers import ErrorHandler, ErrorHandlers, error_to_json, redirect
from .errors import HTTPError, Redirect, returned_something
from .inspection import describe
from .json import encode
from .logs import request_id
from .request import Request
from .response import Response
from .sending import settle
from .streams import Stream

logger = logging.getLogger("bocadillo.errors")

Declared = tuple[type[BaseException], ErrorHandler]
"""One of them, and the class that it was declared for."""

DebugPage = Callable[[Request, Exception], str | None]
"""Gives a page, or `None` where a page is not wanted."""


async def _from_starlette(req: Request, res: Response, exc: HTTPException) -> None:
    raise HTTPError(exc.status_code, exc.detail, headers=exc.headers) from exc


DEFAULT_HANDLERS: Final[ErrorHandlers] = {
    HTTPError: error_to_json,
    Redirect: redirect,
    HTTPException: _from_starlette,
}
"""What holds unless an app says otherwise."""


class Recovery:
    """Handles what the routes of one router raise.

    Args:
        tables: The handlers that hold there, innermost router first, app last.
        debug: Shows a browser what went wrong.
    """

    def __init__(
        self, tables: Iterable[ErrorHandlers], debug: DebugPage | None = None
    ) -> None:
        self._debug = debug
        merged: dict[type[BaseException], list[ErrorHandler]] = {}
        for table in (*tables, DEFAULT_HANDLERS):
            for exception, handler in table.items():
                merged.setdefault(exception, []).append(handler)
        self._handlers = merged

    def plain(self, error: HTTPError) -> tuple[Header, bytes] | None:
        """The content type and content of an error, if they are always the same.

        They are where an `HTTPError` is answered by the built-in handler.
        """
        if self._handlers[HTTPError][0] is not error_to_json:
            return None
        return content_type(CONTENT_TYPE.JSON), encode(error.as_json())

    async def __call__(
        self, req: Request, res: Response, exc: Exception
    ) -> Exception | None:
        """Fill `res` with what `exc` means.

        Returns:
            `None` if it was handled; else the exception that was not, `res` then
            being the answer to send before the exception goes on to the server.
        """
        if res.started:
            return await self.plainly(req, res, exc)
        unhandled = await self._handle(req, res, exc)
        if unhandled is None:
            return None
        if is_disconnect(unhandled):
            # Nobody is there to be answered, so there is no outcome either.
            res.started, res.leaving, res._background = True, (), ()
            return None
        _name_stream(unhandled, req, res)
        if self._debug is not None:
            page = self._debug(req, unhandled)
            if page is not None:
                res.reset()
                res.status_code = 500
                res.html = page
                return unhandled
        error = HTTPError(500)
        failure = await self._handle(req, res, error)
        if failure is not None:
            # The app's own format failed: the plainest answer cannot.
            logger.error("An error handler failed", exc_info=failure)
            await self.plainly(req, res, unhandled)
        return unhandled

    async def plainly(
        self, req: Request, res: Response, exc: Exception
    ) -> Exception | None:
        """The same without any handler: for what is over, or fails again and again."""
        if res.started and is_disconnect(exc):
            return None
        res._background = ()
        # Never a second response: the server closes the connection.
        if res.started:
            _name_stream(exc, req, res)
        else:
            res.reset()
            res.status_code = 500
            res.text = HTTPError(500).title
        return exc

    async def _handle(
        self, req: Request, res: Response, exc: Exception
    ) -> Exception | None:
        tried: list[Declared] = []
        while True:
            declared = self._untried(type(exc), tried)
            if declared is None:
                return exc
            tried.append(declared)
            _, handler = declared
            res.reset()
            if not isinstance(exc, Redirect):
                res._background = ()
            try:
                if isinstance(exc, HTTPError):
                    res.status_code = exc.status_code
                    if exc.headers:
                        res.headers.update(exc.headers)
                returned: object = await handler(req, res, exc)  # type: ignore[func-returns-value]
                if returned is not None and returned is not res:
                    raise returned_something(
                        f"Error handler {describe(handler)}", returned
                    )
                await settle(res)
            except Exception as raised:  # noqa: BLE001 - looked up again
                exc = raised
            else:
                return None

    def _untried(
        self, exception: type[Exception], tried: Container[Declared]
    ) -> Declared | None:
        for cls in exception.__mro__:
            for handler in self._handlers.get(cls, ()):
                if (cls, handler) not in tried:
                    return cls, handler
        return None


def _name_stream(exc: Exception, req: Request, res: Response) -> None:
    """Say in the log which stream it was that failed, if it had begun."""
    if isinstance(res._content, Stream) and res._content.has_begun:
        place = f"{req.scope['path']!r} (request {request_id(req.scope)})"
        exc.add_note(f"while streaming {place}")
