"""Stop without losing what is being done.

Servers tell an app that they stop only when its connections have ended, and a
connection that waits for events never ends. So the app listens for the signal itself,
begins to drain, and hands the signal on to the server.

`drain` is the order of the contract: event streams and websockets are told, requests
and background tasks are waited for, and what is left when the time is up is cancelled.
"""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol

logger = logging.getLogger("bocadillo.draining")

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_POLL_SECONDS: Final = 0.02
_CLEANUP_SECONDS: Final = 5.0


class Drainable(Protocol):
    """Serves connections, and can be told to end those that would go on for ever."""

    active: int

    def end_endless(self) -> None:
        """Tell event streams and websockets to end, now and from now on."""
        ...


async def drain(drainables: Sequence[Drainable], grace: float) -> None:
    """Wait until nothing is being served any more.

    Args:
        drainables: Those that serve.
        grace: Seconds until what is left is cancelled.
    """
    for drainable in drainables:
        drainable.end_endless()
    if await _idle(drainables, grace):
        return
    left = list(_tasks_in(drainables))
    logger.warning("Cancelling %d requests after %g seconds", len(left), grace)
    for task in left:
        task.cancel()
    if not await _idle(drainables, _CLEANUP_SECONDS):
        logger.error("Some requests did not clean up in %g seconds", _CLEANUP_SECONDS)


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


async def _idle(drainables: Sequence[Drainable], seconds: float) -> bool:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while any(drainable.active for drainable in drainables):
        if loop.time() >= deadline:
            return False
        await asyncio.sleep(_POLL_SECONDS)
    return True


def _tasks_in(drainables: Sequence[Drainable]) -> Iterator["asyncio.Task[Any]"]:
    """The tasks that are serving: found by what they run, so that none is recorded."""
    for task in asyncio.all_tasks():
        coroutine: Any = task.get_coro()
        while coroutine is not None:
            frame = getattr(coroutine, "cr_frame", None)
            if frame is not None and frame.f_locals.get("self") in drainables:
                yield task
                break
            coroutine = getattr(coroutine, "cr_await", None)
