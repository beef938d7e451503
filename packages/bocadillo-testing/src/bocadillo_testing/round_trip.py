"""One request and its whole response, for one visit to the event loop of the app.

Starlette's transport goes there for each message, so that a response can be read while
the app writes it. Few tests do: the others get theirs at a fifth of the price.
"""

from collections.abc import Callable
from typing import Any, Final

import anyio
import anyio.lowlevel
import httpx2

from bocadillo.asgi import ASGIApp, Message, Scope

from .portal import Portal
from .scopes import scope_of

__all__ = ["WHOLE", "RoundTrips"]

WHOLE: Final = "bocadillo.whole"
"""The extension of requests whose responses are read at once, not as streams."""

_START: Final = "http.response.start"
_BODY: Final = "http.response.body"
_TRAILERS: Final = "http.response.trailers"
_DEBUG: Final = "http.response.debug"


class RoundTrips(httpx2.BaseTransport):
    """Sends what is read at once, and leaves the rest to Starlette's transport.

    Args:
        app: The application.
        starlettes: That transport; what it was told of requests holds for all of them.
        portal: Gives what reaches the event loop of the app.
    """

    def __init__(
        self, app: ASGIApp, starlettes: Any, *, portal: Callable[[], Portal]
    ) -> None:
        self._app = app
        self._starlettes = starlettes
        self._portal = portal

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request.

        Raises:
            AssertionError: If the app returns without having answered.
            Exception: What the app does not handle.
        """
        starlettes = self._starlettes
        is_http = request.url.scheme in ("http", "https")
        if not (is_http and request.extensions.get(WHOLE)):
            response: httpx2.Response = starlettes.handle_request(request)
            return response
        scope = scope_of(
            request,
            type="http",
            method=request.method,
            extensions={_DEBUG: {}, _TRAILERS: {}},
            client=starlettes.client,
            root_path=starlettes.root_path,
            state=starlettes.app_state.copy(),
        )
        trip = RoundTrip(self._app, scope, request.read())
        portal = self._portal()
        try:
            portal.call(trip.run)
        finally:
            if not trip.ended:  # a time-out of the test, for example
                portal.call_soon(trip.cancel)
        if starlettes.raise_server_exceptions:
            trip.check()
        return trip.response(request)

    def close(self) -> None:
        """Leave every stream that is still open."""
        self._starlettes.close()


class RoundTrip:
    """A request that an app answers.

    Args:
        app: The application.
        scope: What it is told of the request.
        body: The body of the request.

    Attributes:
        ended: Whether the app has returned.
    """

    def __init__(self, app: ASGIApp, scope: Scope, body: bytes) -> None:
        self._app = app
        self._scope = scope
        self._request: Message | None = {"type": "http.request", "body": body}
        self._start: Message | None = None
        self._chunks: list[bytes] = []
        self._trailers: list[tuple[bytes, bytes]] = []
        self._debug: dict[str, Any] | None = None
        self._due: str | None = _START
        self._complete: anyio.Event
        self._failure: Exception | None = None
        self._running: anyio.CancelScope | None = None
        self._given_up = False
        self.ended = False

    async def run(self) -> None:
        """Let the app answer, and return when it does: after its background tasks."""
        self._complete = anyio.Event()
        try:
            with anyio.CancelScope() as self._running:
                if not self._given_up:
                    await self._app(self._scope, self._receive, self._send)
        except Exception as exc:  # noqa: BLE001 - raised in the test
            self._failure = exc
        finally:
            self.ended = True

    def cancel(self) -> None:
        """Stop waiting for the app."""
        self._given_up = True
        if self._running is not None:
            self._running.cancel()

    def check(self) -> None:
        """Raise in the test what the app did not handle.

        Raises:
            AssertionError: If it has not answered.
        """
        if self._failure is not None:
            raise self._failure
        if self._start is None:
            raise AssertionError(
                f"The app returned without a response to {self._scope['method']} "
                f"{self._scope['path']}."
            )

    def response(self, request: httpx2.Request) -> httpx2.Response:
        """What the app has sent; a 500 if it has not.

        Args:
            request: What it answers.
        """
        start = self._start or {"type": _START, "status": 500}
        body = b"" if request.method == "HEAD" else b"".join(self._chunks)
        response = httpx2.Response(
            start["status"],
            headers=list(start.get("headers", ())),
            stream=httpx2.ByteStream(body),
            request=request,
        )
        if self._has_trailers:
            response.extensions[_TRAILERS] = self._trailers
        if self._debug is not None:
            response.extensions[_DEBUG] = self._debug
            for name in {"template", "context"} & self._debug.keys():
                setattr(response, name, self._debug[name])
        return response

    async def _receive(self) -> Message:
        message, self._request = self._request, None
        if message is not None:
            return message
        await self._complete.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        if kind in (_START, _BODY, _TRAILERS) and kind != self._due:
            raise AssertionError(
                f"The app sent {kind!r}, where {self._due or 'nothing'!r} was due."
            )
        if kind == _START:
            self._start = message
            self._due = _BODY
        elif kind == _BODY:
            self._chunks.append(bytes(message.get("body", b"")))
            if message.get("more_body", False):
                # An endless stream must not keep the loop from everything else.
                await anyio.lowlevel.checkpoint()
            else:
                self._due = _TRAILERS if self._has_trailers else None
        elif kind == _TRAILERS:
            self._trailers.extend(message.get("headers", ()))
            if not message.get("more_trailers", False):
                self._due = None
        elif kind == _DEBUG:
            self._debug = message["info"]
        if self._due is None:
            self._complete.set()

    @property
    def _has_trailers(self) -> bool:
        return self._start is not None and self._start.get("trailers", False)
