"""Response headers, as they are set and as they go out."""

import re

import pytest

from bocadillo.headers import ResponseHeaders, as_sent

WAYS = {
    "assigned": lambda headers, name, value: headers.__setitem__(name, value),
    "added": lambda headers, name, value: headers.add(name, value),
    "appended": lambda headers, name, value: headers.append(name, value),
    "by default": lambda headers, name, value: headers.setdefault(name, value),
    "updated": lambda headers, name, value: headers.update({name: value}),
    "merged": lambda headers, name, value: headers.__ior__({name: value}),
}


@pytest.fixture
def headers():
    return ResponseHeaders()


@pytest.mark.parametrize("put", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("x-a", "a\rb", "holds CR, LF, NUL or another control character"),
        ("x-a", "a\nb", "holds CR, LF, NUL or another control character"),
        ("x-a", "a\0b", "holds CR, LF, NUL or another control character"),
        ("x-a", "a\x1bb", "holds CR, LF, NUL or another control character"),
        ("x-a", "a\x7fb", "holds CR, LF, NUL or another control character"),
        ("x-a", "a€", "outside latin-1: 'a€'. Percent-encode them"),
        ("x-a\r\nx-b", "a", "cannot be a header name"),
        ("x a", "a", "cannot be a header name"),
        ("x:", "a", "cannot be a header name"),
        ("é", "a", "cannot be a header name"),
        ("", "a", "cannot be a header name"),
        ("Connection", "close", "is set by the server"),
        ("upgrade", "h2c", "is set by the server"),
        ("transfer-encoding", "gzip", "may only be 'chunked', not 'gzip'"),
        ("transfer-encoding", "gzip, chunked", "may only be 'chunked'"),
        ("content-length", "many", "is a number of bytes, not 'many'"),
        ("content-length", "-1", "is a number of bytes, not '-1'"),
        ("content-length", "1, 1", "is a number of bytes"),
        ("content-length", "²", "is a number of bytes"),
    ],
)
def test_what_the_wire_could_not_carry_is_refused(headers, put, name, value, problem):
    with pytest.raises(ValueError, match=re.escape(problem)):
        put(headers, name, value)

    assert headers.raw == []


@pytest.mark.parametrize("put", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(("name", "value"), [("x-a", 3), ("x-a", None), (b"x-a", "a")])
def test_what_is_no_text_is_refused(headers, put, name, value):
    with pytest.raises((TypeError, AttributeError)):
        put(headers, name, value)

    assert headers.raw == []


@pytest.mark.parametrize("put", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(
    ("value", "sent"),
    [("a\tb", b"a\tb"), ("  a ", b"a"), ("é", b"\xe9"), ("", b""), ("\ta", b"a")],
)
def test_a_value_goes_out_as_latin_1_without_spaces_around(headers, put, value, sent):
    put(headers, "X-A", value)

    assert headers.raw == [(b"x-a", sent)]


def test_names_have_no_case(headers):
    headers["X-A"] = "1"
    headers["x-a"] = "2"

    assert headers["X-a"] == "2"
    assert "x-A" in headers
    assert len(headers) == 1


def test_a_header_can_be_repeated(headers):
    headers.add("link", "</a>")
    headers.add("Link", "</b>")

    assert headers.getlist("link") == ["</a>", "</b>"]
    assert list(headers.items()) == [("link", "</a>"), ("link", "</b>")]


@pytest.mark.parametrize(
    ("name", "values"),
    [("content-length", ["3", "5"]), ("transfer-encoding", ["chunked", "Chunked"])],
)
def test_where_a_body_ends_is_said_once(headers, name, values):
    for value in values:
        headers.add(name, value)

    assert headers.getlist(name) == [values[-1].lower()]


def test_headers_can_be_taken_away(headers):
    headers["x-a"] = "1"

    assert headers.pop("X-A") == "1"
    assert headers.pop("x-a", None) is None
    with pytest.raises(KeyError):
        headers.pop("x-a")


def test_updating_takes_what_a_dictionary_takes(headers):
    headers.update([("a", "1")], b="2")
    headers |= {"c": "3"}

    assert dict(headers) == {"a": "1", "b": "2", "c": "3"}


def test_a_header_can_be_checked_without_being_set():
    assert as_sent("X-A", " 1") == (b"x-a", b"1")

    with pytest.raises(TypeError, match="must be str; got 'x-a': 1"):
        as_sent("x-a", 1)
