"""Cut a path into the values of a pattern's parameters, in linear time.

A pattern's segment is the tuple of its literal texts, with one parameter between
each two of them: `users` is `("users",)`, `{id}` is `("", "")` and `{a}-{b}.txt` is
`("", "-", ".txt")`. Paths are cut at every slash, the leading one included, so all
patterns but the bare wildcard begin with the segment `("",)`.

Parameters are greedy from the left, as in a regular expression. There is no
backtracking: each literal between two parameters is placed as far right as it goes,
starting from the right. That makes every parameter end as late as it can, hence the
first one as long as it can be, then the second, and so on.

Imports nothing of Bocadillo: pure text.
"""

from collections.abc import Sequence
from typing import NamedTuple

Segment = tuple[str, ...]
"""The literal texts of one segment, in order; parameters stand between them."""


class Gap(NamedTuple):
    """The place of the one parameter of a pattern that may hold slashes."""

    before: Segment
    """The texts of its first segment up to it."""

    after: Segment
    """The texts of its last segment from it on."""


PLAIN: Segment = ("", "")
"""A segment that is one parameter and nothing else."""


def cut_at_slashes(literals: Sequence[str]) -> tuple[Segment, ...]:
    """Return the segments of a text given as its literals, parameters between them."""
    segments: list[Segment] = [()]
    for literal in literals:
        first, *others = literal.split("/")
        segments[-1] += (first,)
        segments += [(other,) for other in others]
    return tuple(segments)


def split_path(
    path: str, head: Sequence[Segment], gap: Gap | None, tail: Sequence[Segment]
) -> list[str] | None:
    """Match a whole path.

    Args:
        path: A decoded path.
        head: The segments before the gap, or all of them if there is none.
        gap: What surrounds the parameter that may hold slashes, if there is one.
        tail: The segments after the gap.

    Returns:
        The values of all parameters in order, or `None` if the path does not match.
    """
    texts = path.split("/", len(head))
    if gap is None:
        return _split_all(texts, head)
    middle, *ends = texts.pop().rsplit("/", len(tail))
    left = _split_all(texts, head)
    inner = split_gap(middle, gap)
    right = _split_all(ends, tail)
    if left is None or inner is None or right is None:
        return None
    return left + inner + right


def split_segment(text: str, segment: Segment) -> list[str] | None:
    """Return the values of parameters in a segment, or `None` if it does not match."""
    first, *within, last = segment
    if not (text.startswith(first) and text.endswith(last)):
        return None
    start, stop = len(first), len(text) - len(last)
    values, stop = _place(text, within, start + 1, stop, stop)
    if stop <= start:
        return None
    return [text[start:stop], *values]


def _split_all(texts: Sequence[str], segments: Sequence[Segment]) -> list[str] | None:
    if len(texts) != len(segments):
        return None
    values: list[str] = []
    for text, segment in zip(texts, segments, strict=True):
        if len(segment) == 1:
            if text != segment[0]:
                return None
        elif segment == PLAIN:
            if not text:
                return None
            values.append(text)
        else:
            found = split_segment(text, segment)
            if found is None:
                return None
            values += found
    return values


def split_gap(text: str, gap: Gap) -> list[str] | None:
    """Return the values in a gap, the wildcard and its neighbours, or `None`."""
    before, after = gap
    if not (text.startswith(before[0]) and text.endswith(after[-1])):
        return None
    start, stop = len(before[0]), len(text) - len(after[-1])
    # What follows the wildcard in its last segment stays behind the last slash …
    last_slash = text.rfind("/", 0, stop)
    right, stop = _place(text, after[:-1], last_slash + 1, stop, stop)
    # … and what precedes it in its first, before the first slash.
    first_slash = text.find("/", start)
    limit = first_slash if first_slash >= 0 else len(text)
    left, stop = _place(text, before[1:], start + 1, stop, limit)
    if stop <= start:
        return None
    return [text[start:stop], *left, *right]


def _place(
    text: str, literals: Sequence[str], low: int, stop: int, limit: int
) -> tuple[list[str], int]:
    """Place literals, the last one first, each as far right as it goes.

    Each leaves a character or more to the value between it and the next one.

    Args:
        text: What is cut.
        literals: The texts to find, in their order from left to right.
        low: Where the first literal may begin at the earliest.
        stop: Where the value right of the last literal ends.
        limit: Where the last literal ends at the latest.

    Returns:
        The value right of each literal, and where the first literal begins: `stop`
        if there is none, -1 if they find no place.
    """
    values: list[str] = []
    for literal in reversed(literals):
        if stop <= low:
            return [], -1
        at = text.rfind(literal, low, min(stop - 1, limit))
        if at < 0:
            return [], -1
        values.append(text[at + len(literal) : stop])
        stop = at
    values.reverse()
    return values, stop
