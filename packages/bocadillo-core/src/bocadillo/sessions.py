"""Sessions in a signed cookie: what is in them can be read, but not changed.

A cookie that was tampered with, has expired, or makes no sense is no session, and
never an error. Changes anywhere inside the session are noticed, because it is
compared with what it was.

Needs itsdangerous, the extra `sessions`.
"""

import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection

from .asgi import ASGIApp, Message, Receive, Scope, Send
from .cookies import SameSite, format_cookie
from .errors import HTTPError, MissingExtra
from .json import decode, encode

logger = logging.getLogger("bocadillo.sessions")

_SALT: Final = "bocadillo.sessions"

# RFC 6265 §6.1: what browsers keep of one cookie, its name and attributes included.
_MAX_COOKIE: Final = 4096


class SessionOptions(Struct, frozen=True):
    """Options of the setting `SESSIONS`; names are Starlette's.

    Attributes:
        secret_key: Keys, the current one first; the others are still accepted.
        session_cookie: Name of the cookie.
        max_age: Seconds until a session expires; `None` with the browser.
        path: Where the cookie is sent to.
        same_site: Whether other sites' requests carry it.
        https_only: Send it over https only; by default if the request came so.
        domain: Host that it is sent to, subdomains included.
        partitioned: Keep one per top-level site (CHIPS).
    """

    secret_key: Sequence[str]
    session_cookie: str = "session"
    max_age: int | None = 14 * 24 * 60 * 60
    path: str = "/"
    same_site: SameSite = "lax"
    https_only: bool = False
    domain: str | None = None
    partitioned: bool = False


class Session(dict[str, Any]):
    """What a client's session holds: anything that JSON can express."""

    accessed = False

    def __init__(self, content: dict[str, Any], encoded: bytes) -> None:
        super().__init__(content)
        self._encoded = encoded

    def mark_accessed(self) -> None:
        """Called by `req.session` and `ws.session`."""
        self.accessed = True

    def changed(self) -> bytes | None:
        """The session as JSON if it is not what it was, nested values included."""
        if not self.accessed:
            return None
        encoded = encode(dict(self))
        return None if encoded == self._encoded else encoded


class Sessions:
    """ASGI middleware: `scope["session"]`, from and to a signed cookie.

    Args:
        app: What has sessions.
        options: See `SessionOptions`.

    Raises:
        MissingExtra: If itsdangerous is not installed.
    """

    def __init__(self, app: ASGIApp, options: SessionOptions) -> None:
        try:
            import itsdangerous  # noqa: PLC0415 - an extra
        except ImportError:
            raise MissingExtra(
                "Sessions need itsdangerous, which is not installed: "
                "pip install bocadillo[sessions]"
            ) from None
        self._app = app
        self._options = options
        # Its keys are oldest first.
        self._signer = itsdangerous.TimestampSigner(
            list(reversed(options.secret_key)), salt=_SALT
        )
        self._bad = itsdangerous.BadData

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve with the session of the client."""
        session = scope["session"] = self._load(scope)

        async def save(message: Message) -> None:
            starts = message["type"] in ("http.response.start", "websocket.accept")
            if starts and session.accessed:
                message = {**message, "headers": list(message.get("headers", ()))}
                self._save(session, scope, message)
            await send(message)

        await self._app(scope, receive, save)

    def _load(self, scope: Scope) -> Session:
        cookie = HTTPConnection(scope).cookies.get(self._options.session_cookie)
        if cookie:
            try:
                signed = self._signer.unsign(cookie, max_age=self._options.max_age)
                content = decode(urlsafe_b64decode(signed + b"=" * (-len(signed) % 4)))
            except (self._bad, ValueError, HTTPError):
                content = None
            if isinstance(content, dict):
                return Session(content, encode(content))
        return Session({}, b"{}")

    def _save(self, session: Session, scope: Scope, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        headers.add_vary_header("Cookie")
        changed = session.changed()
        if changed is None:
            return
        cookie = self._format(changed if session else None, scope)
        if len(cookie) > _MAX_COOKIE:
            raise ValueError(
                f"The session takes {len(cookie)} bytes, and browsers keep "
                f"{_MAX_COOKIE}: keep large values elsewhere, and their keys here."
            )
        headers.append("set-cookie", cookie)

    def _format(self, content: bytes | None, scope: Scope) -> str:
        options = self._options
        value = ""
        if content is not None:
            # Without padding, which cookies would have to quote.
            text = urlsafe_b64encode(content).rstrip(b"=")
            value = self._signer.sign(text).decode("ascii")
        return format_cookie(
            options.session_cookie,
            value,
            max_age=options.max_age if content is not None else 0,
            expires=None,
            path=options.path,
            domain=options.domain,
            secure=options.https_only or scope["scheme"] in ("https", "wss"),
            httponly=True,
            samesite=options.same_site,
            partitioned=options.partitioned,
        )
