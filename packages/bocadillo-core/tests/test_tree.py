"""Which shapes a path fits, and how much of the tree is looked at."""

import gc
import sys
from collections.abc import Callable, Iterable
from itertools import product
from types import FrameType
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo import tree as room
from bocadillo.segments import Gap, Segment, cut_at_slashes, split_path
from bocadillo.tree import Tree

LITERALS = st.lists(
    st.sampled_from(["", "/", "/", "-", "x", "/x/", "-x", "x/"]), min_size=1, max_size=6
)
VALUES = st.sampled_from(["x", "-", "y", "x-y", "", "x/y", "/"])


class Shape(NamedTuple):
    """What a pattern is to a tree."""

    head: tuple[Segment, ...]
    gap: Gap | None
    tail: tuple[Segment, ...]


def shape_of(literals: list[str], wildcard: int | None) -> Shape:
    """A shape with parameters between literals, one of which may be a wildcard."""
    if wildcard is None or wildcard > len(literals) - 2:
        return Shape(cut_at_slashes(literals), None, ())
    *head, before = cut_at_slashes(literals[: wildcard + 1])
    after, *tail = cut_at_slashes(literals[wildcard + 1 :])
    return Shape(tuple(head), Gap(before, after), tuple(tail))


def tree_of(shapes: Iterable[Shape]) -> Tree[Shape]:
    tree: Tree[Shape] = Tree()
    for shape in shapes:
        if shape.gap is None:
            tree.add(shape.head, shape)
        else:
            tree.add_gap(shape.head, shape.gap, shape.tail, shape)
    return tree


@given(
    drawn=st.lists(st.tuples(LITERALS, st.none() | st.integers(0, 4)), max_size=12),
    values=st.lists(VALUES, min_size=6, max_size=6),
)
def test_exactly_the_shapes_that_fit_are_found(drawn, values):
    shapes = {shape_of(["/", *literals], wildcard) for literals, wildcard in drawn}
    tree = tree_of(shapes)
    for literals, _ in drawn:
        pairs = zip(values, literals, strict=False)
        path = "/" + "".join(value + literal for value, literal in pairs)

        found = tree.find(path.split("/"))

        fitting = {shape for shape in shapes if split_path(path, *shape) is not None}
        assert len(found) == len(set(found))
        assert set(found) == fitting


@pytest.mark.parametrize(
    ("literals", "wildcard", "path", "fits"),
    [
        (["/a-", ".b"], 0, "/a-x.b", True),
        (["/a-", ".b"], 0, "/a-x/y.b", True),
        (["/a-", ".b"], 0, "/a-.b", False),
        (["/a-", ".b"], 0, "/a-/.b", True),
        (["/", "-", ""], 0, "/x/-y", True),
        (["/", "-", ""], 0, "/x-/y", False),
        (["/", "-", ""], 1, "/x-/y", True),
        (["/", "-", ""], 1, "/x/-y", False),
        (["/", "/", "-", ""], 0, "/x/y/z-z", True),
        (["/", "/", "-", ""], 0, "/x/y/zz", False),
    ],
)
def test_what_surrounds_a_wildcard_decides_too(literals, wildcard, path, fits):
    tree = tree_of([shape_of(literals, wildcard)])

    assert bool(tree.find(path.split("/"))) == fits


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/a/", ["a"]),
        ("/a/x/y", ["a"]),
        ("/a", []),
        ("/ab/", []),
        ("/a/b/", ["a", "a/b"]),
        ("/a/b", ["a"]),
    ],
)
def test_a_shape_may_take_all_below_some_segments(path, found):
    tree: Tree[str] = Tree()
    tree.add_below([("",), ("a",)], "a")
    tree.add_below([("",), ("a",), ("b",)], "a/b")

    assert tree.find(path.split("/")) == found


def test_an_empty_tree_finds_nothing():
    tree: Tree[str] = Tree()

    assert tree.find(["", "a"]) == []


@pytest.mark.parametrize("is_open", [False, True])
@pytest.mark.parametrize("part", ["/a", "/", "/x", "/a/x"])
@pytest.mark.parametrize("times", [8, 2000])
def test_no_node_is_visited_twice(is_open, part, times):
    shapes = []
    for kinds in product((True, False), repeat=7):
        literals = ["/", ""] if is_open else [""]
        for is_literal in kinds:
            literals[-1] += "/a" if is_literal else "/"
            literals += [] if is_literal else [""]
        shapes.append(shape_of(literals, 0 if is_open else None))
    tree = tree_of(shapes)

    visited = nodes_visited(lambda: tree.find((part * times).split("/")))

    assert visited <= count_nodes(tree)


def nodes_visited(function: Callable[[], object]) -> int:
    count = 0

    def profile(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        if event == "call" and frame.f_code is room._advance.__code__:
            count += len(frame.f_locals["nodes"])

    gc.disable()  # what it finalizes would be counted
    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(None)
        gc.enable()
    return count


def count_nodes(tree: Tree[Shape]) -> int:
    pending = [*tree.closed.values()]
    if tree.open is not None:
        pending.append(tree.open)
    count = 0
    while pending:
        node = pending.pop()
        count += 1
        pending += node.children.values()
        if node.tails is not None:
            pending.append(node.tails)
    return count
