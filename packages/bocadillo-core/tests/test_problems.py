"""The words in which values are refused."""

import pytest
from msgspec import Meta

from bocadillo.problems import (
    Refused,
    at_least,
    checks_of,
    exactly,
    join,
    must_be,
    one_of,
)


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        (["a number"], "Must be a number."),
        (["a number", "a string"], "Must be a number or a string."),
        (["a number", "a list", "null"], "Must be a number, a list or null."),
        (["a number", "a number"], "Must be a number."),
        ([one_of(["a", 1])], "Must be one of 'a', 1."),
    ],
)
def test_a_message_says_what_is_accepted(expected, message):
    assert must_be(*expected) == message


def test_lengths_are_counted_in_words():
    assert exactly(1) == "Must have exactly 1 item."
    assert exactly(2) == "Must have exactly 2 items."
    assert at_least(2, "character") == "Must have at least 2 characters."


@pytest.mark.parametrize(
    ("key", "path", "joined"),
    [("a", "b", "a.b"), ("a", "", "a"), ("", "b", "b"), ("", "", "")],
)
def test_paths_are_joined_with_dots(key, path, joined):
    assert join(key, path) == joined


def test_problems_are_told_from_where_the_value_stands():
    assert Refused("No.").at("pk") == {"pk": "No."}
    assert Refused({"0": "No.", "1.x": "No."}).at("ids") == {
        "ids.0": "No.",
        "ids.1.x": "No.",
    }


@pytest.mark.parametrize(
    ("constraints", "right", "wrong", "message"),
    [
        (Meta(gt=1), 2, 1, "Must be greater than 1."),
        (Meta(ge=1), 1, 0, "Must be greater than or equal to 1."),
        (Meta(lt=1), 0, 1, "Must be less than 1."),
        (Meta(le=1), 1, 2, "Must be less than or equal to 1."),
        (Meta(multiple_of=3), 6, 7, "Must be a multiple of 3."),
        (Meta(min_length=1), "a", "", "Must have at least 1 item."),
        (Meta(max_length=2), "ab", "abc", "Must have no more than 2 items."),
        (Meta(pattern="a.c"), "xabcx", "ac", "Must match 'a.c'."),
    ],
)
def test_a_constraint_is_a_check_and_a_message(constraints, right, wrong, message):
    [(holds, words)] = checks_of(constraints, unit="item")

    assert words == message
    assert holds(right)
    assert not holds(wrong)


def test_no_constraint_is_no_check():
    assert checks_of(Meta(title="A number"), unit="item") == []
