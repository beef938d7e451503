import contextlib
import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo import configure
from bocadillo.compression import Compression

TEXT = b"Gazpacho, salmorejo, ajoblanco. " * 100


class Session(dict):
    def __init__(self, changed):
        self.change = changed

    def changed(self):
        return self.change


def serve(
    *,
    accept="gzip",
    chunks=(TEXT,),
    status=200,
    headers=(),
    content_type=b"text/plain",
    kind="http",
    session=None,
    minimum_size=1024,
    method="GET",
):
    """Headers and body, of a response with these headers and chunks."""
    sent = []

    async def send(message):
        sent.append(message)

    given = [(b"content-type", content_type), *headers]

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": given})
        for number, chunk in enumerate(chunks, 1):
            more = number < len(chunks)
            await send({"type": "http.response.body", "body": chunk, "more_body": more})

    accepts = accept if isinstance(accept, list) else [accept]
    scope = {
        "type": kind,
        "method": method,
        "headers": [(b"accept-encoding", it.encode()) for it in accepts if it],
        **({} if session is None else {"session": session}),
    }
    with contextlib.suppress(StopIteration):
        Compression(app, minimum_size)(scope, None, send).send(None)
    assert given == [(b"content-type", content_type), *headers]  # its own is left
    (start, *bodies) = sent
    return dict(start["headers"]), b"".join(it["body"] for it in bodies)


def is_compressed(**options):
    headers, body = serve(**options)
    compressed = headers.get(b"content-encoding") == b"gzip"
    whole = b"".join(options.get("chunks", [TEXT]))
    assert (gzip.decompress(body) if compressed else body) == whole
    return compressed


def test_text_is_compressed():
    headers, body = serve(headers=[(b"content-length", b"%d" % len(TEXT))])

    assert gzip.decompress(body) == TEXT
    assert len(body) < len(TEXT) / 10
    assert headers[b"content-encoding"] == b"gzip"
    assert headers[b"content-length"] == b"%d" % len(body)
    assert headers[b"vary"] == b"Accept-Encoding"


@pytest.mark.parametrize(
    ("accept", "compressed"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("br, gzip;q=0.5", True),
        ("deflate , gzip", True),
        ("*", True),
        ("br;q=1, *;q=0.1", True),
        (["br", "gzip"], True),
        ("", False),
        ("br", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("xgzip", False),
        ("gzip;q=nonsense", False),
    ],
)
def test_the_client_has_to_accept_it(accept, compressed):
    assert is_compressed(accept=accept) is compressed


@pytest.mark.parametrize("accept", ["gzip", ""])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_sent_in_chunks_gets_no_length(app, client, accept, method):
    @app.route("/")
    async def view(req, res):
        res.text = TEXT.decode()
        res.chunked = True

    configure(app, gzip=True, static_dir=None)
    response = client.request(method, "/", headers={"accept-encoding": accept})

    assert response.headers.get("content-encoding") == (accept or None)
    assert response.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in response.headers
    assert response.content == (TEXT if method == "GET" else b"")


def test_who_does_not_accept_it_learns_that_others_might():
    headers, body = serve(accept="")

    assert headers[b"vary"] == b"Accept-Encoding"
    assert body == TEXT


@pytest.mark.parametrize(("size", "compressed"), [(1023, False), (1024, True)])
def test_small_responses_are_not_worth_it(size, compressed):
    assert is_compressed(chunks=[b"a" * size]) is compressed
    assert is_compressed(chunks=[b"a" * 2], minimum_size=0)


def test_streams_are_compressed_chunk_by_chunk():
    headers, body = serve(
        chunks=[b"one" * 99, b"two" * 99, b""],
        headers=[(b"content-length", b"594")],
        minimum_size=594,
    )

    assert gzip.decompress(body) == b"one" * 99 + b"two" * 99
    assert b"content-length" not in headers


def test_a_stream_that_says_it_is_small_is_not_worth_it_either():
    headers, body = serve(
        chunks=[b"one" * 99, b"two" * 99, b""],
        headers=[(b"content-length", b"594")],
        minimum_size=595,
    )

    assert body == b"one" * 99 + b"two" * 99
    assert headers[b"content-length"] == b"594"


def test_each_chunk_arrives_when_it_is_sent():
    _, body = serve(chunks=[b"first", b"second"])
    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)

    assert decoder.decompress(body) == b"firstsecond"


@pytest.mark.parametrize(
    "options",
    [
        {"content_type": b"text/event-stream; charset=utf-8"},
        {"content_type": b"image/png"},
        {"headers": [(b"content-encoding", b"br")]},
        {"headers": [(b"set-cookie", b"a=b")]},
        {"headers": [(b"cache-control", b"public, No-Transform")]},
        {"headers": [(b"content-range", b"bytes */9")], "status": 416},
        {"status": 206},
        {"session": Session(b"{}")},
        {"kind": "websocket"},
    ],
)
@pytest.mark.parametrize("chunks", [[TEXT], [TEXT, TEXT]])
def test_what_must_stay_as_it_is(options, chunks):
    assert not is_compressed(**options, chunks=chunks)


def test_a_session_that_did_not_change_tells_nothing():
    assert is_compressed(session=Session(None))


def test_a_strong_validator_becomes_a_weak_one():
    headers, _ = serve(headers=[(b"etag", b'"a"')], chunks=[TEXT, TEXT])
    assert headers[b"etag"] == b'W/"a"'

    headers, _ = serve(headers=[(b"etag", b'W/"a"')])
    assert headers[b"etag"] == b'W/"a"'

    headers, _ = serve(headers=[(b"etag", b'"a"')], accept="br")
    assert headers[b"etag"] == b'"a"'


@given(st.lists(st.binary(max_size=5000), min_size=1, max_size=5))
def test_what_arrives_is_what_was_sent(chunks):
    assert is_compressed(chunks=chunks) in (True, False)


@pytest.mark.parametrize("status", [204, 304])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_has_no_body_gets_none(method, status):
    headers, body = serve(chunks=[b""], status=status, minimum_size=0, method=method)

    assert body == b""
    assert b"content-encoding" not in headers


# HEAD


def test_a_head_tells_what_a_get_would(app, client):
    @app.route("/{size}")
    async def view(req, res, size: int):
        res.text = "Gazpacho. " * size

    configure(app, gzip=True, static_dir=None)
    for size in (10, 1000):
        get, head = client.get(f"/{size}"), client.head(f"/{size}")

        assert head.headers == get.headers
        assert head.content == b""
        assert ("content-encoding" in head.headers) is (size == 1000)


@pytest.mark.parametrize("length", [594, None])
def test_a_head_without_a_body_leaves_the_compressed_length_open(length):
    known = [] if length is None else [(b"content-length", b"%d" % length)]
    options = {"method": "HEAD", "chunks": [b""], "minimum_size": 500}

    headers, body = serve(headers=[*known, (b"etag", b'"a"')], **options)

    assert headers[b"content-encoding"] == b"gzip"
    assert headers[b"vary"] == b"Accept-Encoding"
    assert headers[b"etag"] == b'W/"a"'
    assert b"content-length" not in headers
    assert body == b""


@pytest.mark.parametrize(
    "options",
    [
        {"headers": [(b"content-length", b"499")]},
        {"headers": [(b"content-length", b"594"), (b"set-cookie", b"a=b")]},
        {"headers": [(b"content-length", b"594")], "content_type": b"image/png"},
    ],
    ids=["small", "cookie", "image"],
)
def test_a_head_of_what_stays_as_it_is_keeps_its_length(options):
    headers, _ = serve(method="HEAD", chunks=[b""], minimum_size=500, **options)

    assert b"content-encoding" not in headers
    assert headers[b"content-length"] == options["headers"][0][1]
