"""Streams, files and background tasks on a real server, whose clients may leave.

uvicorn with each of its parsers, and sockets: what is written here is on the wire.
"""

import asyncio
import random
import socket
import struct
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn

from bocadillo import App, ClientDisconnect, Store, configure, server_event

pytestmark = pytest.mark.anyio

STREAMS = ["stream", "busy", "raises", "idle", "events", "silent"]
STAGES = [*STREAMS, "file", "background"]


class Counts:
    """How often something was begun and ended."""

    def __init__(self):
        self.begun = {}
        self.ended = {}

    @asynccontextmanager
    async def counted(self, name):
        """Count a beginning, and an end if all of it was done, awaits included."""
        self.begun[name] = self.begun.get(name, 0) + 1
        try:
            yield
        finally:
            await asyncio.sleep(0.002)
            self.ended[name] = self.ended.get(name, 0) + 1


@pytest.fixture
def counts():
    return Counts()


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def app(store):
    return App(providers=store)


@pytest.fixture(params=["httptools", "h11"])
def parser(request):
    return request.param


@pytest.fixture
async def serve(app, parser):
    """Serve the app; gives a function that connects to it.

    Afterwards every task that the app or the server began must end by itself.
    """

    @asynccontextmanager
    async def serve(**settings):
        configure(app, STATIC_DIR=None, **settings)
        before = asyncio.all_tasks()
        config = uvicorn.Config(
            app, port=0, lifespan="on", log_config=None, http=parser, access_log=False
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
            assert not serving.done(), "The server did not start."
        address = server.servers[0].sockets[0].getsockname()[:2]
        running = asyncio.all_tasks()
        clients = []

        async def request(*lines):
            """Send requests, such as `GET /`, on a connection of their own."""
            client = Client(*await asyncio.open_connection(*address))
            clients.append(client)
            for line in lines:
                client.writer.write(f"{line} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
            return client

        try:
            yield request
            async with asyncio.timeout(20):
                while left := asyncio.all_tasks() - running:
                    await asyncio.wait(left)
        finally:
            for client in clients:
                client.leave()
            server.should_exit = True
            await asyncio.wait_for(serving, 20)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() <= before

    return serve


class Client:
    """A connection."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    async def head(self):
        """Read status and headers."""
        return (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()

    async def chunk(self):
        """Read a chunk; the last one is empty."""
        size = int(await self.reader.readline(), 16)
        return (await self.reader.readexactly(size + 2))[:-2]

    def leave(self, how="close"):
        """Hang up politely, or as a machine does that loses its power."""
        if how == "reset":
            linger = struct.pack("ii", 1, 0)
            it = self.writer.get_extra_info("socket")
            with suppress(OSError):
                it.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.writer.transport.abort()
        elif how == "half":
            with suppress(OSError):
                self.writer.write_eof()
        self.writer.close()


# A client that leaves


@pytest.fixture
def stages(app, store, counts, tmp_path):
    """Routes that are, taken together, in every stage of a response for a while."""
    (tmp_path / "large.bin").write_bytes(bytes(2_000_000))

    @store.provider
    async def resource():
        await asyncio.sleep(0.002)
        async with counts.counted("provider"):
            yield "resource"

    def streamed(decorate, chunk, pause, **options):
        async def view(req, res, resource):
            await asyncio.sleep(0.002)

            @decorate(res)(**options)
            async def chunks():
                async with counts.counted("generator"):
                    await asyncio.sleep(0.002)
                    try:
                        while True:
                            yield chunk
                            await asyncio.sleep(pause)
                    except ClientDisconnect:
                        assert options
                        raise

        return view

    def stream(res):
        return res.stream

    def event_stream(res):
        return res.event_stream

    event = server_event("tick", data="now")
    raises = {"raise_on_disconnect": True}
    app.route("/stream")(streamed(stream, "chunk", 0.001))
    app.route("/busy")(streamed(stream, b"x" * 60_000, 0))
    app.route("/raises")(streamed(stream, "chunk", 0.001, **raises))
    app.route("/idle")(streamed(stream, "chunk", 3600, **raises))
    app.route("/events")(streamed(event_stream, event, 0.001))
    app.route("/silent")(streamed(event_stream, event, 3600))

    @app.route("/file")
    async def file(req, res, resource):
        res.file(tmp_path / "large.bin")

    @app.route("/background")
    async def background(req, res, resource):
        @res.background
        async def later():
            async with counts.counted("task"):
                await asyncio.sleep(0.002)


@pytest.mark.usefixtures("stages")
async def test_a_thousand_clients_that_leave_leave_nothing_behind(
    serve, counts, caplog
):
    whim = random.Random(6)

    async def visit(request):
        client = await request(f"GET /{whim.choice(STAGES)}")
        if whim.random() < 0.5:
            with suppress(OSError, asyncio.IncompleteReadError):
                await client.head()
        await asyncio.sleep(whim.random() * 0.02)
        client.leave(whim.choice(["close", "reset", "half"]))

    async with serve() as request, asyncio.timeout(60):
        for _ in range(20):
            await asyncio.gather(*(visit(request) for _ in range(50)))

    assert counts.begun == counts.ended
    assert set(counts.begun) == {"provider", "generator", "task"}
    assert min(counts.begun.values()) > 50
    assert [it.getMessage() for it in caplog.records if it.levelname == "ERROR"] == []


@pytest.mark.usefixtures("stages")
async def test_a_head_on_an_endless_stream_leaves_nothing_behind(serve, counts):
    async with serve() as request, asyncio.timeout(60):
        for number in range(300):
            stage = STREAMS[number % len(STREAMS)]
            client = await request(f"HEAD /{stage}", f"GET /{stage}")
            assert "200 ok" in await client.head()
            client.leave()

    assert counts.begun == counts.ended


@pytest.mark.usefixtures("stages")
async def test_a_head_never_starts_the_generator(serve, counts):
    async with serve() as request:
        for stage in STREAMS:
            client = await request(f"HEAD /{stage}", "GET /background")
            assert "200 ok" in await client.head()
            assert "200 ok" in await client.head()

    assert "generator" not in counts.begun


async def test_a_large_file_is_read_no_further_for_a_client_that_has_left(
    app, serve, tmp_path
):
    with (tmp_path / "endless.bin").open("wb") as file:
        file.truncate(1_000_000_000_000)  # takes no place, but an hour to read

    @app.route("/")
    async def view(req, res):
        res.file(tmp_path / "endless.bin")

    async with serve() as request:
        for _ in range(10):
            client = await request("GET /")
            await client.head()
            await client.reader.readexactly(100_000)
            client.leave()


# Failures


async def test_a_failure_before_the_first_chunk_is_an_ordinary_answer(app, serve):
    @app.route("/")
    async def view(req, res):
        @res.stream
        async def chunks():
            raise KeyError
            yield ""

    async with serve() as request:
        client = await request("GET /")
        head = await client.head()
        answer = b'{"error":"500 Internal Server Error","status":500}'
        assert await client.reader.readexactly(len(answer)) == answer

    assert "500 internal server error" in head
    assert f"content-length: {len(answer)}" in head


@pytest.mark.parametrize("known", [True, False])
async def test_a_failure_after_it_does_not_look_complete(app, serve, known):
    @app.route("/")
    async def view(req, res):
        if known:
            res.headers["content-length"] = "1000"

        @res.stream
        async def chunks():
            yield "begun"
            raise KeyError

    async with serve() as request:
        client = await request("GET /")
        head = await client.head()
        rest = await client.reader.read()

    assert ("content-length: 1000" in head) is known
    assert rest == (b"begun" if known else b"5\r\nbegun\r\n")


async def test_a_file_that_shrinks_does_not_look_complete(app, serve, tmp_path):
    path = tmp_path / "shrinking.bin"
    path.write_bytes(bytes(50_000_000))

    @app.route("/")
    async def view(req, res):
        res.file(path)

    async with serve() as request:
        client = await request("GET /")
        assert "content-length: 50000000" in await client.head()
        await client.reader.readexactly(1000)
        with path.open("r+b") as file:
            file.truncate(1000)
        assert len(await client.reader.read()) < 49_999_000


# What is on the wire


@pytest.mark.parametrize("says_so", [True, False])
async def test_a_stream_is_chunked_once(app, serve, says_so):
    @app.route("/")
    async def view(req, res):
        res.chunked = says_so

        @res.stream
        async def chunks():
            yield "one"
            yield b"two"

    async with serve() as request:
        client = await request("GET /")
        head = await client.head()
        assert head.count("transfer-encoding: chunked") == 1
        assert "content-length" not in head
        assert [await client.chunk() for _ in range(3)] == [b"one", b"two", b""]


async def test_chunks_arrive_as_they_are_yielded(app, serve):
    go_on = asyncio.Event()

    @app.route("/")
    async def view(req, res):
        @res.stream
        async def chunks():
            yield "one"
            await go_on.wait()
            yield "two"

    async with serve() as request:
        client = await request("GET /")
        await client.head()
        assert await client.chunk() == b"one"
        go_on.set()
        assert await client.chunk() == b"two"


async def test_a_silent_event_stream_opens_and_is_kept_alive(app, serve):
    @app.route("/")
    async def view(req, res):
        @res.event_stream
        async def events():
            await asyncio.Event().wait()
            yield ""

    async with serve(sse_keepalive=0.05) as request:
        client = await request("GET /")
        head = await client.head()
        assert "content-type: text/event-stream; charset=utf-8" in head
        assert "cache-control: no-cache" in head
        for _ in range(3):
            assert await client.chunk() == b": keep-alive\n\n"
        client.leave()


async def test_a_background_task_begins_when_the_answer_is_there(app, serve, counts):
    arrived = asyncio.Event()

    @app.route("/")
    async def view(req, res):
        res.text = "answer"

        @res.background
        async def later():
            async with counts.counted("task"):
                await arrived.wait()

    async with serve() as request:
        client = await request("GET /")
        await client.head()
        assert await client.reader.readexactly(6) == b"answer"
        arrived.set()

    assert counts.ended == {"task": 1}
