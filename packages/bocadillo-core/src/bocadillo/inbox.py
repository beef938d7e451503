"""Listen to the server on behalf of a view that may still want to read.

Whoever waits for a disconnect has to take what comes before it. It is kept here for
the view: all that the view could read, and nothing of what would be a 413 anyway.
"""

import asyncio
from collections import deque
from typing import Final

from .asgi import Message, Receive

# Without a limit, bytes that are taken ahead of the view.
_AHEAD: Final = 1_000_000


class Inbox:
    """What a client sends while nobody reads it.

    Args:
        receive: The server's.
        limit: Bytes that the view may read; `None` for any number.

    Attributes:
        limit: See above.
        listening: Whether somebody listens, or is about to.
    """

    def __init__(self, receive: Receive, limit: int | None) -> None:
        self.listening = False
        self._receive = receive
        self.limit = limit
        self._kept: deque[Message] = deque()
        self._taken = 0
        self._unread = 0
        self._changed = asyncio.Event()

    async def listen(self, *, drops: bool = True) -> Message:
        """Take what comes, until the client leaves.

        Args:
            drops: Whether what is over the limit is dropped, for nobody will read it.
                If not, or without a limit, this pauses while much is unread, for what
                a client sends must not fill the memory.

        Returns:
            The `http.disconnect`.
        """
        self.listening = True
        try:
            while True:
                while self._unread > _AHEAD and not (drops and self.limit is not None):
                    await self._change()
                message = await self._receive()
                self._keep(message, drops=drops)
                if message["type"] == "http.disconnect":
                    return message
        finally:
            self.close()

    async def receive(self) -> Message:
        """Give the view what was kept, then what the server gives."""
        while self.listening and not self._kept:
            await self._change()
        if not self._kept:
            return await self._receive()
        message = self._kept.popleft()
        self._unread -= len(message.get("body", b""))
        self._changed.set()
        return message

    def put_back(self, body: bytes) -> None:
        """Have a body that was read come once more, before all else."""
        message = {"type": "http.request", "body": body, "more_body": False}
        self._kept.appendleft(message)
        self._unread += len(body)

    def close(self) -> None:
        """Listen no more: the view may ask the server by itself."""
        self.listening = False
        self._changed.set()

    async def look(self) -> Message:
        """Listen while it is not known yet who will read, and how much."""
        return await self.listen(drops=False)

    def _keep(self, message: Message, *, drops: bool) -> None:
        size = len(message.get("body", b""))
        # The first message that is over the limit lets the view notice.
        if not drops or self.limit is None or self._taken <= self.limit:
            self._kept.append(message)
            self._unread += size
        self._taken += size
        self._changed.set()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()
