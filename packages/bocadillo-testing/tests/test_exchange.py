"""Requests and responses of the asynchronous client, as a server would tell them."""

import asyncio

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo_testing import async_client


async def no_lifespan(scope, receive, send):
    return None


def http(function):
    """An ASGI app that serves HTTP by a function."""

    async def app(scope, receive, send):
        if scope["type"] == "http":
            await function(scope, receive, send)

    return app


async def answer(send, *, status=200, headers=(), body=b"", more=False):
    start = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def test_the_scope_is_that_of_a_server():
    seen = {}

    @http
    async def app(scope, receive, send):
        seen.update(scope)
        await answer(send)

    async with async_client(app) as client:
        await client.post("/a%2Fb/%C3%BC?q=%20", headers={"X-Name": "Ada"})
    headers = dict(seen.pop("headers"))
    assert headers[b"host"] == b"testserver"
    assert headers[b"x-name"] == b"Ada"
    assert seen == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/a/b/ü",
        "raw_path": b"/a%2Fb/%C3%BC",
        "query_string": b"q=%20",
        "root_path": "",
        "client": ("testclient", 50000),
        "server": ("testserver", 80),
        "state": {},
    }


async def test_a_body_in_memory_comes_at_once():
    received = []

    @http
    async def app(scope, receive, send):
        received.append(await receive())
        await answer(send)
        received.append(await receive())

    async with async_client(app) as client:
        await client.post("/", content=b"abc")
    assert received == [
        {"type": "http.request", "body": b"abc", "more_body": False},
        {"type": "http.disconnect"},
    ]


async def test_a_streamed_body_comes_in_its_chunks():
    received = []

    @http
    async def app(scope, receive, send):
        while not received or received[-1]["more_body"]:
            received.append(await receive())
        await answer(send)

    async def chunks():
        yield b"a"
        yield b"b"

    async with async_client(app) as client:
        await client.post("/", content=chunks())
    assert [(each["body"], each["more_body"]) for each in received] == [
        (b"a", True),
        (b"b", True),
        (b"", False),
    ]


@given(chunks=st.lists(st.binary(max_size=8), max_size=6), cut=st.booleans())
def test_a_response_is_what_the_app_sent(chunks, cut):
    @http
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})
        for chunk in chunks:
            body = {"type": "http.response.body", "body": chunk, "more_body": True}
            await send(body)
        if not cut:
            await send({"type": "http.response.body"})

    async def read():
        async with async_client(app) as client:
            return (await client.get("/")).content

    if cut:
        with pytest.raises(httpx2.RemoteProtocolError, match="before its response"):
            asyncio.run(read())
    else:
        assert asyncio.run(read()) == b"".join(chunks)


async def test_a_chunk_waits_until_the_one_before_it_is_read():
    sent = []

    @http
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})
        for number in range(10):
            sent.append(number)
            body = {"type": "http.response.body", "body": b"x", "more_body": True}
            await send(body)
        await send({"type": "http.response.body"})

    async with async_client(app) as client, client.stream("GET", "/") as response:
        await asyncio.sleep(0.01)
        assert sent == [0]
        chunks = response.aiter_raw()
        await anext(chunks)
        await asyncio.sleep(0.01)
        assert sent == [0, 1]
        await chunks.aclose()


async def test_the_headers_may_repeat_and_keep_their_order(app):
    headers = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]

    @http
    async def app(scope, receive, send):
        await answer(send, headers=headers)

    async with async_client(app) as client:
        response = await client.get("/")
        assert response.headers.raw == headers
        assert dict(client.cookies) == {"a": "1", "b": "2"}
        assert response.http_version == "HTTP/1.1"
        assert str(response.request.url) == "http://testserver/"


async def test_a_response_to_head_has_no_body():
    @http
    async def app(scope, receive, send):
        await answer(send, headers=[(b"content-length", b"3")], body=b"abc")

    async with async_client(app) as client:
        response = await client.head("/")
    assert response.content == b""
    assert response.headers["content-length"] == "3"


async def test_an_app_that_does_not_answer_gives_a_500():
    async with async_client(no_lifespan) as client:
        assert (await client.get("/")).status_code == 500


async def test_an_app_that_fails_before_it_answers_gives_a_500_if_it_may():
    @http
    async def app(scope, receive, send):
        raise LookupError("before")

    async with async_client(app, raise_server_exceptions=False) as client:
        assert (await client.get("/")).status_code == 500


async def test_what_an_app_raises_in_the_middle_is_raised_in_the_test():
    @http
    async def app(scope, receive, send):
        await answer(send, body=b"x", more=True)
        raise LookupError("in the middle")

    async with async_client(app) as client:
        with pytest.raises(LookupError, match="in the middle"):
            await client.get("/")
    async with async_client(app, raise_server_exceptions=False) as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.get("/")


async def test_what_an_app_raises_when_it_is_left_is_raised_in_the_test(app):
    @http
    async def app(scope, receive, send):
        await answer(send, body=b"x", more=True)
        await receive()
        await receive()
        raise LookupError("left")

    async with async_client(app) as client:
        with pytest.raises(LookupError, match="left"):
            async with client.stream("GET", "/"):
                pass


async def test_what_an_app_raises_when_its_client_closes_is_raised_too():
    @http
    async def app(scope, receive, send):
        await answer(send, body=b"x", more=True)
        await receive()
        await receive()
        raise LookupError("closed")

    with pytest.raises(LookupError, match="closed"):
        async with async_client(app) as client:
            await client.send(client.build_request("GET", "/"), stream=True)


async def test_other_messages_are_ignored():
    @http
    async def app(scope, receive, send):
        await send({"type": "http.response.debug", "info": {}})
        await answer(send, body=b"x")

    async with async_client(app) as client:
        assert (await client.get("/")).content == b"x"


async def test_background_tasks_have_run_when_the_response_is_there(app, log):
    async with async_client(app) as client:
        await client.get("/later")
        assert log == ["startup", "background"]


async def test_leaving_a_complete_response_waits_for_the_app(app, log):
    async with async_client(app) as client:
        async with client.stream("GET", "/later") as response:
            assert await anext(response.aiter_raw()) == b"done"
        assert log == ["startup", "background"]


async def test_an_endless_stream_can_be_read_and_left(app, log):
    async with async_client(app) as client:
        async with client.stream("GET", "/endless") as response:
            chunks = response.aiter_raw()
            assert [await anext(chunks), await anext(chunks)] == [b"chunk", b"chunk"]
        assert log == ["startup", "left"]


async def test_a_stream_that_was_not_left_ends_with_its_client(app, log):
    async with async_client(app) as client:
        request = client.build_request("GET", "/endless")
        await client.send(request, stream=True)
    assert log == ["startup", "left", "shutdown"]


async def test_a_request_can_time_out():
    told = []

    @http
    async def app(scope, receive, send):
        await receive()
        told.append((await receive())["type"])

    async with async_client(app) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await client.get("/")
        assert told == ["http.disconnect"]


async def test_requests_are_served_at_the_same_time():
    both = asyncio.Barrier(2)

    @http
    async def app(scope, receive, send):
        await both.wait()
        await answer(send)

    async with async_client(app) as client:
        responses = await asyncio.gather(client.get("/1"), client.get("/2"))
    assert [each.status_code for each in responses] == [200, 200]
