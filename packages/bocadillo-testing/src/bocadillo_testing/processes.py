"""A live server in a process of its own, forked from this one."""

import multiprocessing
import os
import pickle
import signal
import socket
import sys
import threading
import traceback
import warnings
from multiprocessing.connection import Connection
from typing import Any

from bocadillo.asgi import ASGIApp

from .serving import forget_all
from .uvicorn_server import Server, not_done


class ProcessRunner:
    """Runs uvicorn in a forked process.

    Args:
        app: The application.
        name: What serves it, in words for messages.
        options: As for `uvicorn.Config`.

    Raises:
        RuntimeError: If processes cannot be forked here.
    """

    def __init__(self, app: ASGIApp, name: str, options: dict[str, Any]) -> None:
        if "fork" not in multiprocessing.get_all_start_methods():
            raise RuntimeError(
                f"process=True forks, which {sys.platform} cannot: use a thread."
            )
        self._name = name
        self._app = app
        self._options = options

    def start(self, listening: socket.socket, timeout: float) -> None:
        """Return when the server accepts connections.

        Args:
            listening: Where; it may be closed afterwards.
            timeout: Seconds to wait for it.

        Raises:
            RuntimeError: If the app does not start.
            TimeoutError: If it takes longer.
        """
        fork = multiprocessing.get_context("fork")
        self._reports, writer = fork.Pipe(duplex=False)
        self._process = fork.Process(
            target=run,
            args=(self._app, listening, writer, self._options),
            name=self._name,
            daemon=True,
        )
        with warnings.catch_warnings():
            # Python 3.12 warns of forking beside threads. Here the child begins with
            # an event loop of its own and takes over none of the parent's.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process.start()
        writer.close()
        if not self._reports.poll(timeout):
            self._kill()
            raise TimeoutError(
                f"{self._name} was not ready within {timeout:g} seconds: does a "
                "startup handler, or a provider, wait for something?"
            )
        event, failure = self._report()
        if event != "ready":
            self._kill()
            raise not_done(f"{self._name} did not start", failure)

    def stop(self, timeout: float) -> None:
        """Tell the process to end, and return when it has.

        Args:
            timeout: Seconds to wait for it.

        Raises:
            RuntimeError: If the app does not shut down.
            TimeoutError: If it takes longer.
        """
        self._process.terminate()
        self._process.join(timeout)
        if self._process.is_alive():
            self._kill()
            raise TimeoutError(
                f"{self._name} did not stop within {timeout:g} seconds. Let requests "
                "end, and read or close their responses, before the server stops; or "
                "pass a greater stop_timeout."
            )
        event, failure = self._report()
        self._kill()
        if event != "stopped" or failure is not None:
            raise not_done(f"{self._name} did not shut down", failure)

    def _report(self) -> tuple[str, BaseException | None]:
        try:
            report: tuple[str, BaseException | None] = self._reports.recv()
        except EOFError:
            self._process.join()
            return "died", SystemExit(self._process.exitcode)
        return report

    def _kill(self) -> None:
        self._process.kill()
        self._process.join()
        self._process.close()
        self._reports.close()


def run(
    app: ASGIApp, listening: socket.socket, reports: Connection, options: dict[str, Any]
) -> None:
    """Be the process that serves.

    Args:
        app: The application.
        listening: Where.
        reports: Gets pairs: what has happened, and what the app raised, if anything.
        options: As for `uvicorn.Config`.
    """
    forget_all()
    signal.set_wakeup_fd(-1)  # the parent's event loop has its own
    parent = multiprocessing.parent_process()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()

    def tell(event: str) -> None:
        reports.send((event, server.failure and portable(server.failure)))

    server = Server(app, tell, **options)
    try:
        server.run([listening])
    except (Exception, SystemExit) as exc:  # noqa: BLE001 - raised in the test
        server.failure = server.failure or portable(exc)
        tell("failed")


def portable(exc: BaseException) -> Exception:
    """An exception that can be sent to another process, with its traceback as a note.

    Args:
        exc: The exception.

    Returns:
        A copy, or a `RuntimeError` that says the same if it cannot be copied.
    """
    text = "".join(traceback.format_exception(exc))
    try:
        copy: Exception = pickle.loads(pickle.dumps(exc))  # noqa: S301 - just made
    except Exception:  # noqa: BLE001 - whatever its class does
        copy = RuntimeError(f"{type(exc).__name__}: {exc}")
    copy.add_note(f"In the process of the server:\n{text}")
    return copy


def _end_with(parent: Any) -> None:
    """End when a parent does that could not stop its servers."""
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
