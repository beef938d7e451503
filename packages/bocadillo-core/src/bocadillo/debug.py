"""The page that DEBUG shows in a browser for an error that nobody handled.

It shows code, the request and the settings, secrets masked; it runs nothing.
"""

import linecache
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from types import TracebackType
from typing import Any, Final

from .config import masked
from .request import Request

_CONTEXT: Final = 4
_SECRET: Final = re.compile(
    "SECRET|PASSWORD|TOKEN|KEY|COOKIE|AUTHORIZATION|SESSION", re.IGNORECASE
).search

_STYLE: Final = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin: 0; font-size: 1.5rem; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.1rem; }
.where { color: #b3541e; }
.quiet { opacity: 0.65; }
details { margin: 0.5rem 0; border: 1px solid #8884; border-radius: 0.5rem; }
summary { padding: 0.4rem 0.8rem; cursor: pointer; overflow-wrap: anywhere; }
pre { margin: 0; padding: 0.5rem 0; overflow-x: auto; background: #8881; }
pre span { display: block; padding: 0 0.8rem; }
pre .here { background: #e8833a44; }
table { border-collapse: collapse; width: 100%; }
td { padding: 0.2rem 0.8rem 0.2rem 0; vertical-align: top; overflow-wrap: anywhere; }
td:first-child { white-space: nowrap; opacity: 0.75; }
"""


def wants_page(req: Request) -> bool:
    """Whether a browser is asking."""
    return "text/html" in req.headers.get("accept", "")


def error_page(req: Request, exc: BaseException, settings: Mapping[str, Any]) -> str:
    """The page, as HTML. Everything in it is escaped."""
    name = type(exc).__name__
    chain = "".join(_exception(it) for it in _causes(exc))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(name)}</title><style>{_STYLE}</style></head><body>"
        f'<p class="quiet">{escape(req.method)} {escape(req.url.path)}</p>'
        f"{chain}{_table('Request', _request(req))}"
        f"{_table('Settings', settings.items())}"
        '<p class="quiet">This page is shown because DEBUG is on. '
        "Turn it off in production.</p></body></html>"
    )


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    while exc is not None:
        yield exc
        exc = exc.__cause__ or (None if exc.__suppress_context__ else exc.__context__)


def _exception(exc: BaseException) -> str:
    notes = "".join(f"<p>{escape(note)}</p>" for note in getattr(exc, "__notes__", ()))
    frames = "".join(_frames(exc.__traceback__))
    title = f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__
    return f"<h1>{escape(title)}</h1>{notes}{frames}"


def _frames(tb: TracebackType | None) -> Iterator[str]:
    summaries = traceback.extract_tb(tb)
    for position, frame in enumerate(summaries):
        number = frame.lineno or 0
        lines = []
        for line in range(max(1, number - _CONTEXT), number + _CONTEXT + 1):
            text = linecache.getline(frame.filename, line).rstrip("\n")
            here = ' class="here"' if line == number else ""
            lines.append(f"<span{here}>{line:5} {escape(text)}</span>")
        opened = " open" if position == len(summaries) - 1 else ""
        yield (
            f"<details{opened}><summary>{escape(frame.name)} "
            f'<span class="where">{escape(frame.filename)}:{number}</span></summary>'
            f"<pre>{''.join(lines)}</pre></details>"
        )


def _request(req: Request) -> Iterator[tuple[str, object]]:
    yield "method", req.method
    yield "path", req.url.path
    for name, value in req.query_params.multi_items():
        yield f"query {name}", _hidden(name, value)
    for name, value in req.headers.items():
        yield name, _hidden(name, value)


def _hidden(name: str, value: str) -> str:
    return "********" if _SECRET(name) else str(masked(name, value))


def _table(title: str, rows: Iterable[tuple[str, object]]) -> str:
    cells = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(_shown(name, value))}</td></tr>"
        for name, value in rows
    )
    return f"<h2>{escape(title)}</h2><table>{cells}</table>"


def _shown(name: str, value: object) -> str:
    shown = masked(name, value)
    return shown if isinstance(shown, str) else repr(shown)
