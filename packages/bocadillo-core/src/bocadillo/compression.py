"""Compress responses, except those whose length must tell nothing.

A response that sets a cookie holds a secret, and what else is in it may be chosen by
an attacker: compressed together, its length gives the secret away (BREACH).
"""

import re
from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware

from .asgi import ASGIApp, Message, Receive, Scope, Send

# RFC 9110 §12.5.3: a weight of zero means "not acceptable".
_ACCEPTS: Final = re.compile(
    r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q\s*=\s*(?!0(?:\.0*)?\s*(?:,|$))|,|$)",
    re.IGNORECASE,
).search


class Compression:
    """ASGI middleware: gzip, for clients that accept it.

    Never for server-sent events, ranges, and responses that set a cookie.

    Args:
        app: Whose responses are compressed.
        minimum_size: Bytes below which that is not worth it.
    """

    def __init__(self, app: ASGIApp, minimum_size: int) -> None:
        self._app = app
        self._gzip = GZipMiddleware(_Marking(app), minimum_size=minimum_size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, compressed or not."""
        accepted = Headers(scope=scope).get("accept-encoding", "")
        if scope["type"] != "http" or not _ACCEPTS(accepted):
            await self._app(scope, receive, send)
            return

        async def unmark(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [it for it in message["headers"] if it != _UNTOUCHED]
                message = {**message, "headers": headers}
            await send(message)

        await self._gzip(scope, receive, unmark)


# What Starlette leaves alone because it is encoded already; never sent.
_UNTOUCHED: Final = (b"content-encoding", b"identity")


class _Marking:
    """Marks the responses that must not be compressed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def mark(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                session = scope.get("session")
                if any(name == b"set-cookie" for name, _ in headers) or (
                    session is not None and session.changed() is not None
                ):
                    headers.append(_UNTOUCHED)
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, mark)
