"""ETags, dates, and the conditions on them."""

import os
import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo.validators import (
    Validators,
    precondition_status,
    range_holds,
    validators_of,
)

DATE = "Sun, 06 Nov 1994 08:49:37 GMT"
EARLIER = "Sun, 06 Nov 1994 08:49:36 GMT"
CURRENT = Validators('"a"', DATE)
WEAK = Validators('W/"a"', DATE)
NAMELESS = Validators("", "")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"content")
    return path


def test_a_file_has_a_strong_tag_and_the_date_of_its_change(path):
    os.utime(path, ns=(0, 784111777_000000255))

    validators = validators_of(path.stat())

    assert validators == Validators(f'"{784111777_000000255:x}-7"', DATE)
    assert validators.headers() == [
        ("etag", validators.etag),
        ("last-modified", DATE),
    ]


def test_a_change_within_the_same_second_changes_the_tag(path):
    os.utime(path, ns=(0, 5_000_000_001))
    before = validators_of(path.stat())
    os.utime(path, ns=(0, 5_000_000_002))

    assert validators_of(path.stat()).etag != before.etag


@pytest.mark.parametrize("seconds", [0, -(10**9), 4 * 10**9, 15 * 10**9])
def test_an_impossible_date_is_not_sent(path, seconds):
    os.utime(path, (seconds, seconds))

    assert validators_of(path.stat()).last_modified == ""
    assert len(validators_of(path.stat()).headers()) == 1


def test_a_file_written_just_now_has_a_date(path):
    assert validators_of(path.stat()).last_modified in (
        formatdate(time.time() - ago, usegmt=True) for ago in range(60)
    )


def test_better_validators_hold(path):
    stat = path.stat()

    assert validators_of(stat, etag='"v1"', last_modified=DATE) == Validators(
        '"v1"', DATE
    )


def test_variants_differ_in_their_tags(path):
    stat = path.stat()
    plain, compressed = validators_of(stat), validators_of(stat, variant="gzip")

    assert compressed.etag == plain.etag[:-1] + '-gzip"'
    assert validators_of(stat, etag='W/"v1"', variant="br").etag == 'W/"v1-br"'


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 200),
        ({"if-none-match": '"a"'}, 304),
        ({"if-none-match": 'W/"a"'}, 304),
        ({"if-none-match": '"x", "a"'}, 304),
        ({"if-none-match": '"x,y","a"'}, 304),
        ({"if-none-match": "*"}, 304),
        ({"if-none-match": " * "}, 304),
        ({"if-none-match": '"b"'}, 200),
        ({"if-none-match": "a"}, 200),
        ({"if-none-match": ""}, 200),
        ({"if-none-match": '"b"', "if-modified-since": DATE}, 200),
        ({"if-none-match": '"a"', "if-modified-since": EARLIER}, 304),
        ({"if-modified-since": DATE}, 304),
        ({"if-modified-since": "Sunday, 06-Nov-94 08:49:37 GMT"}, 304),
        ({"if-modified-since": "Sun Nov  6 08:49:37 1994"}, 304),
        ({"if-modified-since": "Sun, 06 Nov 2094 08:49:37 GMT"}, 304),
        ({"if-modified-since": EARLIER}, 200),
        ({"if-modified-since": "yesterday"}, 200),
        ({"if-modified-since": "Sun, 06 Foo 1994 08:49:37 GMT"}, 200),
        ({"if-modified-since": "Sun, 06 Nov 99999 08:49:37 GMT"}, 200),
        ({"if-match": '"a"'}, 200),
        ({"if-match": "*"}, 200),
        ({"if-match": '"b"'}, 412),
        ({"if-match": 'W/"a"'}, 412),
        ({"if-match": '"a"', "if-unmodified-since": EARLIER}, 200),
        ({"if-match": '"a"', "if-none-match": '"a"'}, 304),
        ({"if-unmodified-since": DATE}, 200),
        ({"if-unmodified-since": EARLIER}, 412),
        ({"if-unmodified-since": "tomorrow"}, 200),
    ],
)
def test_preconditions_ask_for_a_status(fields, status):
    assert precondition_status(fields, CURRENT) == status


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"if-none-match": '"a"'}, 304),
        ({"if-match": 'W/"a"'}, 412),
        ({"if-match": '"a"'}, 412),
    ],
)
def test_a_weak_tag_serves_comparison_of_meaning_only(fields, status):
    assert precondition_status(fields, WEAK) == status


@pytest.mark.parametrize("field", ["if-modified-since", "if-unmodified-since"])
def test_content_without_a_date_cannot_be_compared_by_date(field):
    assert precondition_status({field: DATE}, NAMELESS) == 200


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ('"a"', True),
        ('"b"', False),
        ('W/"a"', False),
        (DATE, True),
        (EARLIER, False),
        ("Sunday, 06-Nov-94 08:49:37 GMT", False),
        ("a", False),
        ("", False),
    ],
)
def test_a_range_holds_for_the_very_same_content(condition, holds):
    assert range_holds({"if-range": condition}, CURRENT) is holds


def test_a_range_without_condition_holds():
    assert range_holds({}, CURRENT)


def test_a_weak_tag_is_no_ground_for_a_range():
    assert not range_holds({"if-range": 'W/"a"'}, WEAK)
    assert not range_holds({"if-range": '"a"'}, WEAK)


# What a header can hold, as servers decode it.
LATIN_1 = "".join(map(chr, range(256)))

FIELDS = st.sampled_from(
    [
        "if-match",
        "if-none-match",
        "if-modified-since",
        "if-unmodified-since",
        "if-range",
    ]
)
VALUES = (
    st.text(LATIN_1)
    | st.text('W/"a, *')
    | st.text("SunMoNov ,06:-19+9Z\t")
    | st.builds(
        str.replace, st.just(DATE), st.sampled_from("6N19483:G "), st.text(LATIN_1)
    )
)


@given(st.dictionaries(FIELDS, VALUES), st.sampled_from([CURRENT, WEAK, NAMELESS]))
def test_any_condition_gives_an_answer(fields, current):
    assert precondition_status(fields, current) in (200, 304, 412)
    assert range_holds(fields, current) in (True, False)
