"""A tree of segments: from the segments of a path to the values of the shapes it fits.

A node stands for what was read so far, an edge for one segment of a pattern. Shapes
without a wildcard have a fixed number of segments, and a tree for each number. Those
with one share another tree, where they are read from the left up to the wildcard and
from there on from the right.

No node is visited twice, so a look-up costs at most the number of nodes that agree
with the path, however the tables of literals and parameters are nested.

Pure: knows neither routes nor methods.
"""

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from .affixes import AffixIndex
from .segments import PLAIN, Gap, Segment, split_gap, split_segment

V = TypeVar("V")


class Node(Generic[V]):
    """What may follow the segments read so far."""

    __slots__ = (
        "below",
        "children",
        "gaps",
        "literals",
        "plain",
        "rest",
        "tails",
        "templates",
        "value",
    )

    def __init__(self) -> None:
        self.children: dict[Segment, Node[V]] = {}
        """All nodes that one more segment leads to; the next three index them."""

        self.literals: dict[str, Node[V]] = {}
        """By text."""

        self.plain: Node[V] | None = None
        """For any text but the empty one."""

        self.templates: AffixIndex[tuple[Segment, Node[V]]] | None = None
        """For texts with a parameter in part of them."""

        self.value: V | None = None
        """The shape that ends here."""

        self.below: V | None = None
        """The shape that takes all that follows, if it is only an empty segment."""

        self.tails: Node[V] | None = None
        """The shapes whose wildcard begins in the next segment, from the right."""

        self.rest: V | None = None
        """Reading from the right: the shape whose wildcard is all that is left."""

        self.gaps: AffixIndex[tuple[Gap, V]] | None = None
        """Likewise, but with more around the wildcard."""

    def descend(self, segments: Iterable[Segment]) -> "Node[V]":
        """Return the node that segments lead to, made if it was not there."""
        node = self
        for segment in segments:
            if segment not in node.children:
                node._grow(segment)
            node = node.children[segment]
        return node

    def _grow(self, segment: Segment) -> None:
        child = self.children[segment] = Node()
        if len(segment) == 1:
            self.literals[segment[0]] = child
        elif segment == PLAIN:
            self.plain = child
        else:
            self.templates = self.templates or AffixIndex()
            first, *within, last = segment
            self.templates.add(first, within, last, (segment, child))


class Tree(Generic[V]):
    """Shapes, and which of them a path fits."""

    __slots__ = ("closed", "open")

    def __init__(self) -> None:
        self.closed: dict[int, Node[V]] = {}
        """Shapes without a wildcard, by their number of segments."""

        self.open: Node[V] | None = None
        """Shapes with a wildcard."""

    def add(self, head: Sequence[Segment], value: V) -> None:
        """Add a shape of fixed length."""
        root = self.closed.setdefault(len(head), Node())
        root.descend(head).value = value

    def add_gap(
        self, head: Sequence[Segment], gap: Gap, tail: Sequence[Segment], value: V
    ) -> None:
        """Add a shape with a wildcard."""
        self.open = self.open or Node()
        node = self.open.descend(head)
        node.tails = node.tails or Node()
        end = node.tails.descend(reversed(tail))
        if gap.before == gap.after == ("",):
            end.rest = value
            return
        end.gaps = end.gaps or AffixIndex()
        prefix, *left = gap.before
        *right, suffix = gap.after
        end.gaps.add(prefix, [*left, *right], suffix, (gap, value))

    def add_below(self, head: Sequence[Segment], value: V) -> None:
        """Add a shape that takes everything below some segments."""
        self.open = self.open or Node()
        self.open.descend(head).below = value

    def find(self, segments: Sequence[str]) -> list[V]:
        """Return all shapes that fit a path cut at its slashes."""
        root = self.closed.get(len(segments))
        nodes = [] if root is None else [root]
        for segment in segments:
            nodes = _advance(nodes, segment)
        closed = [node.value for node in nodes if node.value is not None]
        return closed + self.find_open(segments)

    def find_open(self, segments: Sequence[str]) -> list[V]:
        """Return the shapes with a wildcard that fit."""
        found: list[V] = []
        nodes = [] if self.open is None else [self.open]
        for start, segment in enumerate(segments):
            for node in nodes:
                if node.below is not None:
                    found.append(node.below)
                if node.tails is not None:
                    found += _find_gaps(node.tails, segments, start)
            nodes = _advance(nodes, segment)
            if not nodes:
                break
        return found


def _find_gaps(root: Node[V], segments: Sequence[str], start: int) -> list[V]:
    """Return the shapes whose wildcard begins in the segment `start`."""
    found: list[V] = []
    nodes = [root]
    for stop in range(len(segments), start, -1):
        segment = segments[stop - 1]
        for node in nodes:
            if node.rest is not None and (segment or stop - start > 1):
                found.append(node.rest)
            if node.gaps is not None:
                for gap, value in node.gaps.find(segments[start], segment):
                    if _fits(gap, segments, start, stop):
                        found.append(value)
        nodes = _advance(nodes, segment)
        if not nodes:
            break
    return found


def _has_room(text: str, template: Segment) -> bool:
    if len(template) == 2:
        return len(text) > len(template[0]) + len(template[1])
    return split_segment(text, template) is not None


def _fits(gap: Gap, segments: Sequence[str], start: int, stop: int) -> bool:
    before, after = gap
    if len(before) == len(after) == 1:
        # The affixes are right already: what is left is a character between them.
        length = len(before[0]) + len(after[0])
        return stop - start > 1 or len(segments[start]) > length
    return split_gap("/".join(segments[start:stop]), gap) is not None


def _advance(nodes: Sequence[Node[V]], segment: str) -> list[Node[V]]:
    """Return all nodes that one more segment leads to."""
    reached: list[Node[V]] = []
    for node in nodes:
        child = node.literals.get(segment)
        if child is not None:
            reached.append(child)
        if segment and node.plain is not None:
            reached.append(node.plain)
        if node.templates is not None:
            for template, child in node.templates.find(segment, segment):
                if _has_room(segment, template):
                    reached.append(child)
    return reached
