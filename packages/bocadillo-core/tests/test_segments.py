"""Cutting paths: greedy from the left, and linear."""

import gc
import re
import sys
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo.segments import Gap, cut_at_slashes, split_path, split_segment

LITERALS = st.lists(
    st.sampled_from(["", "/", "-", "x", "/x/", "-x", "--"]), min_size=1, max_size=6
)
PATHS = st.text(alphabet="/-x\n", max_size=12)


def split(path: str, literals: Sequence[str], wildcard: int | None) -> object:
    """Split as a pattern of these literals would."""
    if wildcard is None:
        return split_path(path, cut_at_slashes(literals), None, ())
    *head, before = cut_at_slashes(literals[: wildcard + 1])
    after, *tail = cut_at_slashes(literals[wildcard + 1 :])
    return split_path(path, head, Gap(before, after), tail)


def calls_during(function: Callable[[], object]) -> int:
    """Count the calls of functions, those written in C included."""
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    gc.disable()  # what it finalizes would be counted
    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(None)
        gc.enable()
    return count


@pytest.mark.parametrize(
    ("literals", "segments"),
    [
        (["/"], (("",), ("",))),
        (["/users"], (("",), ("users",))),
        (["/users/", ""], (("",), ("users",), ("", ""))),
        (["/", "-", ".txt/x"], (("",), ("", "-", ".txt"), ("x",))),
        ([""], (("",),)),
    ],
)
def test_literals_are_cut_at_their_slashes(literals, segments):
    assert cut_at_slashes(literals) == segments


@pytest.mark.parametrize(
    ("text", "segment", "values"),
    [
        ("42", ("", ""), ["42"]),
        ("", ("", ""), None),
        ("chat-lobby", ("chat-", ""), ["lobby"]),
        ("chat-", ("chat-", ""), None),
        ("x-y-z", ("", "-", ""), ["x-y", "z"]),
        ("-y", ("", "-", ""), None),
        ("y-", ("", "-", ""), None),
        ("a.b.c.d", ("", ".", ".", ""), ["a.b", "c", "d"]),
        ("a-b.c-d.e", ("", "-", ".", ""), ["a-b.c", "d", "e"]),
        ("---", ("", "-", ""), ["-", "-"]),
        ("xyz", ("", "", ""), ["xy", "z"]),
        ("x", ("", "", ""), None),
        ("", ("", "", ""), None),
        ("aba", ("ab", "ba"), None),
        ("a\nb", ("", "b"), ["a\n"]),
    ],
)
def test_parameters_of_a_segment_are_greedy_from_the_left(text, segment, values):
    assert split_segment(text, segment) == values


@pytest.mark.parametrize(
    ("literals", "wildcard", "path", "values"),
    [
        (["/files/", ""], 0, "/files/a/b", ["a/b"]),
        (["/files/", ""], 0, "/files/", None),
        (["/files/", ""], 0, "/files", None),
        (["/", "/x/", ""], 0, "/a/x/b/x/c", ["a/x/b", "c"]),
        (["/", ".txt"], 0, "/a/b.txt", ["a/b"]),
        (["/", ".txt"], 0, "/.txt", None),
        (["/", "-", ""], 1, "/a-b/c-d", ["a", "b/c-d"]),
        (["/", "-", ""], 0, "/a-b/c-d", ["a-b/c", "d"]),
        (["/", "-", "-", ""], 1, "/a-b-c/d-e-f", ["a-b", "c/d-e", "f"]),
        (["/", "", ""], 0, "/ab/c", ["ab/", "c"]),
        (["/", "", ""], 1, "/ab/c", ["ab", "/c"]),
        (["/", "", ""], 0, "/a", None),
        (["/", "", "", ""], 0, "/a", None),
        (["/", "/", "/", ""], 1, "/a/b/c/d", ["a", "b/c", "d"]),
        (["/", "/", "/", ""], 1, "/a/b", None),
        (["/", "-", ".-b"], 0, "/.-b", None),
        (["", ""], 0, "/", ["/"]),
    ],
)
def test_a_wildcard_takes_slashes_and_its_neighbours_do_not(
    literals, wildcard, path, values
):
    assert split(path, literals, wildcard) == values


@given(
    literals=LITERALS,
    wildcard=st.none() | st.integers(0, 4),
    values=st.lists(st.text(alphabet="/-x\n", max_size=3), min_size=5, max_size=5),
    path=PATHS,
)
def test_values_are_those_of_a_greedy_regular_expression(
    literals, wildcard, values, path
):
    if wildcard is not None and wildcard > len(literals) - 2:
        wildcard = None
    filled, expression = literals[0], re.escape(literals[0])
    for number, (value, literal) in enumerate(zip(values, literals[1:], strict=False)):
        group = "((?s:.+))" if number == wildcard else "([^/]+)"
        expression += group + re.escape(literal)
        filled += value + literal
    for tried in (filled, path):
        expected = re.fullmatch(expression, tried)

        found = split(tried, literals, wildcard)

        assert found == (None if expected is None else list(expected.groups()))


@pytest.mark.parametrize("part", ["/", "-", "a-", "-/", "/x/", "x"])
@pytest.mark.parametrize(
    ("literals", "wildcard"),
    [
        (["/", "-", "-", "-", ""], None),
        (["/", "/", "/", ""], None),
        (["/", "/x/", ""], 0),
        (["/", "-", "-", "/x/", "-", ""], 2),
    ],
)
def test_a_longer_path_takes_no_more_steps(literals, wildcard, part):
    def steps(times):
        path = "/" + part * times
        return calls_during(lambda: split(path, literals, wildcard))

    assert steps(4000) == steps(200)
