"""Refuse requests that another site makes a browser send.

Browsers say where a request comes from: `Sec-Fetch-Site`, and those that do not yet,
`Origin`. A client that sends neither is no browser, so it holds nobody's cookies.
"""

from collections.abc import Iterable
from typing import Final

from .asgi import ASGIApp, Receive, Scope, Send
from .errors import HTTPError, SettingsError
from .origins import ANY, may_connect, parse_origin, parse_origins

# RFC 9110 §9.2.1.
_SAFE: Final = frozenset(["GET", "HEAD", "OPTIONS", "TRACE"])
_OWN_SITES: Final = (b"same-origin", b"none")


def trusted_origins(setting: Iterable[str]) -> frozenset[str]:
    """The value of `CSRF_TRUSTED_ORIGINS`, in one form.

    Raises:
        SettingsError: If an item is no origin.
    """
    origins = parse_origins(setting, name="CSRF_TRUSTED_ORIGINS")
    if ANY in origins:
        raise SettingsError(
            "Setting CSRF_TRUSTED_ORIGINS holds '*': list the origins that may act for "
            "your users, such as 'https://app.example.com'. CSRF = False trusts all."
        )
    return origins


class CSRFProtection:
    """ASGI middleware: an unsafe request from another site gets a 403.

    Args:
        app: What is protected.
        trusted: Made by `trusted_origins`; these always pass.
    """

    def __init__(self, app: ASGIApp, trusted: frozenset[str]) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or refuse.

        Raises:
            HTTPError: 403 if another site sends the request.
        """
        if (
            scope["type"] == "http"
            and scope["method"] not in _SAFE
            and not self._may_act(scope)
        ):
            raise HTTPError(403, detail="This request comes from another site.")
        await self._app(scope, receive, send)

    def _may_act(self, scope: Scope) -> bool:
        sites = []
        for name, value in scope["headers"]:
            if name == b"sec-fetch-site":
                sites.append(value)
            elif (
                name == b"origin"
                and parse_origin(value.decode("latin-1")) in self._trusted
            ):
                return True
        if sites:
            return all(site in _OWN_SITES for site in sites)
        # What may open a websocket may act: nobody, the same origin, or a trusted one.
        return may_connect(scope, self._trusted)
