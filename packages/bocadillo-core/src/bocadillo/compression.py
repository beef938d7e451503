"""Compress responses, except those whose length must tell nothing.

A response that sets a cookie holds a secret, and what else is in it may be chosen by
an attacker: compressed together, its length gives the secret away (BREACH).
"""

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipResponder, IdentityResponder

from .asgi import ASGIApp, Message, Receive, Scope, Send
from .negotiation import accepted_codings

# RFC 9110 §14.4: a range is one of the bytes as they are stored.
_RANGE: Final = 206


class Compression:
    """ASGI middleware: gzip, for clients that accept it.

    Never for server-sent events, ranges, responses that set a cookie, and those
    whose `Cache-Control` says `no-transform`.

    Args:
        app: Whose responses are compressed.
        minimum_size: Bytes below which that is not worth it.
    """

    def __init__(self, app: ASGIApp, minimum_size: int) -> None:
        self._app = app
        self._minimum_size = minimum_size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, compressed or not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Those that do not accept it learn, too, that the response depends on that.
        kind = _Gzip if _accepts_gzip(scope) else IdentityResponder
        responder: IdentityResponder = kind(self._app, self._minimum_size)
        responder.send = send
        untouched = False

        async def choose(message: Message) -> None:
            nonlocal untouched
            message = {**message}  # Starlette changes what it is given
            if message["type"] == "http.response.start":
                message["headers"] = list(message.get("headers", ()))
                untouched = _must_stay(message, scope)
            deliver = send if untouched else responder.send_with_compression
            await deliver(message)

        await self._app(scope, receive, choose)


class _Gzip(GZipResponder):
    """Starlette's; but compressed, the same entity is not the same bytes."""

    _weakened = False

    async def apply_compression(self, body: bytes, *, more_body: bool) -> bytes:
        if not self._weakened:
            self._weakened = True
            headers = MutableHeaders(raw=self.initial_message["headers"])
            etag = headers.get("etag", "")
            if etag.startswith('"'):
                # RFC 9110 §8.8.1: a strong validator is one of bytes.
                headers["etag"] = f"W/{etag}"
        return await super().apply_compression(body, more_body=more_body)


def _accepts_gzip(scope: Scope) -> bool:
    header = ",".join(Headers(scope=scope).getlist("accept-encoding"))
    weights = accepted_codings(header)
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _must_stay(message: Message, scope: Scope) -> bool:
    """Whether the length must tell nothing, or the bytes have to stay as they are."""
    session = scope.get("session")
    if session is not None and session.changed() is not None:
        return True
    headers = Headers(raw=message["headers"])
    return (
        message["status"] == _RANGE
        or "set-cookie" in headers
        or "content-range" in headers
        or "no-transform" in headers.get("cache-control", "").lower()
    )
