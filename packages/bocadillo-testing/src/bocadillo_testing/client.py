"""The synchronous client: Starlette's, with a lifespan that starts by itself."""

import atexit
from typing import Any, Self, Unpack

import httpx2
from starlette.testclient import TestClient

from bocadillo.asgi import ASGIApp

from .disconnect import disconnecting
from .loop_thread import serve_in_thread
from .options import ClientOptions
from .portal import Portal
from .round_trip import WHOLE, RoundTrips
from .serving import Serving, mistaken, serving_of, stop_unclosed, unclosed

__all__ = ["Client", "create_client"]

atexit.register(stop_unclosed)


def create_client(app: ASGIApp, **options: Unpack[ClientOptions]) -> "Client":
    """Make a synchronous client of an app.

        with create_client(app) as client:
            assert client.get("/").status_code == 200

    The lifespan of the app runs: in the `with` block, or by itself from the first
    request until `close()` or the end of the test. Clients of one app that are open
    at the same time share it. A stream can be read with `client.stream(...)` and
    left: the app is told that its client has left.

    Args:
        app: The application.
        options: See `ClientOptions`.

    Returns:
        A client as Starlette's `TestClient`, `client.websocket_connect` included.
    """
    return Client(app, **options)


class Client(TestClient):
    """What `create_client` makes.

    Args:
        app: The application.
        options: See `ClientOptions`.
    """

    def __init__(self, app: ASGIApp, **options: Unpack[ClientOptions]) -> None:
        if what := mistaken(app):
            raise TypeError(f"A client needs an ASGI app, not {what}.")
        super().__init__(disconnecting(app), **options)
        self.app = app
        self._serving: Serving | None = None
        self._transport = RoundTrips(app, self._transport, portal=self._reach)

    def __enter__(self) -> Self:
        self.start()
        unclosed.pop(self.stop, None)
        return self

    def __exit__(self, *args: object) -> None:
        self.stop()

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request; the first one starts the app if nothing else did.

        Args:
            request: The request.
            options: As for `httpx2.Client.send`.

        Raises:
            Exception: What made the start-up of the app fail.
        """
        if self._serving is None and not self.is_closed:
            self.start()
        whole = not options.get("stream", False)
        request.extensions = {**request.extensions, WHOLE: whole}
        return super().send(request, **options)

    def start(self) -> None:
        """Start the app, unless this client, or another one, did.

        It runs until `stop()`, `close()` or the end of the test.

        Raises:
            Exception: What made the start-up of the app fail.
            RuntimeError: If the app is served in the event loop of the test itself.
        """
        if self._serving is not None:
            return
        serving = serving_of(self.app)
        if serving is None:
            serving = serve_in_thread(self.app, **self.async_backend)
        elif serving.portal is None:
            raise RuntimeError(
                f"{serving.by} serves {self.app!r} in the event loop of this test, "
                "which would wait for a synchronous client for ever: use that one."
            )
        self._serving = serving.join()
        unclosed[self.stop] = None
        self.portal = serving.portal
        self.app_state.update(serving.state)

    def stop(self) -> None:
        """Stop the app, unless another client still uses it.

        A later request starts it again.

        Raises:
            Exception: What made the shutdown of the app fail.
        """
        serving, self._serving = self._serving, None
        unclosed.pop(self.stop, None)
        if serving is not None:
            try:
                self._transport.close()
            finally:
                self.portal = None
                self.app_state.clear()
                if serving.leave():
                    serving.stop()

    def _reach(self) -> Portal:
        serving = self._serving
        if serving is None:  # another thread has stopped it
            raise RuntimeError("The client was closed before this request was sent.")
        portal: Portal = serving.portal
        return portal

    def close(self) -> None:
        """Stop the app, and send no more requests."""
        try:
            self.stop()
        finally:
            super().close()
