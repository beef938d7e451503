"""Stopping plain `uvicorn app:app` by a signal while it serves all that there is."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect

pytestmark = pytest.mark.anyio

IDLE = 50

PROGRAM = """
import asyncio
from bocadillo import App, configure, provider, server_event

app = App()
say = lambda *words: print(*words, flush=True)

@provider(scope="app")
async def pool():
    yield
    say("app cleaned up")

@provider
async def resource(pool):
    try:
        yield
    finally:
        await asyncio.sleep(0.05)
        say("request cleaned up")

@app.route("/events")
async def events(req, res):
    @res.event_stream
    async def idle():
        try:
            yield server_event("hello", data="")
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)
            say("events ended")

@app.websocket_route("/socket")
async def socket(ws):
    try:
        async for message in ws:
            pass
    finally:
        await asyncio.sleep(0.05)
        say("socket ended")

@app.route("/slow")
async def slow(req, res, resource):
    say("slow begun")
    await asyncio.sleep(2)
    res.text = f"done while draining={app.draining}"

@app.route("/numbers")
async def numbers(req, res, resource):
    @res.stream
    async def count():
        say("numbers begun")
        for number in range(10):
            yield f"{number} "
            await asyncio.sleep(0.05)

@app.route("/task")
async def task(req, res):
    res.text = "answer"

    @res.background
    async def later(resource):
        say("task begun")
        await asyncio.sleep(0.5)
        say("task ended")

@app.route("/endless")
async def endless(req, res, resource):
    if "length" in req.query_params:
        res.headers["content-length"] = "1000000"

    @res.stream
    async def chunks():
        try:
            while True:
                yield "x"
                await asyncio.sleep(0.01)
        finally:
            await asyncio.sleep(0.05)
            say("stream ended")

@app.route("/failing")
async def failing(req, res):
    raise LookupError

@app.error_handler(LookupError)
async def explain(req, res, exc):
    @res.event_stream
    async def idle():
        try:
            yield server_event("sorry", data="")
            await asyncio.Event().wait()
        finally:
            say("events ended")
"""


class Process:
    """A running server."""

    def __init__(self, process, port):
        self._process = process
        self._writers = []
        self.port = port
        self.stop = process.send_signal

    async def says(self, line):
        """Wait for a line of the program."""
        assert (await self._process.stdout.readline()).decode().strip() == line

    async def end(self):
        """Wait until it has ended; gives what it printed, and its log."""
        out, log = await self._process.communicate()
        assert self._process.returncode in (0, -signal.SIGTERM, -signal.SIGINT)
        return out.decode().splitlines(), log.decode()

    async def get(self, path):
        """Request something on a connection of its own; gives what comes back."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writers.append(writer)
        writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        return reader

    def hang_up(self):
        """Close all connections."""
        for writer in self._writers:
            writer.close()


@pytest.fixture(params=["httptools", "h11"])
def parser(request):
    return request.param


@pytest.fixture
async def serve(tmp_path, parser):
    """Serve the program with `uvicorn program:app`."""

    @asynccontextmanager
    async def serve(*options, **settings):
        configuring = f"configure(app, **{settings!r})"
        (tmp_path / "program.py").write_text(PROGRAM + "\n" + configuring)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "uvicorn", "program:app", "--port", "0"),
            *("--http", parser, "--no-access-log", *options),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ,
        )
        try:
            async with asyncio.timeout(60):
                log = ""
                while "Uvicorn running on http://" not in log:
                    line = (await process.stderr.readline()).decode()
                    assert line, log
                    log += line
                port = int(log.partition("http://127.0.0.1:")[2].split()[0])
                server = Process(process, port)
                try:
                    yield server
                finally:
                    server.hang_up()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    return serve


# NOTE: two seconds are promised for what is idle, and half a second more is left
# to a request of two seconds; a loaded machine gets ten times as much.
WITHIN = 35


async def test_a_signal_ends_what_is_idle_and_loses_nothing(serve):
    async with serve() as server:
        streams = [await server.get("/events") for _ in range(IDLE)]
        for stream in streams:
            await stream.readuntil(b"event: hello\ndata: \n\n")
        url = f"ws://127.0.0.1:{server.port}/socket"
        sockets = [await connect(url) for _ in range(IDLE)]
        slow = await server.get("/slow")
        await server.says("slow begun")

        server.stop(signal.SIGTERM)
        async with asyncio.timeout(WITHIN):
            answer = await slow.read()
            out, log = await server.end()

        for stream in streams:
            assert b"retry: 1000\n\n\r\n0\r\n\r\n" in await stream.read()
        for each in sockets:
            await each.wait_closed()
            assert each.close_code == 1012
        assert answer.endswith(b"done while draining=True")
        ended = sorted(out[: 2 * IDLE])
        assert ended == ["events ended"] * IDLE + ["socket ended"] * IDLE
        assert out[2 * IDLE :] == ["request cleaned up", "app cleaned up"]
        assert "Traceback" not in log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_what_is_not_idle_runs_to_its_end(serve, number):
    async with serve() as server:
        numbers = await server.get("/numbers")
        await server.says("numbers begun")
        task = await server.get("/task")
        await task.readuntil(b"answer")
        await server.says("task begun")

        server.stop(number)
        answer = await numbers.read()
        out, log = await server.end()

        assert answer.endswith(b"2\r\n9 \r\n0\r\n\r\n")
        assert sorted(out[:-1]) == ["request cleaned up"] * 2 + ["task ended"]
        assert out[-1] == "app cleaned up"
        assert "Traceback" not in log


async def test_an_event_stream_of_an_error_handler_ends_as_well(serve):
    async with serve() as server:
        stream = await server.get("/failing")
        await stream.readuntil(b"event: sorry\ndata: \n\n")

        server.stop(signal.SIGTERM)
        assert b"retry: 1000\n\n\r\n0\r\n\r\n" in await stream.read()
        out, _ = await server.end()

        assert out == ["events ended", "app cleaned up"]


@pytest.mark.parametrize("path", ["/endless", "/endless?length"])
@pytest.mark.parametrize("by", ["the app", "the server"])
async def test_what_lasts_too_long_is_cut_off_and_looks_so(serve, path, by):
    patience = (
        serve(SHUTDOWN_GRACE=0.3)
        if by == "the app"
        else serve("--timeout-graceful-shutdown", "1")
    )
    async with patience as server:
        stream = await server.get(path)
        await stream.readuntil(b"x")

        server.stop(signal.SIGTERM)
        rest = await stream.read()
        out, _ = await server.end()

        assert len(rest) < 1_000_000
        assert not rest.endswith(b"0\r\n\r\n")
        assert out == ["stream ended", "request cleaned up", "app cleaned up"]
