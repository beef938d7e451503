"""Refuse requests for hosts that are not ours, before anything else.

Whoever builds links from `Host` would otherwise build them for an attacker. What a
proxy says in `X-Forwarded-Host` is not looked at: any client can say it.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from .asgi import ASGIApp, Receive, Scope, Send
from .errors import HTTPError, SettingsError

# RFC 9110 §7.2: a host, or an IPv6 address in brackets, and perhaps a port.
_HOST: Final = re.compile(
    r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=-]+)(?::([0-9]{0,5}))?"
).fullmatch
# RFC 1035 §2.3.4: a name has at most 255 bytes; and a port.
_LONGEST: Final = 261
_ALLOWED: Final = re.compile(
    r"(\*\.)?(\[[0-9a-f:.]+\]|[a-z0-9_-][a-z0-9._-]*)"
).fullmatch


def compile_hosts(allowed: Iterable[str]) -> Callable[[str], bool]:
    """Choose how hosts, as `host_of` gives them, are checked.

    Args:
        allowed: Host names; `*.example.com` allows every host below.

    Raises:
        SettingsError: If one of them could never match.
    """
    names = [_without_dot(name.lower()) for name in allowed]
    for name in names:
        if _ALLOWED(name) is None:
            raise SettingsError(
                f"Setting ALLOWED_HOSTS holds {name!r}: write a host name without "
                "scheme or port, such as 'example.com' or '*.example.com'; other "
                "alphabets as browsers send them ('xn--…'), IPv6 in brackets."
            )
    exact = frozenset(name for name in names if not name.startswith("*."))
    suffixes = tuple(name[1:] for name in names if name.startswith("*."))

    def allows(host: str) -> bool:
        return host in exact or (host.endswith(suffixes) and host[0] != ".")

    return allows


def host_of(scope: Scope) -> str | None:
    """The one valid `Host` of a connection, in lower case and without port.

    The dot that ends an absolute name (RFC 1034 §3.1) is left out: it is the same
    host.
    """
    return host_and_port(scope)[0]


def host_and_port(scope: Scope) -> tuple[str | None, str]:
    """Likewise, and the port; empty if there is none."""
    found = [value for name, value in scope["headers"] if name == b"host"]
    if len(found) != 1:
        return None, ""
    # Clients choose them: long ones, which no host has, would be kept for nothing.
    parse = _parsed if len(found[0]) <= _LONGEST else _parsed.__wrapped__
    return parse(found[0])


# PERF: nearly all requests are for a few hosts (`benchmarks.features`).
@lru_cache(maxsize=256)
def _parsed(header: bytes) -> tuple[str | None, str]:
    match = _HOST(header.decode("latin-1"))
    if match is None:
        return None, ""
    return _without_dot(match[1].lower()), match[2] or ""


def _without_dot(name: str) -> str:
    return name[:-1] if name.endswith(".") and len(name) > 1 else name


class AllowedHosts:
    """ASGI middleware: other hosts get a 400.

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
        if host is None or not self._allows(host):
            raise HTTPError(400, detail="This host is not served here.")
        await self._app(scope, receive, send)
