"""The time that a view and its websocket spend together, and how it is cut short.

Who is told that it is over, by receiving or sending, ends by itself. Who is not, for
it waits for something else, is cancelled: when the server stops, and when the client
has left a view that only sends; if there is something to read, that one has a while to
come to it. What a view cleans up is never cut short.
"""

import asyncio
from types import TracebackType
from typing import Any, Final, Self, cast

from .errors import HTTPError
from .suspension import is_cleaning_up
from .websockets import WebSocket
from .wire import Stage

WATCH_SECONDS: Final = 1.0
"""When a view has not received by then, its client is watched for it."""

WRAP_UP_SECONDS: Final = 0.5
"""What a view may go on with after its websocket was closed by the server."""


class Conversation:
    """A websocket and the task that serves it, inside of `with`.

    A cancellation by `end` stays in there.

    PERF: no coroutine of its own: the server's every event, and the wait for it, would
    pass through that (bench websocket, on a server).

    Args:
        ws: The websocket; this is its task.
        among: Those under way, of which it is one meanwhile.

    Attributes:
        ws: See above.
    """

    def __init__(self, ws: WebSocket, among: "set[Conversation]") -> None:
        self.ws = ws
        self._among = among
        self._loop = asyncio.get_running_loop()
        self._task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._cancelled = False
        self._goodbye: asyncio.Task[object] | None = None
        self._timer = self._loop.call_later(WATCH_SECONDS, self._watch)

    def __enter__(self) -> Self:
        self._among.add(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        self._among.discard(self)
        self._timer.cancel()
        self.ws._wire.stop_watching()
        if self._goodbye is not None:
            self._goodbye.cancel()
        ours = isinstance(exc, asyncio.CancelledError) and self._cancelled
        return ours and not self._task.uncancel()

    def end(self) -> None:
        """Close the websocket because the server stops, and see that its view ends."""
        wire = self.ws._wire
        wire.refusal = HTTPError(503, detail="The server is stopping.")
        if wire.stage is Stage.OPEN:
            goodbye = wire.send_away(1012, "The server is stopping.")
            self._goodbye = self._loop.create_task(goodbye)
        self._timer.cancel()
        self._timer = self._loop.call_later(WRAP_UP_SECONDS, self._cut_short)

    def _watch(self) -> None:
        wire = self.ws._wire
        if wire.stage is Stage.CONNECTING:
            self._timer = self._loop.call_later(WATCH_SECONDS, self._watch)
        else:
            wire.watch(self._cut_short)

    def _cut_short(self) -> None:
        view = self.ws._view
        if view is None or self._cancelled or self.ws._wire.told:
            return
        if is_cleaning_up(view):
            self._timer = self._loop.call_later(WRAP_UP_SECONDS, self._cut_short)
            return
        self._cancelled = True
        self._task.cancel()
