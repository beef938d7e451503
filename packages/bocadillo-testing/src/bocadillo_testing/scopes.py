"""What an app is told of a request, as a server would tell it."""

from typing import Any, Final
from urllib.parse import unquote

import httpx2

from bocadillo.asgi import Scope

__all__ = ["scope_of"]

_PORTS: Final = {"http": 80, "ws": 80, "https": 443, "wss": 443}


def scope_of(request: httpx2.Request, **more: Any) -> Scope:
    """Make the scope of a request.

    Args:
        request: The request, or the handshake of a websocket.
        more: What is not known of the request.
    """
    url = request.url
    raw_path = url.raw_path.split(b"?", 1)[0]
    return {
        "http_version": "1.1",
        "scheme": url.scheme,
        "path": unquote(raw_path.decode("ascii")),
        "raw_path": raw_path,
        "query_string": url.query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": (url.host, url.port or _PORTS[url.scheme]),
        **more,
    }
