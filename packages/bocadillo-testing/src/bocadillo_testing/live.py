"""A real server around a test: on a port that the system chose, in a thread or process.

`LiveServer` decides where it listens and what is raised; `threads` and `processes` run
it.
"""

import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, Self

from bocadillo.asgi import ASGIApp

from .processes import ProcessRunner
from .serving import mistaken
from .threads import ThreadRunner

__all__ = ["URL", "LiveServer"]

_LOGGERS = ("access", "asgi", "error")
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read, not bound


class URL(str):
    """The URL of a server: a `str`, and a function that appends a path.

    server.url           # "http://127.0.0.1:40123"
    server.url("/items") # "http://127.0.0.1:40123/items"
    """

    __slots__ = ()

    def __call__(self, path: str = "") -> str:
        """The URL of a path.

        Args:
            path: With or without its first slash; it may have a query.
        """
        return f"{self}/{path.removeprefix('/')}" if path else str(self)


class LiveServer:
    """Serve an app with uvicorn on a free local port until the block ends.

        with LiveServer(app) as server:
            response = httpx2.get(server.url("/items"))

    Args:
        app: The application.
        host: Where to listen.
        port: 0 for one that the system chooses.
        ready_timeout: Seconds to wait until it accepts connections.
        stop_timeout: Seconds to wait until it has stopped. Before it does, the app
            drains: event streams and websockets end, requests are finished.
        process: Whether it runs in a process of its own, forked from this one (on
            POSIX only), instead of in a thread. What happens there is not seen here:
            overrides must be made before, and providers cannot be fixtures.
        uvicorn_options: As for `uvicorn.Config`.

    Raises:
        OSError: On entering, if it cannot listen there.
        RuntimeError: On entering, if the app does not start; its cause is what the
            app raised. On leaving, if it does not shut down.
        TimeoutError: If one of the time-outs is over.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        ready_timeout: float = 5.0,
        stop_timeout: float = 5.0,
        process: bool = False,
        **uvicorn_options: Any,
    ) -> None:
        if what := mistaken(app):
            raise TypeError(f"A live server needs an ASGI app, not {what}.")
        if not 0 <= port < 2**16:
            # The system would take its last 16 bits, and listen somewhere.
            raise ValueError(f"A port is a number from 0 (a free one) to 65535: {port}")
        self._app = app
        self._host = host
        self._port = port
        self._ready_timeout = ready_timeout
        self._stop_timeout = stop_timeout
        self._make_runner = ProcessRunner if process else ThreadRunner
        self._options = uvicorn_options
        self._netloc: str | None = None

    def __repr__(self) -> str:
        where = f"at {self.url}" if self._netloc else "that was not started"
        return f"<LiveServer of {self._app!r} {where}>"

    def __enter__(self) -> Self:
        with ExitStack() as kept, _listen(self._host, self._port) as listening:
            kept.enter_context(_logging_kept())
            port = listening.getsockname()[1]
            host = _LOOPBACK.get(self._host, self._host)
            self._netloc = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            options = {"host": self._host, "port": port, **self._options}
            self._runner = self._make_runner(self._app, repr(self), options)
            self._runner.start(listening, self._ready_timeout)
            self._kept = kept.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._kept:
            self._runner.stop(self._stop_timeout)

    @property
    def url(self) -> URL:
        """Its URL, without a slash at the end; call it to append a path.

        Raises:
            RuntimeError: If it was not started.
        """
        return self._url("http")

    @property
    def ws_url(self) -> URL:
        """The same for websockets."""
        return self._url("ws")

    def _url(self, scheme: str) -> URL:
        if self._netloc is None:
            raise RuntimeError(
                "The server was not started: `with LiveServer(app) as server: ...`."
            )
        secure = "s" if self._options.get("ssl_certfile") else ""
        return URL(f"{scheme}{secure}://{self._netloc}")


@contextmanager
def _logging_kept() -> Iterator[None]:
    """Take back what `log_level` and `access_log` do to uvicorn's loggers."""
    loggers = [logging.getLogger(f"uvicorn.{name}") for name in _LOGGERS]
    before = [(each, each.level, each.propagate, each.handlers) for each in loggers]
    try:
        yield
    finally:
        for logger, level, propagate, handlers in before:
            logger.setLevel(level)
            logger.propagate = propagate
            logger.handlers = handlers


def _listen(host: str, port: int) -> socket.socket:
    """A socket that is bound, so that its port is known before the server starts."""
    family, kind, proto, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    )[0]
    listening = socket.socket(family, kind, proto)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as exc:
        listening.close()
        raise OSError(exc.errno, exc.strerror, f"{host}:{port}") from None
    return listening
