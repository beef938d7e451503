"""Turn an `HTTPError` into a response, in the format that an app likes.

    app.add_error_handler(HTTPError, error_to_text)

`error_to_json` is the default.
"""

from html import escape

from . import json
from .errors import HTTPError, Redirect
from .request import Request
from .response import Response

__all__ = ["error_to_html", "error_to_json", "error_to_text"]


async def error_to_json(req: Request, res: Response, exc: HTTPError) -> None:
    """Answer `{"error": "404 Not Found", "status": 404, "detail": …}`."""
    res.json = exc.as_json()


async def error_to_text(req: Request, res: Response, exc: HTTPError) -> None:
    """Answer the title, and the detail below it, as plain text."""
    detail = _as_text(exc.detail)
    res.text = f"{exc.title}\n{detail}" if detail else exc.title


async def error_to_html(req: Request, res: Response, exc: HTTPError) -> None:
    """Answer the title as a heading, and the detail below it. All is escaped."""
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
