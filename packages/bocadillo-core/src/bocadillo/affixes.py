"""Find values by the literal text at both ends of a segment, and within it.

Ten thousand routes such as `/chat1-{room}`, `/chat2-{room}` … or `/{name}.pdf`,
`/{name}.png` … differ in nothing but such text. Trying them one by one would cost
more with every route, so the text is cut out of the path and looked up.

Pure, and imports nothing of Bocadillo.
"""

from collections.abc import Iterable
from typing import Generic, TypeVar

V = TypeVar("V")

_Measure = tuple[str, int]
"""How much of a segment to cut off: all up to a mark, or so many characters."""

# Up to so many texts, searching each costs less than looking up all that is there.
_FEW = 8


class AffixIndex(Generic[V]):
    """Values by prefix, suffix, and the texts between them."""

    __slots__ = ("_tables",)

    def __init__(self) -> None:
        self._tables: dict[
            tuple[_Measure, _Measure], dict[tuple[str, str], _Within[V]]
        ] = {}

    def add(self, prefix: str, within: Iterable[str], suffix: str, value: V) -> None:
        """Record a value under the literal texts around and between parameters."""
        measures = _measure(prefix), _measure(suffix[::-1])
        table = self._tables.setdefault(measures, {})
        key = prefix, suffix
        if key not in table:
            table[key] = _Within()
        table[key].add(max(within, key=len, default=""), value)

    def find(self, first: str, last: str) -> list[V]:
        """Return the values that may fit: what else they demand is left to check.

        Args:
            first: The segment that begins with the prefix.
            last: The segment that ends with the suffix; often the same one.
        """
        values: list[V] = []
        for (head, tail), table in self._tables.items():
            mark, size = head
            stop = first.find(mark) + 1 if mark else size
            mark, size = tail
            start = last.rfind(mark) if mark else len(last) - size
            within = table.get((first[:stop], last[start:]))
            if within is not None:
                values += within.find(first if first is last else f"{first}/{last}")
        return values


class _Within(Generic[V]):
    """Values by a text that occurs somewhere."""

    __slots__ = ("_sizes", "_values")

    def __init__(self) -> None:
        self._values: dict[str, list[V]] = {}
        self._sizes: set[int] = set()

    def add(self, text: str, value: V) -> None:
        self._values.setdefault(text, []).append(value)
        self._sizes.add(len(text))

    def find(self, text: str) -> list[V]:
        values: list[V] = []
        if len(self._values) <= _FEW:
            for part, found in self._values.items():
                if part in text:
                    values += found
            return values
        parts = {
            text[at : at + size]
            for size in self._sizes
            for at in range(len(text) - size + 1)
        }
        for part in parts & self._values.keys():
            values += self._values[part]
        return values


def _measure(prefix: str) -> _Measure:
    # `chat1-` to `chat10000-` have five lengths, but all end at the first dash: one
    # look-up instead of five. It only works for a mark that is not in the text itself.
    mark = prefix[-1:]
    if mark and not mark.isalnum() and prefix.count(mark) == 1:
        return mark, 0
    return "", len(prefix)
