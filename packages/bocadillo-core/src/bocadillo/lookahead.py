"""Read for a view that does not, to notice that its client leaves.

Servers tell it in `receive` and nowhere else, so a view that only sends would wait for
something to send for ever. What is read too early is kept for the view.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from .asgi import Message, Receive

KEPT_SIZE: Final = 65536
"""Characters or bytes of messages to keep at most; then reading ends."""

UNREAD_SECONDS: Final = 30.0
"""How long a view may take to ask for what its client has said before it left."""


class Lookahead:
    """Messages, read before the view asked for them.

    Reads until the view asks, until there is too much, or until the client leaves.
    Several may ask at a time; each gets a message in its turn.

    Args:
        receive: The server's.
        on_left: Called when the client has left and the view has not asked.
        patience: Seconds that the view may still take to ask, if there is something
            to read.

    Attributes:
        left: The disconnect, once it was read.
    """

    def __init__(
        self,
        receive: Receive,
        on_left: Callable[[], object],
        *,
        patience: float = UNREAD_SECONDS,
    ) -> None:
        self.left: Message | None = None
        self._receive = receive
        self._on_left = on_left
        self._patience = patience
        self._timer: asyncio.TimerHandle | None = None
        self._kept: deque[Message] = deque()
        self._turn = asyncio.Lock()
        self._begin()

    def _begin(self) -> None:
        self._wanted = False
        self._task = asyncio.create_task(self._read())

    def resume(self) -> None:
        """Read ahead again, although the view has asked since.

        Not while it waits for an answer: of two who read, one would get what is the
        other's.
        """
        if self._task.done() and not self._turn.locked():
            self._begin()

    async def receive(self) -> Message:
        """Give the view what was kept, then what the server gives."""
        async with self._turn:
            self._wanted = True
            if not self._kept:
                await asyncio.wait([self._task])
            if self._kept:
                return self._kept.popleft()
            return await self._receive()

    def stop(self) -> None:
        """Read no more, and tell nobody."""
        self._task.cancel()
        if self._timer is not None:
            self._timer.cancel()

    async def _read(self) -> None:
        size = 0
        while size <= KEPT_SIZE:
            try:
                message = await self._receive()
            except Exception:  # noqa: BLE001 - the view would wait for it for ever
                message = {"type": "websocket.disconnect", "code": 1006}
            self._kept.append(message)
            if message["type"] == "websocket.disconnect":
                self.left = message
                seconds = self._patience if len(self._kept) > 1 else 0
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(seconds, self._tell)
                return
            if self._wanted:
                return
            size += len(message.get("text") or message.get("bytes") or b"")

    def _tell(self) -> None:
        if not self._wanted:
            self._on_left()
