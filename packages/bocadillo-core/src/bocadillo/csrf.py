"""Refuse requests that another site makes a browser send.

Browsers say where a request comes from: `Sec-Fetch-Site`, and those that do not yet,
`Origin`. A client that sends neither is no browser, so it holds nobody's cookies.
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from .asgi import ASGIApp, Receive, Scope, Send
from .errors import HTTPError

# RFC 9110 §9.2.1.
_SAFE: Final = frozenset(["GET", "HEAD", "OPTIONS", "TRACE"])
_PORTS: Final = {"http": 80, "ws": 80, "https": 443, "wss": 443}


def is_same_origin(origin: str, scope: Scope) -> bool:
    """Whether an `Origin` is where the request was sent to: host and port."""
    host = b""
    for name, value in scope["headers"]:
        if name == b"host":
            host = value
    try:
        theirs = urlsplit(origin)
        ours = urlsplit(f"//{host.decode('latin-1')}")
        # Behind a proxy that ends TLS the schemes differ, and so do default ports.
        their_port = theirs.port or _PORTS.get(theirs.scheme)
        our_port = ours.port or _PORTS.get(theirs.scheme)
    except ValueError:
        return False
    return theirs.hostname == ours.hostname and their_port == our_port


class CSRFProtection:
    """ASGI middleware: an unsafe request from another site gets a 403.

    Args:
        app: What is protected.
        trusted: Origins that always pass, such as `https://app.example.com`.
    """

    def __init__(self, app: ASGIApp, trusted: Iterable[str]) -> None:
        self._app = app
        self._trusted = frozenset(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or refuse.

        Raises:
            HTTPError: 403 if another site sends the request.
        """
        if (
            scope["type"] == "http"
            and scope["method"] not in _SAFE
            and not self._is_ours(scope)
        ):
            raise HTTPError(403, detail="This request comes from another site.")
        await self._app(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin in self._trusted:
            return True
        site = headers.get(b"sec-fetch-site")
        if site is not None:
            return site in (b"same-origin", b"none")
        return not origin or (origin != "null" and is_same_origin(origin, scope))
