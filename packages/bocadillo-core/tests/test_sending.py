"""How a response leaves: the messages that a server gets."""

import pytest

from bocadillo import HTTPError, Response
from bocadillo.ongoing import Ongoing
from bocadillo.sending import raw_headers, send_settled, settle

DEFAULTS = [(b"x-frame-options", b"DENY"), (b"x-b", b"default")]
pytestmark = pytest.mark.anyio


def sent(res, defaults=()):
    """Status, headers and body of a response that is bytes."""
    messages = []

    async def keep(message):
        messages.append(message)

    with pytest.raises(StopIteration):
        send_settled(res, keep, list(defaults), Ongoing()).send(None)
    head, body = messages
    assert (head["type"], body["type"]) == (
        "http.response.start",
        "http.response.body",
    )
    return head["status"], dict(head["headers"]), body["body"]


@pytest.mark.parametrize("size", [0, 1, 2047, 2048, 100_000])
@pytest.mark.parametrize("looked_at", [False, True])
def test_a_body_has_a_length_and_a_type(res, size, looked_at):
    res.text = "a" * size
    if looked_at:
        res.headers["x-a"] = "1"
    status, headers, body = sent(res)

    headers.pop(b"x-a", None)
    assert (status, len(body)) == (200, size)
    assert headers == {
        b"content-length": str(size).encode(),
        b"content-type": b"text/plain; charset=utf-8",
    }


def test_nothing_has_no_type(res):
    assert sent(res) == (200, {b"content-length": b"0"}, b"")


@pytest.mark.parametrize("status", [101, 204, 304])
@pytest.mark.parametrize("looked_at", [False, True])
def test_a_status_without_body_has_neither_body_nor_its_headers(res, status, looked_at):
    if looked_at:
        res.headers["etag"] = '"a"'
    res.status_code = status
    res.json = {}
    _, headers, body = sent(res)

    assert body == b""
    assert set(headers) - {b"etag"} == set()


def test_head_is_told_the_length_of_what_is_not_sent(ask):
    res = Response(ask(method="HEAD"))
    res.text = "Hello"
    _, headers, body = sent(res)

    assert (headers[b"content-length"], body) == (b"5", b"")


def test_an_own_answer_to_head_may_tell_the_length_of_what_it_did_not_make(ask):
    res = Response(ask(method="HEAD"))
    res.headers["content-length"] = "1000"

    assert sent(res) == (200, {b"content-length": b"1000"}, b"")

    res.text = ""

    assert sent(res)[1][b"content-length"] == b"0"


def test_a_length_that_was_said_wrongly_is_corrected(res):
    res.headers["content-length"] = "3"
    res.text = "Hello"

    assert sent(res)[1][b"content-length"] == b"5"


def test_defaults_are_added_unless_there_is_one(res):
    res.headers["X-B"] = "mine"
    _, headers, _ = sent(res, DEFAULTS)

    assert headers[b"x-b"] == b"mine"
    assert headers[b"x-frame-options"] == b"DENY"


def test_defaults_are_added_to_a_plain_response(res):
    assert sent(res, DEFAULTS)[1].items() >= dict(DEFAULTS).items()


@pytest.mark.parametrize(
    ("version", "chunks"), [("1.1", True), ("1.0", False), ("2", False)]
)
def test_what_is_chunked_has_no_length_where_servers_chunk(ask, version, chunks):
    res = Response(ask(http_version=version))
    res.text = "Hello"
    res.chunked = True
    headers = dict(raw_headers(res, [], 5))

    assert (b"transfer-encoding" in headers) is chunks
    assert (b"content-length" in headers) is not chunks


def test_what_comes_in_parts_has_the_length_that_was_said(res):
    res.headers["content-length"] = "5"

    assert dict(raw_headers(res, [], None)) == {b"content-length": b"5"}


async def test_settling_encodes(res):
    res.json = {"a": 1}
    await settle(res)
    res.json["a"] = 2

    assert res._content == b'{"a":1}'


async def test_what_cannot_be_encoded_is_named(res):
    class Unknown: ...

    res.json = {"a": Unknown()}

    with pytest.raises(TypeError, match="Unknown"):
        await settle(res)


async def test_settling_opens_a_file_once(res, tmp_path):
    (tmp_path / "a.txt").write_text("Hello")
    res.status_code = 201
    res.file(tmp_path / "a.txt")
    await settle(res)
    answer = res._file
    await settle(res)

    assert res._file is answer
    assert (res.status_code, res.headers["content-length"]) == (201, "5")
    await answer.aclose()


async def test_another_file_takes_the_place_of_the_first(res, tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
        res.file(tmp_path / name)
        await settle(res)

    assert res.attachment == 'attachment; filename="b.txt"'
    await res._file.aclose()


async def test_a_missing_file_is_a_404(res, tmp_path):
    res.file(tmp_path / "a.txt")

    with pytest.raises(HTTPError) as caught:
        await settle(res)

    assert caught.value.status_code == 404


async def test_a_stream_of_nothing_is_not_begun(res):
    @res.stream
    async def chunks():
        raise AssertionError
        yield

    res.status_code = 204
    await settle(res)

    assert res.content == b""
