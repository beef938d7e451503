"""HTTP on a real server: uvicorn with each of its parsers, and bytes on a socket.

What is read here is what a client gets, not what a test client makes of it.
"""

import json
import logging
import socket
from email.parser import BytesParser
from typing import NamedTuple

import msgspec
import pytest

from bocadillo import App, HTTPError, Redirect, Store, configure
from bocadillo_testing import LiveServer

PARSERS = ["httptools", "h11"]
MALFORMED = {
    "syntax": b"{",
    "no UTF-8": b'"\xff"',
    "nesting": b"[" * 200_000,
    "a long number": b"9" * 5_000,
    "NaN": b"[NaN]",
}


class Point(msgspec.Struct):
    x: int
    y: int


def make_app() -> App:
    app = configure(
        App("served", providers=Store()), STATIC_DIR=None, MAX_BODY_SIZE=250_000
    )

    @app.route("/text")
    async def text(req, res):
        res.text = "Hello"

    @app.route("/json")
    async def answer(req, res):
        res.json = {"path": req.url.path}

    @app.route("/items/{pk}")
    class Item:
        async def get(self, req, res, pk: int):
            res.json = {"pk": pk}

        async def delete(self, req, res, pk: int):
            res.status_code = 204

    @app.route("/status/{code}")
    async def status(req, res, code: int):
        res.status_code = code
        res.text = "not sent where there is no body"

    @app.route("/chunked")
    async def chunked(req, res):
        res.text = "Hello"
        res.chunked = True

    @app.route("/stream")
    async def stream(req, res):
        @res.stream
        async def chunks():
            yield "one,"
            yield b"two"

    @app.route("/chunked-stream")
    async def chunked_stream(req, res):
        res.chunked = True

        @res.stream
        async def chunks():
            yield "one"

    @app.route("/broken-stream")
    async def broken_stream(req, res):
        @res.stream
        async def chunks():
            yield "one"
            raise LookupError("in the middle")

    @app.route("/early")
    async def early(req, res):
        @res.stream
        async def chunks():
            raise HTTPError(409, detail="Too early.")
            yield

    @app.route("/redirect")
    async def redirect(req, res):
        res.set_cookie("seen", "1")
        raise Redirect("/text?a=b")

    @app.route("/slash/", methods=["GET", "PUT"])
    async def slash(req, res):
        res.text = "with a slash"

    @app.route("/body", methods=["POST"])
    async def body(req, res):
        res.json = await req.json()

    @app.route("/size", methods=["POST"])
    async def size(req, res):
        res.json = sum([len(chunk) async for chunk in req])

    @app.route("/unread", methods=["POST"])
    async def unread(req, res):
        res.text = "not read"

    @app.route("/point", methods=["POST"])
    async def point(req, res, point: Point):
        res.json = point

    @app.route("/form", methods=["POST"])
    async def form(req, res):
        res.json = sorted(await req.form())

    @app.route("/broken")
    async def broken(req, res):
        raise LookupError("nobody handles this")

    @app.route("/inject")
    async def inject(req, res, value: str = ""):
        try:
            res.headers["x-value"] = value
        except ValueError:
            res.text = "refused"

    @app.route("/cookies")
    async def cookies(req, res):
        res.set_cookie("a", "1")
        res.set_cookie("b", "2")

    def wsgi(environ, start_response):
        start_response("200 OK", [("content-type", "text/plain")])
        return [f"{environ['SCRIPT_NAME']}|{environ['PATH_INFO']}".encode()]

    async def asgi(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        place = f"{scope['root_path']}|{scope['path']}"
        await send({"type": "http.response.body", "body": place.encode()})

    app.mount("/wsgi", wsgi)
    app.mount("/asgi", asgi)
    return app


@pytest.fixture(scope="module", params=PARSERS)
def server(request):
    with LiveServer(make_app(), http=request.param) as server:
        yield server


class Response(NamedTuple):
    status: int
    phrase: str
    headers: dict[str, list[str]]
    body: bytes
    ended: bool
    """Whether the body came to its announced end."""


class Connection:
    """One connection, on which a test writes whatever it likes."""

    def __init__(self, url):
        host, _, port = url.removeprefix("http://").partition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=20)
        self._file = self._socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self._file.close()
        self._socket.close()

    def send(self, data):
        self._socket.sendall(data)

    def ask(self, path, *, method="GET", body=b"", headers=(), version="1.1"):
        lines = [f"{method} {path} HTTP/{version}", "host: localhost", *headers]
        if body and not any(line.startswith("transfer-encoding") for line in lines):
            lines.append(f"content-length: {len(body)}")
        self.send("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        return self.receive(method)

    def receive(self, method="GET"):
        _, status, phrase = self._file.readline().decode().split(" ", 2)
        head = b""
        while (line := self._file.readline()) not in (b"\r\n", b""):
            head += line
        message = BytesParser().parsebytes(head, headersonly=True)
        headers = {name.lower(): message.get_all(name) for name in message}
        body, ended = b"", True
        if method == "HEAD" or status in ("204", "304"):
            pass
        elif "transfer-encoding" in headers:
            body, ended = self._chunks()
        elif "content-length" in headers:
            body = self._file.read(int(headers["content-length"][0]))
        else:
            body = self._file.read()
        return Response(int(status), phrase.strip(), headers, body, ended)

    def _chunks(self):
        body = b""
        while line := self._file.readline():
            size = int(line, 16)
            body += self._file.read(size)
            self._file.readline()
            if not size:
                return body, True
        return body, False

    @property
    def closed(self):
        return self._file.read(1) == b""


@pytest.fixture
def connection(server):
    with Connection(server.url) as connection:
        yield connection


def chunked(data, size=1000):
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    encoded = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces]
    return b"".join([*encoded, b"0\r\n\r\n"])


# What a client gets


@pytest.mark.parametrize("path", ["/text", "/json", "/items/3", "/cookies"])
def test_head_has_the_headers_of_get_and_no_body(connection, path):
    got = connection.ask(path)
    head = connection.ask(path, method="HEAD")
    again = connection.ask(path)

    assert head.status == 200
    assert head.headers.keys() == got.headers.keys()
    for name in head.headers.keys() - {"date"}:
        assert head.headers[name] == got.headers[name]
    assert head.headers["content-length"] == [str(len(again.body))]


@pytest.mark.parametrize("path", ["/stream", "/chunked-stream", "/chunked"])
def test_head_of_what_has_no_length_ends(connection, path):
    assert connection.ask(path, method="HEAD").status == 200
    assert connection.ask("/text").body == b"Hello"


@pytest.mark.parametrize("code", [204, 304])
def test_a_status_without_body_has_neither_body_nor_its_headers(connection, code):
    response = connection.ask(f"/status/{code}")

    assert response.status == code
    described = {"content-type", "content-length", "transfer-encoding"}
    assert described.isdisjoint(response.headers)
    assert connection.ask("/text").body == b"Hello"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/chunked", b"Hello"),
        ("/stream", b"one,two"),
        ("/chunked-stream", b"one"),
    ],
)
def test_a_body_is_chunked_exactly_once(connection, path, body):
    response = connection.ask(path)

    assert response.headers["transfer-encoding"] == ["chunked"]
    assert "content-length" not in response.headers
    assert (response.body, response.ended) == (body, True)


def test_http_1_0_is_understood(connection):
    response = connection.ask("/text", version="1.0")

    assert (response.status, response.body) == (200, b"Hello")
    assert connection.closed


def test_a_redirect_keeps_what_was_set(connection):
    response = connection.ask("/redirect")

    assert (response.status, response.phrase) == (302, "Found")
    assert response.headers["location"] == ["/text?a=b"]
    assert response.headers["set-cookie"] == ["seen=1; Path=/; HttpOnly; SameSite=Lax"]


@pytest.mark.parametrize(
    ("method", "status"), [("GET", 302), ("HEAD", 302), ("PUT", 307), ("POST", 404)]
)
def test_a_missing_slash_is_added_by_a_redirect(connection, method, status):
    response = connection.ask("/slash?a=%20b&c", method=method)

    assert response.status == status
    found = response.headers.get("location", [None])
    assert found == [None if status == 404 else "/slash/?a=%20b&c"]


@pytest.mark.parametrize("path", ["//slash", "//evil.example/slash", "/slash%2F"])
def test_no_redirect_leads_off_the_site(connection, path):
    response = connection.ask(path)

    assert "location" not in response.headers or response.headers["location"] == [
        "/slash/"
    ]
    assert response.status in (200, 404)


def test_a_method_that_is_not_offered_is_told_which_are(connection):
    response = connection.ask("/items/3", method="PATCH")

    assert (response.status, response.phrase) == (405, "Method Not Allowed")
    assert response.headers["allow"] == ["DELETE, GET, HEAD"]
    assert json.loads(response.body) == {
        "error": "405 Method Not Allowed",
        "status": 405,
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nowhere", 404), ("/items/x", 400), ("/items/" + "9" * 5000, 400)],
)
def test_what_cannot_be_answered_is_told_as_json(connection, path, status):
    response = connection.ask(path)

    assert response.status == status
    assert response.headers["content-type"] == ["application/json"]
    assert json.loads(response.body)["status"] == status


def test_cookies_are_headers_of_their_own(connection):
    first, second = connection.ask("/cookies").headers["set-cookie"]

    assert first.startswith("a=1;")
    assert second.startswith("b=2;")


def test_every_response_has_the_security_headers_once(connection):
    for path in ("/text", "/nowhere", "/redirect", "/stream", "/asgi/x", "/wsgi/x"):
        assert connection.ask(path).headers["x-content-type-options"] == ["nosniff"]


@pytest.mark.parametrize("value", ["a%0D%0Aset-cookie:%20x=1", "a%0Ab", "a%00b"])
def test_a_header_cannot_be_split(connection, value):
    response = connection.ask(f"/inject?value={value}")

    assert (response.status, response.body) == (200, b"refused")
    assert {"x-value", "set-cookie"}.isdisjoint(response.headers)


def test_mounted_apps_get_the_path_as_their_specifications_say(connection):
    assert connection.ask("/asgi/a/b").body == b"/asgi|/asgi/a/b"
    assert connection.ask("/wsgi/a/b").body == b"/wsgi|/a/b"
    assert connection.ask("/wsgi").headers["location"] == ["/wsgi/"]


# What a client sends


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("path", ["/body", "/point"])
def test_malformed_json_is_a_400(connection, path, body):
    response = connection.ask(path, method="POST", body=body)

    assert response.status == 400
    assert json.loads(response.body)["detail"] == "JSON is malformed."


def test_all_problems_of_a_body_are_told(connection):
    response = connection.ask("/point", method="POST", body=b'{"x":"1"}')

    assert json.loads(response.body)["detail"] == {
        "x": "Must be a number.",
        "y": "Is required.",
    }


BOUNDARY = "content-type: multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("content-type: multipart/form-data", b"--x\r\n\r\n--x--\r\n"),
        (BOUNDARY, b"garbage"),
        (BOUNDARY, b"--y\r\n\r\n--y--\r\n"),
        (BOUNDARY, b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nhalf'),
    ],
    ids=["no boundary", "garbage", "another boundary", "truncated"],
)
def test_a_malformed_form_is_a_400(connection, header, body):
    response = connection.ask("/form", method="POST", headers=[header], body=body)

    assert response.status == 400
    assert json.loads(response.body)["error"] == "400 Bad Request"


def test_a_body_that_says_it_is_too_large_is_refused_unread(connection):
    head = b"POST /size HTTP/1.1\r\nhost: a\r\ncontent-length: 250001\r\n\r\n"
    connection.send(head)
    response = connection.receive()

    assert response.status == 413
    assert json.loads(response.body)["error"] == "413 Content Too Large"
    assert "MAX_BODY_SIZE" in json.loads(response.body)["detail"]


def test_a_body_is_counted_while_it_is_read(server):
    encoding = ["transfer-encoding: chunked"]
    with Connection(server.url) as connection:
        fits = connection.ask(
            "/size", method="POST", headers=encoding, body=chunked(bytes(250_000))
        )
        assert (fits.status, fits.body) == (200, b"250000")

    with Connection(server.url) as connection:
        response = connection.ask(
            "/size", method="POST", headers=encoding, body=chunked(bytes(250_001))
        )
        assert response.status == 413


def test_a_view_that_reads_no_body_never_refuses_one(connection):
    response = connection.ask("/unread", method="POST", body=bytes(300_000))

    assert (response.status, response.body) == (200, b"not read")


# What goes wrong


def test_an_error_that_nobody_handles_is_a_500_and_logged_once(connection, caplog):
    with caplog.at_level(logging.ERROR):
        response = connection.ask("/broken")
        assert connection.closed

    assert json.loads(response.body) == {
        "error": "500 Internal Server Error",
        "status": 500,
    }
    logged = [record for record in caplog.records if record.exc_info]
    assert [record.exc_info[0] for record in logged] == [LookupError]


def test_a_stream_that_fails_before_its_first_chunk_is_an_ordinary_error(connection):
    response = connection.ask("/early")

    assert response.status == 409
    assert json.loads(response.body)["detail"] == "Too early."
    assert connection.ask("/text").body == b"Hello"


def test_a_stream_that_fails_later_does_not_look_complete(connection):
    response = connection.ask("/broken-stream")

    assert (response.status, response.body) == (200, b"one")
    assert not response.ended


def test_requests_in_a_row_are_answered_in_a_row(connection):
    paths = ["/text", "/nowhere", "/status/204", "/items/3", "/stream", "/text"]
    requests = [f"GET {path} HTTP/1.1\r\nhost: a\r\n\r\n".encode() for path in paths]
    connection.send(b"".join(requests))

    got = [connection.receive() for _ in paths]

    assert [each.status for each in got] == [200, 404, 204, 200, 200, 200]
    assert got[-1].body == b"Hello"
