"""Wait for another task, and run several at once: on asyncio, trio, or in threads.

The only room that knows event libraries. None of them is imported here: the one
that runs has been imported by whoever runs it.
"""

import contextvars
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from .errors import SyncResolutionError


def run_sync(coroutine: Coroutine[Any, Any, Any], title: str) -> Any:
    """Run a coroutine that never waits.

    Args:
        coroutine: What to run.
        title: What is being done, for the message.

    Raises:
        SyncResolutionError: If it waits after all.
    """
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    try:
        coroutine.close()
    finally:
        raise SyncResolutionError(
            f"{title} would have to wait for another task: use await instead"
        )


class Turn:
    """That a task is doing something which others wait for.

    Whoever waits tries again afterwards: the turn says nothing about success.

    Args:
        owner: The task, see `current_task`.
    """

    __slots__ = ("_over", "_wakers", "owner")

    def __init__(self, owner: object) -> None:
        self.owner = owner
        self._wakers: list[Callable[[], None]] = []
        self._over = False

    async def wait(self) -> None:
        """Return when the turn is over."""
        wake, waiting = _waiter()
        self._wakers.append(wake)
        if not self._over:  # it may have ended in another thread meanwhile
            await waiting()

    def end(self) -> None:
        """Wake all who wait."""
        self._over = True
        for wake in self._wakers:
            wake()


async def gather(functions: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
    """Run async functions concurrently, and return what they return.

    Context variables that they set are set for the caller afterwards. If one fails
    the others are cancelled, and its exception propagates, not in a group.
    """
    if len(functions) == 1:
        return [await functions[0]()]
    results: list[Any] = [None] * len(functions)
    failures: list[BaseException] = []
    contexts: list[contextvars.Context] = []

    async def run(index: int) -> None:
        try:
            results[index] = await functions[index]()
        except BaseException as exc:
            # NOTE: a task group does not mind a task that ends as cancelled, such as
            # one that awaited another which was. Its caller does.
            failures.append(exc)
            raise
        contexts.append(contextvars.copy_context())

    with suppress(ExceptionGroup):  # the first is raised below, out of its group
        async with _open_group() as start:
            for index in range(len(functions)):
                start(run, index)
    if failures:
        raise failures[0]
    for context in contexts:
        for variable, value in context.items():
            if variable.get(context) is not value:
                variable.set(value)
    return results


@asynccontextmanager
async def _open_group() -> AsyncIterator[Callable[..., object]]:
    """A nursery or a task group: what it gives starts a task in it."""
    if trio := _trio():
        async with trio.open_nursery() as nursery:
            yield nursery.start_soon
    else:
        async with sys.modules["asyncio"].TaskGroup() as group:
            yield lambda function, *args: group.create_task(function(*args))


def _trio() -> Any:
    """The trio module, if a task of trio is running."""
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_task():
        return trio
    return None


def _asyncio_loop() -> Any:
    """The running loop of asyncio, if there is one."""
    asyncio = sys.modules.get("asyncio")
    return asyncio and asyncio._get_running_loop()


def current_task() -> object:
    """What tells the running task, or the thread, from others."""
    if trio := _trio():
        return trio.lowlevel.current_task()
    if loop := _asyncio_loop():
        task = sys.modules["asyncio"].current_task(loop)
        if task is not None:
            return task
    return threading.current_thread()


def _waiter() -> tuple[Callable[[], None], Callable[[], Awaitable[None]]]:
    """Something to wait for, and what ends the wait, from any thread."""
    if trio := _trio():
        event, token = trio.Event(), trio.lowlevel.current_trio_token()
        return (lambda: token.run_sync_soon(event.set)), event.wait
    if loop := _asyncio_loop():
        future = loop.create_future()

        def finish() -> None:
            if not future.done():
                future.set_result(None)

        def wake() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(finish)

        async def waiting() -> None:
            await future

        return wake, waiting
    done = threading.Event()

    async def block() -> None:
        done.wait()

    return done.set, block
