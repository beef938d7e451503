"""A live server in a thread of this process."""

import asyncio
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import anyio

from bocadillo.asgi import ASGIApp

from .portal import Portal
from .serving import Serving
from .uvicorn_server import Server, not_done

_ABORT_SECONDS = 1.0


class ThreadRunner:
    """Runs uvicorn in a thread.

    Args:
        app: The application.
        name: What serves it, in words for messages.
        options: As for `uvicorn.Config`.
    """

    def __init__(self, app: ASGIApp, name: str, options: dict[str, Any]) -> None:
        self._name = name
        self._settled = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._aborted = False
        self._server = Server(app, lambda event: self._settled.set(), **options)
        self._serving = Serving(app, name)

    def start(self, listening: socket.socket, timeout: float) -> None:
        """Return when the server accepts connections.

        Args:
            listening: Where; it may be closed afterwards.
            timeout: Seconds to wait for it.

        Raises:
            RuntimeError: If the app does not start.
            TimeoutError: If it takes longer; with what was logged meanwhile.
        """
        self._socket = listening.dup()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        with _logged() as lines:
            self._thread.start()
            in_time = self._settled.wait(timeout)
        if self._server.started:
            self._serving.state = self._server.lifespan.state
            self._serving.join()
            return
        self._abort()
        if in_time:
            cause = self._server.failure or self._failure
            raise not_done(f"{self._name} did not start", cause)
        log = "\n".join(["It logged:", *lines]) if lines else "It logged nothing."
        raise TimeoutError(
            f"{self._name} was not ready within {timeout:g} seconds: does a startup "
            f"handler, or a provider, wait for something? {log}"
        )

    def stop(self, timeout: float) -> None:
        """Drain, and return when the server has stopped.

        Args:
            timeout: Seconds to wait for it.

        Raises:
            RuntimeError: If the app does not shut down.
            TimeoutError: If it takes longer.
        """
        self._call(self._begin_to_stop)
        self._thread.join(timeout)
        if self._thread.is_alive():
            left = len(self._server.server_state.tasks)
            self._abort()
            raise TimeoutError(
                f"{self._name} did not stop within {timeout:g} seconds; requests that "
                f"were still served: {left}. Let them end, and read or close their "
                "responses, before the server stops; or pass a greater stop_timeout."
            )
        self._serving.end()
        cause = self._server.failure or self._failure
        if cause is not None:
            raise not_done(f"{self._name} did not shut down", cause)

    def _abort(self) -> None:
        """Cancel whatever runs. A blocked thread is left: it ends with the process."""
        self._aborted = True  # before it is asked for its loop, which it may not have
        self._serving.end()
        self._call(self._cancel)
        self._thread.join(_ABORT_SECONDS)

    def _call(self, function: Any) -> None:
        """Call a function in the event loop, if it runs."""
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(function)

    def _run(self) -> None:
        try:
            loop_factory = self._server.config.get_loop_factory()
            anyio.run(self._serve, backend_options={"loop_factory": loop_factory})
        except BaseException as exc:  # noqa: BLE001 - raised in the test
            self._failure = exc
        finally:
            self._socket.close()
            if self._serving.portal is not None:
                self._serving.portal.end(self._failure)
            self._settled.set()

    async def _serve(self) -> None:
        self._running = anyio.CancelScope()
        self._loop = asyncio.get_running_loop()
        if self._aborted:
            return
        async with Portal() as portal:
            self._serving.portal = portal
            with self._running:
                try:
                    await self._server.serve([self._socket])
                except (Exception, SystemExit) as exc:  # noqa: BLE001 - as above
                    self._failure = exc
                finally:
                    for server in getattr(self._server, "servers", ()):
                        server.close()
            portal.cancel()

    def _cancel(self) -> None:
        # Who waits for a client that does not read would not notice it otherwise.
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()
        self._running.cancel()

    def _begin_to_stop(self) -> None:
        self._server.should_exit = True
        drain = getattr(self._server.app, "drain", None)
        if drain is not None:
            self._draining = asyncio.create_task(drain())


@contextmanager
def _logged() -> Iterator[list[str]]:
    """Collect what is logged meanwhile."""
    lines: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")

    collector = Collector()
    logging.getLogger().addHandler(collector)
    try:
        yield lines
    finally:
        logging.getLogger().removeHandler(collector)
