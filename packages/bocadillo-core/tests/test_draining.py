"""Wait for what is being served, then cancel it; hear of signals before the server."""

import asyncio
import signal
import threading
from contextlib import asynccontextmanager, suppress

import pytest

from bocadillo.draining import drain, on_signal


class Server:
    """Serves whatever it is given."""

    def __init__(self):
        self.active = 0
        self.told = asyncio.Event()

    def end_endless(self):
        self.told.set()

    async def serve(self, work):
        self.active += 1
        try:
            await work()
        finally:
            self.active -= 1


@pytest.fixture
def log():
    return []


@pytest.fixture
def server():
    return Server()


@pytest.fixture
async def begin(server):
    """Begin to serve something, below what servers and middleware put around it."""
    tasks = []

    async def middleware(work):
        async def chunks():
            yield await server.serve(work)

        async for _ in chunks():
            pass

    async def begin(work):
        task = asyncio.create_task(middleware(work))
        tasks.append(task)
        await asyncio.sleep(0)
        return task

    yield begin
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_what_serves_nothing_is_told_all_the_same(server):
    await drain([server], 0)

    assert server.told.is_set()


async def test_what_is_served_is_waited_for(server, begin, caplog):
    task = await begin(server.told.wait)

    await drain([Server(), server], 5)

    assert task.done()
    assert not task.cancelled()
    assert not caplog.records


async def test_what_is_left_is_cancelled_and_cleans_up(server, begin, log, caplog):
    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            log.append("clean")

    task = await begin(work)

    await drain([server], 0)

    assert log == ["clean"]
    await asyncio.wait([task])
    assert task.cancelled()
    assert "Cancelling 1 requests after 0 seconds" in caplog.text


async def test_nobody_else_is_cancelled(server, begin):
    other = asyncio.create_task(Server().serve(asyncio.Event().wait))
    task = await begin(asyncio.Event().wait)

    await drain([server], 0)
    await asyncio.wait([task])

    assert not other.done()
    other.cancel()


async def test_what_cleans_up_already_is_cancelled_when_it_works_again(
    server, begin, log
):
    @asynccontextmanager
    async def transaction():
        try:
            yield
        finally:
            await asyncio.sleep(0.05)
            log.append("clean")

    async def work():
        async with transaction():
            pass
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            log.append("cancelled")
            raise

    await begin(work)
    await drain([server], 0)

    assert log == ["clean", "cancelled"]


async def test_what_does_not_end_even_then_is_told_of(server, begin, caplog):
    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.5)

    await begin(work)

    await drain([server], 0, cleanup_seconds=0.02)

    assert server.active == 1
    assert "did not clean up in 0.02 seconds" in caplog.text


async def test_what_goes_on_cleaning_up_is_cancelled_when_its_time_is_up(server, begin):
    async def work():
        try:
            pass
        finally:
            await asyncio.Event().wait()

    task = await begin(work)

    await drain([server], 0, cleanup_seconds=0.02)

    assert server.active == 0
    await asyncio.wait([task])
    assert task.cancelled()


# Signals


@pytest.fixture
def handled():
    """The signals that the server has heard, in place of what Python does."""
    heard = []
    before = {it: signal.getsignal(it) for it in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        signal.signal(number, lambda number, frame: heard.append(number))
    yield heard
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_is_heard_and_passed_on(handled, log, number):
    with on_signal(lambda: log.append("ours")):
        signal.raise_signal(number)
        await asyncio.sleep(0)
        signal.raise_signal(number)
        await asyncio.sleep(0)

    assert log == ["ours", "ours"]
    assert handled == [number, number]


async def test_afterwards_it_is_the_servers_alone(handled, log):
    with on_signal(lambda: log.append("ours")):
        pass
    signal.raise_signal(signal.SIGTERM)
    await asyncio.sleep(0)

    assert log == []
    assert handled == [signal.SIGTERM]


@pytest.mark.usefixtures("handled")
async def test_who_replaces_the_handler_meanwhile_keeps_it(log):
    with on_signal(lambda: log.append("ours")):
        signal.signal(signal.SIGTERM, lambda number, frame: log.append("theirs"))
    signal.raise_signal(signal.SIGTERM)

    assert log == ["theirs"]


@pytest.mark.usefixtures("handled")
async def test_a_signal_that_nobody_handles_is_left_alone(log):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with on_signal(lambda: log.append("ours")):
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def test_other_threads_hear_nothing(handled, log):
    before = signal.getsignal(signal.SIGTERM)

    async def serve():
        with on_signal(lambda: log.append("ours")):
            log.append(signal.getsignal(signal.SIGTERM) is before)

    thread = threading.Thread(target=asyncio.run, args=[serve()])
    thread.start()
    thread.join()

    assert log == [True]


def test_a_signal_after_the_loop_has_ended_is_the_servers(handled, log):
    async def serve():
        context = on_signal(lambda: log.append("ours"))
        context.__enter__()
        return context

    context = asyncio.run(serve())
    signal.raise_signal(signal.SIGTERM)
    context.__exit__(None, None, None)

    assert log == []
    assert handled == [signal.SIGTERM]
