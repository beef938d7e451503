"""A client that leaves: what a server tells an app, in place of a cancellation.

In-process clients stop an app by cancelling it, which would cut short the awaits of
its cleanup. Behind a server it is told `http.disconnect` instead, what it sends is
dropped, and it ends by itself: `disconnecting` gives it that, for a while.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import anyio
import anyio.lowlevel

from bocadillo.asgi import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger("bocadillo.testing")

RAISED: Final = (Exception, KeyboardInterrupt, SystemExit)
"""What of an app is raised in the test, and ends no event loop: as behind a server."""

GRACE: Final = 5.0
"""Seconds that an app may go on after its client has left; then it is cancelled."""


def disconnecting(app: ASGIApp) -> ASGIApp:
    """Tell an app that its client has left when it is cancelled.

    Args:
        app: The application.

    Returns:
        An application that, when it is cancelled, lets `app` end by itself.
    """

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        failure: BaseException | None = None
        try:
            async with anyio.create_task_group() as group:
                connection = _Connection(scope["type"], receive, send)
                group.start_soon(connection.watch)
                with connection.shield as shield:
                    try:
                        await app(scope, connection.receive, connection.send)
                    except RAISED as exc:
                        failure = exc
                if shield.cancelled_caught:
                    logger.error(
                        "%s went on for %g seconds after its client had left; "
                        "it was cancelled.",
                        f"{scope.get('method', 'WEBSOCKET')} {scope['path']}",
                        GRACE,
                    )
                group.cancel_scope.cancel()
        finally:
            if failure is not None:
                raise failure

    return serve


class _Connection:
    """What an app reads and writes, until its client leaves."""

    def __init__(self, kind: str, receive: Receive, send: Send) -> None:
        self._is_http = kind == "http"
        self._receive = receive
        self._send = send
        self._left = False
        self._waiting: set[anyio.CancelScope] = set()
        self.shield = anyio.CancelScope(shield=True)

    async def watch(self) -> None:
        """Wait to be cancelled: that is how the client leaves."""
        try:
            await anyio.sleep_forever()
        finally:
            self._left = True
            for scope in self._waiting:
                scope.cancel()
            self.shield.deadline = anyio.current_time() + GRACE

    async def receive(self) -> Message:
        """Read what the client sends, or that it has left."""
        if not self._is_http:
            # What was sent before is read first; a websocket.disconnect ends it.
            return await self._receive()
        message = await self._unless_left(self._receive)
        return {"type": "http.disconnect"} if message is None else message

    async def send(self, message: Message) -> None:
        """Write to the client.

        Raises:
            OSError: If a websocket has left. As behind uvicorn, what HTTP clients
                that have left do not read is dropped.
        """
        if self._left and not self._is_http:
            raise OSError("The client has left.")
        await self._unless_left(self._send, message)

    async def _unless_left(
        self, function: Callable[..., Awaitable[Any]], *args: Any
    ) -> Any:
        with anyio.CancelScope() as scope:
            self._waiting.add(scope)
            try:
                if not self._left:
                    return await function(*args)
                # An app that never waits otherwise must hear of it nevertheless.
                await anyio.lowlevel.checkpoint()
            finally:
                self._waiting.discard(scope)
        return None
