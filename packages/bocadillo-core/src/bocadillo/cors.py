"""The options of CORS, checked: Starlette's middleware takes them as they come.

Origins are compared as browsers send them, so they are brought into that form here.
"""

import re
from collections.abc import Iterable
from typing import Annotated, Any, Final

from msgspec import Meta, Struct, field, structs

from .constants import DEFAULT_CORS_CONFIG
from .errors import SettingsError
from .headers import name_as_sent
from .options import read_options
from .origins import parse_origin

_PROBES: Final = ("https://bocadillo-probe.invalid", "null")


class CORSOptions(Struct, frozen=True):
    """Options of the setting `CORS`; names and meaning are Starlette's.

    Attributes:
        allow_origins: Origins whose scripts may read responses; `*` for all.
        allow_origin_regex: Likewise, those that it matches as a whole.
        allow_methods: What they may use; `*` for all.
        allow_headers: Headers that they may set; `*` for all.
        allow_credentials: Whether cookies may come along.
        allow_private_network: Whether public sites may reach private networks.
        expose_headers: Headers that they may read.
        max_age: Seconds for which browsers remember the answer.
    """

    allow_origins: list[str] = []
    allow_origin_regex: str | None = None
    allow_methods: list[str] = field(default_factory=lambda: ["GET"])
    allow_headers: list[str] = []
    allow_credentials: bool = False
    allow_private_network: bool = False
    expose_headers: list[str] = []
    max_age: Annotated[int, Meta(ge=0)] = 600


def cors_options(value: object) -> dict[str, Any]:
    """The options for Starlette's middleware.

    Args:
        value: The setting `CORS`: `True`, or a dict.

    Raises:
        SettingsError: If an option is not accepted, or would let every site act for
            the users.
    """
    given = DEFAULT_CORS_CONFIG if value is True else value
    options = read_options("CORS", given, CORSOptions)
    origins = [_origin(text) for text in options.allow_origins]
    _check_tokens("allow_methods", options.allow_methods)
    _check_tokens("allow_headers", options.allow_headers)
    _check_tokens("expose_headers", options.expose_headers)
    regex = _compiled(options.allow_origin_regex)
    if options.allow_credentials and _is_open(origins, regex):
        raise SettingsError(
            "Setting CORS allows credentials to every origin, so any site could act "
            "for your users. List the origins that you trust in 'allow_origins': '*' "
            "is every site, and every site can be 'null'."
        )
    return structs.asdict(options) | {
        "allow_origins": origins,
        "allow_methods": [method.upper() for method in options.allow_methods],
    }


def _origin(text: str) -> str:
    if text in ("*", "null"):
        return text
    if "*" in text:
        raise SettingsError(
            f"Setting CORS: option 'allow_origins' holds {text!r}, but origins are "
            "compared as a whole: list each of them, or write a pattern as "
            "'allow_origin_regex'."
        )
    origin = parse_origin(text)
    if origin is None:
        raise SettingsError(
            f"Setting CORS: option 'allow_origins' holds {text!r}: write scheme and "
            "host, and the port if it is not the usual one, as in "
            "'https://example.com', without a slash at the end; or '*' for all."
        )
    return origin


def _check_tokens(option: str, names: Iterable[str]) -> None:
    for name in names:
        try:
            name_as_sent(name)
        except ValueError:
            raise SettingsError(
                f"Setting CORS: option {option!r} holds {name!r}, which is no name "
                "that HTTP knows."
            ) from None


def _compiled(regex: str | None) -> re.Pattern[str] | None:
    try:
        return None if regex is None else re.compile(regex)
    except re.error as exc:
        raise SettingsError(
            f"Setting CORS: option 'allow_origin_regex' is no pattern: {exc}\n"
            f"  {regex}\n  {' ' * (exc.pos or 0)}^"
        ) from None


def _is_open(origins: Iterable[str], regex: re.Pattern[str] | None) -> bool:
    # Any site can give a frame of its own the origin `null`.
    if "*" in origins or "null" in origins:
        return True
    return regex is not None and any(map(regex.fullmatch, _PROBES))
