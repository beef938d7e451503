"""The asynchronous client: httpx2's, in the event loop of the test itself."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, Self, Unpack

import httpx2

from bocadillo.asgi import ASGIApp

from .events import EventStream
from .lifespan import serve_here
from .options import AsyncClientOptions
from .serving import Serving, mistaken, serving_of
from .transport import Transport
from .websocket import WebSocketSession

__all__ = ["AsyncClient", "async_client"]

_HANDSHAKE: Final = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-version": "13",
}
"""See RFC 6455, section 1.3, where the key is from."""

_WS: Final = {"http": "ws", "https": "wss"}


def async_client(app: ASGIApp, **options: Unpack[AsyncClientOptions]) -> "AsyncClient":
    """Make an asynchronous client of an app, to be used with `async with`.

        async with async_client(app) as client:
            response = await client.get("/")

    The app is served, its lifespan included, in the event loop of the test. Clients
    of one app that are open at the same time share it.

    Args:
        app: The application.
        options: See `AsyncClientOptions`.

    Returns:
        An `httpx2.AsyncClient` that can do a little more: see `AsyncClient`.
    """
    return AsyncClient(app, **options)


class AsyncClient(httpx2.AsyncClient):
    """What `async_client` makes.

    Args:
        app: The application.
        base_url: See `AsyncClientOptions`, as for the next ones.
        raise_server_exceptions: …
        root_path: …
        client: …
        options: As for `httpx2.AsyncClient`.

    Attributes:
        app: See above.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        base_url: str = "http://testserver",
        raise_server_exceptions: bool = True,
        root_path: str = "",
        client: tuple[str, int] = ("testclient", 50000),
        **options: Any,
    ) -> None:
        if what := mistaken(app):
            raise TypeError(f"A client needs an ASGI app, not {what}.")
        self.app = app
        self._serving: Serving | None = None
        self._connections = Transport(
            app,
            raises=raise_server_exceptions,
            root_path=root_path,
            client=client,
        )
        super().__init__(base_url=base_url, transport=self._connections, **options)

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        serving = serving_of(self.app)
        if serving is None or not serving.is_here:
            # Refuses, if it is served elsewhere.
            serving = await serve_here(self.app, "an asynchronous client")
        self._serving = serving.join()
        self._connections.state = serving.state
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        try:
            await super().__aexit__(exc_type, exc_value, traceback)
        finally:
            await self._stop()

    async def aclose(self) -> None:
        """Close what is open, and stop the app unless another client uses it."""
        try:
            await super().aclose()
        finally:
            await self._stop()

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request.

        Args:
            request: The request.
            options: As for `httpx2.AsyncClient.send`.

        Raises:
            RuntimeError: If the client is not open.
        """
        self._check_open()
        return await super().send(request, **options)

    def events(
        self, url: httpx2.URL | str, *, method: str = "GET", **options: Any
    ) -> EventStream:
        """Read server-sent events.

            async for event in client.events("/news"):
                print(event.event, event.data, event.id, event.retry)

        Args:
            url: Where from.
            method: The method of the request.
            options: As for `httpx2.AsyncClient.build_request`: `headers`, `params`…

        Returns:
            An iterator; leaving it closes the stream.

        Raises:
            HTTPStatusError: At the first event, if the status is not 200.
            SSEError: … or if the response is no event stream.
        """
        headers = httpx2.Headers({"accept": "text/event-stream"})
        headers.update(options.pop("headers", None))
        request = self.build_request(method, url, headers=headers, **options)
        return EventStream(lambda: self.send(request, stream=True))

    def websocket(  # type: ignore[override] # httpx2's needs a network stream
        self,
        url: httpx2.URL | str,
        *,
        subprotocols: Sequence[str] = (),
        **options: Any,
    ) -> WebSocketSession:
        """Open a websocket, with `async with`.

            async with client.websocket("/chat") as ws:
                await ws.send_text("hello")

        Args:
            url: Where to.
            subprotocols: Those that are offered.
            options: As for `httpx2.AsyncClient.build_request`: `headers`, `params`…

        Raises:
            HandshakeRefused: If the app does not accept it.
            RuntimeError: If the client is not open.
        """
        self._check_open()
        headers = httpx2.Headers(_HANDSHAKE)
        if subprotocols:
            headers["sec-websocket-protocol"] = ", ".join(subprotocols)
        headers.update(options.pop("headers", None))
        request = self.build_request("GET", url, headers=headers, **options)
        scheme = _WS.get(request.url.scheme, request.url.scheme)
        request.url = request.url.copy_with(scheme=scheme)
        return self._connections.websocket(request, self.cookies)

    def _check_open(self) -> None:
        if self._serving is None:
            raise RuntimeError(
                "The client is not open: `async with async_client(app) as client: ...`."
            )

    async def _stop(self) -> None:
        serving, self._serving = self._serving, None
        if serving is not None and serving.leave():
            await serving.stop()
