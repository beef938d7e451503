"""One `Set-Cookie` header value from its parts, validated (RFC 6265bis)."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.cookies import SimpleCookie
from typing import Final, Literal

__all__ = ["SameSite", "format_cookie"]

SameSite = Literal["lax", "strict", "none"]

_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_ATTRIBUTE: Final = re.compile(r"[\x20-\x3a\x3c-\x7e]*").fullmatch


def format_cookie(  # noqa: C901 - one branch for each attribute
    name: str,
    value: str,
    *,
    max_age: int | timedelta | None,
    expires: datetime | int | str | None,
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
        ValueError: If any part could end the cookie or the header early, or the
            attributes contradict what browsers accept.
    """
    if _NAME(str(name)) is None:
        raise ValueError(
            f"{name!r} cannot be a cookie name: only letters, digits and "
            "!#$%&'*+-.^_`|~ are allowed (RFC 6265)."
        )
    text: object = value
    if not isinstance(text, str):
        raise TypeError(
            f"The value of cookie {name!r} must be a str, not {type(value).__name__}."
        )
    parts = [f"{name}={_quoted(name, value)}"]
    if expires is not None:
        parts.append(f"expires={_checked(name, 'expires', _date(expires))}")
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


def _quoted(name: str, value: str) -> str:
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in value):
        raise ValueError(
            f"The value of cookie {name!r} holds control characters: {value!r}."
        )
    quoted = SimpleCookie().value_encode(value)[1]
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


def _date(expires: datetime | int | str) -> str:
    if isinstance(expires, str):
        return expires
    if isinstance(expires, datetime):
        moment = expires if expires.tzinfo else expires.replace(tzinfo=UTC)
        return format_datetime(moment.astimezone(UTC), usegmt=True)
    moment = datetime.now(UTC) + timedelta(seconds=expires)
    return format_datetime(moment, usegmt=True)
