"""The bytes of a file, read when they are sent: never more than one chunk ahead."""

import asyncio
import errno
import io
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing
from typing import Any, Final, Self

from .asgi import Send
from .representations import Part

__all__ = ["CHUNK_SIZE", "ReadAt", "ThreadedFile", "chunks", "send_body"]

CHUNK_SIZE: Final = 32 * 1024
"""Bytes of a file that are read at once.

A server holds up to three of them for a slow reader: uvicorn stops taking more once
64 KiB wait. With twice the size, 50 such readers cost twice the memory (9 MB).
"""

ReadAt = Callable[[int, int], Awaitable[bytes]]
"""Read at a place of the file so many bytes or fewer; none at its end."""


async def chunks(parts: Iterable[Part], read_at: ReadAt) -> AsyncGenerator[bytes, None]:
    """Read the parts of an answer, one chunk at a time.

    Raises:
        OSError: If the file has become shorter than it was when the length was
            announced. The answer must not look complete then: let the server
            close the connection.
    """
    for part in parts:
        if isinstance(part, bytes):
            yield part
            continue
        position = part.start
        while position < part.stop:
            chunk = await read_at(position, min(CHUNK_SIZE, part.stop - position))
            if not chunk:
                raise OSError(
                    errno.EIO,
                    f"A file became shorter while it was being sent: byte {position} "
                    f"of {part.stop} is gone. The response is cut off.",
                )
            yield chunk
            position += len(chunk)


async def send_body(
    bodies: AsyncGenerator[bytes, None],
    length: int,
    send: Send,
    disconnect: Callable[[], Awaitable[object]],
) -> None:
    """Send a body of a length that is known, as long as the client is there.

    Args:
        bodies: Its chunks.
        length: Bytes of all of them.
        send: The server's.
        disconnect: Waits until the client has left.
    """
    if not length:
        await send({"type": "http.response.body"})
        return
    # Servers drop what is sent after a disconnect: a long file would be read in vain.
    left = asyncio.ensure_future(disconnect()) if length > CHUNK_SIZE else None
    try:
        async with aclosing(bodies):
            async for body in bodies:
                length -= len(body)
                more = length > 0
                try:
                    await send(
                        {"type": "http.response.body", "body": body, "more_body": more}
                    )
                except OSError:  # so a server says it (ASGI, HTTP version 2.4)
                    return
                if left is not None and left.done():
                    return
    finally:
        if left is not None:
            left.cancel()


class ThreadedFile:
    """An open file that is read in threads, and may be closed at any time.

    Attributes:
        stat: What the file was like when it was opened.
    """

    def __init__(self, descriptor: int, stat: os.stat_result) -> None:
        self.stat = stat
        self._file = io.FileIO(descriptor)
        self._reading: asyncio.Future[int] | None = None

    @classmethod
    async def open(cls, opener: Callable[[], tuple[int, os.stat_result]]) -> Self:
        """Open a file in a thread.

        Args:
            opener: Returns the file's descriptor and what it is like. May block.
        """
        loop = asyncio.get_running_loop()
        opening = loop.run_in_executor(None, lambda: cls(*opener()))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_unwanted)
            raise

    async def read_at(self, position: int, size: int) -> bytes:
        """Read up to `size` bytes at `position`; none at the end of the file."""
        # NOTE: the memory is taken in the event loop's thread. Of what other threads
        # take, glibc keeps much: twice the growth with 50 slow readers.
        buffer = bytearray(size)
        loop = asyncio.get_running_loop()
        self._reading = loop.run_in_executor(None, self._read_into, buffer, position)
        # Shielded, so that `close` knows if a thread is still at it.
        del buffer[await asyncio.shield(self._reading) :]
        return bytes(buffer)

    def close(self) -> None:
        """Close the file as soon as no thread is reading it."""
        # A descriptor that is closed during a read could be another file's by then.
        if self._reading is None or self._reading.done():
            self._file.close()
        else:
            self._reading.add_done_callback(lambda _: self._file.close())

    def _read_into(self, buffer: bytearray, position: int) -> int:
        self._file.seek(position)
        return self._file.readinto(buffer)


def _close_unwanted(opening: asyncio.Future[Any]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
