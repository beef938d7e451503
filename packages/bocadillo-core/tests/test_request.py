"""What the client sent: bodies, bounded and read once."""

import asyncio
from dataclasses import dataclass

import pytest

from bocadillo import ClientDisconnect, HTTPError, Request
from bocadillo.limits import Limits

pytestmark = pytest.mark.anyio
GONE = {"type": "http.disconnect"}


@dataclass
class Point:
    x: int


@pytest.fixture
def limited(ask):
    """A request whose body may have ten bytes, or twenty in a form."""

    def limited(*events, **options):
        request = ask(*events, method="POST", **options)
        request._limits = Limits(body=10, upload=20)
        return request

    return limited


async def test_a_body_comes_in_parts_and_is_kept(ask):
    request = ask(b"a", b"", b"b")

    assert await request.body() == b"ab"
    assert await request.body() == b"ab"
    assert [chunk async for chunk in request] == [b"ab"]


async def test_chunks_come_as_they_arrive(ask):
    assert [chunk async for chunk in ask(b"a", b"", b"b")] == [b"a", b"b"]


async def test_starlettes_stream_ends_with_nothing(ask):
    request = ask(b"a")

    assert [chunk async for chunk in request.stream()] == [b"a", b""]


async def test_a_body_is_streamed_once(ask):
    request = ask(b"a", b"b")
    async for _ in request:
        break

    for again in (request.body(), anext(aiter(request)), request.json()):
        with pytest.raises(RuntimeError, match="it comes only once"):
            await again


async def test_json_is_decoded(ask):
    assert await ask(b'{"a":', b"[1]}").json() == {"a": [1]}
    assert await ask(b'{"x":1}').json(Point) == Point(1)
    assert await ask(b'[{"x":1}]').json(list[Point]) == [Point(1)]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'"\xff"', b"[" * 200_000, b"9" * 5_000, b"NaN", b"[Infinity]"],
    ids=["empty", "syntax", "no UTF-8", "nesting", "long number", "NaN", "infinity"],
)
@pytest.mark.parametrize("model", [None, Point])
async def test_malformed_json_is_a_400(ask, body, model):
    with pytest.raises(HTTPError) as caught:
        await ask(body).json(model)

    assert caught.value.status_code == 400
    assert caught.value.detail == "JSON is malformed."


async def test_what_does_not_fit_a_model_is_told(ask):
    with pytest.raises(HTTPError) as caught:
        await ask(b'{"x":"1"}').json(Point)
    assert caught.value.detail == {"x": "Must be a number."}

    with pytest.raises(HTTPError) as caught:
        await ask(b"[]").json(Point)
    assert list(caught.value.detail) == ["body"]


async def read(request):
    return await request.body()


async def iterate(request):
    return b"".join([chunk async for chunk in request])


@pytest.mark.parametrize("way", [read, iterate])
@pytest.mark.parametrize(
    ("content_type", "limit", "setting"),
    [
        ("text/plain", 10, "MAX_BODY_SIZE"),
        ("Multipart/Form-Data; boundary=x", 20, "MAX_UPLOAD_SIZE"),
    ],
)
async def test_a_body_is_counted(limited, way, content_type, limit, setting):
    headers = [("content-type", content_type)]
    parts = [b"12345"] * (limit // 5)

    assert len(await way(limited(*parts, headers=headers))) == limit
    with pytest.raises(HTTPError) as caught:
        await way(limited(*parts, b"6", headers=headers))
    assert caught.value.status_code == 413
    assert caught.value.detail == (
        f"The body may have at most {limit} bytes ({setting})."
    )


@pytest.mark.parametrize("way", [read, iterate])
@pytest.mark.parametrize("length", ["11", "9" * 30, "9" * 5000])
async def test_a_length_that_is_too_large_is_believed(limited, way, length):
    request = limited(GONE, headers=[("content-length", length)])

    with pytest.raises(HTTPError, match="413"):
        await way(request)


@pytest.mark.parametrize("length", ["10", "0", "many", "-3"])
async def test_another_length_is_not(limited, length):
    request = limited(b"12345678901", headers=[("content-length", length)])

    with pytest.raises(HTTPError, match="413"):
        await request.body()


async def test_limits_can_be_lifted_or_set_for_a_route(limited):
    request = limited(b"x" * 30)
    request._limits = request._limits.for_route(None)
    assert len(await request.body()) == 30

    request = limited(b"x" * 30)
    request._limits = request._limits.for_route(29)
    with pytest.raises(HTTPError) as caught:
        await request.body()
    assert caught.value.detail.endswith("(max_body_size).")


@pytest.mark.parametrize("way", [read, iterate])
async def test_a_client_that_leaves_is_told_each_time(ask, way):
    request = ask(b"a", GONE)

    for _ in range(2):
        with pytest.raises(ClientDisconnect):
            await way(request)


async def test_a_form_is_read_once(ask):
    headers = [("content-type", "application/x-www-form-urlencoded")]
    request = ask(b"a=1&a=2&b=%C3%A9", method="POST", headers=headers)

    form = await request.form()

    assert form.multi_items() == [("a", "1"), ("a", "2"), ("b", "é")]
    assert await request.form() is form


async def test_a_malformed_form_is_a_400(ask):
    headers = [("content-type", "multipart/form-data; boundary=x")]

    with pytest.raises(HTTPError, match="400"):
        await ask(b"garbage", method="POST", headers=headers).form()


async def test_whether_a_client_has_left_can_be_asked(ask):
    assert await ask(GONE).is_disconnected()

    request = ask(b"a")
    assert not await request.is_disconnected()
    assert await request.body() == b"a"


async def test_whether_a_client_has_left_can_be_asked_while_a_body_is_read(ask):
    request = ask(b"a", b"b")
    server = request._receive

    async def receive_first():
        request._receive = server
        message = await server()
        await asyncio.sleep(0)
        return message

    request._receive = receive_first
    reading = asyncio.create_task(request.body())
    await asyncio.sleep(0)

    assert not await request.is_disconnected()  # which takes the second part
    assert await asyncio.wait_for(reading, 1) == b"ab"


async def test_a_stream_may_begin_to_listen_while_a_body_is_read(ask):
    request = ask(b"a", b"b")
    server, told = request._receive, asyncio.Event()

    async def receive():
        message = await server()
        if message["body"] == b"a":
            await told.wait()
        return message

    request._receive = receive
    reading = asyncio.create_task(request.body())
    await asyncio.sleep(0)
    listening = asyncio.create_task(request._listening().listen())
    await asyncio.sleep(0)
    told.set()

    assert await asyncio.wait_for(reading, 1) == b"ab"
    listening.cancel()


async def test_a_request_can_be_told(ask):
    assert repr(ask(path="/a\n")) == r"<Request GET '/a\n'>"


async def test_starlettes_attributes_are_there(ask):
    request = ask(
        path="/a",
        query_string=b"x=1&x=2",
        headers=[("host", "example.com"), ("cookie", "a=b"), ("x-a", "1")],
    )

    assert str(request.url) == "http://example.com/a?x=1&x=2"
    assert request.query_params.getlist("x") == ["1", "2"]
    assert (request.cookies, request.headers["X-A"]) == ({"a": "b"}, "1")
    request.state.user = "ada"
    assert request.state.user == "ada"


async def test_a_scope_is_enough_to_look_at_a_request():
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"a=1"}
    request = Request({**scope, "headers": [(b"x-a", b"1")]})

    assert (request.query_params["a"], request.headers["x-a"]) == ("1", "1")
    with pytest.raises(RuntimeError, match="Receive channel has not been made"):
        await request.body()
