"""Reading `Range` headers, compared with a reading byte by byte."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bocadillo.ranges import MAX_RANGES, parse_ranges


@pytest.mark.parametrize(
    ("header", "ranges"),
    [
        ("bytes=0-0", [range(1)]),
        ("bytes=0-9", [range(10)]),
        ("bytes=0-", [range(10)]),
        ("bytes=9-", [range(9, 10)]),
        ("bytes=-1", [range(9, 10)]),
        ("bytes=-10", [range(10)]),
        ("bytes=-11", [range(10)]),
        ("bytes=5-99999999999999999999999", [range(5, 10)]),
        ("Bytes=007-8", [range(7, 9)]),
        ("bytes= 0-0 ,\t, 2-3,", [range(1), range(2, 4)]),
        ("bytes=4-5,0-1", [range(4, 6), range(2)]),
        ("bytes=0-1,2-3", [range(2), range(2, 4)]),
        ("bytes=0-1,10-", [range(2)]),
    ],
)
def test_a_header_names_bytes(header, ranges):
    assert parse_ranges(header, 10) == ranges


@pytest.mark.parametrize(
    "header", ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99-"]
)
def test_bytes_beyond_the_content_are_nowhere(header):
    assert parse_ranges(header, 10) == []


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=5-4",
        "bytes=9-0",
        "bytes=0-1-2",
        "bytes=a-b",
        "bytes=+1-2",
        "bytes=1 -2",
        "bytes=0x0-1",
        "bytes=\u0660-\u0663",
        "bytes=0-1,x",
        "bytes =0-1",
        "bytes: 0-1",
        "items=0-1",
        "bytes=" + "9" * 5000 + "-",
    ],
)
def test_a_malformed_header_is_ignored(header):
    assert parse_ranges(header, 10) is None


@pytest.mark.parametrize(
    ("header", "ranges"),
    [
        ("bytes=8-9,2-5,0-1,4-6,-1", [range(8, 10), range(2, 7), range(2)]),
        ("bytes=4-6,0-1,2-5", [range(2, 7), range(2)]),
        ("bytes=0-,3-4", [range(10)]),
    ],
)
def test_overlapping_ranges_are_joined_at_the_first_one(header, ranges):
    assert parse_ranges(header, 10) == ranges


def test_a_hundred_ranges_are_read_and_one_more_is_too_many():
    specs = [f"{2 * n}-{2 * n}" for n in range(MAX_RANGES + 1)]

    assert len(parse_ranges("bytes=" + ",".join(specs[:-1]), 1000)) == 100
    assert parse_ranges("bytes=" + ",".join(specs), 1000) is None


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=0-0", "bytes=-0"])
def test_empty_content_has_no_byte_to_ask_for(header):
    assert parse_ranges(header, 0) == []


def test_the_last_bytes_of_empty_content_are_all_of_it():
    assert parse_ranges("bytes=-5", 0) is None


def bytes_asked_for(header: str, size: int) -> list[set[int]] | None:
    """The same, found by looking at each byte; overlaps are not joined."""
    if not re.fullmatch(r"bytes=[0-9]*-[0-9]*(,[0-9]*-[0-9]*)*", header):
        return None
    found = []
    for spec in header.removeprefix("bytes=").split(","):
        first, last = spec.split("-")
        if spec == "-" or (first and last and int(last) < int(first)):
            return None
        if first:
            end = int(last) if last else size
            places = {at for at in range(size) if int(first) <= at <= end}
        elif size == 0 and int(last):
            return None
        else:
            places = {at for at in range(size) if at >= size - int(last)}
        found.append(places)
    return [places for places in found if places]


# What a header can hold, as servers decode it.
LATIN_1 = "".join(map(chr, range(256)))

NUMBER = st.just("") | st.integers(0, 30).map(str)
SPEC = st.builds("{}-{}".format, NUMBER, NUMBER)
HEADER = st.lists(SPEC, min_size=1, max_size=8).map(lambda s: "bytes=" + ",".join(s))


@given(HEADER, st.integers(0, 25))
@example("bytes=0-5,3-3,20-,-1", 25)
def test_every_byte_asked_for_is_named_once(header, size):
    expected = bytes_asked_for(header, size)
    ranges = parse_ranges(header, size)

    if expected is None:
        assert ranges is None
    else:
        named = [at for part in ranges for at in part]
        assert sorted(named) == sorted(set().union(*expected))
        assert all(ranges)


@given(HEADER, st.integers(0, 25))
def test_ranges_that_do_not_overlap_keep_their_order(header, size):
    expected = bytes_asked_for(header, size)
    joined = expected is not None and sum(map(len, expected)) > len(
        set().union(*expected)
    )

    if expected is not None and not joined:
        assert [set(part) for part in parse_ranges(header, size)] == expected


@given(st.text(LATIN_1) | st.text("bytes=-,0123456789 ").map("bytes={}".format))
def test_any_text_is_read_or_ignored(header):
    ranges = parse_ranges(header, 100)

    assert ranges is None or all(
        part and 0 <= part[0] <= part[-1] < 100 for part in ranges
    )
