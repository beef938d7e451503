"""One `Set-Cookie` header value from its parts, validated (RFC 6265bis)."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.cookies import SimpleCookie
from typing import Final, Literal

__all__ = ["SameSite", "format_cookie", "must_be_secure"]

SameSite = Literal["lax", "strict", "none"]

# Names that promise something of the cookie, in any case.
_HOST: Final = "__host-"
_SECURE: Final = "__secure-"

_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_ATTRIBUTE: Final = re.compile(r"[\x20-\x3a\x3c-\x7e]*").fullmatch
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]").search

# Only asked how a value is quoted: it keeps nothing.
_QUOTING: Final = SimpleCookie()


def format_cookie(  # noqa: C901 - one branch for each attribute
    name: str,
    value: str,
    *,
    max_age: int | timedelta | None,
    expires: datetime | timedelta | int | str | None,
    path: str | None,
    domain: str | None,
    secure: bool,
    httponly: bool,
    samesite: SameSite | None,
    partitioned: bool,
) -> str:
    """Return the value of a `Set-Cookie` header.

    Characters that a cookie may not hold are quoted as `http.cookies` does, and as
    Starlette's and Django's parsers read them back.

    Raises:
        TypeError: If name or value is not a string.
        ValueError: If any part could end the cookie or the header early, or the
            attributes contradict what browsers accept.
    """
    _check_name(name)
    text: object = value
    if not isinstance(text, str):
        raise TypeError(
            f"The value of cookie {name!r} must be a str, not {type(value).__name__}."
        )
    _check_prefix(name, path=path, domain=domain, secure=secure)
    parts = [f"{name}={_quoted(name, value)}"]
    if expires is not None:
        parts.append(f"Expires={_checked(name, 'expires', _date(name, expires))}")
    if max_age is not None:
        if isinstance(max_age, timedelta):
            max_age = int(max_age.total_seconds())
        parts.append(f"Max-Age={int(max_age)}")
    if domain is not None:
        parts.append(f"Domain={_checked(name, 'domain', domain)}")
    if path is not None:
        parts.append(f"Path={_checked(name, 'path', path)}")
    if secure:
        parts.append("Secure")
    if httponly:
        parts.append("HttpOnly")
    if samesite is not None:
        parts.append(f"SameSite={_samesite(name, samesite, secure=secure)}")
    if partitioned:
        if not secure:
            raise ValueError(f"Cookie {name!r} is partitioned, so it must be secure.")
        parts.append("Partitioned")
    return "; ".join(parts)


def must_be_secure(name: str, samesite: str | None, *, partitioned: bool) -> bool:
    """Whether browsers drop such a cookie unless it is `Secure`."""
    promises = str(name).lower().startswith((_HOST, _SECURE))
    # The word, not Python's `None`, which says nothing of other sites.
    told = samesite is not None and str(samesite).lower() == "none"
    return promises or partitioned or told


def _check_name(name: object) -> None:
    if not isinstance(name, str):
        raise TypeError(f"A cookie's name must be a str, not {type(name).__name__}.")
    if _NAME(name) is None:
        raise ValueError(
            f"{name!r} cannot be a cookie name: only letters, digits and "
            "!#$%&'*+-.^_`|~ are allowed (RFC 6265)."
        )


def _check_prefix(
    name: str, *, path: str | None, domain: str | None, secure: bool
) -> None:
    """Refuse what a name promises and its attributes do not keep (§4.1.3)."""
    lower = name.lower()
    if lower.startswith((_HOST, _SECURE)) and not secure:
        raise ValueError(
            f"Cookie {name!r} must be secure, as its name says: browsers drop it "
            "otherwise."
        )
    if lower.startswith(_HOST) and (path != "/" or domain is not None):
        raise ValueError(
            f"Cookie {name!r} must have path='/' and no domain, as its name says: "
            "browsers drop it otherwise."
        )


def _quoted(name: str, value: str) -> str:
    if _CONTROLS(value):
        raise ValueError(
            f"The value of cookie {name!r} holds control characters: {value!r}."
        )
    quoted = _QUOTING.value_encode(value)[1]
    try:
        quoted.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(
            f"The value of cookie {name!r} holds characters outside latin-1: "
            f"{value!r}. Percent-encode them."
        ) from None
    return quoted


def _checked(name: str, attribute: str, text: str) -> str:
    if _ATTRIBUTE(text) is None:
        raise ValueError(
            f"The {attribute} of cookie {name!r} may hold printable ASCII "
            f"without ';' only, not {text!r}."
        )
    return text


def _samesite(name: str, samesite: str, *, secure: bool) -> str:
    word = str(samesite).lower()
    if word not in ("lax", "strict", "none"):
        raise ValueError(
            f"samesite of cookie {name!r} must be 'lax', 'strict', 'none' or None, "
            f"not {samesite!r}."
        )
    if word == "none" and not secure:
        raise ValueError(
            f"Cookie {name!r} has samesite='none', so it must be secure: "
            "browsers drop it otherwise."
        )
    return word.capitalize()


def _date(name: str, expires: datetime | timedelta | int | str) -> str:
    if isinstance(expires, str):
        return expires
    try:
        if isinstance(expires, datetime):
            moment = expires if expires.tzinfo else expires.replace(tzinfo=UTC)
            return format_datetime(moment.astimezone(UTC), usegmt=True)
        if not isinstance(expires, timedelta):
            expires = timedelta(seconds=expires)
        return format_datetime(datetime.now(UTC) + expires, usegmt=True)
    except OverflowError:
        raise ValueError(
            f"No date is so far away as {expires!r}, when cookie {name!r} expires."
        ) from None
