"""Looking values up by prefix, suffix and what is between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo.affixes import AffixIndex

AFFIXES = st.text(alphabet="ab1-.", max_size=4)
ENTRIES = st.tuples(AFFIXES, st.lists(AFFIXES, max_size=2), AFFIXES)


def index_of(*entries: tuple[str, list[str], str]) -> AffixIndex[int]:
    index: AffixIndex[int] = AffixIndex()
    for number, (prefix, within, suffix) in enumerate(entries):
        index.add(prefix, within, suffix, number)
    return index


@pytest.mark.parametrize(
    ("segment", "found"),
    [
        ("chat-lobby", [0]),
        ("chat-lobby.pdf", [0, 2]),
        ("chat", []),
        ("page1", [1]),
        ("page.pdf", [1, 2]),
        (".pdf", [2]),
        ("", []),
    ],
)
def test_values_are_found_by_the_ends_of_a_segment(segment, found):
    index = index_of(("chat-", [], ""), ("page", [], ""), ("", [], ".pdf"))

    assert sorted(index.find(segment, segment)) == found


def test_prefix_and_suffix_may_stand_in_different_segments():
    index = index_of(("a-", [], ".b"))

    assert index.find("a-x", "y.b") == [0]


def test_values_under_the_same_texts_are_all_found():
    index = index_of(("a", ["-"], "b"), ("a", ["-"], "b"))

    assert index.find("ax-yb", "ax-yb") == [0, 1]


@given(
    entries=st.lists(ENTRIES, min_size=1, max_size=30),
    others=st.tuples(AFFIXES, AFFIXES),
)
def test_no_value_that_fits_is_missed_and_affixes_are_never_wrong(entries, others):
    index = index_of(*entries)
    prefix, within, suffix = entries[0]
    segment = others[0].join([prefix, *within, suffix])
    for first, last in [(segment, segment), (prefix + others[0], others[1] + suffix)]:
        found = index.find(first, last)

        by_affixes = {
            number
            for number, (prefix, _, suffix) in enumerate(entries)
            if first.startswith(prefix) and last.endswith(suffix)
        }
        fitting = {
            number
            for number in by_affixes
            if all(text in first or text in last for text in entries[number][1])
        }
        assert len(found) == len(set(found))
        assert fitting <= set(found) <= by_affixes


@given(
    texts=st.lists(st.text(alphabet="ab-", min_size=1, max_size=4), unique=True),
    segment=st.text(alphabet="ab-", max_size=10),
)
def test_one_text_within_is_checked_exactly_however_many_there_are(texts, segment):
    index = index_of(*(("", [text], "") for text in texts))

    found = index.find(segment, segment)

    assert sorted(found) == [at for at, text in enumerate(texts) if text in segment]
