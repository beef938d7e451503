"""uvicorn, so that a test learns when it accepts connections, and what went wrong."""

from collections.abc import Callable
from typing import Any

import uvicorn

from bocadillo.asgi import ASGIApp, Receive, Scope, Send


class Server(uvicorn.Server):
    """A server of one app.

    Args:
        app: The application.
        tell: Called with "ready" when it accepts connections, and with "stopped" when
            it has shut down.
        options: As for `uvicorn.Config`. Logging is left as the test has set it up.

    Attributes:
        app: See above.
        failure: What the lifespan of the app raised.
    """

    def __init__(
        self, app: ASGIApp, tell: Callable[[str], object], **options: Any
    ) -> None:
        self.app = app
        self.failure: Exception | None = None
        self._tell = tell
        options = {"log_config": None, "interface": "asgi3"} | options
        super().__init__(uvicorn.Config(self._serve_app, **options))

    async def startup(self, sockets: Any = None) -> None:
        """Start the app, then accept connections."""
        await super().startup(sockets)
        # One that raised nevertheless has said that it has no lifespan.
        self.failure = None
        self._tell("ready")

    async def shutdown(self, sockets: Any = None) -> None:
        """Close connections, then stop the app."""
        await super().shutdown(sockets)
        self._tell("stopped")

    async def _serve_app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        except Exception as exc:
            self.failure = exc
            raise


def not_done(what: str, cause: BaseException | None) -> RuntimeError:
    """The error that says what a server did not do, and why.

    Args:
        what: Who did not do what.
        cause: The reason; `SystemExit` is uvicorn's way to say that it logged it.
    """
    if cause is None or isinstance(cause, SystemExit):
        error = RuntimeError(f"{what}; see its log.")
    else:
        error = RuntimeError(f"{what}: {type(cause).__name__}: {cause}")
    error.__cause__ = cause
    return error
