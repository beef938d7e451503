"""Everything Bocadillo raises, in one tree.

    Exception
    ├── ConfigurationError          a mistake in the app, found before it serves
    │   ├── NotConfigured           served before `configure` (a `RuntimeError`)
    │   ├── SettingsError           a setting is missing, unknown or refused
    │   │   └── UnknownSetting      … read by a name nobody set
    │   ├── RouteError              a URL pattern or a route (a `TypeError`)
    │   ├── ParameterError          a view's parameters (a `TypeError`)
    │   ├── ExpectedAsync           a plain function where `async def` is needed
    │   └── MissingExtra            an optional dependency is not installed
    ├── Outcome                     raised on purpose, to answer the request
    │   ├── HTTPError
    │   └── Redirect
    ├── InvalidStatus               a status that is none (a `TypeError`)
    ├── ClientDisconnect            the client left: Starlette's, for a request
    └── WebSocketDisconnect         … and for a websocket
        └── ClientLeft              sending to it: both of these

Imports nothing of Bocadillo but what checks headers, so that every room may raise from
it.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from starlette.datastructures import URL
from starlette.requests import ClientDisconnect
from starlette.websockets import WebSocketDisconnect

from .headers import as_sent

__all__ = [
    "ClientDisconnect",
    "ClientLeft",
    "ConfigurationError",
    "ExpectedAsync",
    "HTTPError",
    "InvalidStatus",
    "MissingExtra",
    "NotConfigured",
    "Outcome",
    "ParameterError",
    "Redirect",
    "RouteError",
    "SettingsError",
    "UnknownSetting",
    "WebSocketDisconnect",
]

# RFC 9110 renamed these; the standard library follows from Python 3.13 on only.
_RFC9110_PHRASES = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
_PHRASES = {status.value: status.phrase for status in HTTPStatus} | _RFC9110_PHRASES

# RFC 3986 reserved and unreserved characters, and `%` for what is escaped already.
_URL_SAFE = "!#$%&'()*+,/:;=?@[]~"


class ConfigurationError(Exception):
    """The application is put together wrongly; the message says what to change."""


class NotConfigured(ConfigurationError, RuntimeError):
    """An app was served, or asked for its settings, before `configure(app)`."""


class SettingsError(ConfigurationError):
    """A setting is missing, unknown, or has a value that is not accepted."""


class UnknownSetting(SettingsError, AttributeError, KeyError):
    """A setting was read that nobody set and that has no default."""

    # `KeyError` shows its argument's repr; this message is a sentence.
    __str__ = Exception.__str__


class RouteError(ConfigurationError, TypeError):
    """A route cannot work: its pattern, its methods, or its place."""


class ParameterError(ConfigurationError, TypeError):
    """A parameter of a view, hook or handler cannot be filled.

    Attributes:
        views: The errors of several views, where this one tells them together.
    """

    views: tuple["ParameterError", ...] = ()


class ExpectedAsync(ConfigurationError, TypeError):
    """A plain function stands where an `async def` one is needed."""


class MissingExtra(ConfigurationError, ImportError):
    """A feature needs a library that is not installed; the message names it."""


class InvalidStatus(TypeError, ValueError):
    """Something else than an `int` or `HTTPStatus` between 100 and 599."""


def returned_something(who: str, result: object) -> TypeError:
    """What to raise when something is returned that nobody would look at.

    Args:
        who: The view or handler that did, for the message.
        result: What it returned.
    """
    kind = type(result).__name__
    if isinstance(result, Outcome):
        return TypeError(f"{who} returned {kind}: write `raise {kind}(...)` instead.")
    return TypeError(
        f"{who} returned {kind}, but it answers by changing its "
        "response: set res.json, res.text, res.html or res.content, and return nothing."
    )


class ClientLeft(WebSocketDisconnect, ClientDisconnect):
    """A message cannot be sent because the websocket's client is not there any more.

    Args:
        code: The close code; 1006 if the client left without a word.
        reason: What was said about it.
    """


class Outcome(Exception):
    """Raised to end a request with a response, rather than because of a defect."""


class HTTPError(Outcome):
    """End the request with an HTTP error response.

    Args:
        status: The status code, 100 to 599, as a number or an `HTTPStatus`.
        detail: What the client should know: a sentence, or anything that can
            be encoded as JSON. Left out of the response when empty.
        headers: Headers to send with the response.

    Raises:
        InvalidStatus: If `status` is not an `int` or `HTTPStatus` in that range. It is
            a `TypeError`.
        TypeError: If a header's name or value is not a string.
        ValueError: If a response cannot have it, as `res.headers` says.
    """

    def __init__(
        self,
        status: int | HTTPStatus,
        detail: Any = "",
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status_code = checked_status(status)
        self.detail = detail
        # What the response would refuse is refused where it is written.
        given = dict(headers) if headers else {}
        self.headers = {
            name: as_sent(name, value)[1].decode("latin-1")
            for name, value in given.items()
        }
        super().__init__(status, detail)

    @property
    def status_phrase(self) -> str:
        """RFC 9110's reason phrase; empty for a code that has none."""
        return status_phrase(self.status_code)

    @property
    def title(self) -> str:
        """Status code and phrase, as in `404 Not Found`."""
        return f"{self.status_code} {self.status_phrase}".rstrip()

    def as_json(self) -> dict[str, Any]:
        """The body that the default handler sends."""
        body: dict[str, Any] = {"error": self.title, "status": self.status_code}
        if self.detail:
            body["detail"] = self.detail
        return body

    def __str__(self) -> str:
        return self.title

    def __repr__(self) -> str:
        return f"HTTPError({self.status_code}, detail={self.detail!r})"


class Redirect(Outcome):
    """End the request by sending the client to another URL.

    Headers and cookies already set on the response are kept.

    Args:
        url: Absolute (`http` or `https`) or relative. Characters that a URL may
            not hold are percent-encoded; a host is written as IDNA says.
        permanent: Answer 301 rather than 302.
        status_code: Any other redirect, such as 303 (see RFC 9110 §15.4).

    Raises:
        TypeError: If the URL is neither a string nor Starlette's `URL`.
        ValueError: If the URL has another scheme or holds control characters,
            or the status code is no redirect.
    """

    def __init__(
        self,
        url: str | URL,
        *,
        permanent: bool = False,
        status_code: int | HTTPStatus | None = None,
    ) -> None:
        if status_code is None:
            status_code = 301 if permanent else 302
        self.status_code = checked_status(status_code)
        if self.status_code not in (301, 302, 303, 307, 308):
            raise ValueError(
                f"Cannot redirect with status {self.status_code}: "
                "use 301, 302, 303, 307 or 308."
            )
        if not isinstance(url, str | URL):
            raise TypeError(f"Cannot redirect to {url!r}: a URL is a str.")
        self.url = _checked_url(str(url))
        super().__init__(self.url)


def checked_status(status: object) -> int:
    """Return `status` as a plain number.

    Raises:
        InvalidStatus: If it is not an `int` or `HTTPStatus` between 100 and 599.
    """
    if not isinstance(status, int) or isinstance(status, bool):
        given = type(status).__name__
    elif not 100 <= status <= 599:
        given = str(status)
    else:
        return int(status)
    raise InvalidStatus(
        f"A status must be an int or HTTPStatus between 100 and 599, not {given}."
    )


def status_phrase(status: int) -> str:
    """RFC 9110's reason phrase of `status`; empty for an unknown code."""
    return _PHRASES.get(status, "")


def _checked_url(url: str) -> str:
    # Browsers drop tab and newlines from URLs and read a backslash as a slash, so
    # `java\tscript:` or `/\evil.example` would otherwise pass the checks below.
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in url):
        raise ValueError(f"Cannot redirect to {url!r}: it holds control characters.")
    try:
        parts = urlsplit(url.strip())
        location = url.strip() if url.isascii() else _with_ascii_host(parts).geturl()
        encoded = quote(location, safe=_URL_SAFE)
    except ValueError as exc:
        raise ValueError(f"Cannot redirect to {url!r}: {exc}.") from exc
    if parts.scheme not in ("", "http", "https"):
        raise ValueError(
            f"Cannot redirect to {url!r}: only http, https and relative URLs work."
        )
    return encoded


def _with_ascii_host(parts: SplitResult) -> SplitResult:
    """The URL with its host as DNS knows it (RFC 3490).

    Later versions of IDNA read some names differently: browsers are left to decide on
    those, which are percent-encoded.
    """
    user, at, place = parts.netloc.rpartition("@")
    host, colon, port = place.partition(":")
    try:
        known = host.encode("idna").decode("ascii")
        if known.encode("ascii").decode("idna") != host.lower():
            return parts
    except UnicodeError:
        return parts
    return parts._replace(netloc=f"{user}{at}{known}{colon}{port}")
