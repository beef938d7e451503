"""One file as an answer: opened, judged, then read as the client takes it.

Reads with aiofiles, which is the extra `files`.
"""

import asyncio
import mimetypes
import os
from collections.abc import AsyncGenerator, Mapping
from pathlib import PurePath
from types import ModuleType
from typing import TYPE_CHECKING, Final

from .asgi import RawHeaders
from .chunks import chunks
from .confinement import StrPath, confined, not_found_if_missing, open_regular
from .errors import MissingExtra
from .representations import (
    Representation,
    Selection,
    request_fields,
    select,
)
from .validators import validators_of

if TYPE_CHECKING:
    from aiofiles.threadpool.binary import AsyncFileIO

__all__ = ["FileAnswer", "media_type", "open_file", "require_aiofiles"]

# A compressed file is sent as what it is: the client asked for the archive.
_COMPRESSED: Final = {
    "br": "application/x-brotli",
    "bzip2": "application/x-bzip2",
    "compress": "application/x-compress",
    "gzip": "application/gzip",
    "xz": "application/x-xz",
}


def require_aiofiles() -> ModuleType:
    """Import aiofiles.

    Raises:
        MissingExtra: If it is not installed.
    """
    try:
        import aiofiles  # noqa: PLC0415
    except ImportError:
        raise MissingExtra(
            "Sending files needs aiofiles, which is not installed: "
            "pip install bocadillo[files]"
        ) from None
    return aiofiles


class FileAnswer:
    """What to answer, and the open file to read it from.

    Await `aclose` in the end, whether it was read or not.

    Attributes:
        status: 200, 206, 304, 412 or 416; or the status that was asked for.
        headers: Names, in lower case, and values: all that belongs to the file,
            its length included.
        length: Bytes of the body.
    """

    def __init__(self, status: int, selection: Selection, file: "AsyncFileIO") -> None:
        self.status = status
        self.headers = selection.headers
        self.length = selection.length
        self._parts = selection.parts
        self._file = file
        self._position = 0
        self._reading: asyncio.Future[int] | None = None

    def bodies(self) -> AsyncGenerator[bytes, None]:
        """Read the body, in chunks of at most 64 KiB."""
        return chunks(self._parts, self._read_at)

    async def aclose(self) -> None:
        """Close the file, once nothing reads it; also if this task is cancelled."""
        await asyncio.shield(asyncio.ensure_future(self._close()))

    async def _read_at(self, position: int, size: int) -> bytes:
        # See `ThreadedFile.read_at` for the buffer and the shield.
        buffer = bytearray(size)
        self._reading = asyncio.ensure_future(self._read_into(buffer, position))
        del buffer[await asyncio.shield(self._reading) :]
        return bytes(buffer)

    async def _read_into(self, buffer: bytearray, position: int) -> int:
        if position != self._position:
            await self._file.seek(position)
        count = await self._file.readinto(buffer) or 0
        self._position = position + count
        return count

    async def _close(self) -> None:
        if self._reading is not None:
            await asyncio.wait([self._reading])
        await self._file.close()


async def open_file(
    path: StrPath,
    *,
    root: StrPath | None = None,
    status: int = 200,
    method: str = "GET",
    headers: RawHeaders,
    response_headers: Mapping[str, str],
) -> FileAnswer:
    """Open a file and decide what to answer (RFC 9110 §13 and §14).

    Args:
        path: Of the file; relative to `root` if that is given, else to the
            working directory.
        root: A directory that the path must not leave. Dotfiles below it are
            refused.
        status: To answer with. Conditions and ranges count only for 200.
        method: Of the request.
        headers: Of the request.
        response_headers: Set so far, by names in lower case. A `content-type`,
            `etag` or `last-modified` among them holds.

    Returns:
        The answer. Close it, whether it is sent or not.

    Raises:
        MissingExtra: If aiofiles is not installed.
        HTTPError: 404 if there is no such file, it is not a regular one, may not
            be read, or lies outside the root.
    """
    with not_found_if_missing():
        file, stat = await _open(os.fsdecode(path), root)
    content = Representation(
        size=stat.st_size,
        content_type=response_headers.get("content-type") or media_type(path),
        validators=validators_of(
            stat,
            etag=response_headers.get("etag", ""),
            last_modified=response_headers.get("last-modified", ""),
        ),
    )
    selection = select(
        content, method, request_fields(headers) if status == 200 else {}
    )
    answer = FileAnswer(
        status if selection.status == 200 else selection.status, selection, file
    )
    if not selection.parts:
        await answer.aclose()
    return answer


def media_type(path: StrPath) -> str:
    """Guess a file's media type from its name, as `mimetypes` knows it.

    Text is said to be UTF-8. A compressed file is what it is, not what is in it.
    """
    # NOTE: a name that looked like a URL would be taken for one.
    name = PurePath(path).name.replace(":", "_")
    kind, compression = mimetypes.guess_type(name)
    if compression is not None:
        kind = _COMPRESSED.get(compression)
    kind = kind or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


async def _open(
    path: str, root: StrPath | None
) -> "tuple[AsyncFileIO, os.stat_result]":
    aiofiles = require_aiofiles()
    found: list[os.stat_result] = []

    def opener(_path: str, _flags: int) -> int:
        real = path if root is None else confined(path, root)
        descriptor, stat = open_regular(real)
        found.append(stat)
        return descriptor

    opened = aiofiles.open(path, "rb", buffering=0, opener=opener)
    opening: asyncio.Future[AsyncFileIO] = asyncio.ensure_future(opened)
    try:
        return await asyncio.shield(opening), found[0]
    except asyncio.CancelledError:
        opening.add_done_callback(_close_unwanted)
        raise


def _close_unwanted(
    opening: "asyncio.Future[AsyncFileIO]",
) -> asyncio.Future[None] | None:
    if opening.cancelled() or opening.exception() is not None:
        return None
    # The thread that closes the file keeps this task alive.
    return asyncio.ensure_future(opening.result().close())
