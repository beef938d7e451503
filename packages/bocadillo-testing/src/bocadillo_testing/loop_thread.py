"""An app in an event loop of its own, in a thread: where synchronous clients reach it.

Each time an app is served the loop is another one. So nothing of a test is left when
its client has closed: tasks are cancelled, asynchronous generators closed.
"""

import threading
from contextvars import copy_context
from typing import Any

import anyio

from bocadillo.asgi import ASGIApp

from .lifespan import Lifespan
from .portal import Portal
from .serving import Serving

__all__ = ["serve_in_thread"]


def serve_in_thread(
    app: ASGIApp, *, backend: str = "asyncio", backend_options: Any = None
) -> Serving:
    """Start an app in an event loop of its own, in a thread.

    Args:
        app: The application.
        backend: `asyncio` or `trio`.
        backend_options: Passed to `anyio.run`.

    Raises:
        Exception: What made its start-up fail.
    """
    serving = Serving(app, "a client")
    thread = LoopThread(app, serving)
    try:
        thread.start(backend, backend_options)
    except BaseException:
        serving.end()
        raise
    serving.stop = thread.stop
    return serving


class LoopThread:
    """The thread that serves an app.

    PERF: both threads wait for each other twice in its life, when the app has started
    and when it has stopped: that is most of what a short test costs
    (benchmarks/suites).

    Args:
        app: The application.
        serving: Is told how to reach it.
    """

    def __init__(self, app: ASGIApp, serving: Serving) -> None:
        self._app = app
        self._serving = serving
        # The lifespan sees the context variables of the test, as requests do.
        self._context = copy_context()
        self._reachable = threading.Event()
        self._settled = threading.Event()
        self._failure: BaseException | None = None
        self._portal: Portal | None = None
        self._has_stopped = False

    def start(self, backend: str, options: Any) -> None:
        """Return when the app has started.

        Args:
            backend: `asyncio` or `trio`.
            options: Passed to `anyio.run`.

        Raises:
            Exception: What made the start-up fail.
        """
        self._thread = threading.Thread(
            target=self._run, args=(backend, options), daemon=True
        )
        try:
            self._thread.start()
            self._settled.wait()
        except BaseException:  # a time-out of the test, for example
            if self._thread in threading.enumerate():
                self._reachable.wait()
                if self._portal is not None:  # pragma: no branch - or it ends already
                    self._portal.call_soon(self._cancel)
            raise
        if self._failure is not None:
            self._join()

    def stop(self) -> None:
        """Let the app stop, and return when all that it began has ended.

        Raises:
            Exception: What made the shutdown fail.
        """
        # It may have ended by itself: by what a task raised, if no `Exception`.
        self._serving.portal.call_soon(self._stopping.set)
        self._join()

    def _join(self) -> None:
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self, backend: str, options: Any) -> None:
        try:
            anyio.run(self._serve, backend=backend, backend_options=options)
        except BaseException as exc:  # noqa: BLE001 - raised in the test
            # When Python ends it starts no more threads, and asyncio wants one to close
            # its own with. The app has stopped by then.
            only_closes = self._has_stopped and isinstance(exc, RuntimeError)
            self._failure = None if only_closes else exc
        finally:
            if self._portal is not None:
                self._portal.end(self._failure)
            self._reachable.set()
            self._settled.set()

    async def _serve(self) -> None:
        self._stopping = anyio.Event()
        lifespan = Lifespan(self._app)
        async with Portal() as portal, anyio.create_task_group() as group:
            self._portal, self._cancel = portal, group.cancel_scope.cancel
            self._reachable.set()
            _ = self._context.run(group.start_soon, lifespan.run)
            try:
                await lifespan.startup()
                self._serving.portal = portal
                self._serving.state = lifespan.state
                self._settled.set()
                await self._stopping.wait()
                await lifespan.shutdown()
            except Exception as exc:  # noqa: BLE001 - raised in the test
                self._failure = exc
                portal.cancel()
        self._has_stopped = True
