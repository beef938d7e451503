"""Streams, with the server's side of a request made of two plain callables."""

import asyncio
import gc
import logging
import weakref
from contextlib import aclosing, asynccontextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bocadillo import App, ClientDisconnect, HTTPError, Store, configure, hooks
from bocadillo.limits import Limits
from bocadillo.request import Request
from bocadillo.sending import conclude
from bocadillo.streams import RETRY, EventStream, Reason, Stream


class Server:
    """One request as a server sees it; remembers what is sent."""

    def __init__(self, body=(b"",), method="GET", headers=()):
        self.sent = []
        self.scope = {
            "type": "http", "method": method, "path": "/", "headers": list(headers),
            "query_string": b"", "http_version": "1.1", "scheme": "http",
        }  # fmt: skip
        self._parts = list(body)
        self._left = asyncio.Event()
        self.before_send = None
        self.has_sent = asyncio.Event()

    def leave(self):
        """The client closes its connection."""
        self._left.set()

    async def receive(self):
        if self._parts:
            part = self._parts.pop(0)
            more = bool(self._parts)
            return {"type": "http.request", "body": part, "more_body": more}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        if self.before_send is not None:
            await self.before_send(message)
        self.sent.append(message)
        self.has_sent.set()

    @property
    def bodies(self):
        return [it["body"] for it in self.sent if it["type"] == "http.response.body"]

    @property
    def complete(self):
        last = self.sent[-1] if self.sent else {"more_body": True}
        return not last.get("more_body", False) and "body" in last


def made(function, server, cls=Stream, *, raises=False, **limits):
    request = Request(server.scope, server.receive, server.send, Limits(**limits))
    return cls(function, request, raise_on_disconnect=raises)


def opening(server):
    async def open_():
        await server.send({"type": "http.response.start", "status": 200})
        return True

    return open_


async def run(stream):
    server = stream._request._send.__self__
    await stream.run(opening(server))
    await conclude(stream._request)


async def start(stream):
    """Run a stream until everything in it waits."""
    task = asyncio.ensure_future(run(stream))
    await turns()
    return task


async def turns(count=10):
    for _ in range(count):
        await asyncio.sleep(0)


def others():
    """The tasks that are alive beside this one, and the one that runs tests."""
    alive = asyncio.all_tasks() - {asyncio.current_task()}
    return [task for task in alive if "TestRunner" not in repr(task.get_coro())]


@pytest.fixture
def errors(caplog):
    caplog.set_level(logging.WARNING, "bocadillo")
    return lambda: [record.getMessage() for record in caplog.records]


@pytest.fixture
async def server():
    return Server()


# What is sent


async def test_chunks_are_sent_as_they_are_yielded(server):
    async def numbers():
        yield "é"
        yield b"2"

    await run(made(numbers, server))

    assert [it["type"] for it in server.sent] == [
        "http.response.start", *["http.response.body"] * 3,
    ]  # fmt: skip
    assert server.bodies == ["é".encode(), b"2", b""]
    assert server.complete


async def test_headers_wait_for_the_first_chunk(server):
    release = asyncio.Event()

    async def late():
        await release.wait()
        yield "1"

    task = await start(made(late, server))
    assert server.sent == []
    release.set()
    await task

    assert server.bodies == [b"1", b""]


async def test_a_generator_that_yields_nothing_is_an_empty_body(server):
    async def nothing():
        return
        yield

    await run(made(nothing, server))

    assert server.bodies == [b""]


async def test_an_error_before_the_first_chunk_sends_nothing(server):
    async def broken():
        raise ValueError("early")
        yield

    with pytest.raises(ValueError, match="early"):
        await run(made(broken, server))

    assert server.sent == []


async def test_an_error_after_it_leaves_the_body_open(server):
    async def broken():
        yield "1"
        raise ValueError("late")

    with pytest.raises(ValueError, match="late"):
        await run(made(broken, server))

    assert server.bodies == [b"1"]
    assert not server.complete


@pytest.mark.parametrize("chunk", [1, None, ["a"]])
async def test_only_text_and_bytes_can_be_yielded(server, chunk):
    closed = []

    async def wrong():
        try:
            yield chunk
        finally:
            await asyncio.sleep(0)
            closed.append(True)

    with pytest.raises(TypeError, match="must yield str or bytes, not"):
        await run(made(wrong, server))

    assert server.sent == []
    assert closed == [True]


async def test_a_later_chunk_of_another_type_is_an_error_too(server):
    async def wrong():
        yield "1"
        yield 2

    with pytest.raises(TypeError, match="not int"):
        await run(made(wrong, server))

    assert not server.complete


@pytest.mark.parametrize("cls", [Stream, EventStream])
async def test_a_head_never_starts_the_generator(cls):
    server = Server(method="HEAD")

    async def endless():
        raise AssertionError("started")
        yield

    await run(made(endless, server, cls))

    assert server.bodies == [b""]
    assert server.complete
    assert not others()


async def test_a_stream_that_is_not_wanted_any_more_sends_nothing(server):
    closed = []

    async def numbers():
        try:
            yield "1"
            yield "2"
        finally:
            await asyncio.sleep(0)
            closed.append(True)

    async def refuse():
        return False

    await made(numbers, server).run(refuse)

    assert server.sent == []
    assert closed == [True]


async def test_a_generator_that_never_waits_leaves_time_for_others(server):
    counted = 0

    async def endless():
        nonlocal counted
        while counted < 1_000_000:
            counted += 1
            yield b"x"

    task = asyncio.ensure_future(run(made(endless, server)))
    await turns(5)
    server.leave()
    await task

    assert counted < 1_000_000
    assert not server.complete


async def test_the_generator_lives_in_the_task_of_the_request(server):
    seen = []

    async def numbers():
        try:
            seen.append(asyncio.current_task())
            yield "1"
            await asyncio.sleep(0)
            seen.append(asyncio.current_task())
            yield "2"
        finally:
            await asyncio.sleep(0)
            seen.append(asyncio.current_task())

    await run(made(numbers, server, EventStream))

    assert set(seen) == {asyncio.current_task()}


# A client that leaves


@pytest.mark.parametrize("cls", [Stream, EventStream])
async def test_a_generator_that_waits_is_stopped_at_once(server, errors, cls):
    log = []

    async def endless():
        try:
            yield "1"
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            log.append("cleaned up")

    task = await start(made(endless, server, cls))
    server.leave()
    await task

    assert log == ["cleaned up"]
    assert task.cancelling() == 0
    assert not server.complete
    assert not errors()
    await turns()
    assert not others()


async def test_a_generator_between_chunks_is_closed_at_its_yield(server):
    log = []

    async def numbers():
        try:
            for number in range(1000):
                yield str(number)
        except GeneratorExit:
            log.append("closed")
            await asyncio.sleep(0)
            log.append("cleaned up")
            raise

    async def leave_at_third(message):
        if message.get("body") == b"2":
            server.leave()
            await turns()

    server.before_send = leave_at_third
    await run(made(numbers, server))

    assert log == ["closed", "cleaned up"]
    assert server.bodies == [b"0", b"1", b"2"]


async def test_client_disconnect_is_raised_where_the_generator_waits(server):
    log = []

    async def endless():
        yield "1"
        try:
            await asyncio.Event().wait()
        except ClientDisconnect:
            log.append("told")
            await asyncio.sleep(0)
            raise

    task = await start(made(endless, server, raises=True))
    server.leave()

    with pytest.raises(ClientDisconnect):
        await task
    assert log == ["told"]
    assert task.cancelling() == 0


async def test_client_disconnect_is_raised_at_the_yield(server):
    log = []

    async def numbers():
        for number in range(1000):
            try:
                yield str(number)
            except ClientDisconnect:
                log.append(number)
                await asyncio.sleep(0)
                log.append("cleaned up")
                return

    async def leave(message):
        server.leave()
        await turns()

    server.before_send = leave
    await run(made(numbers, server, raises=True))

    assert log == [0, "cleaned up"]


@pytest.mark.parametrize("late", ["text", "json", "content"])
@pytest.mark.parametrize("kind", ["stream", "event_stream"])
async def test_what_a_cleanup_sets_after_a_stream_is_not_sent(server, kind, late):
    store = Store()
    app = App(providers=store)
    configure(app, static_dir=None)

    @store.provider
    async def transaction(res):
        yield
        setattr(res, late, "late")

    @app.route("/")
    async def view(req, res, transaction):
        @getattr(res, kind)
        async def chunks():
            yield "a"

    await app(server.scope, server.receive, server.send)

    assert [it["type"] for it in server.sent].count("http.response.start") == 1
    assert server.bodies == [b"a", b""]


@pytest.mark.parametrize("error", [HTTPError(409), RuntimeError("no commit")])
@pytest.mark.parametrize("kind", ["stream", "event_stream"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_stream_has_no_end_if_a_cleanup_fails_after_it(kind, error, method):
    server = Server(method=method)
    store = Store()
    app = App(providers=store)
    configure(app, static_dir=None)

    @store.provider
    async def transaction():
        yield
        raise error

    @app.route("/")
    async def view(req, res, transaction):
        @getattr(res, kind)
        async def chunks():
            yield "a"

    with pytest.raises(type(error)):
        await app(server.scope, server.receive, server.send)

    assert server.sent[0]["status"] == 200
    assert not server.complete
    assert server.bodies == ([b"a"] if method == "GET" else [])


@pytest.mark.parametrize("when", ["early", "late", "cleaning up"])
@pytest.mark.parametrize("kind", ["stream", "event_stream"])
async def test_the_log_names_the_request_whose_stream_has_failed(kind, when):
    server = Server(headers=[(b"x-request-id", b"r-1")])
    store = Store()
    app, mounted = App(providers=store), App()
    app.mount("/mounted", mounted)
    configure(app, static_dir=None)
    server.scope["path"] = "/mounted/x"

    @store.provider
    async def transaction():
        yield
        if when == "cleaning up":
            raise KeyError("defect")

    @mounted.route("/x")
    async def view(req, res, transaction):
        @getattr(res, kind)
        async def chunks():
            if when == "early":
                raise KeyError("defect")
            yield "a"
            if when == "late":
                raise KeyError("defect")

    with pytest.raises(KeyError, match="defect") as caught:
        await app(server.scope, server.receive, server.send)

    ours = [it for it in caught.value.__notes__ if "(request " in it]
    assert ours == ["while streaming '/mounted/x' (request r-1)"]


async def test_the_log_names_no_stream_that_has_not_begun():
    server = Server()
    app = App(providers=Store())
    configure(app, static_dir=None)

    async def fail(req, res, params):
        raise KeyError("defect")

    @app.route("/")
    @hooks.after(fail)
    async def view(req, res):
        @res.stream
        async def chunks():
            yield "a"

    with pytest.raises(KeyError, match="defect") as caught:
        await app(server.scope, server.receive, server.send)

    assert not hasattr(caught.value, "__notes__")


@pytest.mark.parametrize("kind", ["stream", "event_stream"])
async def test_the_end_of_a_stream_follows_the_cleanup(server, kind):
    store = Store()
    app = App(providers=store)
    configure(app, static_dir=None)
    bodies = []

    @store.provider
    async def transaction():
        yield
        bodies.extend(server.bodies)

    @app.route("/")
    async def view(req, res, transaction):
        @getattr(res, kind)
        async def chunks():
            yield "a"

    await app(server.scope, server.receive, server.send)

    assert bodies == [b"a"]
    assert server.bodies == [b"a", b""]


@pytest.mark.parametrize("takes", [0, 1, 3])
@pytest.mark.parametrize("kind", ["stream", "event_stream"])
async def test_a_server_may_say_by_an_os_error_that_the_client_left(
    server, kind, takes
):
    log = []
    app = App(providers=Store())
    configure(app, static_dir=None)

    @app.route("/")
    async def view(req, res):
        @getattr(res, kind)(raise_on_disconnect=True)
        async def numbers():
            try:
                for number in range(10):
                    yield str(number)
            except ClientDisconnect:
                log.append("told")
                raise
            finally:
                await asyncio.sleep(0)
                log.append("cleaned up")

    refused = []

    async def refuse(message):
        if len(server.sent) == takes:
            refused.append(message["type"])
            raise BrokenPipeError

    server.before_send = refuse
    await app(server.scope, server.receive, server.send)

    assert log == ["told", "cleaned up"]
    assert len(refused) == 1


async def test_the_end_of_a_stream_may_reach_nobody(server):
    async def one():
        yield "1"

    async def refuse(message):
        if message.get("body") == b"":
            raise BrokenPipeError

    server.before_send = refuse
    await run(made(one, server))

    assert server.bodies == [b"1"]


@pytest.mark.parametrize("chunks", [[], ["1"]])
@pytest.mark.parametrize("refused", ["http.response.start", "http.response.body"])
async def test_a_generator_that_has_ended_is_not_waited_for(
    server, errors, monkeypatch, chunks, refused
):
    async def some():
        for chunk in chunks:
            yield chunk

    async def refuse(message):
        if message["type"] == refused and not message.get("body"):
            raise ClientDisconnect if refused.endswith("start") else OSError

    monkeypatch.setattr(Stream, "cleanup_seconds", 0)
    server.before_send = refuse
    await run(made(some, server))
    await turns()

    assert errors() == []


async def test_client_disconnect_that_is_caught_is_not_raised_again(server):
    caught = []

    async def stubborn():
        while True:
            try:
                yield "1"
                await asyncio.Event().wait()
            except ClientDisconnect:
                caught.append(True)

    task = await start(made(stubborn, server, raises=True))
    server.leave()
    await task

    assert caught == [True]


async def test_work_after_a_caught_client_disconnect_is_left_alone(server):
    log = []

    async def saving():
        with suppress(ClientDisconnect):
            yield "1"
        await asyncio.sleep(0.01)
        log.append("saved")

    async def leave(message):
        server.leave()
        await turns()

    server.before_send = leave
    await run(made(saving, server, raises=True))

    assert log == ["saved"]


async def test_a_running_cleanup_is_not_disturbed(server, errors):
    log = []

    async def numbers():
        try:
            yield "1"
        finally:
            server.leave()
            await asyncio.sleep(0.02)
            log.append("cleaned up")

    await run(made(numbers, server, raises=True))

    assert log == ["cleaned up"]
    assert not errors()


async def test_the_cleanup_of_a_helper_is_not_disturbed(server):
    log = []

    async def fetch():
        try:
            return "1"
        finally:
            server.leave()
            await asyncio.sleep(0.02)
            log.append("given back")

    async def numbers():
        yield await fetch()
        yield "never"

    await run(made(numbers, server))

    assert log == ["given back"]
    assert b"never" not in server.bodies


async def test_what_follows_a_cleanup_is_interrupted(server, errors):
    log = []

    async def endless():
        try:
            for _ in range(2):
                try:
                    await asyncio.sleep(0)
                finally:
                    server.leave()
                    await asyncio.sleep(0.01)
                    log.append("step")
                await asyncio.Event().wait()
        finally:
            log.append("end")
        yield

    await run(made(endless, server))

    assert log == ["step", "end"]
    assert not errors()


async def test_a_generator_that_swallows_the_cancellation_ends_at_its_yield(server):
    log = []

    async def stubborn():
        for number in range(1000):
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(10 if number else 0)
            log.append(number)
            yield str(number)

    task = await start(made(stubborn, server))
    server.leave()
    await task

    assert log == [0, 1]


async def test_a_disconnect_before_the_first_chunk_ends_the_stream_once(server):
    started = []

    async def waiting():
        started.append(True)
        await asyncio.Event().wait()
        yield

    task = await start(made(waiting, server))
    server.leave()
    await task

    assert started == [True]
    assert [it["type"] for it in server.sent] == ["http.response.start"]


async def test_a_generator_that_yields_while_it_cleans_up_cleans_up_all_the_same(
    server,
):
    log = []

    async def talkative():
        try:
            try:
                yield "1"
                await asyncio.Event().wait()
            finally:
                yield "bye"
        finally:
            await asyncio.sleep(0)
            log.append("cleaned up")

    task = await start(made(talkative, server))
    server.leave()
    await task

    assert log == ["cleaned up"]


async def test_what_it_yields_while_it_is_closed_reaches_nobody(server):
    log = []

    async def talkative():
        try:
            try:
                yield "1"
            finally:
                yield "bye"
        finally:
            await asyncio.sleep(0)
            log.append("cleaned up")

    async def leave(message):
        server.leave()
        await turns()

    server.before_send = leave
    await run(made(talkative, server))

    assert log == ["cleaned up"]
    assert server.bodies == [b"1"]


async def test_one_that_never_stops_yielding_is_told_of(server):
    async def endless():
        while True:
            with suppress(GeneratorExit):
                yield "1"
            if stop:
                return

    async def leave(message):
        server.leave()
        await turns()

    stop = False
    server.before_send = leave
    stream = made(endless, server)
    with pytest.raises(RuntimeError, match=r"endless\(\).* goes on yielding"):
        await run(stream)
    stop = True
    await stream._generator.aclose()


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(Stream, "cleanup_seconds", 0.03)


async def test_a_cleanup_that_takes_too_long_is_cancelled_and_told(
    server, errors, soon
):
    log = []

    async def endless():
        try:
            yield "1"
            await asyncio.Event().wait()
        finally:
            try:
                await asyncio.Event().wait()
            finally:
                log.append("cancelled")

    server.scope["headers"] = [(b"x-request-id", b"r-1")]
    task = await start(made(endless, server))
    server.leave()
    await task

    assert log == ["cancelled"]
    assert task.cancelling() == 0
    (error,) = errors()
    assert "endless() (" in error
    assert "within 0.03 seconds although the client has left" in error
    assert "r-1" in error


async def test_one_that_survives_even_that_is_abandoned(server, errors, soon):
    async def immortal():
        yield "1"
        while True:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(10)

    task = await start(made(immortal, server))
    server.leave()
    await task

    first, second = errors()
    assert "it is cancelled" in first
    assert "it is abandoned" in second
    assert task.cancelling() == 0
    await turns()
    assert not others()


async def test_time_does_not_count_before_the_client_leaves(server, errors, soon):
    async def slow():
        yield "1"
        await asyncio.sleep(0.1)
        yield "2"

    await run(made(slow, server))

    assert server.complete
    assert not errors()


async def test_a_cancellation_from_outside_goes_through(server):
    log = []

    async def endless():
        try:
            yield "1"
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            log.append("cleaned up")

    task = await start(made(endless, server))
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert log == ["cleaned up"]


async def test_a_cancellation_that_meets_a_disconnect_is_not_lost(server):
    async def endless():
        yield "1"
        await asyncio.Event().wait()

    stream = made(endless, server)
    task = await start(stream)
    stream.end(Reason.DISCONNECT)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_other_exceptions_from_the_loop_reach_the_generator(server):
    async def waiting():
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        loop.call_soon(future.set_exception, KeyError("from the loop"))
        try:
            await future
        except KeyError:
            yield "caught"

    await run(made(waiting, server))

    assert server.bodies == [b"caught", b""]


# What a client sends meanwhile


async def test_the_body_can_be_read_while_streaming():
    server = Server(body=[b"a", b"b", b"c"])

    async def echo():
        async for chunk in stream._request:
            yield chunk.upper()

    stream = made(echo, server)
    await run(stream)

    assert server.bodies == [b"A", b"B", b"C", b""]


async def test_a_body_that_is_too_large_is_a_413_while_streaming():
    server = Server(body=[b"abc"] * 5)

    async def echo():
        yield await stream._request.body()

    stream = made(echo, server, body=10)
    with pytest.raises(HTTPError) as caught:
        await run(stream)

    assert caught.value.status_code == 413


async def test_is_disconnected_says_so_while_streaming(server):
    said = []

    async def endless():
        said.append(await stream._request.is_disconnected())
        try:
            yield "1"
            await asyncio.Event().wait()
        finally:
            said.append(await stream._request.is_disconnected())

    stream = made(endless, server)
    task = await start(stream)
    server.leave()
    await task

    assert said == [False, True]


async def test_an_endless_upload_does_not_hide_the_disconnect():
    server = Server(body=[b"x" * 100] * 50)

    async def endless():
        yield "1"
        await asyncio.Event().wait()

    task = await start(made(endless, server, body=1000))
    server.leave()

    await asyncio.wait_for(task, 5)


# A server that stops


async def test_an_event_stream_that_waits_ends_with_a_retry(server):
    async def endless():
        yield "data: 1\n\n"
        await asyncio.Event().wait()

    stream = made(endless, server, EventStream)
    task = await start(stream)
    stream.end(Reason.DRAIN)
    await task

    assert server.bodies == [b"data: 1\n\n", RETRY]
    assert server.complete


async def test_the_retry_comes_with_headers_if_there_were_none(server):
    async def endless():
        await asyncio.Event().wait()
        yield

    stream = made(endless, server, EventStream)
    task = await start(stream)
    stream.end(Reason.DRAIN)
    await task

    assert server.sent[0]["type"] == "http.response.start"
    assert server.bodies == [RETRY]


async def test_a_stream_that_was_ended_before_it_began_is_not_started(server):
    async def endless():
        raise AssertionError("started")
        yield

    stream = made(endless, server, EventStream)
    stream.end(Reason.DRAIN)
    await run(stream)

    assert server.bodies == [RETRY]


async def test_a_drained_generator_is_never_told_of_a_disconnect(server):
    seen = []

    async def endless():
        try:
            await asyncio.Event().wait()
        except BaseException as exc:
            seen.append(type(exc))
            raise
        yield

    stream = made(endless, server, EventStream, raises=True)
    task = await start(stream)
    stream.end(Reason.DRAIN)
    await task

    assert seen == [asyncio.CancelledError]


async def test_a_second_reason_changes_nothing(server):
    async def endless():
        yield "data: 1\n\n"
        await asyncio.Event().wait()

    stream = made(endless, server, EventStream)
    task = await start(stream)
    stream.end(Reason.DRAIN)
    stream.end(Reason.DISCONNECT)
    await task

    assert server.bodies[-1] == RETRY


async def test_a_client_that_does_not_read_is_left_without_an_end(server, soon):
    async def endless():
        while True:
            yield "data: 1\n\n"

    async def stall(message):
        if message.get("more_body"):
            await asyncio.Event().wait()

    server.before_send = stall
    stream = made(endless, server, EventStream)
    task = await start(stream)
    stream.end(Reason.DRAIN)
    await task

    assert not server.complete


# Event streams


@pytest.fixture
def eager(monkeypatch):
    monkeypatch.setattr(EventStream, "opening_seconds", 0.01)


async def test_the_headers_of_an_event_stream_do_not_wait_for_ever(server, eager):
    async def patient():
        await server.has_sent.wait()
        yield "data: 1\n\n"

    await run(made(patient, server, EventStream))

    assert server.sent[0]["type"] == "http.response.start"
    assert server.bodies == [b"data: 1\n\n", b""]


async def test_silences_are_broken_by_comments(server, eager):
    async def silent():
        while not server.bodies:
            server.has_sent.clear()
            await server.has_sent.wait()
        yield "data: 1\n\n"

    await run(made(silent, server, EventStream, keepalive=0.01))

    assert server.bodies[0] == b": keep-alive\n\n"
    assert server.bodies[-2:] == [b"data: 1\n\n", b""]


@pytest.mark.parametrize("keepalive", [0, None])
async def test_comments_can_be_turned_off(server, eager, keepalive):
    async def silent():
        await asyncio.sleep(0.05)
        yield "data: 1\n\n"

    await run(made(silent, server, EventStream, keepalive=keepalive))

    assert server.bodies == [b"data: 1\n\n", b""]


async def test_no_comment_comes_while_an_event_is_on_its_way(server, eager):
    async def slow_send(message):
        if message.get("body", b"").startswith(b"data"):
            await asyncio.sleep(0.1)

    async def events():
        yield "data: 1\n\n"

    server.before_send = slow_send
    await run(made(events, server, EventStream, keepalive=0.02))

    assert server.bodies == [b"data: 1\n\n", b""]


async def test_headers_that_cannot_be_sent_end_an_event_stream(server, eager):
    log = []

    async def endless():
        try:
            await asyncio.Event().wait()
            yield
        finally:
            await asyncio.sleep(0)
            log.append("cleaned up")

    async def fail(message):
        raise ValueError("no headers")

    server.before_send = fail
    with pytest.raises(ValueError, match="no headers"):
        await run(made(endless, server, EventStream))

    assert log == ["cleaned up"]


@pytest.mark.parametrize("error", [OSError, RuntimeError])
async def test_a_comment_that_nobody_takes_is_no_error_after_a_disconnect(
    server, eager, error
):
    async def endless():
        try:
            await asyncio.Event().wait()
            yield
        finally:
            await asyncio.sleep(0.03)

    async def refuse(message):
        if "body" in message:
            server.leave()
            await turns()
            raise error("gone")

    server.before_send = refuse
    await run(made(endless, server, EventStream, keepalive=0.01))

    assert not server.complete


async def test_an_event_stream_that_is_replaced_ends_by_itself(server, eager):
    log = []

    async def endless():
        try:
            await asyncio.Event().wait()
            yield
        finally:
            log.append("cleaned up")

    async def refuse():
        return False

    await made(endless, server, EventStream).run(refuse)

    assert log == ["cleaned up"]
    assert server.sent == []


async def test_headers_on_their_way_are_not_cut_short(server, eager):
    async def failing():
        await asyncio.sleep(0.03)
        raise ValueError("too late")
        yield

    opened = []

    async def open_slowly():
        await asyncio.sleep(0.05)
        opened.append(True)
        return True

    with pytest.raises(ValueError, match="too late"):
        await made(failing, server, EventStream).run(open_slowly)

    assert opened == [True]


async def test_headers_are_sent_once(server, eager):
    calls = []

    async def open_slowly():
        calls.append(1)
        await asyncio.sleep(0.03)
        return True

    async def events():
        await asyncio.sleep(0.02)
        yield "data: 1\n\n"

    await made(events, server, EventStream).run(open_slowly)

    assert calls == [1]


# Every moment at which a client may leave


class World:
    """Counts what generators set up and clean up, and has the client leave."""

    def __init__(self, server, leaves_at=None):
        self.server = server
        self.leaves_at = leaves_at
        self.steps = 0
        self.opened = 0
        self.closed = 0

    def step(self):
        if self.steps == self.leaves_at:
            self.server.leave()
        self.steps += 1

    async def pause(self):
        self.step()
        await turns(4)

    @asynccontextmanager
    async def managed(self):
        await self.pause()
        self.opened += 1
        try:
            yield
        finally:
            await self.pause()
            await self.pause()
            self.closed += 1

    async def inner(self):
        self.opened += 1
        try:
            await self.pause()
            yield 1
            await self.pause()
            yield 2
        finally:
            await self.pause()
            self.closed += 1

    async def helper(self):
        async with self.managed():
            await self.pause()

    async def __aenter__(self):
        await self.pause()
        self.opened += 1

    async def __aexit__(self, *details):
        await self.pause()
        self.closed += 1


class Boom(Exception):
    pass


LINES = ("await w.pause()", "await w.helper()", "w.step(); yield 'x'", "yield 'y'")
HEADS = (
    "async with w:",
    "async with w.managed():",
    "async with w, w.managed():",
    "async with aclosing(w.inner()) as them:\n    async for _ in them:",
    "async with asyncio.TaskGroup() as it:\n    it.create_task(w.pause())\nif True:",
    "for _ in range(2):",
)


def block(random, depth):
    """Lines of a generator that sets up, cleans up, waits, yields and fails."""
    lines = []
    for _ in range(random.randint(1, 3)):
        kind = random.choice(["line", "line", "head", "finally", "except"])
        if kind == "line" or not depth:
            lines.append(random.choice(LINES))
            continue
        body = block(random, depth - 1)
        if kind == "head":
            *outer, last = random.choice(HEADS).split("\n")
            inner = " " * (len(last) - len(last.lstrip()) + 4)
            lines += [*outer, last, *(inner + line for line in body)]
        elif kind == "finally":
            lines += [
                "w.opened += 1", "try:", *(f"    {line}" for line in body), "finally:",
                "    await w.pause()", "    await w.helper()", "    w.closed += 1",
            ]  # fmt: skip
        else:
            lines += [
                "try:", *(f"    {line}" for line in body), "    raise Boom",
                "except Boom:", "    await w.pause()",
            ]  # fmt: skip
    return lines


def generator_of(lines):
    text = "\n".join(["async def made():", *(f"    {line}" for line in lines)])
    names = {"aclosing": aclosing, "asyncio": asyncio, "Boom": Boom}
    exec(f"{text}\n    yield 'end'", names)

    def bind(world):
        names["w"] = world
        return names["made"]

    return bind


async def lived(bind, cls, raises, leaves_at=None):
    """Run a generator to its end, or until its client leaves at some step."""
    server = Server()
    world = World(server, leaves_at)
    stream = made(bind(world), server, cls, raises=raises)
    try:
        await run(stream)
    except* ClientDisconnect:  # from a task group, in a group
        assert raises
    return world, stream, server


@settings(max_examples=60, deadline=None)
@given(
    st.randoms(use_true_random=False),
    st.sampled_from([Stream, EventStream]),
    st.booleans(),
)
def test_whenever_the_client_leaves_all_is_cleaned_up_once(random, cls, raises):
    lines = block(random, 3)
    bind = generator_of(lines)

    async def leave_at_each_step():
        world, _, server = await lived(bind, cls, raises)
        assert server.complete
        assert world.opened == world.closed
        for step in range(min(world.steps, 60)):
            world, stream, _ = await lived(bind, cls, raises, step)
            await turns()
            where = f"step {step} of\n" + "\n".join(lines)
            assert world.opened == world.closed, where
            assert stream._generator.ag_frame is None, where
            assert not stream._late, where
            assert not others(), where

    asyncio.run(leave_at_each_step())


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False), st.booleans(), st.booleans())
def test_providers_outlive_the_stream_and_clean_up_once(random, raises, events):
    store = Store()
    app = App(providers=store)
    configure(app, static_dir=None)
    lines = block(random, 2)
    bind = generator_of(lines)
    worlds = []

    @store.provider
    async def connection_():
        world = worlds[-1]
        world.opened += 1
        try:
            yield world
        finally:
            world.outlived = world.opened - world.closed == 1
            await turns()
            world.closed += 1

    @store.provider
    async def transaction(connection_):
        connection_.opened += 1
        yield
        await turns()
        connection_.closed += 1

    @app.route("/")
    async def view(req, res, transaction, connection_):
        stream = res.event_stream if events else res.stream
        stream(raise_on_disconnect=raises)(bind(connection_))

    async def serve(leaves_at):
        server = Server()
        world = World(server, leaves_at)
        worlds.append(world)
        await app({**server.scope}, server.receive, server.send)
        await turns()
        where = f"step {leaves_at} of\n" + "\n".join(lines)
        assert world.opened == world.closed, where
        assert world.outlived, where
        assert not others(), where
        return world

    async def leave_at_each_step():
        world = await serve(None)
        for step in range(min(world.steps, 40)):
            await serve(step)

    asyncio.run(leave_at_each_step())


@pytest.mark.parametrize("cls", [Stream, EventStream])
async def test_a_stream_that_has_ended_leaves_nothing_to_the_garbage_collector(
    server, cls
):
    async def chunks():
        yield "a"
        await asyncio.sleep(0)
        yield "b"

    stream = made(chunks, server, cls)
    ended = weakref.ref(stream)
    gc.disable()
    try:
        await run(stream)
        await turns()
        del stream
        assert ended() is None
    finally:
        gc.enable()
