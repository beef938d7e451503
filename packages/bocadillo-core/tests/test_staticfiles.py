"""Serving a directory: as an ASGI application, in process and on a real server."""

import asyncio
import gzip
import http.client
import os
import random
import socket
import threading
from contextlib import contextmanager

import pytest
import uvicorn

from bocadillo.chunks import CHUNK_SIZE
from bocadillo.errors import ConfigurationError, HTTPError
from bocadillo.staticfiles import static

CONTENT = random.Random(1).randbytes(2 * CHUNK_SIZE + 5)
CSS = b"p { color: red }" * 10


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "assets"
    (root / "css").mkdir(parents=True)
    (root / "css" / "app.css").write_bytes(CSS)
    (root / "data.bin").write_bytes(CONTENT)
    (root / "empty.txt").touch()
    return root


@pytest.fixture
def compressed(root):
    (root / "css" / "app.css.gz").write_bytes(gzip.compress(CSS))
    (root / "css" / "app.css.br").write_bytes(b"br")
    return root


class Answer:
    """What an ASGI application sent."""

    def __init__(self, messages):
        start, *bodies = messages
        self.messages = messages
        self.status = start["status"]
        self.headers = {
            name.decode(): value.decode() for name, value in start["headers"]
        }
        assert len(self.headers) == len(start["headers"])
        self.chunks = [message.get("body", b"") for message in bodies]
        self.body = b"".join(self.chunks)
        self.complete = bool(bodies) and not bodies[-1].get("more_body", False)


async def connected():
    """Receive nothing: the client stays."""
    await asyncio.Event().wait()


async def ask(app, path, *, method="GET", root_path="", receive=connected, **headers):
    """Send one request to an application."""
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "root_path": root_path,
        "headers": [
            (name.replace("_", "-").encode(), value.encode())
            for name, value in headers.items()
        ],
    }
    messages = []

    async def send(message):
        messages.append(message)

    await app(scope, receive, send)
    return Answer(messages)


def descriptors_of(path):
    """Which descriptors of this process are open on a file."""
    inode = path.stat().st_ino
    found = []
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - names, not paths
        try:
            found += [name] if os.fstat(int(name)).st_ino == inode else []
        except OSError:  # that of the listing itself
            continue
    return found


async def test_a_file_is_served(root):
    answer = await ask(static(root), "/css/app.css")

    assert (answer.status, answer.body, answer.complete) == (200, CSS, True)
    assert answer.headers.pop("etag").startswith('"')
    assert answer.headers.pop("last-modified").endswith("GMT")
    assert answer.headers == {
        "content-type": 'text/css; charset="utf-8"',
        "content-length": str(len(CSS)),
        "accept-ranges": "bytes",
        "cache-control": "max-age=60, public",
    }


async def test_a_file_is_served_in_chunks(root):
    answer = await ask(static(root), "/data.bin")

    assert [len(chunk) for chunk in answer.chunks] == [CHUNK_SIZE, CHUNK_SIZE, 5]
    assert (answer.body, answer.complete) == (CONTENT, True)
    assert not descriptors_of(root / "data.bin")


async def test_an_empty_file_is_served(root):
    answer = await ask(static(root), "/empty.txt")

    assert (answer.status, answer.headers["content-length"]) == (200, "0")
    assert (answer.body, answer.complete) == (b"", True)


async def test_head_gets_the_same_headers_and_no_body(root):
    app = static(root)
    answer = await ask(app, "/data.bin", method="HEAD", range="bytes=0-0")

    assert answer.headers == (await ask(app, "/data.bin")).headers
    assert (answer.status, answer.body, answer.complete) == (200, b"", True)
    assert not descriptors_of(root / "data.bin")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "get"])
@pytest.mark.parametrize("path", ["/css/app.css", "/nothing"])
async def test_files_can_only_be_read(root, method, path):
    answer = await ask(static(root), path, method=method)

    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.body == b"405 Method Not Allowed"


async def test_a_miss_is_answered_in_plain_text(root):
    answer = await ask(static(root), "/nothing")

    assert (answer.status, answer.body) == (404, b"404 Not Found")
    assert answer.headers == {
        "content-type": "text/plain; charset=utf-8",
        "content-length": "13",
    }


async def test_a_miss_has_no_body_for_head(root):
    answer = await ask(static(root), "/nothing", method="HEAD")

    assert (answer.status, answer.body) == (404, b"")
    assert answer.headers["content-length"] == "13"


async def test_an_app_with_a_format_of_its_own_gets_the_error(root):
    with pytest.raises(HTTPError, match="404 Not Found"):
        await ask(static(root).serve, "/nothing")
    with pytest.raises(HTTPError, match="405") as caught:
        await ask(static(root).serve, "/css/app.css", method="POST")

    assert caught.value.headers == {"allow": "GET, HEAD"}


@pytest.mark.parametrize(
    ("path", "root_path", "status"),
    [
        ("/static/css/app.css", "/static", 200),
        ("/static/css/app.css", "", 404),
        ("/a/static/css/app.css", "/a/static", 200),
        ("/css/css/app.css", "/css", 200),
        ("/staticcss/app.css", "/static", 404),
        ("/css/app.css", "/static", 200),
        ("/css/app.css", "/c", 200),
        ("/static", "/static", 404),
        ("", "", 404),
    ],
)
async def test_the_mount_is_left_out_of_the_path(root, path, root_path, status):
    assert (await ask(static(root), path, root_path=root_path)).status == status


async def test_a_directory_redirects_to_its_slash_relatively(root):
    (root / "css" / "index.html").write_text("styles")
    app = static(root, index_file=True)

    answer = await ask(app, "/static/css", root_path="/static")

    assert (answer.status, answer.headers["location"]) == (302, "css/")
    assert (answer.headers["content-length"], answer.complete) == ("0", True)
    assert (await ask(app, "/static/css/", root_path="/static")).body == b"styles"


@pytest.mark.parametrize(
    ("wanted", "body"),
    [
        ("bytes=0-0", CONTENT[:1]),
        ("bytes=-1", CONTENT[-1:]),
        (f"bytes={CHUNK_SIZE + 1}-", CONTENT[CHUNK_SIZE + 1 :]),
        (f"bytes=10-{CHUNK_SIZE + 20}", CONTENT[10 : CHUNK_SIZE + 21]),
    ],
)
async def test_a_range_is_served(root, wanted, body):
    answer = await ask(static(root), "/data.bin", range=wanted)

    assert (answer.status, answer.body, answer.complete) == (206, body, True)
    assert answer.headers["content-length"] == str(len(body))
    assert answer.headers["content-range"].endswith(f"/{len(CONTENT)}")


async def test_several_ranges_are_served(root):
    answer = await ask(static(root), "/data.bin", range="bytes=0-1,-2")

    assert (answer.status, answer.complete) == (206, True)
    assert len(answer.body) == int(answer.headers["content-length"])
    assert CONTENT[:2] in answer.body
    assert CONTENT[-2:] in answer.body


async def test_a_range_beyond_the_file_is_refused(root):
    answer = await ask(static(root), "/data.bin", range=f"bytes={len(CONTENT)}-")

    assert (answer.status, answer.body, answer.complete) == (416, b"", True)
    assert answer.headers["content-range"] == f"bytes */{len(CONTENT)}"


async def test_a_file_that_the_client_has_is_not_sent(root):
    app = static(root)
    headers = (await ask(app, "/css/app.css")).headers

    by_tag = await ask(app, "/css/app.css", if_none_match=headers["etag"])
    by_date = await ask(app, "/css/app.css", if_modified_since=headers["last-modified"])

    for answer in (by_tag, by_date):
        assert (answer.status, answer.body, answer.complete) == (304, b"", True)
        assert answer.headers.keys() == {"etag", "last-modified", "cache-control"}


async def test_a_file_that_changed_since_the_start_is_sent_as_it_is(root):
    app = static(root)
    old = (await ask(app, "/css/app.css")).headers["etag"]
    (root / "css" / "app.css").write_bytes(b"changed")

    answer = await ask(app, "/css/app.css", if_none_match=old)

    assert (answer.status, answer.body) == (200, b"changed")
    assert answer.headers["content-length"] == "7"


@pytest.mark.parametrize("replacement", [None, "link", "directory"])
async def test_a_file_that_is_gone_since_the_start_is_missed(
    root, tmp_path, replacement
):
    app = static(root)
    path = root / "css" / "app.css"
    path.unlink()
    (tmp_path / "secret").write_text("secret")
    if replacement == "link":
        path.symlink_to(tmp_path / "secret")
    elif replacement == "directory":
        path.mkdir()

    assert (await ask(app, "/css/app.css")).status == 404


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("GZIP;q=1.0, br;q=0.5", "gzip"),
        ("gzip;q=0, br;q=0", None),
        ("gzip;q=0.5, identity", None),
        ("gzip, identity", "gzip"),
        ("deflate", None),
        ("x-gzip-not", None),
        ("*", None),
        ("", None),
    ],
)
async def test_the_variant_that_the_client_prefers_is_served(
    compressed, accept, coding
):
    answer = await ask(static(compressed), "/css/app.css", accept_encoding=accept)

    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-type"] == 'text/css; charset="utf-8"'
    assert answer.headers["content-length"] == str(len(answer.body))
    if coding == "gzip":
        assert gzip.decompress(answer.body) == CSS


async def test_variants_have_tags_of_their_own(compressed):
    app = static(compressed)
    answers = [
        await ask(app, "/css/app.css", accept_encoding=coding)
        for coding in ("identity", "gzip", "br")
    ]

    assert len({answer.headers["etag"] for answer in answers}) == 3
    again = await ask(
        app,
        "/css/app.css",
        accept_encoding="gzip",
        if_none_match=answers[1].headers["etag"],
    )
    assert (again.status, again.headers["vary"]) == (304, "Accept-Encoding")


async def test_a_tag_that_was_set_is_told_apart_for_variants(compressed):
    def add_headers(headers, path, url):
        headers["ETag"] = '"v1"'

    app = static(compressed, add_headers_function=add_headers)

    plain = await ask(app, "/css/app.css")
    br = await ask(app, "/css/app.css", accept_encoding="br")

    assert (plain.headers["etag"], br.headers["etag"]) == ('"v1"', '"v1-br"')


async def test_a_missing_directory_is_silent(tmp_path):
    app = static(tmp_path / "nowhere")

    assert (await ask(app, "/a.css")).status == 404


async def test_a_directory_made_later_is_found_with_autorefresh(tmp_path):
    app = static(tmp_path / "later", autorefresh=True)
    assert (await ask(app, "/a.css")).status == 404

    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "a.css").write_bytes(CSS)

    assert (await ask(app, "/a.css")).body == CSS


def test_a_file_is_no_directory(root):
    with pytest.raises(ConfigurationError, match=r"app\.css is none"):
        static(root / "css" / "app.css")


def test_a_misspelt_option_is_pointed_at(root):
    with pytest.raises(TypeError, match=r"'max_aeg'\. Did you mean 'max_age'\?"):
        static(root, max_aeg=5)


def test_an_unknown_option_is_answered_with_the_known_ones(root):
    with pytest.raises(TypeError, match=r"no option 'root'\. Known are prefix, auto"):
        static(root, root=5)


def test_the_directory_is_shown(root):
    assert repr(static(root)) == f"<StaticFiles {str(root)!r}>"


async def test_a_websocket_is_refused(root):
    messages = []

    async def send(message):
        messages.append(message)

    await static(root)({"type": "websocket", "path": "/"}, connected, send)

    assert messages == [{"type": "websocket.close"}]


async def test_there_is_no_lifespan(root):
    with pytest.raises(RuntimeError, match="know no 'lifespan' scope"):
        await static(root)({"type": "lifespan"}, connected, connected)


async def test_a_file_that_shrinks_is_not_served_as_if_it_were_complete(root):
    messages = []

    async def send(message):
        messages.append(message)
        os.truncate(root / "data.bin", 10)

    scope = {"type": "http", "method": "GET", "path": "/data.bin", "headers": []}
    with pytest.raises(OSError, match="became shorter"):
        await static(root)(scope, connected, send)

    assert not Answer(messages).complete
    assert not descriptors_of(root / "data.bin")


async def test_reading_stops_when_the_client_is_gone(root):
    events = [{"type": "http.request"}, {"type": "http.disconnect"}]

    async def receive():
        return events.pop(0)

    answer = await ask(static(root), "/data.bin", receive=receive)

    assert not answer.complete
    assert len(answer.chunks) == 1
    assert not descriptors_of(root / "data.bin")


async def test_no_task_is_left(root):
    before = asyncio.all_tasks()
    await ask(static(root), "/data.bin")
    await asyncio.sleep(0)

    assert asyncio.all_tasks() == before


async def test_a_cancelled_request_closes_its_file(root):
    started = asyncio.Event()

    async def send(message):
        started.set()
        await asyncio.Event().wait()

    scope = {"type": "http", "method": "GET", "path": "/data.bin", "headers": []}
    serving = asyncio.create_task(static(root)(scope, connected, send))
    await started.wait()
    assert descriptors_of(root / "data.bin")
    serving.cancel()

    with pytest.raises(asyncio.CancelledError):
        await serving
    assert not descriptors_of(root / "data.bin")


@contextmanager
def served(app, parser):
    """Serve an app with uvicorn, on a port that the system chooses."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # who connects too early waits
    config = uvicorn.Config(app, http=parser, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture(params=["h11", "httptools"])
def port(root, request):
    with served(static(root), request.param) as port:
        yield port


@pytest.fixture
def client(port):
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    yield client
    client.close()


def answer_of(client, path, method="GET", **headers):
    client.request(method, path, headers=headers)
    response = client.getresponse()
    return response.status, response.headers, response.read()


def test_a_server_serves_files_over_one_connection(client):
    status, headers, body = answer_of(client, "/data.bin")
    assert (status, body) == (200, CONTENT)

    tag = {"If-None-Match": headers["etag"]}
    assert answer_of(client, "/data.bin", **tag)[::2] == (304, b"")
    assert answer_of(client, "/data.bin", Range="bytes=0-0")[::2] == (206, CONTENT[:1])
    assert answer_of(client, "/data.bin", Range="bytes=0-0,-1")[0] == 206
    assert answer_of(client, "/data.bin", Range="bytes=999999-")[::2] == (416, b"")
    assert answer_of(client, "/data.bin", "HEAD")[::2] == (200, b"")
    assert answer_of(client, "/data.bin", "POST")[0] == 405
    assert answer_of(client, "/css/%61pp.css")[::2] == (200, CSS)
    for path in ("/nothing", "/..%2fsecret", "/%2e%2e/secret", "/a%00b", "/css"):
        assert answer_of(client, path)[::2] == (404, b"404 Not Found")


def test_a_server_cuts_off_a_file_that_shrinks(client, root):
    path = root / "data.bin"
    # Far more than what sockets hold; sparse, so that it takes no room.
    os.truncate(path, 256 * 1024 * 1024)
    client.request("GET", "/data.bin")
    response = client.getresponse()
    response.read(1)
    os.truncate(path, 0)

    with pytest.raises(http.client.IncompleteRead):
        response.read()
