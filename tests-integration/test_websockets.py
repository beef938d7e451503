"""Websockets on a real server: uvicorn, both its implementations, real sockets.

Well-behaved clients are of the `websockets` library; those that are not speak through
wsproto, or write their bytes themselves.
"""

import asyncio
import json
import logging
import os
import signal
import struct
import subprocess
import sys
import textwrap
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
import wsproto
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Message,
    Ping,
    Pong,
    Request,
    TextMessage,
)
from wsproto.frame_protocol import Opcode

from bocadillo import (
    App,
    ClientDisconnect,
    HTTPError,
    Store,
    WebSocketDisconnect,
    configure,
)

pytestmark = pytest.mark.anyio

# Its older `websockets` warns that it becomes another name of the first one.
IMPLEMENTATIONS = ["websockets-sansio", "wsproto"]


class Log:
    """What views have to tell, and a way to wait for it."""

    def __init__(self):
        self.lines = []
        self._news = asyncio.Event()

    def __call__(self, line):
        self.lines.append(line)
        self._news.set()

    async def until(self, *lines):
        """Wait until these lines, and no others, are there."""
        async with asyncio.timeout(10):
            while sorted(self.lines) != sorted(lines):
                self._news.clear()
                await self._news.wait()


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def app(store):
    return App(providers=store)


@pytest.fixture(params=IMPLEMENTATIONS)
def implementation(request):
    return request.param


@pytest.fixture
async def serve(app, implementation):
    """Serve the app; afterwards no task may be left of it."""

    @asynccontextmanager
    async def serve(settings=None, **options):
        if app._settings is None:
            configure(app, settings, STATIC_DIR=None)
        before = asyncio.all_tasks()
        config = uvicorn.Config(
            app, port=0, lifespan="on", log_config=None, ws=implementation, **options
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
            assert not serving.done(), "The server did not start."
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        try:
            yield f"ws://{host}:{port}"
        finally:
            server.should_exit = True
            await asyncio.wait_for(serving, 10)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() <= before

    return serve


class Raw:
    """A client that writes frames, or anything else."""

    def __init__(self, url):
        self.host, port = url.removeprefix("ws://").split(":")
        self.port = int(port)
        self.protocol = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
        self._events = []

    async def open(self, path="/"):
        """Do the handshake."""
        await self.connect(path)
        event = await self.event()
        assert isinstance(event, AcceptConnection), event

    async def connect(self, path="/"):
        """Begin the handshake."""
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        self.send(Request(host=self.host, target=path))

    def send(self, event):
        """Write what the protocol makes of an event."""
        self.writer.write(self.protocol.send(event))

    def frame(self, opcode, payload, *, fin=True, masked=True):
        """Write a frame, valid or not (RFC 6455 §5.2)."""
        head = bytes([(0x80 if fin else 0) | opcode])
        mask_bit = 0x80 if masked else 0
        if len(payload) < 126:
            head += bytes([mask_bit | len(payload)])
        else:
            head += bytes([mask_bit | 126]) + struct.pack("!H", len(payload))
        mask = b"\x01\x02\x03\x04" if masked else b""
        hidden = bytes(
            byte ^ mask[at % 4] if masked else byte for at, byte in enumerate(payload)
        )
        self.writer.write(head + mask + hidden)

    async def event(self):
        """The next event from the server; `None` when it hangs up."""
        async with asyncio.timeout(10):
            while not self._events:
                data = await self.reader.read(65536)
                if not data:
                    return None
                self.protocol.receive_data(data)
                self._events += self.protocol.events()
        return self._events.pop(0)

    async def code(self):
        """The code of the close that comes next."""
        event = await self.event()
        assert isinstance(event, CloseConnection), event
        return event.code

    def vanish(self):
        """Be gone, without a word."""
        self.writer.transport.abort()

    async def leave(self):
        """Close the socket."""
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()


@pytest.fixture
async def raw():
    """Make raw clients, which are gone after the test."""
    clients = []

    def make(url):
        clients.append(Raw(url))
        return clients[-1]

    yield make
    for client in clients:
        if hasattr(client, "writer"):
            await client.leave()


def errors(caplog):
    """What was logged as an error, whoever did."""
    return [it.getMessage() for it in caplog.records if it.levelno >= logging.ERROR]


# Messages


@pytest.mark.parametrize(
    ("value_type", "message"),
    [("text", "héllo"), ("bytes", b"\x00\xff"), ("json", '{"a":[1,null,"ü"]}')],
)
async def test_an_echo_comes_back(app, serve, value_type, message):
    @app.websocket_route("/", value_type=value_type)
    async def echo(ws):
        async for received in ws:
            await ws.send(received)

    async with serve() as url, connect(url) as client:
        for _ in range(3):
            await client.send(message)
            assert await client.recv() == message


async def test_a_long_message_comes_back(app, serve):
    @app.websocket_route("/")
    async def echo(ws):
        async for received in ws:
            await ws.send(received)

    message = "ä" * 500_000
    async with serve() as url, connect(url, max_size=None) as client:
        await client.send(message)
        assert await client.recv() == message


async def test_fragments_are_one_message(app, serve, raw):
    @app.websocket_route("/")
    async def echo(ws):
        async for received in ws:
            await ws.send(received)

    async with serve() as url:
        client = raw(url)
        await client.open()
        # Cut within a character, with a ping in between (RFC 6455 §5.4).
        client.frame(Opcode.TEXT, b"h\xc3", fin=False)
        client.frame(Opcode.PING, b"?")
        client.frame(Opcode.CONTINUATION, b"\xa9l", fin=False)
        client.frame(Opcode.CONTINUATION, b"lo", fin=True)
        pong, message = await client.event(), await client.event()
        assert isinstance(pong, Pong)
        assert message == TextMessage("héllo")
        await client.leave()


async def test_an_empty_message_is_a_message(app, serve, raw):
    @app.websocket_route("/", value_type="bytes")
    async def echo(ws):
        async for received in ws:
            await ws.send(received)

    async with serve() as url:
        client = raw(url)
        await client.open()
        client.frame(Opcode.BINARY, b"")
        assert await client.event() == BytesMessage(b"")
        await client.leave()


async def test_a_ping_is_answered_while_the_view_is_busy(app, serve, raw, log):
    @app.websocket_route("/")
    async def busy(ws):
        log("busy")
        await pinged.wait()
        await ws.send("done")

    pinged = asyncio.Event()
    async with serve() as url:
        client = raw(url)
        await client.open()
        await log.until("busy")
        client.send(Ping(b"there?"))
        assert await client.event() == Pong(bytearray(b"there?"))
        pinged.set()
        assert await client.event() == TextMessage("done")
        assert await client.code() == 1000


async def test_a_view_that_does_not_read_bounds_what_the_client_can_send(
    app, serve, raw
):
    @app.websocket_route("/")
    async def slow(ws):
        await blocked.wait()
        count = 0
        async for message in ws:
            count += 1
            if message == "last":
                await ws.send(str(count))

    blocked = asyncio.Event()
    async with serve() as url:
        client = raw(url)
        await client.open()
        sent = 0
        with suppress(TimeoutError):
            while sent < 2000:
                client.send(Message("x" * 65536))
                async with asyncio.timeout(1.5):
                    await client.writer.drain()
                sent += 1
        assert sent < 2000
        blocked.set()
        client.send(Message("last"))
        assert await client.event() == TextMessage(str(sent + 2))
        await client.leave()


# What is wrong with a message


@pytest.mark.parametrize(
    ("value_type", "opcode", "payload", "code", "reason"),
    [
        ("text", Opcode.BINARY, b"bytes", 1003, "Expected text."),
        ("json", Opcode.BINARY, b"{}", 1003, "Expected text."),
        ("bytes", Opcode.TEXT, b"text", 1003, "Expected bytes."),
        ("json", Opcode.TEXT, b"{", 1007, "JSON is malformed."),
        ("json", Opcode.TEXT, b"", 1007, "JSON is malformed."),
        (dict[str, int], Opcode.TEXT, b'{"a": "b"}', 1007, "a: Must be a number."),
    ],
)
async def test_a_message_that_the_view_does_not_expect_ends_the_conversation(
    app, serve, raw, log, caplog, capfd, value_type, opcode, payload, code, reason
):
    @app.websocket_route("/", value_type=value_type)
    async def view(ws):
        try:
            async for message in ws:
                raise AssertionError(message)
        finally:
            await asyncio.sleep(0)
            log("clean")

    async with serve() as url:
        client = raw(url)
        await client.open()
        client.frame(opcode, payload)
        assert await client.event() == CloseConnection(code, reason)
        await log.until("clean")
        await client.leave()
    assert errors(caplog) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ((Opcode.TEXT, b"\xff\xfe"), 1007),
        ((Opcode.TEXT, b"x" * 2000), 1009),
        ((Opcode.CONTINUATION, b"of nothing"), 1002),
        ((Opcode.PING, b"x" * 126), 1002),
        ((0x3, b"reserved"), 1002),
        (None, 1002),
    ],
)
@pytest.mark.parametrize("doing", ["receive", "send"])
async def test_who_breaks_the_protocol_is_told_by_the_server_and_the_view_ends(
    app, serve, raw, log, caplog, implementation, frame, code, doing
):
    @app.websocket_route("/")
    async def view(ws):
        try:
            while True:
                if doing == "receive":
                    await ws.receive()
                else:
                    await ws.send("tick")
                    await asyncio.sleep(0)
        finally:
            await asyncio.sleep(0)
            log("clean")

    async with serve(ws_max_size=1000) as url:
        client = raw(url)
        await client.open()
        if frame is None:
            client.frame(Opcode.TEXT, b"hi", masked=False)
        else:
            client.frame(*frame)
        await log.until("clean")
        event = await client.event()
        while isinstance(event, TextMessage):
            event = await client.event()
        # With wsproto, uvicorn just hangs up.
        told = {code} if implementation != "wsproto" else {code, None}
        assert getattr(event, "code", None) in told
    assert not [it for it in errors(caplog) if "ASGI" in it]


# The handshake


async def status_of(url, **options):
    """Status and JSON body of a handshake that is refused."""
    with pytest.raises(InvalidStatus) as caught:
        async with connect(url, **options):
            pass
    response = caught.value.response
    return response.status_code, json.loads(response.body) if response.body else None


async def test_refusals_are_http_responses(app, store, serve, caplog):
    @store.provider
    async def user():
        raise HTTPError(401, detail="Log in.")

    @app.websocket_route("/provider")
    async def provided(ws, user):
        raise AssertionError

    @app.websocket_route("/rooms/{number}")
    async def room(ws, number: int):
        raise AssertionError

    @app.websocket_route("/rejected", auto_accept=False)
    async def rejected(ws):
        await ws.reject()

    @app.websocket_route("/raised", auto_accept=False)
    async def raised(ws):
        raise HTTPError(404, detail="No such room.")

    @app.websocket_route("/forgotten", auto_accept=False)
    async def forgotten(ws):
        pass

    async with serve(settings={"WEBSOCKET_ORIGINS": []}) as url:
        assert await status_of(f"{url}/nope") == (403, None)
        assert await status_of(f"{url}/rejected") == (403, None)
        assert await status_of(f"{url}/forgotten") == (403, None)
        assert await status_of(f"{url}/provider") == (
            401,
            {"error": "401 Unauthorized", "status": 401, "detail": "Log in."},
        )
        status, body = await status_of(f"{url}/rooms/x")
        assert (status, body["detail"]) == (400, {"number": "Must be a number."})
        status, body = await status_of(f"{url}/raised")
        assert (status, body["detail"]) == (404, "No such room.")
        status, _ = await status_of(f"{url}/rooms/1", origin="https://evil.example")
        assert status == 403
    assert errors(caplog) == []


async def test_a_defect_before_the_handshake_is_a_500_and_is_logged_once(
    app, store, serve, caplog
):
    @store.provider
    async def user():
        raise KeyError("defect")

    @app.websocket_route("/")
    async def view(ws, user):
        raise AssertionError

    async with serve() as url:
        status, body = await status_of(url)
    assert (status, body["error"]) == (500, "500 Internal Server Error")
    assert len(errors(caplog)) == 1
    assert "KeyError: 'defect'" in caplog.text


async def test_a_subprotocol_is_agreed_on(app, serve):
    @app.websocket_route("/", subprotocols=["v2", "v1"])
    async def view(ws):
        await ws.send(ws.subprotocol)

    async with (
        serve() as url,
        connect(url, subprotocols=["v0", "v1", "v2"]) as client,
    ):
        assert client.subprotocol == "v2"
        assert await client.recv() == "v2"


# The end


async def test_a_view_that_ends_closes_with_1000(app, serve):
    @app.websocket_route("/")
    async def view(ws):
        pass

    async with serve() as url, connect(url) as client:
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert client.close_code == 1000


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1014, 3000, 4999])
async def test_a_view_closes_with_a_code_and_a_reason(app, serve, code):
    @app.websocket_route("/")
    async def view(ws):
        await ws.close(code, "ä" * 61)

    async with serve() as url, connect(url) as client:
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert client.close_code == code
        assert client.close_reason == "ä" * 61


async def test_an_exception_closes_with_1011_and_is_logged_once(app, serve, caplog):
    @app.websocket_route("/")
    async def view(ws):
        raise KeyError("defect")

    async with serve() as url:
        async with connect(url, additional_headers={"X-Request-ID": "r-1"}) as client:
            with pytest.raises(ConnectionClosed):
                await client.recv()
        assert client.close_code == 1011
    assert len(errors(caplog)) == 1
    assert "KeyError: 'defect'" in caplog.text
    assert "while serving the websocket '/' (request r-1)" in caplog.text


async def test_an_http_error_after_the_handshake_is_a_1008(app, serve, caplog):
    @app.websocket_route("/")
    async def view(ws):
        raise HTTPError(403, detail="Not in this room.")

    async with serve() as url, connect(url) as client:
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert (client.close_code, client.close_reason) == (1008, "Not in this room.")
    assert errors(caplog) == []


LEAVING = {
    "close": lambda client: client.send(CloseConnection(1000)),
    "close without a code": lambda client: client.frame(Opcode.CLOSE, b""),
    "close with a code of its own": lambda client: client.send(CloseConnection(4000)),
    "closed socket": lambda client: client.writer.close(),
    "reset": lambda client: client.vanish(),
}


@pytest.mark.parametrize("leave", LEAVING.values(), ids=LEAVING)
@pytest.mark.parametrize(
    "doing", ["receive", "iterate", "send", "broadcast", "wait", "work", "set up"]
)
async def test_whatever_the_view_does_when_its_client_leaves_it_ends_cleanly(
    app, store, serve, raw, log, caplog, leave, doing
):
    @store.provider
    async def slow():
        log("begun")
        await left.wait()

    @store.provider
    async def resource():
        try:
            yield
        finally:
            await asyncio.sleep(0.01)
            log("cleanup")

    async def receive(ws):
        await ws.receive()

    async def iterate(ws):
        async for message in ws:
            raise AssertionError(message)

    async def send(ws):
        while True:
            await ws.send("x" * 1000)
            await asyncio.sleep(0.001)

    async def broadcast(ws):
        async with asyncio.TaskGroup() as group:
            group.create_task(send(ws))
            group.create_task(iterate(ws))

    async def wait(ws):
        await asyncio.Event().wait()

    async def work(ws):
        await left.wait()
        await asyncio.sleep(0.05)
        await ws.send("done")
        await ws.receive()

    do = {"receive": receive, "iterate": iterate, "send": send, "wait": wait}
    do |= {"broadcast": broadcast, "work": work}

    @app.websocket_route("/view")
    async def view(ws, resource):
        log("begun")
        try:
            await do[doing](ws)
        finally:
            await asyncio.sleep(0.01)
            log("finally")

    @app.websocket_route("/set up")
    async def never(ws, resource, slow):
        log("finally")

    left = asyncio.Event()
    async with serve() as url:
        client = raw(url)
        if doing == "set up":
            await client.connect("/set%20up")
        else:
            await client.open("/view")
        await log.until("begun")
        if doing == "set up":
            client.vanish()
        else:
            leave(client)
        await asyncio.sleep(0.05)
        left.set()
        ended = ["begun", "cleanup"] if doing == "set up" else [
            "begun", "finally", "cleanup",
        ]  # fmt: skip
        await log.until(*ended)
    assert errors(caplog) == []


async def test_both_may_close_at_the_same_time(app, serve, raw, log, caplog):
    @app.websocket_route("/")
    async def view(ws):
        await ws.receive()
        await ws.close(3000)
        log("closed")

    async with serve() as url:
        client = raw(url)
        await client.open()
        client.frame(Opcode.TEXT, b"go")
        client.frame(Opcode.CLOSE, struct.pack("!H", 4000))
        client.frame(Opcode.CLOSE, struct.pack("!H", 4001))
        client.frame(Opcode.TEXT, b"after the end")
        await log.until("closed")
        assert await client.code() in (3000, 4000)
    assert errors(caplog) == []


async def test_closing_after_the_client_has_left_is_no_error(app, serve, log, caplog):
    @app.websocket_route("/")
    async def view(ws):
        with suppress(WebSocketDisconnect):
            await ws.receive()
        await ws.close()
        with suppress(ClientDisconnect):
            await ws.send("too late")
        log("end")

    async with serve() as url:
        async with connect(url):
            pass
        await log.until("end")
    assert errors(caplog) == []


# Many


async def test_five_hundred_clients_get_every_broadcast_in_order(app, serve, log):
    room = set()

    @app.websocket_route("/")
    async def view(ws):
        room.add(ws)
        try:
            async for message in ws:
                for peer in tuple(room):
                    await peer.send(message)
        finally:
            room.discard(ws)
            log("clean")

    expected = [str(number) for number in range(40)]

    async def listen(client):
        return [await client.recv() for _ in expected]

    async with serve() as url, asyncio.timeout(60):
        clients = [
            await connect(url, compression=None, ping_interval=None) for _ in range(500)
        ]
        assert len(room) == 500
        listening = [asyncio.create_task(listen(client)) for client in clients]
        for message in expected:
            await clients[0].send(message)
        for received in await asyncio.gather(*listening):
            assert received == expected
        await asyncio.gather(*(client.close() for client in clients))
        await log.until(*["clean"] * 500)
    assert room == set()


async def test_who_vanishes_does_not_harm_a_broadcast(app, serve, raw, log, caplog):
    room = set()

    @app.websocket_route("/")
    async def view(ws):
        room.add(ws)
        log("in")
        try:
            async for message in ws:
                for peer in tuple(room):
                    with suppress(ClientDisconnect):
                        await peer.send(message)
        finally:
            room.discard(ws)
            log("out")

    async with serve() as url:
        async with connect(url) as client:
            others = [raw(url) for _ in range(20)]
            for other in others:
                await other.open()
            for number, other in enumerate(others):
                if number % 2:
                    other.vanish()
                await client.send(str(number))
                assert await client.recv() == str(number)
            for other in others[::2]:
                received = [(await other.event()).data for _ in others]
                assert received == [str(number) for number in range(20)]
                await other.leave()
        await log.until(*["in", "out"] * 21)
    assert errors(caplog) == []


# Stopping


@pytest.mark.parametrize("idle", ["receiving", "waiting"])
async def test_stopping_closes_websockets_with_1012(app, serve, log, idle):
    @app.websocket_route("/")
    async def view(ws):
        try:
            if idle == "receiving":
                await ws.receive()
            else:
                await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            log("clean")

    async with serve() as url:
        clients = [await connect(url) for _ in range(10)]
        async with asyncio.timeout(2):
            await app.drain()
            for client in clients:
                await client.wait_closed()
                assert client.close_code == 1012
        assert log.lines == ["clean"] * 10


PROGRAM = """
import asyncio
from bocadillo import App, configure, server_event

app = App()

@app.websocket_route("/receiving")
async def receiving(ws):
    try:
        async for message in ws:
            pass
    finally:
        await asyncio.sleep(0.01)
        print("clean", flush=True)

@app.websocket_route("/waiting")
async def waiting(ws):
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0.01)
        print("clean", flush=True)

@app.route("/slow")
async def slow(req, res):
    print("slow", flush=True)
    await asyncio.sleep(0.5)
    res.text = "done"

configure(app)
"""


@pytest.mark.parametrize("idle", ["receiving", "waiting"])
async def test_a_signal_ends_idle_websockets_without_grace(
    tmp_path, implementation, idle
):
    (tmp_path / "program.py").write_text(textwrap.dedent(PROGRAM))
    options = ["--port", "0", "--ws", implementation, "--no-access-log"]
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "uvicorn", *options, "program:app", cwd=tmp_path,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    loop = asyncio.get_running_loop()
    try:
        logged = ""
        while "Uvicorn running on http://" not in logged:
            line = (await server.stderr.readline()).decode()
            assert line, logged
            logged += line
        port = int(logged.partition("http://127.0.0.1:")[2].split()[0])
        url = f"ws://127.0.0.1:{port}/{idle}"
        clients = [await connect(url) for _ in range(50)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")
        assert await server.stdout.readline() == b"slow\n"
        server.send_signal(signal.SIGTERM)
        told = loop.time()
        for client in clients:
            await asyncio.wait_for(client.wait_closed(), 20)
        answer = await reader.read()
        out, rest = await asyncio.wait_for(server.communicate(), 20)
        took = loop.time() - told
        writer.close()
    finally:
        if server.returncode is None:
            server.kill()
            await server.wait()
    assert {client.close_code for client in clients} == {1012}
    assert answer.endswith(b"done")
    assert out == b"clean\n" * 50
    assert b"Traceback" not in rest
    # NOTE: two seconds are promised. A loaded machine gets more; what is not idle would
    # be given SHUTDOWN_GRACE, which is half a minute.
    assert took < 20
