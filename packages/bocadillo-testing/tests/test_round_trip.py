"""What is read at once by the synchronous client, from any ASGI app."""

import asyncio
import contextvars
import signal
import threading

import httpx2
import pytest

from bocadillo_testing import create_client
from bocadillo_testing.round_trip import RoundTrip

START = {"type": "http.response.start", "status": 200}


def sending(*messages, raises=None):
    """An ASGI app that sends messages, then may raise."""

    async def app(scope, receive, send):
        if scope["type"] == "http":
            for message in messages:
                await send(message)
            if raises is not None:
                raise raises

    return app


def body(content=b"", **more):
    return {"type": "http.response.body", "body": content, **more}


def test_the_chunks_of_a_response_make_its_body():
    app = sending(START, body(b"a", more_body=True), body(b"b"))
    with create_client(app) as client:
        assert client.get("/").content == b"ab"


def test_a_response_to_head_has_no_body():
    length = [(b"content-length", b"1")]
    app = sending({**START, "headers": length}, body(b"a"))
    with create_client(app) as client:
        response = client.head("/")
    assert response.content == b""
    assert response.headers["content-length"] == "1"


def test_headers_may_repeat_and_keep_their_order():
    headers = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    with create_client(sending({**START, "headers": headers}, body())) as client:
        assert client.get("/").headers.raw == headers
        assert dict(client.cookies) == {"a": "1", "b": "2"}


def test_a_streamed_request_comes_as_one():
    received = []

    async def app(scope, receive, send):
        if scope["type"] == "http":
            received.append(await receive())
            await send(START)
            await send(body())
            received.append(await receive())

    with create_client(app) as client:
        client.post("/", content=iter([b"a", b"b"]))
    assert received == [
        {"type": "http.request", "body": b"ab"},
        {"type": "http.disconnect"},
    ]


def test_who_listens_for_the_client_hears_of_it_after_the_response():
    heard = []

    async def app(scope, receive, send):
        if scope["type"] == "http":
            await receive()
            listening = asyncio.create_task(receive())
            await send(START)
            await send(body(b"a", more_body=True))
            heard.append(listening.done())
            await send(body(b"b"))
            heard.append((await listening)["type"])

    with create_client(app) as client:
        client.get("/")
    assert heard == [False, "http.disconnect"]


def test_a_scope_is_the_same_as_that_of_a_stream():
    seen = []

    async def app(scope, receive, send):
        if scope["type"] == "http":
            seen.append(scope)
            await send(START)
            await send(body())

    options = {"root_path": "/shop", "client": ("192.0.2.1", 99)}
    with create_client(app, **options) as client:
        client.get("/%C3%BC?q=%20", headers={"X-Name": "Ada"})
        with client.stream("GET", "/%C3%BC?q=%20", headers={"X-Name": "Ada"}):
            pass
    whole, stream = seen
    assert whole["path"] == "/ü"
    assert {**whole, "server": list(whole["server"])} == stream


def test_a_path_is_unquoted_once():
    paths = []

    async def app(scope, receive, send):
        if scope["type"] == "http":
            paths.append(scope["path"])
            await send(START)
            await send(body())

    with create_client(app) as client:
        client.get("/100%2525")
    assert paths == ["/100%25"]


def test_a_request_can_be_sent_as_a_stream_after_it_was_read_at_once(app):
    with create_client(app) as client:
        request = client.build_request("GET", "/")
        assert client.send(request).json() == {"hello": "world"}
        response = client.send(request, stream=True)
        assert not response.is_closed
        assert response.read() == b'{"hello":"world"}'


def test_trailers_are_an_extension_of_the_response():
    def trailers(name, **more):
        return {"type": "http.response.trailers", "headers": [(name, b"1")], **more}

    app = sending(
        {**START, "trailers": True},
        body(b"a"),
        trailers(b"x", more_trailers=True),
        trailers(b"y"),
    )
    with create_client(app) as client:
        response = client.get("/")
    assert response.content == b"a"
    assert response.extensions["http.response.trailers"] == [(b"x", b"1"), (b"y", b"1")]


def test_what_an_app_tells_for_tests_is_on_the_response():
    info = {"template": "a template", "context": {"a": 1}}
    debug = {"type": "http.response.debug", "info": info}
    with create_client(sending(debug, START, body())) as client:
        response = client.get("/")
    assert response.extensions["http.response.debug"] == info
    assert (response.template, response.context) == ("a template", {"a": 1})


def test_other_messages_are_ignored():
    app = sending({"type": "http.response.push"}, START, body(b"a"))
    with create_client(app) as client:
        assert client.get("/").content == b"a"


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ([body()], "'http.response.body', where 'http.response.start' was due"),
        ([START, START], "'http.response.start', where 'http.response.body' was due"),
        ([START, body(), body()], "'http.response.body', where 'nothing' was due"),
    ],
)
def test_messages_out_of_turn_are_raised_in_the_test(messages, told):
    with (
        create_client(sending(*messages)) as client,
        pytest.raises(AssertionError, match=told),
    ):
        client.get("/")


def test_an_app_that_does_not_answer_is_raised_in_the_test():
    with (
        create_client(sending()) as client,
        pytest.raises(AssertionError, match="without a response to GET /there"),
    ):
        client.get("/there")


def test_an_app_that_does_not_answer_gives_a_500_if_it_may():
    with create_client(sending(), raise_server_exceptions=False) as client:
        assert client.get("/").status_code == 500


def test_what_an_app_raises_after_its_answer_is_raised_in_the_test():
    app = sending(START, body(b"a"), raises=LookupError("after"))
    with create_client(app) as client, pytest.raises(LookupError, match="after"):
        client.get("/")
    with create_client(app, raise_server_exceptions=False) as client:
        assert client.get("/").content == b"a"


def test_requests_of_several_threads_are_served_at_the_same_time():
    both = asyncio.Barrier(2)

    async def app(scope, receive, send):
        if scope["type"] == "http":
            await both.wait()
            await send(START)
            await send(body())

    found = []
    with create_client(app) as client:

        def ask():
            found.append(client.get("/").status_code)

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert found == [200, 200]


def test_context_variables_of_the_test_are_seen_and_not_changed():
    variable = contextvars.ContextVar("variable", default="default")
    seen = []

    async def app(scope, receive, send):
        seen.append(variable.get())
        if scope["type"] == "http":
            variable.set("of the app")
            await send(START)
            await send(body())

    variable.set("of the test")
    with create_client(app) as client:
        client.get("/")
        client.get("/")
    assert seen == ["of the test"] * 3
    assert variable.get() == "of the test"


def test_a_test_that_stops_waiting_cancels_its_request():
    waiting, cancelled = threading.Event(), threading.Event()

    class TooLong(BaseException):
        pass

    def interrupt(*args):
        raise TooLong

    async def app(scope, receive, send):
        if scope["type"] == "http":
            waiting.set()
            try:
                await asyncio.sleep(60)
            finally:
                cancelled.set()

    def kill():
        waiting.wait(10)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with create_client(app) as client:
            threading.Thread(target=kill).start()
            with pytest.raises(TooLong):
                client.get("/")
            assert cancelled.wait(10)
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_client_of_httpx2_on_another_host_is_served_by_the_app_too(app):
    with create_client(app) as client:
        assert client.get("https://shop.example/").url == httpx2.URL(
            "https://shop.example/"
        )


def test_the_same_on_trio():
    app = sending(START, body(b"a", more_body=True), body(b"b"))
    with create_client(app, backend="trio") as client:
        assert client.get("/").content == b"ab"


async def test_a_request_that_was_given_up_before_it_began_is_not_made():
    async def app(scope, receive, send):
        raise AssertionError

    trip = RoundTrip(app, {"type": "http"}, b"")
    trip.cancel()
    await trip.run()

    assert trip.ended
