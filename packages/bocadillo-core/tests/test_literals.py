"""Shapes are told apart by what they have at the places of their literals."""

import pytest

from bocadillo.literals import MOST_SORTS, sort_by_length
from bocadillo.segments import cut_at_slashes

WALK = ("walk",)


def sorts_of(*literals):
    """The sorts of shapes given as literals, a parameter between each two."""
    shapes = ((cut_at_slashes(each), each) for each in literals)
    return sort_by_length(shapes, walk=WALK)


def found(sorts, path):
    """All shapes whose literals a path has."""
    segments = path.split("/")
    return [
        shapes[pick(segments)]
        for pick, shapes in sorts[len(segments)]
        if pick(segments) in shapes
    ]


def test_shapes_of_one_sort_take_one_look_up():
    users, posts, root = ("/users/", ""), ("/posts/", ""), ("/", "")
    sorts = sorts_of(users, posts, root)

    assert {length: len(those) for length, those in sorts.items()} == {3: 1, 2: 1}
    assert found(sorts, "/users/1") == [users]
    assert found(sorts, "/posts/1") == [posts]
    assert found(sorts, "/about/1") == []
    assert found(sorts, "/x") == [root]


def test_a_path_may_have_the_literals_of_several_sorts():
    user, about = ("/users/", ""), ("/", "/about")

    assert found(sorts_of(user, about), "/users/about") == [user, about]


@pytest.mark.parametrize("literals", [("/a/", ".x"), ("/a/", "-", "")])
def test_where_literals_are_not_enough_they_say_so(literals):
    whole, other = ("/a/", ""), ("/b/", "")

    for shapes in [(literals,), (literals, whole), (whole, literals)]:
        sorts = sorts_of(other, *shapes)
        assert found(sorts, "/a/1") == [WALK]
        assert found(sorts, "/b/1") == [other]
        assert found(sorts, "/c/1") == []


@pytest.mark.parametrize("literals", [("", ""), ("", "/", "")])
def test_shapes_without_literals_are_left_to_a_walk(literals):
    length = len(cut_at_slashes(literals))

    assert sorts_of(("/x/", ""), literals)[length] is None
    assert sorts_of(literals, ("/x/", ""))[length] is None


def test_more_sorts_of_one_length_than_are_worth_it_are_left_to_a_walk():
    shapes = [
        ("/" + "a/" * at, "/" + "a/" * (MOST_SORTS - at) + "a")
        for at in range(MOST_SORTS + 1)
    ]
    length = MOST_SORTS + 3

    assert len(sorts_of(*shapes[:-1])[length]) == MOST_SORTS
    assert sorts_of(*shapes)[length] is None
