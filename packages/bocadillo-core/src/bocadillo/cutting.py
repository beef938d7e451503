"""Where the parameters of a pattern stand in a path that is known to match it.

So a path that was cut at its slashes once need not be matched again.
"""

from .patterns import Pattern
from .segments import PLAIN, Segment

Cut = tuple[str, slice, slice]
"""A parameter's name, its segments, and which part of their text it is."""


def positions_in(pattern: Pattern) -> tuple[tuple[str, int], ...]:
    """Return which segments the parameters are, if they are whole segments."""
    plain = [at for at, segment in enumerate(pattern.head) if segment == PLAIN]
    return tuple(zip(pattern.names, plain, strict=False))


def cuts_of(pattern: Pattern) -> tuple[Cut, ...] | None:
    """Return where parameters are, unless two share a segment."""
    parts: list[tuple[slice, Segment]] = [
        (slice(at, at + 1), part) for at, part in enumerate(pattern.head)
    ]
    if pattern.gap is not None:
        rest = len(pattern.tail)
        middle = slice(len(pattern.head), -rest or None)
        parts.append((middle, pattern.gap.before + pattern.gap.after))
        for at, part in enumerate(pattern.tail, start=-rest):
            parts.append((slice(at, at + 1 or None), part))
    shared = [part for _, part in parts if len(part) > 2]
    if shared:
        return None
    cuts = [
        (where, slice(len(part[0]), -len(part[1]) or None))
        for where, part in parts
        if len(part) == 2
    ]
    if pattern.wildcard is not None and pattern.anonymous:
        del cuts[pattern.wildcard]
    named = zip(pattern.names, cuts, strict=True)
    return tuple((name, *cut) for name, cut in named)
