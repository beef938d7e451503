"""Refuse requests for hosts that are not ours, before anything else.

Whoever builds links from `Host` would otherwise build them for an attacker. What a
proxy says in `X-Forwarded-Host` is not looked at: any client can say it.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final

from .asgi import ASGIApp, Receive, Scope, Send
from .errors import HTTPError, SettingsError

# RFC 9110 §7.2: a host, or an IPv6 address in brackets, and perhaps a port.
_HOST: Final = re.compile(
    r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=-]+)(?::[0-9]*)?"
).fullmatch
_ALLOWED: Final = re.compile(r"(\*\.)?(\[[0-9a-f:.]+\]|[a-z0-9._-]+)").fullmatch


def compile_hosts(allowed: Iterable[str]) -> Callable[[str], bool]:
    """Choose how hosts, in lower case and without port, are checked.

    Args:
        allowed: Host names; `*.example.com` allows every host below.

    Raises:
        SettingsError: If one of them could never match.
    """
    names = [name.lower() for name in allowed]
    for name in names:
        if _ALLOWED(name) is None:
            raise SettingsError(
                f"Setting ALLOWED_HOSTS holds {name!r}: write a host name without "
                "scheme or port, such as 'example.com' or '*.example.com'."
            )
    exact = frozenset(name for name in names if not name.startswith("*."))
    suffixes = tuple(name[1:] for name in names if name.startswith("*."))
    return lambda host: host in exact or host.endswith(suffixes)


def host_of(scope: Scope) -> str | None:
    """The one valid `Host` of a connection, in lower case and without port."""
    found = [value for name, value in scope["headers"] if name == b"host"]
    if len(found) != 1:
        return None
    match = _HOST(found[0].decode("latin-1"))
    return match[1].lower() if match else None


class AllowedHosts:
    """ASGI middleware: other hosts get a 400, a websocket's handshake a 403.

    Args:
        app: What is protected.
        allows: Made by `compile_hosts`.
    """

    def __init__(self, app: ASGIApp, allows: Callable[[str], bool]) -> None:
        self._app = app
        self._allows = allows

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or refuse.

        Raises:
            HTTPError: 400 if the host is not allowed.
        """
        host = host_of(scope)
        if host is not None and self._allows(host):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            raise HTTPError(400, detail="This host is not served here.")
