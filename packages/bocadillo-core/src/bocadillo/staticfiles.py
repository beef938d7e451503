"""Static files: a directory, served as it is.

What is offered, and under which headers, is `static_index`'s; this room sends it.
A file is opened, read and closed as the client takes it, by blocking calls in
threads; conditions and ranges are judged by the open file.
"""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Unpack

from .asgi import Receive, Scope, Send
from .chunks import ThreadedFile, chunks, send_body
from .confinement import StrPath, confined, not_found_if_missing, open_regular
from .errors import ConfigurationError, HTTPError
from .negotiation import accepted_codings
from .representations import (
    Headers,
    Representation,
    Selection,
    request_fields,
    select,
)
from .spelling import close_matches
from .static_index import Moved, Options, StaticEntry, StaticIndex, Variant
from .validators import validators_of

__all__ = ["StaticFiles", "static"]


def static(directory: StrPath, **whitenoise_options: Unpack[Options]) -> "StaticFiles":
    """Serve a directory of files, ready to be mounted.

        app.mount("/assets", static("assets", max_age=3600))

    Args:
        directory: Where the files are. If there is no such directory, nothing is
            served; with `autorefresh`, until there is one.
        whitenoise_options: As WhiteNoise documents them: `autorefresh`, `max_age`,
            `allow_all_origins`, `charset`, `mimetypes`, `add_headers_function`,
            `index_file`, `immutable_file_test`, `prefix`. Other than there,
            `allow_all_origins` is off, and files with a hash in their name, such
            as `app.3f2a1b9c.js`, are immutable.

    Returns:
        An ASGI application. Files are found now; without `autorefresh`, those
        added later are not.

    Raises:
        ConfigurationError: If `directory` is a file.
        TypeError: If an option is unknown.
    """
    return StaticFiles(directory, whitenoise_options)


class StaticFiles:
    """An ASGI application that serves one directory; made by `static()`.

    Served on its own, it answers errors in plain text. `serve` raises them, for an
    application that has a format of its own.
    """

    def __init__(self, directory: StrPath, options: Options) -> None:
        _check_options(options)
        self.directory = Path(directory).absolute()
        self._index: StaticIndex | None = None
        if self.directory.is_dir() or options.get("autorefresh"):
            self._index = StaticIndex(os.path.realpath(directory), options)
        elif self.directory.exists():
            raise ConfigurationError(
                f"Static files are served from a directory, and {self.directory} is "
                "none."
            )

    def __repr__(self) -> str:
        return f"<StaticFiles {str(self.directory)!r}>"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; refuse a websocket."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        if scope["type"] != "http":
            # How an ASGI application says that it has no lifespan.
            raise RuntimeError(f"Static files know no {scope['type']!r} scope.")
        try:
            await self.serve(scope, receive, send)
        except HTTPError as error:
            text = error.title.encode()
            kind = ("content-type", "text/plain; charset=utf-8")
            length = ("content-length", str(len(text)))
            headers = [kind, length, *error.headers.items()]
            await send(_start(error.status_code, headers))
            body = b"" if scope["method"] == "HEAD" else text
            await send({"type": "http.response.body", "body": body})

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an HTTP request, or raise before anything is sent.

        Raises:
            HTTPError: 405 for a method other than `GET` and `HEAD`; 404 if there
                is no such file, whatever the reason.
            OSError: If a file became shorter while it was being sent.
        """
        method = scope["method"]
        if method not in ("GET", "HEAD"):
            raise HTTPError(405, headers={"allow": "GET, HEAD"})
        entry = await self._find(_url(scope))
        if isinstance(entry, Moved):
            await send(_start(302, [*entry.headers, ("content-length", "0")]))
            await send({"type": "http.response.body"})
            return
        fields = request_fields(scope["headers"])
        variant = _preferred(entry, fields.get("accept-encoding", ""))
        file = await self._open(variant)
        try:
            selection = select(_representation(variant, file), method, fields)
            await _send(selection, file, receive, send)
        finally:
            file.close()

    async def _find(self, url: str) -> StaticEntry:
        entry = None
        if self._index is not None and self._index.autorefresh:
            loop = asyncio.get_running_loop()
            entry = await loop.run_in_executor(None, self._index.find, url)
        elif self._index is not None:
            entry = self._index.find(url)
        if entry is None:
            raise HTTPError(404)
        return entry

    async def _open(self, variant: Variant) -> ThreadedFile:
        # The path was checked when it was found, but links may change since.
        def opener() -> tuple[int, os.stat_result]:
            return open_regular(confined(variant.path, self.directory))

        with not_found_if_missing():
            return await ThreadedFile.open(opener)


def _check_options(options: Mapping[str, object]) -> None:
    known = Options.__annotations__
    for name in options.keys() - known:
        near = close_matches(name, known)
        hint = (
            f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(known)}."
        )
        raise TypeError(f"static() has no option {name!r}. {hint}")


def _url(scope: Scope) -> str:
    """The path below the mount: `path` is whole, `root_path` says what is above."""
    path: str = scope["path"]
    mount: str = scope.get("root_path", "")
    if mount and (path + "/").startswith(mount + "/"):
        path = path[len(mount) :]
    return path or "/"


def _preferred(variants: tuple[Variant, ...], accept_encoding: str) -> Variant:
    """Of the variants that the client asks for by name, the smallest it prefers."""
    plain = variants[-1]
    if len(variants) == 1 or not accept_encoding:
        return plain
    weights = accepted_codings(accept_encoding)

    def weight(variant: Variant) -> float:
        return weights.get(variant.coding or "identity", 0)

    best = max(variants, key=weight)
    return best if weight(best) else plain


def _representation(variant: Variant, file: ThreadedFile) -> Representation:
    return Representation(
        size=file.stat.st_size,
        content_type=variant.content_type,
        validators=validators_of(
            file.stat,
            etag=variant.etag,
            last_modified=variant.last_modified,
            variant=variant.coding,
        ),
        coding=variant.coding,
        headers=variant.headers,
    )


async def _send(
    selection: Selection, file: ThreadedFile, receive: Receive, send: Send
) -> None:
    async def disconnect() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    await send(_start(selection.status, selection.headers))
    bodies = chunks(selection.parts, file.read_at)
    await send_body(bodies, selection.length, send, disconnect)


def _start(status: int, headers: Headers) -> dict[str, object]:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return {"type": "http.response.start", "status": status, "headers": raw}
