"""The route that a path nearly matches, and what is different: for messages.

Pure: texts in, sentences out.
"""

from collections.abc import Iterable
from typing import Final, Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")

_LEAST: Final = 0.5
"""How alike a path and a pattern must be to be worth a word, from 0 to 1."""


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
        The first of those that are most alike; `None` if none is like it at all.
    """
    best, score = None, _LEAST
    for pattern, route in routes:
        alike = _likeness(path, pattern)
        if alike > score:
            best, score = Nearest(route, tuple(_differences(path, pattern))), alike
    return best


def _likeness(path: str, pattern: str) -> float:
    asked, offered = _segments(path), _segments(pattern)
    if "" in (asked[0], offered[0]):
        return 0
    alike = map(_segment_likeness, asked, offered)
    return sum(alike) / max(len(asked), len(offered))


def _segment_likeness(asked: str, offered: str) -> float:
    if "{" in offered:
        return float(asked != "")
    # PERF: only tools and mistakes need it (benchmark of the import).
    from difflib import SequenceMatcher  # noqa: PLC0415

    return SequenceMatcher(None, asked.lower(), offered.lower()).ratio()


def _differences(path: str, pattern: str) -> Iterable[str]:
    asked, offered = _segments(path), _segments(pattern)
    for ours, theirs in zip(asked, offered, strict=False):
        if ours != theirs and "{" not in theirs:
            yield f"{ours!r} is not {theirs!r}"
    common = min(len(asked), len(offered))
    if asked[common:]:
        yield f"the route has no '/{'/'.join(asked[common:])}' at its end"
    if offered[common:]:
        yield f"the path has no '/{'/'.join(offered[common:])}' at its end"
    if path.endswith("/") and not pattern.endswith("/"):
        yield "the path ends with a slash"
    if pattern.endswith("/") and not path.endswith("/"):
        yield "the route ends with a slash"


def _segments(text: str) -> list[str]:
    return text.strip("/").split("/")
