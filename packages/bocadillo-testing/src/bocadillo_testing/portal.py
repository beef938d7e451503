"""Calls into an event loop from other threads, none of which waits for ever.

What an app raises in such a call is raised where it was called, `SystemExit` too: the
loop goes on, as it does behind a server. If the loop ends nevertheless, since a task
that the app has made by itself raised that, whoever waits is told.
"""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from contextvars import Context, copy_context
from functools import partial
from inspect import isawaitable
from types import TracebackType
from typing import Any, Self

import anyio
from anyio.lowlevel import current_token

__all__ = ["Portal"]


class Portal:
    """Takes the place of `anyio.from_thread.BlockingPortal`, for Starlette too.

    To be made, and entered, in the event loop; the block ends when all calls have.
    Whoever runs the loop says when that has ended.

    PERF: both threads wait for each other once per call (benchmarks/suites).
    """

    def __init__(self) -> None:
        self._group = anyio.create_task_group()
        self._loop: Any = current_token().native_token
        self._schedule = getattr(self._loop, "call_soon_threadsafe", None)
        self._lock = threading.Lock()
        self._waiting: set[Future[Any]] = set()
        self._closed = False
        self._ended = False
        self._reason: BaseException | None = None

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._group.__aexit__(kind, exc, traceback)
        finally:
            self._closed = True

    def cancel(self) -> None:
        """Cancel all calls; to be called in the event loop."""
        self._group.cancel_scope.cancel()

    def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call a function, or a coroutine function, and return what it returns.

        Args:
            function: What to call.
            args: Its arguments.

        Raises:
            BaseException: What it raises.
            RuntimeError: If the event loop ends before it returns.
        """
        return self.start_task_soon(function, *args).result()

    def start_task_soon(self, function: Callable[..., Any], *args: Any) -> Future[Any]:
        """The same, without waiting for it.

        Args:
            function: What to call.
            args: Its arguments.

        Raises:
            RuntimeError: If the event loop has ended.
        """
        future: Future[Any] = Future()
        with self._lock:
            if self._ended:
                raise self._too_late()
            self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        context = self._context()
        self.call_soon(lambda: context.run(self._begin, function, args, future))
        return future

    def start_task(
        self, function: Callable[..., Any], *args: Any
    ) -> tuple[Future[Any], Any]:
        """The same, and wait until it has started: for `task_status.started(value)`.

        Args:
            function: What to call, with a keyword argument `task_status`.
            args: Its other arguments.

        Returns:
            What comes of it, and the value.

        Raises:
            BaseException: What it raises before it has started.
            RuntimeError: If the event loop ends before that.
        """
        status = _Status()
        ended = self.start_task_soon(partial(function, *args, task_status=status))
        ended.add_done_callback(status.end)
        return ended, status.value.result()

    def call_soon(self, function: Callable[[], object]) -> None:
        """Have the event loop call a function, if it still calls any."""
        schedule = self._schedule or self._loop.run_sync_soon
        with suppress(RuntimeError):  # it has ended, so there is nothing to tell it
            schedule(function)

    def end(self, reason: BaseException | None) -> None:
        """Tell those who still wait that the event loop has ended.

        Args:
            reason: What has ended it, if it has not come to its end.
        """
        with self._lock:
            self._ended, self._reason = True, reason
        for future in tuple(self._waiting):
            future.set_exception(self._too_late())

    def _too_late(self) -> RuntimeError:
        error = RuntimeError("The event loop in which the app was served has ended.")
        error.__cause__ = self._reason
        return error

    def _context(self) -> Context:
        """The context variables of who calls."""
        context = copy_context()
        sniffio = sys.modules.get("sniffio")
        if self._schedule is not None and sniffio is not None:
            # Which tells asyncio by the running task: there is none yet.
            context.run(sniffio.current_async_library_cvar.set, "asyncio")
        return context

    def _begin(
        self, function: Callable[..., Any], args: Any, future: Future[Any]
    ) -> None:
        # What comes after the last task is answered by `end`.
        if not self._closed and future.set_running_or_notify_cancel():
            _ = self._group.start_soon(_run, function, args, future)


class _Status:
    """What a task says of its start."""

    def __init__(self) -> None:
        self.value: Future[Any] = Future()

    def started(self, value: Any = None) -> None:
        """Say that it has started."""
        self.value.set_result(value)

    def end(self, ended: Future[Any]) -> None:
        """Let nobody wait for a start that will not be."""
        if not self.value.done():
            failure = ended.exception() or RuntimeError("The task has not started.")
            self.value.set_exception(failure)


async def _run(function: Callable[..., Any], args: Any, future: Future[Any]) -> None:
    try:
        result = function(*args)
        if isawaitable(result):
            result = await result
    except anyio.get_cancelled_exc_class() as exc:
        future.set_exception(CancelledError(str(exc)))
        raise
    except BaseException as exc:  # noqa: BLE001 - raised where it was called
        future.set_exception(exc)
    else:
        future.set_result(result)
