"""Compress responses, except those whose length must tell nothing.

A response that sets a cookie holds a secret, and what else is in it may be chosen by
an attacker: compressed together, its length gives the secret away (BREACH).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipResponder, IdentityResponder

from .asgi import ASGIApp, Message, Receive, Scope, Send
from .negotiation import accepted_codings
from .sending import KEEPS_BODY

# RFC 9110 §14.4: a range is one of the bytes as they are stored. The others have none.
_STATUSES: Final = frozenset([204, 206, 304])


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
        is_head = scope["method"] == "HEAD"
        send = _without_body(send) if is_head else send
        responder.send = _in_chunks_or_of_a_length(send)
        untouched = False

        async def choose(message: Message) -> None:
            nonlocal untouched
            message = {**message}  # Starlette changes what it is given
            if message["type"] == "http.response.start":
                message["headers"] = list(message.get("headers", ()))
                small = self._is_small(message)
                untouched = small or _must_stay(message, scope)
            else:
                message.setdefault("body", b"")
            deliver = send if untouched else responder.send_with_compression
            needs_a_sign = is_head and not untouched
            if needs_a_sign and _stands_for_more(message):
                await deliver({**message, "more_body": True})
            await deliver(message)

        with _keeping_body(scope):
            await self._app(scope, receive, choose)

    def _is_small(self, start: Message) -> bool:
        """Whether a response, be it a stream, says that it is not worth it."""
        length = Headers(raw=start["headers"]).get("content-length", "")
        return length.isdecimal() and int(length) < self._minimum_size


def _stands_for_more(message: Message) -> bool:
    """Whether a body may be empty for being a HEAD's, and would be compressed."""
    return message["type"] == "http.response.body" and not message["body"]


@contextmanager
def _keeping_body(scope: Scope) -> Iterator[None]:
    """Have the response to a HEAD with its body, whose compressed length it tells."""
    scope[KEEPS_BODY] = True
    try:
        yield
    finally:
        scope.pop(KEEPS_BODY, None)


def _without_body(send: Send) -> Send:
    async def deliver(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return deliver


def _in_chunks_or_of_a_length(send: Send) -> Send:
    """Take away the length that Starlette gives whatever it compressed."""

    async def deliver(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            if "transfer-encoding" in headers:
                del headers["content-length"]  # RFC 9112 §6.2: never both
        await send(message)

    return deliver


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
        message["status"] in _STATUSES
        or "set-cookie" in headers
        or "content-range" in headers
        or "no-transform" in headers.get("cache-control", "").lower()
    )
