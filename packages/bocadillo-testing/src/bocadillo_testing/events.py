"""Server-sent events as an asynchronous iterator."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from types import TracebackType
from typing import Self

import httpx2

__all__ = ["EventStream"]


class EventStream:
    """The events of a stream, as they come.

        async for event in client.events("/news"):
            assert event.data == "hello"
            break

    Leaving the loop closes the stream a moment later; used with `async with`, it is
    open from the beginning of the block, and closed at its end.

    Args:
        open_: Sends the request; gives a response that has not been read.
    """

    def __init__(self, open_: Callable[[], Awaitable[httpx2.Response]]) -> None:
        self._open = open_
        self._response: httpx2.Response | None = None

    @property
    def response(self) -> httpx2.Response:
        """The response that carries the events.

        Raises:
            RuntimeError: If the stream is not open yet.
        """
        if self._response is None:
            raise RuntimeError("The stream is not open yet: use `async with` first.")
        return self._response

    async def __aenter__(self) -> Self:
        response = await self._open()
        if response.status_code != 200:
            await response.aread()
            raise httpx2.HTTPStatusError(
                f"{response.url} answered {response.status_code} "
                f"{response.reason_phrase} in place of events: {response.text}",
                request=response.request,
                response=response,
            )
        self._response = response
        self._events = _read(response)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> httpx2.ServerSentEvent:
        if self._response is None:
            await self.__aenter__()
        return await anext(self._events)

    async def aclose(self) -> None:
        """Leave, and wait until the app has noticed.

        Raises:
            Exception: What the app raised meanwhile.
        """
        if self._response is not None:
            await self._events.aclose()
            await self._response.aclose()


async def _read(
    response: httpx2.Response,
) -> AsyncGenerator[httpx2.ServerSentEvent, None]:
    # NOTE: knows nothing of its stream, so that both are gone as soon as a loop is
    # left; then Python closes what is read here.
    try:
        async for event in httpx2.EventSource(response):
            yield event
    finally:
        await response.aclose()
