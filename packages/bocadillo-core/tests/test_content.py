"""What a response consists of, before anything is sent."""

import gc
import math
from http import HTTPStatus

import pytest

from bocadillo import Response

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
JSON = "application/json"


def put(res, kind, content):
    setattr(res, kind, content)


@pytest.fixture(params=["no header", "a header"])
def res(res, request):
    """A response, before and after somebody has looked at its headers."""
    if request.param == "a header":
        res.headers["x-a"] = "1"
    return res


@pytest.mark.parametrize(
    ("kind", "given", "content", "content_type"),
    [
        ("json", {"a": [1, None]}, b'{"a":[1,null]}', JSON),
        ("json", None, b"null", JSON),
        ("json", math.nan, b"null", JSON),
        ("text", "é", b"\xc3\xa9", TEXT),
        ("text", "", b"", TEXT),
        ("html", "<p>", b"<p>", HTML),
        ("content", b"\xff", b"\xff", TEXT),
        ("content", bytearray(b"a"), b"a", TEXT),
        ("content", memoryview(b"a"), b"a", TEXT),
        ("content", "é", b"\xc3\xa9", TEXT),
    ],
)
def test_content_has_a_type_as_soon_as_it_is_set(
    res, kind, given, content, content_type
):
    put(res, kind, given)

    assert res.content == content
    assert res.headers["content-type"] == content_type


KINDS = {"json": (1, b"1", JSON), "text": ("t", b"t", TEXT), "html": ("h", b"h", HTML)}


@pytest.mark.parametrize("first", KINDS)
@pytest.mark.parametrize("last", KINDS)
def test_what_is_set_last_wins(res, first, last):
    put(res, first, KINDS[first][0])
    put(res, last, KINDS[last][0])

    assert (res.content, res.headers["content-type"]) == KINDS[last][1:]
    assert res.json == (1 if last == "json" else None)


@pytest.mark.parametrize("first", KINDS)
def test_raw_content_replaces_another_kind_and_its_type(res, first):
    put(res, first, KINDS[first][0])
    res.content = b"raw"

    assert (res.content, res.headers["content-type"]) == (b"raw", TEXT)


def test_raw_content_keeps_the_type_that_was_said(res):
    res.headers["content-type"] = "image/png"
    res.content = b"raw"

    assert res.headers["content-type"] == "image/png"


def test_a_type_said_afterwards_holds(res):
    res.json = {}
    res.headers["content-type"] = "application/problem+json"

    assert res.headers["content-type"] == "application/problem+json"


def test_an_object_may_be_changed_until_it_is_encoded(res):
    res.json = {}
    res.json["a"] = 1

    assert res.content == b'{"a":1}'


@pytest.mark.parametrize(
    ("kind", "given", "problem"),
    [
        ("text", b"a", "res.text must be a str, not bytes"),
        ("html", 3, "res.html must be a str, not int; use res.json for objects"),
        ("content", {}, "res.content must be bytes or str, not dict; use res.json"),
    ],
)
def test_content_of_another_type_is_refused_where_it_is_set(res, kind, given, problem):
    with pytest.raises(TypeError, match=problem):
        put(res, kind, given)

    assert res.content == b""


@pytest.mark.parametrize("kind", ["text", "html"])
def test_content_that_was_not_awaited_is_told(res, kind):
    async def render(): ...

    page = render()
    with pytest.raises(TypeError, match="must be a str: write `await` first"):
        put(res, kind, page)
    page.close()


@pytest.mark.parametrize("name", ["status", "body", "jsn"])
def test_a_response_has_no_other_attributes(res, name):
    with pytest.raises(AttributeError, match=f"no attribute '{name}'"):
        setattr(res, name, 201)


def test_the_garbage_collector_knows_of_every_response(res):
    assert gc.is_tracked(res)  # so to set a field need not tell it
    assert Response.__setattr__ is object.__setattr__


def test_content_is_read_as_text(res):
    res.content = b"\xc3\xa9\xff"

    assert res.text == res.html == "é\ufffd"


@pytest.mark.parametrize("status", [100, 200, 599, HTTPStatus.CREATED])
def test_a_status_is_a_number(res, status):
    res.status_code = status

    assert res.status_code == int(status)
    assert type(res.status_code) is int


@pytest.mark.parametrize("status", [99, 600, "200", True, None, 200.0])
def test_another_status_is_refused(res, status):
    with pytest.raises(TypeError, match="int or HTTPStatus"):
        res.status_code = status

    assert res.status_code == 200


def test_chunked_is_the_header(res):
    assert not res.chunked
    res.chunked = False

    res.headers["transfer-encoding"] = "Chunked"
    assert res.chunked

    res.chunked = False
    assert "transfer-encoding" not in res.headers

    res.chunked = True
    assert res.headers["transfer-encoding"] == "chunked"


def test_resetting_forgets_the_content_and_what_describes_it(res):
    res.set_cookie("a", "b")
    res.status_code = 201
    res.json = {}
    res.headers["etag"] = '"a"'
    res.attachment = "a.txt"
    res.chunked = True
    res.reset()

    assert (res.status_code, res.content, res.json) == (200, b"", None)
    assert set(res.headers) - {"x-a"} == {"set-cookie"}


def test_a_stream_has_no_content_yet(res):
    @res.stream
    async def chunks():
        yield "a"

    with pytest.raises(AttributeError, match="is not known before it is sent"):
        res.content  # noqa: B018


def test_what_is_set_after_a_file_says_nothing_of_the_file(res, tmp_path):
    res.file(tmp_path / "a.bin")
    assert res.attachment == 'attachment; filename="a.bin"'

    res.text = "a"

    assert res.attachment is None
    assert res.headers["content-type"] == TEXT


def test_a_response_can_be_told(res):
    assert repr(res) == "<Response 200>"

    res.html = ""

    assert repr(res) == "<Response 200 text/html; charset=utf-8>"
