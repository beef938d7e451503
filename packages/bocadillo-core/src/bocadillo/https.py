"""Send clients to https, and have them remember it (RFC 6797)."""

from msgspec import Struct

from .asgi import ASGIApp, Message, Receive, Scope, Send
from .errors import HTTPError, Redirect
from .hosts import host_of

YEAR = 31_536_000


class HSTS(Struct, frozen=True):
    """Options of the setting `HSTS`.

    Attributes:
        max_age: Seconds for which browsers use https only.
        include_subdomains: Whether that holds for hosts below, too.
        preload: Ask to be in the list that browsers ship.
        redirect: Whether http is redirected to https.
    """

    max_age: int = YEAR
    include_subdomains: bool = False
    preload: bool = False
    redirect: bool = True

    @property
    def header(self) -> bytes:
        """The value of `strict-transport-security`."""
        value = f"max-age={self.max_age}"
        value += "; includeSubDomains" * self.include_subdomains
        return (value + "; preload" * self.preload).encode("latin-1")


class HTTPSOnly:
    """ASGI middleware: http is redirected, https says that it will stay.

    Args:
        app: What is protected.
        hsts: The options.
    """

    def __init__(self, app: ASGIApp, hsts: HSTS) -> None:
        self._app = app
        self._redirects = hsts.redirect
        self._header = (b"strict-transport-security", hsts.header)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or redirect.

        Raises:
            Redirect: 308 to the same URL with https; a websocket's client gets it
                where the server can answer a handshake.
            HTTPError: 400 if there is no valid host to redirect to.
        """
        if scope["scheme"] in ("http", "ws"):
            if not self._redirects:
                await self._app(scope, receive, send)
                return
            location = _secure_url(scope)
            if scope["type"] == "http":
                raise Redirect(location, status_code=308)
            await _redirect_handshake(location, scope, receive, send)
            return

        async def add_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), self._header]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, add_header)


def _secure_url(scope: Scope) -> str:
    host = host_of(scope)
    if host is None:
        raise HTTPError(400, detail="The Host header is missing or malformed.")
    scheme = "wss" if scope["type"] == "websocket" else "https"
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query = scope.get("query_string", b"")
    target = (path + (b"?" + query if query else b"")).decode("latin-1")
    return f"{scheme}://{host}{target}"


async def _redirect_handshake(
    location: str, scope: Scope, receive: Receive, send: Send
) -> None:
    await receive()
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"location", location.encode("latin-1")), (b"content-length", b"0")]
    await send(
        {"type": "websocket.http.response.start", "status": 308, "headers": headers}
    )
    await send({"type": "websocket.http.response.body"})
