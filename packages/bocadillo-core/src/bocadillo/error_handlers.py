"""Turn an `HTTPError` into a response, in the format that an app likes.

    app.add_error_handler(HTTPError, error_to_text)

`error_to_json` is the default.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from . import json
from .errors import ExpectedAsync, HTTPError, ParameterError, Redirect
from .inspection import describe, is_async, must_not_yield, refusal_of
from .request import Request
from .response import Response

__all__ = ["error_to_html", "error_to_json", "error_to_text"]

ErrorHandler = Callable[[Request, Response, Any], Awaitable[None]]
"""`async def handler(req, res, exc)`: fills the response."""

ErrorHandlers = Mapping[type[BaseException], ErrorHandler]
"""The handlers that one router or app declared."""


def check_exception(exception: object) -> None:
    """Refuse what is never raised, or never handled.

    Raises:
        TypeError: If it is not a class of exceptions.
    """
    if not isinstance(exception, type) or not issubclass(exception, Exception):
        raise TypeError(
            f"An error handler is for a subclass of Exception, not {exception!r}. For "
            "a status, handle HTTPError, and look at exc.status_code."
        )


def checked_handler(exception: object, handler: ErrorHandler) -> ErrorHandler:
    """Refuse what could not handle an error.

    Raises:
        ExpectedAsync: If the handler is not async.
        TypeError: If `exception` is not an exception class, or the handler takes
            something else than a request, a response and an exception.
    """
    check_exception(exception)
    must_not_yield("Error handler ", handler, "To stream, see res.stream().")
    if not is_async(handler):
        raise ExpectedAsync(
            f"Error handler {describe(handler)} is not async. "
            "Write `async def handler(req, res, exc): ...`."
        )
    if problem := refusal_of(handler, ("req", "res", "exc")):
        raise ParameterError(
            f"Error handler {describe(handler)} does not take what it is given: "
            f"{problem}. Write `async def handler(req, res, exc): ...`."
        )
    return handler


async def error_to_json(req: Request, res: Response, exc: HTTPError) -> None:
    """Answer `{"error": "404 Not Found", "status": 404, "detail": …}`."""
    res.json = exc.as_json()


async def error_to_text(req: Request, res: Response, exc: HTTPError) -> None:
    """Answer the title, and the detail below it, as plain text."""
    detail = _as_text(exc.detail)
    res.text = f"{exc.title}\n{detail}" if detail else exc.title


async def error_to_html(req: Request, res: Response, exc: HTTPError) -> None:
    """Answer the title as a heading, and the detail below it. All is escaped."""
    from html import escape  # noqa: PLC0415 - brings a table of all entities

    detail = _as_text(exc.detail)
    paragraph = f"<p>{escape(detail)}</p>" if detail else ""
    title = escape(exc.title)
    res.html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{title}</title></head><body><h1>{title}</h1>{paragraph}</body></html>"
    )


async def redirect(req: Request, res: Response, exc: Redirect) -> None:
    """Answer with a `Location`; what else was set on the response stays."""
    res.status_code = exc.status_code
    res.headers["location"] = exc.url


def _as_text(detail: object) -> str:
    if not detail:
        return ""
    return detail if isinstance(detail, str) else json.encode(detail).decode()
