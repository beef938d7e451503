"""The text of one server-sent event.

Follows "Server-sent events" of the WHATWG HTML standard (§9.2): what a browser's
`EventSource` makes of the text is what was passed here, no matter which characters
it holds. Pure: streaming the text is the response's work.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from .json import encode

__all__ = ["server_event"]

# The format ends a line at these, and only these: `str.splitlines` knows more.
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_NOT_IN_ONE_LINE: Final = re.compile(r"[\r\n\0]").search


def server_event(
    name: str | None = None,
    *,
    data: str | Sequence[str] | None = None,
    json: Any = None,
    id: str | int | None = None,  # noqa: A002 - the name of the field
    retry: int | None = None,
    comment: str | None = None,
) -> str:
    r"""Write one server-sent event, ready to be yielded by an event stream.

        server_event("price", json={"eur": 4}, id=7)
        # 'id: 7\nevent: price\ndata: {"eur":4}\n\n'

    Browsers dispatch an event only if it has data, be it empty (`data=""`).

    Args:
        name: The event's type, what `addEventListener` listens to. Browsers take
            an event without one for a `message`.
        data: Text; its lines arrive as they are, joined by newlines. A sequence
            gives one line for each item.
        json: An object to send as JSON instead of `data`: whatever `res.json` takes.
            For a JSON `null`, pass `data="null"`.
        id: What a browser sends as `Last-Event-ID` when it reconnects. An empty
            string makes it forget the previous one.
        retry: Milliseconds to wait before reconnecting.
        comment: Text that clients ignore.

    Returns:
        The event's fields and the blank line that ends it.

    Raises:
        TypeError: If `data` is neither text nor a sequence of text, `name` or
            `comment` no text, `retry` no whole number, or `json` cannot be encoded.
        ValueError: If `name` or `id` holds a newline or NUL, `retry` is negative,
            or both `data` and `json` are given.
    """
    if data is not None and json is not None:
        raise ValueError("Pass either data= or json= to server_event(), not both.")
    lines: list[str] = []
    if comment is not None:
        text = _text("comment", comment)
        lines += [f": {line}" for line in _LINE_END.split(text)]
    if id is not None:
        lines.append(f"id: {_one_line('id', str(id))}")
    if name is not None:
        lines.append(f"event: {_one_line('name', _text('name', name))}")
    if retry is not None:
        lines.append(f"retry: {_milliseconds(retry)}")
    if json is not None:
        lines.append(f"data: {encode(json).decode()}")
    elif data is not None:
        texts = [data] if isinstance(data, str) else _checked_texts(data)
        lines += [f"data: {line}" for text in texts for line in _LINE_END.split(text)]
    return "\n".join([*lines, "\n"])


def _text(argument: str, text: object) -> str:
    if not isinstance(text, str):
        raise TypeError(
            f"The {argument} of a server-sent event must be text, not {text!r}."
        )
    return text


def _one_line(argument: str, text: str) -> str:
    if _NOT_IN_ONE_LINE(text):
        raise ValueError(
            f"The {argument} of a server-sent event must be one line without NUL, "
            f"not {text!r}."
        )
    return text


def _milliseconds(retry: object) -> int:
    if not isinstance(retry, int) or isinstance(retry, bool):
        raise TypeError(
            "The retry of a server-sent event is a whole number of milliseconds, "
            f"not {type(retry).__name__}."
        )
    if retry < 0:
        raise ValueError(
            f"The retry of a server-sent event must not be negative: {retry}."
        )
    return retry


def _checked_texts(data: object) -> Sequence[str]:
    if not isinstance(data, Sequence) or not all(isinstance(it, str) for it in data):
        raise TypeError(
            "The data of a server-sent event must be text or a sequence of text, "
            f"not {data!r}; use json= for other objects."
        )
    return data
