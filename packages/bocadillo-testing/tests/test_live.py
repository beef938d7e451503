"""`LiveServer` as users see it, in a thread and in a forked process."""

import asyncio
import logging
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time

import httpx2
import pytest

import bocadillo
from bocadillo import App, Store, configure, server_event
from bocadillo_testing import URL, LiveServer
from bocadillo_testing.serving import serving_of

both = pytest.mark.parametrize("process", [False, True], ids=["thread", "process"])


def test_bocadillo_exports_it():
    assert bocadillo.LiveServer is LiveServer


@both
def test_requests_are_answered_by_a_real_server(app, process):
    with LiveServer(app, process=process) as server:
        response = httpx2.get(server.url("/"))
    assert response.json() == {"hello": "world"}
    assert response.headers["server"] == "uvicorn"


@both
def test_the_process_is_this_one_or_another(app, process):
    @app.route("/pid")
    async def pid(req, res):
        res.json = os.getpid()

    with LiveServer(app, process=process) as server:
        served_by = httpx2.get(server.url("/pid")).json()
    assert (served_by == os.getpid()) is not process


@both
def test_an_app_can_be_served_again(app, process):
    for _ in range(2):
        with LiveServer(app, process=process) as server:
            assert httpx2.get(server.url("/")).status_code == 200


def test_the_url_is_a_text_that_can_be_called(app):
    with LiveServer(app) as server:
        assert isinstance(server.url, str)
        assert server.url == f"http://127.0.0.1:{server.url.rpartition(':')[2]}"
        assert server.url("/items?q=1") == f"{server.url}/items?q=1"
        assert server.url("items") == f"{server.url}/items"
        assert server.url() == server.url
        assert type(server.url()) is str
        assert server.ws_url == server.url.replace("http", "ws")
        assert server.ws_url("/chat") == f"{server.ws_url}/chat"
        assert repr(server) == f"<LiveServer of {app!r} at {server.url}>"
    assert repr(URL("http://a")) == "'http://a'"


def test_there_is_no_url_before_it_starts(app):
    server = LiveServer(app)
    with pytest.raises(RuntimeError, match=r"with LiveServer\(app\) as server"):
        _ = server.url
    assert repr(server) == f"<LiveServer of {app!r} that was not started>"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:"),
        ("localhost", "http://localhost:"),
        ("::1", "http://[::1]:"),
        ("::", "http://[::1]:"),
    ],
)
def test_the_host_can_be_chosen(app, host, url):
    try:
        with LiveServer(app, host=host) as server:
            assert server.url.startswith(url)
            assert httpx2.get(server.url("/")).status_code == 200
    except OSError:  # pragma: no cover - a machine without IPv6
        pytest.skip(f"cannot listen on {host}")


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_does_not_exist_is_refused(app, port):
    with pytest.raises(ValueError, match=rf"from 0 \(a free one\) to 65535: {port}"):
        LiveServer(app, port=port)


def test_a_port_that_is_taken_is_named(app):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"in use: '127.0.0.1:{port}'"):
            LiveServer(app, port=port).__enter__()


def test_the_port_can_be_chosen(app):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with LiveServer(app, port=port) as server:
        assert server.url == f"http://127.0.0.1:{port}"


@both
def test_a_port_that_is_taken_is_told(app, process):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            LiveServer(app, port=taken.getsockname()[1], process=process).__enter__()
    assert serving_of(app) is None


@both
def test_the_options_are_those_of_uvicorn(app, process):
    options = {"headers": [("x-server", "mine")], "server_header": False}
    with LiveServer(app, process=process, **options) as server:
        headers = httpx2.get(server.url("/")).headers
    assert headers["x-server"] == "mine"
    assert "server" not in headers


def test_an_unknown_option_is_refused(app):
    with pytest.raises(TypeError, match="colour"):
        LiveServer(app, colour="red").__enter__()
    assert serving_of(app) is None


@pytest.mark.skipif(not shutil.which("openssl"), reason="makes the certificate")
def test_https_has_urls_of_its_own(app, tmp_path):
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -batch"
    named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        [*make.split(), *named, "-keyout", key, "-out", certificate],
        capture_output=True,
        check=True,
    )
    trusted = ssl.create_default_context(cafile=certificate)
    files = {"ssl_certfile": certificate, "ssl_keyfile": key}
    with LiveServer(app, host="localhost", **files) as server:
        assert server.url.startswith("https://localhost:")
        assert server.ws_url.startswith("wss://localhost:")
        with httpx2.Client(verify=trusted) as client:
            assert client.get(server.url("/")).status_code == 200


def test_the_lifespan_runs(app, log):
    with LiveServer(app):
        assert log == ["startup"]
    assert log == ["startup", "shutdown"]


@both
def test_a_startup_that_fails_is_raised_with_its_cause(process):
    app = App(providers=Store())
    configure(app)

    @app.on("startup")
    async def fail():
        raise LookupError("no database")

    with pytest.raises(RuntimeError, match="LookupError: no database") as caught:
        LiveServer(app, process=process).__enter__()
    assert isinstance(caught.value.__cause__, LookupError)
    assert "did not start" in str(caught.value)
    assert serving_of(app) is None


def test_the_cause_from_another_process_has_its_traceback_as_a_note(app):
    @app.on("startup")
    async def fail():
        raise LookupError("no database")

    with pytest.raises(RuntimeError) as caught:
        LiveServer(app, process=True).__enter__()
    [note] = caught.value.__cause__.__notes__
    assert "In the process of the server" in note
    assert "in fail" in note


@both
def test_a_startup_that_fails_without_exception_points_at_the_log(process):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "why not"})

    with pytest.raises(RuntimeError, match="did not start; see its log"):
        LiveServer(app, process=process).__enter__()


@both
def test_an_app_that_was_never_configured_says_so(process):
    with pytest.raises(RuntimeError, match=r"configure\(app\)"):
        LiveServer(App(), process=process).__enter__()


@both
def test_a_startup_that_takes_too_long_is_a_timeout(process):
    app = App(providers=Store())
    configure(app)

    @app.on("startup")
    async def wait():
        logging.getLogger("shop").warning("waiting for the database")
        await asyncio.sleep(60)

    with pytest.raises(TimeoutError, match=r"not ready within 0\.3 seconds") as caught:
        LiveServer(app, process=process, ready_timeout=0.3).__enter__()
    if not process:
        assert "WARNING shop: waiting for the database" in str(caught.value)
    assert serving_of(app) is None


@both
def test_a_startup_that_blocks_is_a_timeout(process):
    app = App(providers=Store())
    configure(app)

    @app.on("startup")
    async def wait():
        time.sleep(0.6)  # noqa: ASYNC251 - that is the mistake

    with pytest.raises(TimeoutError, match="not ready"):
        LiveServer(app, process=process, ready_timeout=0.1).__enter__()


@both
def test_a_shutdown_that_fails_is_raised_with_its_cause(app, process):
    @app.on("shutdown")
    async def fail():
        raise LookupError("cannot stop")

    server = LiveServer(app, process=process).__enter__()
    with pytest.raises(RuntimeError, match="LookupError: cannot stop") as caught:
        server.__exit__(None, None, None)
    assert isinstance(caught.value.__cause__, LookupError)
    assert "did not shut down" in str(caught.value)
    assert serving_of(app) is None


@both
def test_a_request_that_does_not_end_is_a_timeout(process):
    app = App(providers=Store())
    configure(app)

    @app.route("/slow")
    async def slow(req, res):
        await asyncio.sleep(60)

    server = LiveServer(app, process=process, stop_timeout=0.4).__enter__()
    with pytest.raises(httpx2.ReadTimeout):
        httpx2.get(server.url("/slow"), timeout=0.2)
    with pytest.raises(TimeoutError, match=r"did not stop within 0\.4 seconds"):
        server.__exit__(None, None, None)
    assert serving_of(app) is None


@both
def test_a_request_that_is_being_handled_is_finished(process):
    app = App(providers=Store())
    configure(app)

    @app.route("/slow")
    async def slow(req, res):
        await asyncio.sleep(0.3)
        res.text = "finished"

    async def ask(url):
        async with httpx2.AsyncClient() as client:
            request = asyncio.create_task(client.get(url))
            await asyncio.sleep(0.1)
            await asyncio.to_thread(server.__exit__, None, None, None)
            return (await request).text

    server = LiveServer(app, process=process).__enter__()
    assert asyncio.run(ask(server.url("/slow"))) == "finished"


@both
def test_open_event_streams_do_not_hold_it_up(app, process):
    @app.route("/quiet")
    async def quiet(req, res):
        @res.event_stream
        async def stream():
            yield server_event(data="first")
            await asyncio.sleep(60)

    with LiveServer(app, process=process) as server:
        request = httpx2.stream("GET", server.url("/quiet"))
        chunks = request.__enter__().iter_raw()
        assert next(chunks) == b"data: first\n\n"
    assert b"retry:" in b"".join(chunks)
    request.__exit__(None, None, None)


# What is given up is a connection, which the loop complains about when it goes.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_client_that_does_not_read_is_a_timeout(app):
    @app.route("/much")
    async def much(req, res):
        @res.stream
        async def stream():
            while True:
                yield bytes(65536)

    server = LiveServer(app, stop_timeout=0.4).__enter__()
    with httpx2.stream("GET", server.url("/much")):
        time.sleep(0.2)
        with pytest.raises(TimeoutError, match="requests that were still served: 1"):
            server.__exit__(None, None, None)


@both
def test_overrides_are_seen_by_its_requests(process):
    app = App(providers=Store())
    configure(app)

    @app._store.provider
    def mailer():
        return "real"

    @app.route("/")
    async def index(req, res, mailer):
        res.text = mailer

    with app.override(mailer="fake"), LiveServer(app, process=process) as server:
        assert httpx2.get(server.url("/")).text == "fake"


def test_overrides_are_seen_at_once_in_a_thread():
    app = App(providers=Store())
    configure(app)

    @app._store.provider
    def mailer():
        return "real"

    @app.route("/")
    async def index(req, res, mailer):
        res.text = mailer

    with LiveServer(app) as server:
        with app.override(mailer="fake"):
            assert httpx2.get(server.url("/")).text == "fake"
        assert httpx2.get(server.url("/")).text == "real"


@both
async def test_it_can_be_used_in_an_async_test(app, process):
    with LiveServer(app, process=process) as server:
        async with httpx2.AsyncClient() as client:
            assert (await client.get(server.url("/"))).status_code == 200


def test_two_servers_of_one_app_are_refused(app):
    second = LiveServer(app)
    with (
        LiveServer(app) as first,
        pytest.raises(RuntimeError, match="once at a time") as caught,
    ):
        second.__enter__()
    assert f"{first!r} does" in str(caught.value)


@pytest.mark.parametrize("process", [False, True])
def test_what_it_logs_is_seen_after_another_that_logged_otherwise(app, caplog, process):
    caplog.set_level(logging.INFO)
    with LiveServer(app, log_level="error", access_log=False, process=process):
        pass
    with pytest.raises(OSError, match="Cannot assign"):
        LiveServer(app, log_level="error", host="192.0.2.1").__enter__()
    caplog.clear()

    with LiveServer(app) as server:
        httpx2.get(server.url("/"))

    assert "Application startup complete." in caplog.messages
    assert any('"GET / HTTP/1.1" 200' in message for message in caplog.messages)


def test_what_it_logs_can_be_seen(app, caplog):
    caplog.set_level(logging.INFO)
    with LiveServer(app):
        pass
    assert "Application startup complete." in caplog.messages


def test_logging_is_left_alone(app):
    before = [logging.getLogger(name).handlers for name in ("uvicorn", "")]
    with LiveServer(app):
        pass
    assert [logging.getLogger(name).handlers for name in ("uvicorn", "")] == before


def test_a_server_that_has_ended_by_itself_is_no_trouble(app):
    with LiveServer(app, limit_max_requests=1) as server:
        httpx2.get(server.url("/"))
        time.sleep(0.5)


def test_what_is_no_app_is_refused():
    with pytest.raises(TypeError, match="ASGI app, not 'shop:app'"):
        LiveServer("shop:app")


def test_a_process_ends_with_its_parent(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import os\n"
        "from bocadillo import App, configure, LiveServer\n"
        "app = App()\n"
        "configure(app)\n"
        "server = LiveServer(app, process=True).__enter__()\n"
        "print(server.url, flush=True)\n"
        "os._exit(0)\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=30, check=True
    )
    address = done.stdout.strip().removeprefix("http://").split(":")
    deadline = time.monotonic() + 10
    while _accepts(*address):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _accepts(host, port):
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True
