"""Deciding what of some content a request gets."""

from email.message import Message
from email.parser import BytesParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo.ranges import MAX_RANGES, parse_ranges
from bocadillo.representations import Representation, request_fields, select
from bocadillo.validators import Validators

CONTENT = bytes(range(256)) * 4
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.fixture
def content():
    return Representation(
        len(CONTENT),
        "text/plain",
        Validators('"a"', DATE),
        coding="br",
        headers=[("cache-control", "public")],
    )


def body_of(selection, content=CONTENT):
    return b"".join(
        part if isinstance(part, bytes) else content[part.start : part.stop]
        for part in selection.parts
    )


def parts_of(selection, content=CONTENT):
    """Read a multipart body with the standard library."""
    headers = dict(selection.headers)
    text = f"content-type: {headers['content-type']}\r\n\r\n".encode("latin-1")
    message = BytesParser(_class=Message).parsebytes(text + body_of(selection, content))
    assert message.is_multipart()
    assert not message.defects
    return [
        (part["content-range"], part["content-type"], part.get_payload(decode=True))
        for part in message.get_payload()
    ]


def test_all_of_it(content):
    selection = select(content, "GET", {})

    assert selection.status == 200
    assert selection.headers == [
        ("content-type", "text/plain"),
        ("content-length", "1024"),
        ("accept-ranges", "bytes"),
        ("etag", '"a"'),
        ("last-modified", DATE),
        ("cache-control", "public"),
        ("content-encoding", "br"),
    ]
    assert selection.parts == (range(1024),)


@pytest.mark.parametrize(
    "fields", [{}, {"range": "bytes=0-0"}, {"range": "bytes=9999-"}]
)
def test_head_gets_the_headers_of_all_of_it(content, fields):
    selection = select(content, "HEAD", fields)

    assert (selection.status, selection.parts) == (200, ())
    assert selection.headers == select(content, "GET", {}).headers


def test_empty_content_has_no_parts():
    selection = select(Representation(0, "x/y", Validators("", "")), "GET", {})

    assert selection.parts == ()
    assert ("content-length", "0") in selection.headers


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_content_that_the_client_has_is_not_sent(content, method):
    fields = {"if-none-match": '"a"', "range": "bytes=0-0"}

    selection = select(content, method, fields)

    assert (selection.status, selection.parts) == (304, ())
    assert selection.headers == [
        ("etag", '"a"'),
        ("last-modified", DATE),
        ("cache-control", "public"),
    ]


def test_content_that_the_client_does_not_want_is_not_sent(content):
    selection = select(content, "GET", {"if-match": '"b"'})

    assert (selection.status, selection.parts) == (412, ())
    assert selection.headers == [("content-length", "0")]


def test_one_range(content):
    selection = select(content, "GET", {"range": "bytes=0-0"})

    assert (selection.status, selection.parts) == (206, (range(1),))
    headers = dict(selection.headers)
    assert headers["content-range"] == "bytes 0-0/1024"
    assert headers["content-length"] == "1"
    assert headers["content-type"] == "text/plain"
    assert headers["etag"] == '"a"'


def test_ranges_that_join_to_one_are_sent_as_one(content):
    selection = select(content, "GET", {"range": "bytes=0-5,3-9"})

    assert selection.parts == (range(10),)


def test_no_such_range(content):
    selection = select(content, "GET", {"range": "bytes=1024-"})

    assert (selection.status, selection.parts) == (416, ())
    assert selection.headers == [
        ("content-length", "0"),
        ("content-range", "bytes */1024"),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"range": "bytes=5-1"},
        {"range": "bytes=0-0", "if-range": '"b"'},
    ],
)
def test_a_range_that_does_not_count_gives_all_of_it(content, fields):
    assert select(content, "GET", fields) == select(content, "GET", {})


def test_a_range_of_what_the_client_has_begun_counts(content):
    fields = {"range": "bytes=512-", "if-range": '"a"'}

    assert select(content, "GET", fields).parts == (range(512, 1024),)


def test_other_methods_have_neither_conditions_nor_ranges(content):
    fields = {"range": "bytes=0-0", "if-none-match": '"a"', "if-match": '"b"'}

    assert select(content, "POST", fields) == select(content, "GET", {})


def test_several_ranges_are_framed(content):
    selection = select(content, "GET", {"range": "bytes=10-13,0-0,-2"})

    assert selection.status == 206
    assert parts_of(selection) == [
        ("bytes 10-13/1024", "text/plain", CONTENT[10:14]),
        ("bytes 0-0/1024", "text/plain", CONTENT[:1]),
        ("bytes 1022-1023/1024", "text/plain", CONTENT[-2:]),
    ]
    headers = dict(selection.headers)
    assert headers["content-length"] == str(len(body_of(selection)))
    assert "content-range" not in headers


def test_each_answer_has_a_boundary_of_its_own(content):
    fields = {"range": "bytes=0-0,2-2"}

    first, second = (dict(select(content, "GET", fields).headers) for _ in "ab")

    assert first["content-type"] != second["content-type"]


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=2),
    st.binary(min_size=1, max_size=260),
)
def test_ranges_frame_the_bytes_that_they_name(pairs, content):
    header = "bytes=" + ",".join(f"{first}-{first + more}" for first, more in pairs)
    ranges = parse_ranges(header, len(content))
    representation = Representation(len(content), "x/y", Validators("", ""))

    selection = select(representation, "GET", {"range": header})

    body = body_of(selection, content)
    if selection.status != 416:
        assert dict(selection.headers)["content-length"] == str(len(body))
    if ranges and len(ranges) > 1:
        found = parts_of(selection, content)
        assert [data for *_, data in found] == [
            content[part.start : part.stop] for part in ranges
        ]


@given(st.integers(1, 2 * MAX_RANGES), st.integers(0, 3), st.integers(0, 1023))
def test_no_set_of_ranges_amplifies(count, step, width):
    specs = [f"{step * n}-{step * n + width}" for n in range(count)]
    representation = Representation(1024, "x/y", Validators("", ""))

    selection = select(representation, "GET", {"range": "bytes=" + ",".join(specs)})

    assert sum(map(len, selection.parts)) <= 1024 + MAX_RANGES * 128


def test_fields_are_read_from_raw_headers():
    headers = [
        (b"host", b"x"),
        (b"if-none-match", b'"a"'),
        (b"range", b"bytes=0-0"),
        (b"if-none-match", b'"\xe9"'),
    ]

    assert request_fields(headers) == {
        "if-none-match": '"a", "é"',
        "range": "bytes=0-0",
    }
