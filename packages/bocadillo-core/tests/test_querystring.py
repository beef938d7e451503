"""The query string as the WHATWG reads it, whatever a client sends."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo.querystring import parse_query

NAMES = st.text(st.characters(codec="utf-8"), min_size=1)


@pytest.mark.parametrize(
    ("query", "values"),
    [
        (b"a=1&b=2", {"a": "1", "b": "2"}),
        (b"a=1&a=2", {"a": "2"}),
        (b"a", {"a": ""}),
        (b"a=", {"a": ""}),
        (b"a=b=c", {"a": "b=c"}),
        (b"a=1;b=2", {"a": "1;b=2"}),
        (b"a+b=c+d", {"a b": "c d"}),
        (b"a=%2B", {"a": "+"}),
        (b"%61=%62", {"a": "b"}),
        (b"a%3Db=c%26d", {"a=b": "c&d"}),
        (b"a=%C3%A9", {"a": "é"}),
        (b"a=\xc3\xa9", {"a": "é"}),
        (b"a=%FF", {"a": "\ufffd"}),
        (b"a=\xff", {"a": "\ufffd"}),
        (b"a=%ED%A0%80", {"a": "\ufffd\ufffd\ufffd"}),
        (b"a=%", {"a": "%"}),
        (b"a=%zz", {"a": "%zz"}),
        (b"a=%00", {"a": "\0"}),
    ],
)
def test_a_query_is_decoded(query, values):
    assert parse_query(query) == values


def test_every_occurrence_of_a_repeated_key_is_kept():
    values = parse_query(b"a=1&b=2&a=3&%61=4", frozenset("a"))

    assert values == {"a": ["1", "3", "4"], "b": "2"}


@given(st.lists(st.tuples(NAMES, st.text(st.characters(codec="utf-8")))))
def test_what_urlencode_wrote_is_read_back(pairs):
    names = frozenset(name for name, _ in pairs)

    values = parse_query(urlencode(pairs).encode(), names) if pairs else {}

    assert values == {name: [v for n, v in pairs if n == name] for name in names}


@given(st.lists(st.text("a1=&+%éC3\0", min_size=1).map(str.encode), min_size=1))
def test_the_standard_library_reads_the_same(parts):
    query = b"&".join(parts)

    values, expected = parse_query(query), parse_qsl(query.decode(), True)

    assert values | {"": ""} == dict(expected) | {"": ""}


@given(st.binary())
def test_no_query_is_refused(query):
    for name, value in parse_query(query).items():
        name.encode()
        value.encode()
