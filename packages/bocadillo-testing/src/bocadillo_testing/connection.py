"""One connection to an app, served in a task of the test's own event loop."""

import asyncio
from abc import ABC, abstractmethod

import anyio

from bocadillo.asgi import ASGIApp, Message, Scope

from .disconnect import RAISED, disconnecting


class Connection(ABC):
    """An app while it serves one request or one websocket.

    Args:
        app: The application.
        scope: What it is told of the connection.
        raises: Whether what it does not handle is raised in the test.
        opened: Has this connection until the app returns.

    Attributes:
        failure: What the app raised.
    """

    def __init__(
        self,
        app: ASGIApp,
        scope: Scope,
        *,
        raises: bool,
        opened: "set[Connection]",
    ) -> None:
        self._app = disconnecting(app)
        self.scope = scope
        self._raises = raises
        self._running = anyio.CancelScope()
        self.failure: BaseException | None = None
        self._opened = opened
        self._task: asyncio.Task[None]

    def start(self) -> None:
        """Let the app serve the connection."""
        self._opened.add(self)
        self._task = asyncio.create_task(self._run())

    async def leave(self) -> None:
        """Leave as a client does, and wait until the app has noticed."""
        self._running.cancel()
        await self.wait()

    async def wait(self) -> None:
        """Wait until the app has returned."""
        await asyncio.wait([self._task])

    def raise_failure(self) -> None:
        """Raise in the test what the app did not handle: once, if at all."""
        failure, self.failure = self.failure, None
        if failure is not None and self._raises:
            raise failure

    async def _run(self) -> None:
        try:
            with self._running:
                await self._app(self.scope, self._receive, self._send)
        except RAISED as exc:
            self.failure = exc
        finally:
            self._opened.discard(self)
            self._end()

    @abstractmethod
    async def _receive(self) -> Message:
        """What the app reads."""

    @abstractmethod
    async def _send(self, message: Message) -> None:
        """What the app writes."""

    @abstractmethod
    def _end(self) -> None:
        """Tell whoever waits for the app that nothing comes any more."""
