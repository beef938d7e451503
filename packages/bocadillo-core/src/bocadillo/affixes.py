"""Find values by the literal text at both ends of a segment, and within it.

Ten thousand routes such as `/chat1-{room}`, `/chat2-{room}` … or `/{name}.pdf`,
`/{name}.png` … differ in nothing but such text. Trying them one by one would cost
more with every route, so the text is cut out of the path and looked up.

Pure, and imports nothing of Bocadillo.
"""

import sys
from collections.abc import Iterable
from typing import Generic, TypeVar

V = TypeVar("V")

_Measure = tuple[str, int]
"""How much to cut off: up to the first of a mark, or without one, a number of
characters."""

# Up to so many texts, searching each costs less than looking up all that is there.
_FEW = 8


class _Within(Generic[V]):
    """Values by a text that occurs somewhere in a segment."""

    __slots__ = ("_always", "_by_text", "_sizes", "_width")

    def __init__(self) -> None:
        self._always: list[V] = []
        self._by_text: dict[str, list[V]] = {}
        self._width = sys.maxsize
        self._sizes: dict[str, set[int]] = {}

    def add(self, text: str, value: V) -> None:
        """Record a value under a text; the empty text occurs everywhere."""
        if not text:
            self._always.append(value)
            return
        self._by_text.setdefault(text, []).append(value)
        added: Iterable[str] = [text]
        if len(text) < self._width:
            self._width = len(text)
            self._sizes.clear()
            added = self._by_text
        for known in added:
            self._sizes.setdefault(known[: self._width], set()).add(len(known))

    def find(self, first: str, last: str, values: list[V]) -> None:
        """Add to `values` those whose text is in one of two segments."""
        values += self._always
        if len(self._by_text) <= _FEW:
            for text, found in self._by_text.items():
                if text in first or text in last:
                    values += found
            return
        # All texts are as long as `_width` at least: where the beginning of none of
        # them is, there is nothing else to look up.
        space = first if first == last else f"{first}/{last}"
        parts = {
            space[at : at + size]
            for at in range(len(space) - self._width + 1)
            for size in self._sizes.get(space[at : at + self._width], ())
        }
        for text in parts & self._by_text.keys():
            values += self._by_text[text]


_Suffixes = dict[_Measure, dict[str, _Within[V]]]
"""What may stand behind one prefix."""


class AffixIndex(Generic[V]):
    """Values by prefix, suffix, and the texts between them."""

    __slots__ = ("_prefixes",)

    def __init__(self) -> None:
        self._prefixes: dict[_Measure, dict[str, _Suffixes[V]]] = {}

    def add(self, prefix: str, within: Iterable[str], suffix: str, value: V) -> None:
        """Record a value under the literal texts around and between parameters."""
        suffixes = self._prefixes.setdefault(_measure(prefix), {}).setdefault(
            prefix, {}
        )
        ends = suffixes.setdefault(_measure(suffix[::-1]), {})
        if suffix not in ends:
            ends[suffix] = _Within()
        ends[suffix].add(max(within, key=len, default=""), value)

    def find(self, first: str, last: str) -> list[V]:
        """Return the values that may fit: what else they demand is left to check.

        Args:
            first: The segment that begins with the prefix.
            last: The segment that ends with the suffix; often the same one.
        """
        values: list[V] = []
        for (mark, size), prefixes in self._prefixes.items():
            stop = first.find(mark) + 1 if mark else size
            suffixes = prefixes.get(first[:stop])
            if suffixes is None:
                continue
            for (sign, length), ends in suffixes.items():
                start = last.rfind(sign) if sign else len(last) - length
                within = ends.get(last[start:])
                if within is not None:
                    within.find(first, last, values)
        return values


def _measure(affix: str) -> _Measure:
    """Say how to cut an affix off, without knowing it; its inner end comes last."""
    # PERF: `chat1-` to `chat10000-` have five lengths, but all end at the first dash:
    # one look-up instead of five (benchmarks/routing, "start of a segment").
    mark = affix[-1:]
    if mark and not mark.isalnum() and affix.count(mark) == 1:
        return mark, 0
    return "", len(affix)
