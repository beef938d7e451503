"""One request and its response, read while the app still writes it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2

from bocadillo.asgi import ASGIApp, Message, Scope

from .connection import Connection


class Exchange(Connection, httpx2.AsyncByteStream):
    """A request that an app answers; at the same time the body of the response.

    Each chunk of the body waits until it is read, so that an endless stream goes no
    further than its reader.

    Args:
        app: The application.
        scope: What it is told of the request.
        request: The request.
        options: As for `Connection`.
    """

    def __init__(
        self, app: ASGIApp, scope: Scope, request: httpx2.Request, **options: Any
    ) -> None:
        super().__init__(app, scope, **options)
        self._request = request
        self._body = _chunks_of(request)
        self._more = True
        self._started = asyncio.Event()
        self._complete = asyncio.Event()
        self._start: Message | None = None
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def response(self) -> httpx2.Response:
        """The response, as soon as its headers are known.

        Raises:
            Exception: What the app raised before it answered.
        """
        self.start()
        try:
            await self._started.wait()
        except BaseException:  # a time-out of the test, for example
            await self.leave()
            raise
        if self._start is None:
            await self.wait()
            self.raise_failure()
            self._complete.set()
            self._start = {"status": 500}
        return httpx2.Response(
            self._start["status"],
            headers=list(self._start.get("headers", ())),
            stream=self,
            request=self._request,
            extensions={"http_version": b"HTTP/1.1"},
        )

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The body; ends when the app has returned, its background tasks included.

        Raises:
            Exception: What the app raised meanwhile.
            RemoteProtocolError: If the app returned before the body was complete.
        """
        while (chunk := await self._chunks.get()) is not None:
            self._chunks.task_done()
            if chunk:
                yield chunk
        self.raise_failure()
        if not self._complete.is_set():
            raise httpx2.RemoteProtocolError(
                "The app returned before its response was complete.",
                request=self._request,
            )

    async def aclose(self) -> None:
        """Leave, unless the response is complete; then wait for the app.

        Raises:
            Exception: What the app raised meanwhile.
        """
        if self._complete.is_set():
            await self.wait()
        else:
            await self.leave()
        self.raise_failure()

    async def _receive(self) -> Message:
        if self._more:
            chunk, self._more = await anext(self._body)
            return {"type": "http.request", "body": chunk, "more_body": self._more}
        await self._complete.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            self._started.set()
        elif message["type"] == "http.response.body":
            more = message.get("more_body", False)
            if self._request.method != "HEAD":
                self._chunks.put_nowait(bytes(message.get("body", b"")))
            if more:
                await self._chunks.join()
            else:
                self._complete.set()

    def _end(self) -> None:
        self._started.set()
        self._chunks.put_nowait(None)


async def _chunks_of(request: httpx2.Request) -> AsyncIterator[tuple[bytes, bool]]:
    """The body of a request, and whether more is to come: as a server would tell."""
    if isinstance(request.stream, httpx2.ByteStream):
        yield request.content, False
    else:
        async for chunk in request.stream:  # type: ignore[union-attr]
            yield chunk, True
        yield b"", False
