"""Send clients to https, and have them remember it (RFC 6797)."""

from typing import Annotated, Final
from urllib.parse import quote

from msgspec import Meta, Struct

from .asgi import ASGIApp, Message, Receive, Scope, Send
from .errors import HTTPError, Outcome, Redirect
from .hosts import host_and_port
from .mounts import with_defaults

YEAR: Final = 31_536_000

_INSECURE: Final = ("http", "ws")
# RFC 3986 §3.3, and `%` for what is escaped already.
_PATH_SAFE: Final = "!$%&'()*+,/:;=@~"


class HSTS(Struct, frozen=True):
    """Options of the setting `HSTS`.

    Attributes:
        max_age: Seconds for which browsers use https only.
        include_subdomains: Whether that holds for hosts below, too.
        preload: Ask to be in the list that browsers ship.
        redirect: Whether http is redirected to https.
    """

    max_age: Annotated[int, Meta(ge=0)] = YEAR
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
        self._headers = [(b"strict-transport-security", hsts.header)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or redirect.

        Raises:
            Redirect: 308 to the same URL with https.
            HTTPError: For a websocket's client, 308 to wss, where the server can
                answer a handshake. 400 if there is no valid host to redirect to.
        """
        if scope.get("scheme", "http") in _INSECURE:
            if self._redirects:
                raise _redirect(scope)
            await self._app(scope, receive, send)
            return

        async def add_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = with_defaults(message, self._headers)
            await send(message)

        await self._app(scope, receive, add_header)


def secure_url(scope: Scope) -> str:
    """The same URL with https, or wss: path and query as they arrived.

    A port other than 80 is kept (RFC 6797 §8.3).

    Raises:
        HTTPError: 400 if there is no valid host.
    """
    host, port = host_and_port(scope)
    if host is None:
        raise HTTPError(400, detail="The Host header is missing or malformed.")
    scheme = "wss" if scope["type"] == "websocket" else "https"
    place = f"{host}:{port}" if port not in ("", "80") else host
    path = quote(scope.get("raw_path") or scope["path"], safe=_PATH_SAFE)
    if not path.startswith("/"):
        path = f"/{path}"  # or else "GET @evil.example" would lead there
    query = quote(scope.get("query_string", b""), safe=_PATH_SAFE + "?")
    return f"{scheme}://{place}{path}" + (f"?{query}" if query else "")


def _redirect(scope: Scope) -> Outcome:
    url = secure_url(scope)
    if scope["type"] == "websocket":
        return HTTPError(308, headers={"location": url})
    return Redirect(url, status_code=308)
