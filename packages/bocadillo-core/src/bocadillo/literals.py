"""Tell shapes apart by their literals: one look-up instead of a walk.

`/users/{id}` and `/posts/{slug}` have their literals at the same places, and what a
path has there decides between them; `/{lang}/about` has them elsewhere, and is looked
for apart. So this is for as few sorts of shapes as tables of routes have; and where
literals are not enough, as with parameters in part of a segment, it says so. What is
not decided here is the business of a `Tree`.

Pure: knows neither routes nor methods.
"""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, TypeVar

from .segments import PLAIN, Segment

V = TypeVar("V")

Sort = tuple[Callable[[Sequence[str]], Any], dict[Any, V]]
"""Takes the literals out of the segments of a path; the shapes by these."""

_BEFORE_SLASH: Segment = ("",)

MOST_SORTS = 4
"""Of one length; more are found sooner by a walk."""


def sort_by_length(
    shapes: Iterable[tuple[Sequence[Segment], V]], walk: V
) -> dict[int, list[Sort[V]] | None]:
    """Sort shapes without a wildcard by the places of their literals.

    A path that begins with a slash fits one that it has the literals of if no parameter
    is empty, unless that is the one to `walk` for.

    Args:
        shapes: Segments, different ones each, and what they stand for.
        walk: Stands for those of which literals do not tell whether a path fits.

    Returns:
        The sorts by the number of segments; `None` where they are not enough.
    """
    found: dict[int, dict[tuple[int, ...], Sort[V]] | None] = {}
    for segments, value in shapes:
        sorts = found.setdefault(len(segments), {})
        if sorts is None:
            continue
        places = tuple(at for at, it in enumerate(segments) if len(it) == 1)
        if len(places) > 1 and segments[0] == _BEFORE_SLASH:
            # PERF: often one place is left, whose text needs no tuple (bench f).
            places = places[1:]
        if not places or (places not in sorts and len(sorts) == MOST_SORTS):
            found[len(segments)] = None
        else:
            pick, by_literals = sorts.setdefault(places, (itemgetter(*places), {}))
            literals = pick([it[0] for it in segments])
            is_told = all(len(it) == 1 or it == PLAIN for it in segments)
            by_literals[literals] = (
                value if is_told and literals not in by_literals else walk
            )
    return {
        length: None if sorts is None else list(sorts.values())
        for length, sorts in found.items()
    }
