"""Sessions in a signed cookie: what is in them can be read, but not changed.

A cookie that was tampered with, has expired, or makes no sense is no session, and
never an error. Changes anywhere inside the session are noticed, because it is
compared with what it was.

Needs itsdangerous, the extra `sessions`; nothing imports this room without it.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, Final

from itsdangerous import BadData, TimestampSigner
from itsdangerous.encoding import base64_decode, base64_encode, want_bytes
from msgspec import Meta, Struct
from starlette.datastructures import MutableHeaders
from starlette.middleware.sessions import Session as StarletteSession
from starlette.requests import HTTPConnection

from .asgi import ASGIApp, Message, Receive, Scope, Send
from .cookies import SameSite, format_cookie, must_be_secure
from .errors import HTTPError, SettingsError
from .json import decode, encode

_SALT: Final = "bocadillo.sessions"
_EMPTY: Final = b"{}"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

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
    max_age: Annotated[int, Meta(gt=0)] | None = 14 * 24 * 60 * 60
    path: str = "/"
    same_site: SameSite = "lax"
    https_only: bool = False
    domain: str | None = None
    partitioned: bool = False

    def check(self) -> None:
        """Find now what browsers would drop, and what could not be sent.

        Raises:
            SettingsError: If there is such a thing.
        """
        try:
            self.cookie("", secure=self.https_only)
        except ValueError as exc:
            must = must_be_secure(
                self.session_cookie, self.same_site, partitioned=self.partitioned
            )
            insecure = must and not self.https_only
            needs = ' Is "https_only": True missing?' if insecure else ""
            raise SettingsError(f"Setting SESSIONS: {exc}{needs}") from exc

    def cookie(self, value: str, *, secure: bool) -> str:
        """The value of `Set-Cookie`; one that deletes the cookie if it is empty."""
        return format_cookie(
            self.session_cookie,
            value,
            max_age=self.max_age if value else 0,
            expires=None if value else _EPOCH,
            path=self.path,
            domain=self.domain,
            secure=secure,
            httponly=True,
            samesite=self.same_site,
            partitioned=self.partitioned,
        )


class Session(StarletteSession):
    """What a client's session holds: anything that JSON can express.

    Args:
        content: What it holds.
        encoded: The same as JSON.
    """

    def __init__(self, content: dict[str, Any], encoded: bytes) -> None:
        super().__init__(content)
        self._encoded = encoded

    def changed(self) -> bytes | None:
        """The session as JSON if it is not what it was, nested values included."""
        if not self.accessed:
            return None
        encoded = encode(dict(self)) if self else _EMPTY
        return None if encoded == self._encoded else encoded


class Signer(TimestampSigner):
    """Signs with SHA-256, and accepts one spelling of each signature.

    Base64 can be read in several ways: characters that it does not know are skipped,
    and some bits of the last one do not count.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        # Ours are newest first, itsdangerous' are oldest first.
        super().__init__([*reversed(keys)], salt=_SALT, digest_method=sha256)

    def verify_signature(self, value: str | bytes, sig: str | bytes) -> bool:
        """Whether a signature is that of a value, letter by letter."""
        if not super().verify_signature(value, sig):
            return False
        return base64_encode(base64_decode(sig)) == want_bytes(sig)


class Sessions:
    """ASGI middleware: `scope["session"]`, from and to a signed cookie.

    Args:
        app: What has sessions.
        options: See `SessionOptions`.
    """

    def __init__(self, app: ASGIApp, options: SessionOptions) -> None:
        self._app = app
        self._options = options
        self._signer = Signer(options.secret_key)

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
                encoded = self._verified(cookie)
                content = decode(encoded)
            except (BadData, ValueError, HTTPError):
                return Session({}, _EMPTY)
            if isinstance(content, dict):
                return Session(content, encoded)
        return Session({}, _EMPTY)

    def _verified(self, cookie: str) -> bytes:
        signed = self._signer.unsign(cookie, max_age=self._options.max_age)
        return urlsafe_b64decode(signed + b"=" * (-len(signed) % 4))

    def _save(self, session: Session, scope: Scope, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        headers.add_vary_header("Cookie")
        changed = session.changed()
        if changed is None:
            return
        value = ""
        if changed != _EMPTY:
            # Without padding, which cookies would have to quote.
            text = urlsafe_b64encode(changed).rstrip(b"=")
            value = self._signer.sign(text).decode("ascii")
        secure = self._options.https_only or scope.get("scheme") in ("https", "wss")
        cookie = self._options.cookie(value, secure=secure)
        if len(cookie) > _MAX_COOKIE:
            raise ValueError(
                f"The session takes {len(cookie)} bytes, and browsers keep "
                f"{_MAX_COOKIE}: keep large values elsewhere, and their keys here."
            )
        headers.append("set-cookie", cookie)
