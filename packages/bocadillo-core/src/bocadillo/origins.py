"""Where a browser's websocket may come from.

Browsers let any page open a websocket to any host, and send cookies along; only the
`Origin` header tells (RFC 6455 §10.2). Clients that are no browsers send none.

Pure: texts in, a decision out.
"""

import re
from collections.abc import Iterable
from typing import Final

from .asgi import Scope
from .errors import SettingsError

ANY: Final = "*"

_ORIGIN: Final = (
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://"
    r"(?P<host>\[[0-9a-f:.]+\]|[^\s/\\:@?#\[\]]+)"
    r"(?::(?P<port>[0-9]{1,5}))?"
)
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}


def parse_origin(text: str) -> str | None:
    """An origin in one form: lower case, without the port that its scheme implies.

    Returns:
        `None` if it is no origin, as `null` is none.
    """
    found = re.fullmatch(_ORIGIN, text.lower())
    if found is None:
        return None
    scheme, host, port = found["scheme"], found["host"], found["port"]
    if port is None or port == _DEFAULT_PORTS.get(scheme):
        return f"{scheme}://{host}"
    return f"{scheme}://{host}:{port}"


def parse_origins(
    setting: Iterable[str], *, name: str = "WEBSOCKET_ORIGINS"
) -> frozenset[str]:
    """The value of a setting that lists origins, in one form.

    Args:
        setting: Its value.
        name: Its name.

    Raises:
        SettingsError: If an item is neither `*` nor an origin.
    """
    origins = set()
    for text in setting:
        origin = ANY if text == ANY else parse_origin(text)
        if origin != ANY and ANY in text:
            raise SettingsError(
                f"Setting {name} holds {text!r}, but origins are compared as a whole: "
                "list each of them, such as 'https://app.example.com'."
            )
        if origin is None:
            raise SettingsError(
                f"Setting {name} holds {text!r}: write scheme, host and "
                "port if it is not the usual one, as in 'https://example.com', or "
                "'*' for all."
            )
        origins.add(origin)
    return frozenset(origins)


def may_connect(scope: Scope, allowed: frozenset[str]) -> bool:
    """Whether a handshake comes from a page that may open websockets here.

    The same origin always may; so may who sends no `Origin`. Its host and port count,
    and its scheme where that is certain: behind a proxy, `https` arrives as `ws`.

    Args:
        scope: Of the websocket.
        allowed: What `parse_origins` returned.
    """
    host = ""
    origins = []
    for name, value in scope["headers"]:
        if name == b"origin":
            origins.append(value.decode("latin-1"))
        elif name == b"host":
            host = value.decode("latin-1")
    if ANY in allowed:
        return True
    return all(
        parse_origin(origin) in allowed or _is_same(origin, host, scope)
        for origin in origins
    )


def _is_same(text: str, host: str, scope: Scope) -> bool:
    origin = parse_origin(text)
    if origin is None:
        return False
    scheme = origin.partition(":")[0]
    if scheme not in _DEFAULT_PORTS:
        return False
    if scheme == "http" and scope.get("scheme") in ("wss", "https"):
        return False
    return origin == parse_origin(f"{scheme}://{host}")
