"""The page that DEBUG shows in a browser for an error that nobody handled.

It shows code, the request and the settings; it runs nothing. What the settings, the
headers and the query hold under a secret name is hidden wherever else it turns up,
be it in a message or in the code.
"""

import linecache
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from types import TracebackType
from typing import Any, Final

from .config import masked
from .masking import MASK, mask_code, mask_text, secrets_in
from .negotiation import accepted_codings
from .request import Request

Hide = Callable[[str], str]
"""Takes the secrets out of a text."""

_CONTEXT: Final = 4
"""Lines of code before and after the one where it happened."""

_FRAMES: Final = 50
"""Of deeper recursions, the last ones are shown."""

_SHORTEST: Final = 4
"""Characters of a secret that is looked for: less would be found everywhere."""

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
    """Whether a browser is asking: HTML by name, and nothing rather than that."""
    weights = accepted_media_types(",".join(req.headers.getlist("accept")))
    html = weights.get("text/html", 0.0)
    return html > 0 and html >= weights.get("application/json", 0.0)


def error_page(req: Request, exc: BaseException, settings: Mapping[str, Any]) -> str:
    """The page, as HTML. Everything in it is escaped."""
    hide = hiding(_secrets(req, settings))
    name = type(exc).__name__
    chain = "".join(_exception(it, hide) for it in _causes(exc, set()))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(name)}</title><style>{_STYLE}</style></head><body>"
        f'<p class="quiet">{escape(req.method)} {escape(hide(req.url.path))}</p>'
        f"{chain}{_table('Request', _request(req), hide)}"
        f"{_table('Settings', settings.items(), hide)}"
        '<p class="quiet">This page is shown because DEBUG is on. '
        "Turn it off in production.</p></body></html>"
    )


def hiding(secrets: Iterable[str]) -> Hide:
    """Make a function that hides these texts."""
    known = {text for text in secrets if len(text) >= _SHORTEST}
    # As they are, and as `repr` writes them.
    known |= {repr(text)[1:-1] for text in known}
    longest_first = sorted(known, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")

    return lambda text: pattern.sub(MASK, text)


def accepted_media_types(header: str) -> dict[str, float]:
    """The weights of an `Accept` header, other parameters left out."""
    plain = re.sub(r";\s*+(?!q=)[^;,]*", "", header, flags=re.IGNORECASE)
    # A `/` is the one character that codings do not have.
    found = accepted_codings(plain.replace("/", "|"))
    return {name.replace("|", "/"): weight for name, weight in found.items()}


def _secrets(req: Request, settings: Mapping[str, Any]) -> Iterator[str]:
    for name, value in (*settings.items(), *req.headers.items()):
        yield from secrets_in(name, value)
    for name, value in req.query_params.multi_items():
        yield from secrets_in(name, value)
    for value in req.cookies.values():
        yield value


def _causes(exc: BaseException | None, seen: set[int]) -> Iterator[BaseException]:
    """An exception, those in it if it is a group, and those that led to it."""
    while exc is not None and id(exc) not in seen:
        seen.add(id(exc))
        yield exc
        if isinstance(exc, BaseExceptionGroup):
            for each in exc.exceptions:
                yield from _causes(each, seen)
        exc = exc.__cause__ or (None if exc.__suppress_context__ else exc.__context__)


def _exception(exc: BaseException, hide: Hide) -> str:
    notes = "".join(
        f"<p>{escape(mask_text(hide(str(note))))}</p>"
        for note in getattr(exc, "__notes__", ())
    )
    frames = "".join(_frames(exc.__traceback__, hide))
    text = _text(exc)
    title = f"{type(exc).__name__}: {text}" if text else type(exc).__name__
    return f"<h1>{escape(mask_text(hide(title)))}</h1>{notes}{frames}"


def _text(exc: BaseException) -> str:
    try:
        return str(exc)
    except Exception:  # noqa: BLE001 - whatever a user's `__str__` raises
        return "(its text cannot be shown)"


def _frames(tb: TracebackType | None, hide: Hide) -> Iterator[str]:
    summaries = traceback.extract_tb(tb, limit=-_FRAMES)
    for position, frame in enumerate(summaries):
        number = frame.lineno or 0
        lines = []
        for line in range(max(1, number - _CONTEXT), number + _CONTEXT + 1):
            text = linecache.getline(frame.filename, line).rstrip("\n")
            here = ' class="here"' if line == number else ""
            lines.append(f"<span{here}>{line:5} {escape(mask_code(hide(text)))}</span>")
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
        yield f"query {name}", value
    yield from req.headers.items()


def _table(title: str, rows: Iterable[tuple[str, object]], hide: Hide) -> str:
    cells = "".join(
        f"<tr><td>{escape(hide(name))}</td>"
        f"<td>{escape(hide(_shown(name, value)))}</td></tr>"
        for name, value in rows
    )
    return f"<h2>{escape(title)}</h2><table>{cells}</table>"


def _shown(name: str, value: object) -> str:
    shown = masked(name, value)
    return shown if isinstance(shown, str) else repr(shown)
