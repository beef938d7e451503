"""Calls into an event loop from another thread."""

import threading
from concurrent.futures import CancelledError
from contextlib import contextmanager
from contextvars import ContextVar

import anyio
import anyio.lowlevel
import pytest

from bocadillo_testing.portal import Portal

variable = ContextVar("variable", default="unset")


class Loop:
    """An event loop in a thread, whose portal the test closes before it ends."""

    def __init__(self):
        self.ready = threading.Event()
        self.left = threading.Event()
        self.failure = None

    async def run(self):
        self.stopping, self.ending = anyio.Event(), anyio.Event()
        async with Portal() as self.portal:
            self.ready.set()
            await self.stopping.wait()
            self.portal.cancel()
        self.left.set()
        await self.ending.wait()

    def leave(self):
        """Let the portal be closed; the loop goes on."""
        self.portal.call_soon(self.stopping.set)
        assert self.left.wait(10)

    def end(self):
        """Let the loop end."""
        self.portal.call_soon(self.stopping.set)
        self.portal.call_soon(self.ending.set)
        self.thread.join(10)
        self.portal.end(self.failure)


@contextmanager
def running(backend):
    loop = Loop()
    loop.thread = threading.Thread(target=anyio.run, args=(loop.run,), kwargs=backend)
    loop.thread.start()
    assert loop.ready.wait(10)
    yield loop
    loop.end()


@pytest.fixture(params=["asyncio", "trio"])
def loop(request):
    with running({"backend": request.param}) as loop:
        yield loop


async def double(number):
    await anyio.lowlevel.checkpoint()
    return number * 2


async def see(number):
    return variable.get()


async def wait(number):
    await anyio.sleep_forever()


async def fail(number):
    raise LookupError(number)


async def exit_(number):
    raise SystemExit(number)


@pytest.mark.parametrize("function", [double, lambda number: number * 2])
def test_functions_are_called_async_or_not(loop, function):
    assert loop.portal.call(function, 4) == 8
    assert loop.portal.start_task_soon(function, 4).result(10) == 8


@pytest.mark.parametrize(
    ("function", "error"), [(fail, LookupError), (exit_, SystemExit)]
)
def test_what_they_raise_is_raised_where_they_are_called(loop, function, error):
    with pytest.raises(error, match="4"):
        loop.portal.call(function, 4)
    assert loop.portal.call(double, 4) == 8


def test_they_see_the_context_variables_of_who_calls(loop):
    token = variable.set("set")
    try:
        assert loop.portal.call(see, 4) == "set"
    finally:
        variable.reset(token)


def test_a_task_says_when_it_has_started(loop):
    async def start(number, *, task_status):
        task_status.started(number)
        return number * 2

    ended, value = loop.portal.start_task(start, 4)

    assert (value, ended.result(10)) == (4, 8)


def test_a_task_may_fail_before_it_has_started(loop):
    async def fail(number, *, task_status):
        raise LookupError(number)

    async def forget(number, *, task_status):
        pass

    with pytest.raises(LookupError, match="4"):
        loop.portal.start_task(fail, 4)
    with pytest.raises(RuntimeError, match="has not started"):
        loop.portal.start_task(forget, 4)


def test_a_call_can_be_cancelled_before_it_has_begun(loop):
    hold, begun = threading.Event(), []
    loop.portal.call_soon(lambda: hold.wait(10))
    future = loop.portal.start_task_soon(begun.append, 1)

    assert future.cancel()
    hold.set()
    assert loop.portal.call(double, 4) == 8
    assert not begun


def test_calls_that_are_cancelled_say_so(loop):
    future = loop.portal.start_task_soon(wait, 4)
    loop.portal.call(double, 4)
    loop.leave()

    with pytest.raises(CancelledError):
        future.result(10)


def test_a_call_that_comes_after_the_last_is_answered_when_the_loop_ends(loop):
    loop.leave()
    future = loop.portal.start_task_soon(double, 4)
    loop.failure = SystemExit(3)
    loop.end()

    with pytest.raises(RuntimeError, match="has ended") as caught:
        future.result(10)
    assert caught.value.__cause__ is loop.failure


def test_a_loop_that_has_ended_is_not_called(loop):
    loop.end()

    loop.portal.call_soon(pytest.fail)
    with pytest.raises(RuntimeError, match="has ended"):
        loop.portal.call(double, 4)
