"""From requests to connections: what an asynchronous client sends through.

httpx2 has a transport for ASGI apps, which reads a response to its end before it
returns it: endless streams would never begin.
"""

from typing import Any

import httpx2

from bocadillo.asgi import ASGIApp, Scope

from .connection import Connection
from .exchange import Exchange
from .scopes import scope_of
from .websocket import WebSocketSession


class Transport(httpx2.AsyncBaseTransport):
    """Sends requests to an app in the event loop of the test.

    Args:
        app: The application.
        raises: Whether what it does not handle is raised in the test.
        root_path: The path that it seems to be mounted at.
        client: Host and port that requests seem to come from.

    Attributes:
        state: The initial `state` of each request.
    """

    def __init__(
        self, app: ASGIApp, *, raises: bool, root_path: str, client: tuple[str, int]
    ) -> None:
        self._app = app
        self._raises = raises
        self._always = {"root_path": root_path, "client": client}
        self._opened: set[Connection] = set()
        self.state: dict[str, Any] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request, and return when the headers of its response are known."""
        scope = self._scope(request, type="http", method=request.method)
        exchange = Exchange(
            self._app, scope, request, raises=self._raises, opened=self._opened
        )
        return await exchange.response()

    def websocket(
        self, request: httpx2.Request, cookies: httpx2.Cookies
    ) -> WebSocketSession:
        """Make a websocket of its handshake request.

        Args:
            request: The handshake.
            cookies: Those that the app sets go there.
        """
        asked = request.headers.get("sec-websocket-protocol", "")
        scope = self._scope(
            request,
            type="websocket",
            subprotocols=[each.strip() for each in asked.split(",") if each.strip()],
            extensions={"websocket.http.response": {}},
        )
        return WebSocketSession(
            self._app,
            scope,
            request,
            cookies,
            raises=self._raises,
            opened=self._opened,
        )

    async def aclose(self) -> None:
        """Leave every connection that is still open.

        Raises:
            Exception: What an app raised when it was left.
        """
        opened = list(self._opened)
        for connection in opened:
            await connection.leave()
        for connection in opened:
            connection.raise_failure()

    def _scope(self, request: httpx2.Request, **more: Any) -> Scope:
        return scope_of(
            request,
            asgi={"version": "3.0", "spec_version": "2.4"},
            state=dict(self.state),
            **self._always,
            **more,
        )
