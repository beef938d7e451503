"""The route that a path nearly matches, and what is different: for messages.

Pure: texts in, sentences out.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


class Nearest(Struct, Generic[T], frozen=True):
    """A route that nearly matches.

    Attributes:
        route: The route.
        differences: Why it does not match: half sentences.
    """

    route: T
    differences: tuple[str, ...]


def nearest(path: str, routes: Iterable[tuple[str, T]]) -> Nearest[T] | None:
    """Find the route whose pattern is most like a path.

    Args:
        path: A decoded path that none of the routes matches.
        routes: Patterns as they were written, and what they stand for.

    Returns:
        The first of those that are most alike; `None` if there are no routes.
    """
    known = list(routes)
    if not known:
        return None
    pattern, route = max(known, key=lambda known: _likeness(path, known[0]))
    return Nearest(route, tuple(_differences(path, pattern)))


def _likeness(path: str, pattern: str) -> tuple[float, float]:
    """How many segments are alike; of those that are equal in that, the letters."""
    asked, offered = _segments(path), _segments(pattern)
    common = _common(asked, offered)
    alike = sum(map(_segment_likeness, asked[common], offered[common]))
    return alike / max(len(asked), len(offered), 1), _text_likeness(path, pattern)


def _common(asked: Sequence[str], offered: Sequence[str]) -> slice:
    """Which segments are compared: from the end, if it is the start that one lacks."""
    common = min(len(asked), len(offered))
    first, last = slice(common), slice(-common, None)

    def alike(part: slice) -> float:
        pairs = zip(asked[part], offered[part], strict=True)
        return sum(_text_likeness(*pair) for pair in pairs if "{" not in pair[1])

    return last if common and alike(last) > alike(first) else first


def _segment_likeness(asked: str, offered: str) -> float:
    return float(asked != "") if "{" in offered else _text_likeness(asked, offered)


def _text_likeness(asked: str, offered: str) -> float:
    # PERF: only tools and mistakes need it (benchmark of the import).
    from difflib import SequenceMatcher  # noqa: PLC0415

    return SequenceMatcher(None, asked.lower(), offered.lower()).ratio()


def _differences(path: str, pattern: str) -> Iterator[str]:
    asked, offered = _segments(path), _segments(pattern)
    common = _common(asked, offered)
    for ours, theirs in zip(asked[common], offered[common], strict=True):
        if ours != theirs and "{" not in theirs:
            yield f"{ours!r} is not {theirs!r}"
    where = "end" if common.start is None else "start"
    for who, segments in ("route", asked), ("path", offered):
        rest = segments[common.stop :] if where == "end" else segments[: common.start]
        if rest:
            yield f"the {who} has no '/{'/'.join(rest)}' at its {where}"
    if asked and path.endswith("/") and not pattern.endswith("/"):
        yield "the path ends with a slash"
    if offered and pattern.endswith("/") and not path.endswith("/"):
        yield "the route ends with a slash"


def _segments(text: str) -> list[str]:
    inner = text.strip("/")
    return inner.split("/") if inner else []
