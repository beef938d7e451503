"""Stop without losing what is being done.

Servers tell an app that they stop only when its connections have ended, and a
connection that waits for events never ends. So the app listens for the signal itself,
begins to drain, and hands the signal on to the server.

`drain` is what users are promised: event streams and websockets are told, requests
and background tasks are waited for, and what is left when the time is up is cancelled.
"""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol

from .asgi import Receive
from .suspension import frames, is_cleaning_up

logger = logging.getLogger("bocadillo.draining")

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_POLL_SECONDS: Final = 0.02

CLEANUP_SECONDS: Final = 5.0
"""How long requests that are cancelled may take to clean up."""


class Drainable(Protocol):
    """Serves connections, and can be told to end those that would go on for ever."""

    active: int

    def end_endless(self) -> None:
        """Tell event streams and websockets to end, now and from now on."""
        ...


async def drain(
    drainables: Sequence[Drainable],
    grace: float,
    *,
    cleanup_seconds: float = CLEANUP_SECONDS,
) -> None:
    """Wait until nothing is being served any more.

    Args:
        drainables: Those that serve.
        grace: Seconds until what is left is cancelled, once, unless it cleans up.
        cleanup_seconds: Seconds until nobody waits for that any more.
    """
    for drainable in drainables:
        drainable.end_endless()
    if await _idle(drainables, grace, lambda: None):
        return
    serving = set(_tasks_in(drainables, "self"))
    around = set(_tasks_in(drainables, "dispatcher")) - serving
    logger.warning(
        "Cancelling %d requests after %g seconds", len(serving | around), grace
    )
    cancelled: set[asyncio.Task[Any]] = set()

    def cancel() -> None:
        # Middleware may have a task of its own serve: then it ends with that.
        left = {task for task in serving if not task.done()} or around
        for task in left - cancelled:
            coroutine: Any = task.get_coro()
            if not is_cleaning_up(coroutine):
                task.cancel()
                cancelled.add(task)

    if not await _idle(drainables, cleanup_seconds, cancel):
        logger.error("Some requests did not clean up in %g seconds", cleanup_seconds)
        # Those that went on cleaning up were not cancelled yet, and now are.
        for task in (serving | around) - cancelled:
            task.cancel()
        await asyncio.sleep(_POLL_SECONDS)


async def until_stopped(receive: Receive, drainables: Sequence[Drainable]) -> None:
    """Wait until the server says that it stops.

    Who presses Ctrl-C twice has the event loop cancel everything at once. Requests
    clean up first even then, for they use what the app still holds.

    Args:
        receive: The server's, of the lifespan.
        drainables: Those that serve.
    """
    try:
        await receive()
    except asyncio.CancelledError:
        await _idle(drainables, CLEANUP_SECONDS, lambda: None)
        raise


@contextmanager
def on_signal(callback: Callable[[], object]) -> Iterator[None]:
    """Call back in this loop when the server is told to stop, before the server is.

    Does nothing outside of the main thread, where no signals arrive.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    previous: dict[signal.Signals, Any] = {}

    def handle(number: int, frame: Any) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(callback)
        previous[signal.Signals(number)](number, frame)

    for number in _SIGNALS:
        handler = signal.getsignal(number)
        # Where nobody handles it the process just ends, as it would without us.
        if callable(handler):
            previous[number] = handler
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in previous.items():
            if signal.getsignal(number) is handle:
                signal.signal(number, handler)


async def _idle(
    drainables: Sequence[Drainable], seconds: float, meanwhile: Callable[[], object]
) -> bool:
    """Wait until nothing is active; says whether that was so in time.

    At least for a moment: who was told to end has to hear of it first.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + max(seconds, _POLL_SECONDS)
    while any(drainable.active for drainable in drainables):
        meanwhile()
        if loop.time() >= deadline:
            return False
        await asyncio.sleep(_POLL_SECONDS)
    return True


def _tasks_in(
    drainables: Sequence[Drainable], name: str
) -> Iterator["asyncio.Task[Any]"]:
    """The tasks that are serving, or run the middleware around that (see `guarding`).

    NOTE: found by what they run. To keep a set of them would cost each request two
    changes of it, for something that happens once in the life of a process.

    Args:
        drainables: Those that serve.
        name: What one of them is called there.
    """
    serving = frozenset(map(id, drainables))
    for task in asyncio.all_tasks():
        running = frames(task.get_coro())
        if any(id(frame.f_locals.get(name)) in serving for frame in running):
            yield task
