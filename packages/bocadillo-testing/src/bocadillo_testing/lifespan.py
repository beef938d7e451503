"""The lifespan of an app, and the app served in the event loop of a test.

See https://asgi.readthedocs.io/en/latest/specs/lifespan.html.
"""

import asyncio
import logging
from typing import Any

import anyio

from bocadillo.asgi import ASGIApp, Message

from .serving import Serving

logger = logging.getLogger("bocadillo.testing")


class Lifespan:
    """Start an app, and stop it.

    Let `run` run in a task of its own; then call `startup`, and `shutdown` at last.
    All of it belongs to one event loop.

    Args:
        app: The application. One that raises before it answers has no lifespan: that
            is how the specification lets it say so.

    Attributes:
        state: What the app adds is the initial `state` of its requests.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.state: dict[str, Any] = {}
        self._started = anyio.Event()
        self._stopping = anyio.Event()
        self._ended = anyio.Event()
        self._asked = False
        self._answered = False
        self._failed: str | None = None
        self._exception: Exception | None = None

    async def run(self) -> None:
        """Be the server of the lifespan; return when the app does."""
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self._app(scope, self._receive, self._send)
        except Exception as exc:  # noqa: BLE001 - raised where it is waited for
            self._exception = exc
        finally:
            self._started.set()
            self._ended.set()

    async def startup(self) -> None:
        """Wait until the app has started.

        Raises:
            Exception: What made its start-up fail.
        """
        await self._started.wait()
        if self._failed is not None:
            await self._ended.wait()
            raise self._failure("start-up")
        if self._exception is not None:
            logger.info("%r has no lifespan: %r", self._app, self._exception)

    async def shutdown(self) -> None:
        """Let the app stop, and wait until it has.

        Raises:
            Exception: What made its shutdown fail.
        """
        self._stopping.set()
        await self._ended.wait()
        if self._answered and (self._exception or self._failed is not None):
            raise self._failure("shutdown")

    def _failure(self, event: str) -> Exception:
        reason = self._failed or "it gave no reason"
        return self._exception or RuntimeError(
            f"The {event} of {self._app!r} failed: {reason}"
        )

    async def _receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "lifespan.startup"}
        await self._stopping.wait()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: Message) -> None:
        self._answered = True
        if message["type"].endswith(".failed"):
            self._failed = message.get("message", "")
        self._started.set()


async def serve_here(app: ASGIApp, by: str) -> Serving:
    """Start an app in the running event loop. To stop it, await `stop()`.

    Args:
        app: The application.
        by: What serves it, in words for messages.

    Raises:
        Exception: What made its start-up fail.
        RuntimeError: If something else serves it, or the loop is not asyncio's.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            "Bocadillo apps run on asyncio, and this test does not. With anyio's "
            "plugin, define a fixture `anyio_backend` that returns 'asyncio'."
        ) from None
    serving = Serving(app, by)
    serving.loop = loop
    lifespan = Lifespan(app)
    task = asyncio.create_task(lifespan.run())
    try:
        await lifespan.startup()
    except BaseException:
        serving.end()
        task.cancel()
        raise
    serving.state = lifespan.state
    serving.stop = lifespan.shutdown
    return serving
