"""What to mend before an app meets the public: `bocadillo check --deploy`.

Each check looks at the settings, the environment and the compiled routes, and serves
nothing. Its id can be listed in the setting `SILENCED_CHECKS`. The docs have a page on
each.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, Literal

from msgspec import Struct

from .applications import App
from .config import Settings
from .exposure import exposed
from .https import YEAR
from .introspection import describe_routes
from .strength import weakness
from .versions import outdated

__all__ = ["CHECKS", "Finding", "run_checks"]

Level = Literal["error", "warning"]
Environment = Mapping[str, str]

_DEBUG_PATHS: Final = re.compile(
    r"^/(?:docs|redoc|swagger|openapi\.json|debug|_debug|admin/debug)(?:/|$)"
).search

_ANYBODY: Final = "https://attacker.invalid"
"""An origin, in a domain that nobody can have (RFC 2606): nobody lists it."""


class Finding(Struct, frozen=True):
    """Something to mend.

    Attributes:
        id: What silences it.
        level: Whether it stops a deployment.
        message: What is wrong.
        hint: What to do about it.
    """

    id: str
    level: Level
    message: str
    hint: str


class Subject(Struct, frozen=True):
    """What is checked."""

    app: App
    environ: Environment

    @property
    def settings(self) -> Settings:
        """The app's."""
        return self.app.settings

    @property
    def sessions(self) -> Mapping[str, Any] | None:
        """The options of sessions; `None` where they are off."""
        sessions = self.settings["SESSIONS"]
        if sessions is False:
            return None
        if sessions is True:
            return {"secret_key": self.environ.get("SECRET_KEY", "")}
        options: Mapping[str, Any] = sessions
        return options


Check = Callable[[Subject], Iterator[tuple[str, str]]]
"""Gives a message and a hint for each thing that is wrong."""


def run_checks(app: App, *, environ: Environment | None = None) -> list[Finding]:
    """Check whether an app is safe to serve in public.

    Args:
        app: A configured app. It is compiled, but not started.
        environ: The environment that it would be served in; by default this one.

    Returns:
        What is wrong, in the order of the ids, without what is silenced.
    """
    subject = Subject(app, os.environ if environ is None else environ)
    silenced = app.settings["SILENCED_CHECKS"]
    return [
        Finding(id, level, message, hint)
        for id, (level, check) in CHECKS.items()  # noqa: A001 - what it is called
        if id not in silenced
        for message, hint in check(subject)
    ]


def _debug(subject: Subject) -> Iterator[tuple[str, str]]:
    if subject.settings["DEBUG"]:
        yield (
            "DEBUG is on: error pages show code and settings to everyone.",
            "Unset BOCADILLO_DEBUG, or configure(app, debug=False).",
        )


def _hosts(subject: Subject) -> Iterator[tuple[str, str]]:
    if "*" in subject.settings["ALLOWED_HOSTS"]:
        yield (
            "ALLOWED_HOSTS allows every host, so links may be built for an attacker's.",
            'List yours: configure(app, allowed_hosts=["example.com"]).',
        )


def _secret(subject: Subject) -> Iterator[tuple[str, str]]:
    if subject.sessions is None:
        return
    given = subject.sessions.get("secret_key", "")
    for key in given if isinstance(given, list | tuple) else [given]:
        problem = weakness(str(key))
        if problem:
            yield (
                f"A secret_key of SESSIONS {problem}: sessions could be forged.",
                (
                    'Make one with `python -c "import secrets; '
                    'print(secrets.token_urlsafe(32))"`.'
                ),
            )


def _cookie(subject: Subject) -> Iterator[tuple[str, str]]:
    if subject.sessions is None:
        return
    if not subject.sessions.get("https_only", False):
        yield (
            "The session cookie is also set over plain http.",
            'Add "https_only": True to SESSIONS.',
        )
    if str(subject.sessions.get("same_site", "lax")).lower() == "none":
        yield (
            "The session cookie is sent with requests that other sites make.",
            'Leave "same_site" of SESSIONS at "lax".',
        )


def _cors(subject: Subject) -> Iterator[tuple[str, str]]:
    cors = subject.settings["CORS"]
    if not isinstance(cors, Mapping):
        return
    regex = str(cors.get("allow_origin_regex") or "")
    if "*" in cors.get("allow_origins", ()) or re.fullmatch(regex, _ANYBODY):
        yield (
            "CORS lets scripts of every site read responses.",
            "List the origins that you trust in allow_origins.",
        )


def _hsts(subject: Subject) -> Iterator[tuple[str, str]]:
    hsts = subject.settings["HSTS"]
    options: Mapping[str, Any] = hsts if isinstance(hsts, Mapping) else {}
    age = options.get("max_age", YEAR)
    if age < YEAR and options.get("redirect", True):
        yield (
            f"HSTS holds for {age} seconds, which is under a year.",
            f'Set "max_age" of HSTS to {YEAR}, once https works everywhere.',
        )


def _headers(subject: Subject) -> Iterator[tuple[str, str]]:
    chosen = subject.settings["SECURITY_HEADERS"]
    missing = []
    if isinstance(chosen, Mapping):
        missing = [name for name, value in chosen.items() if value is None]
    if chosen is False or missing:
        what = "are off" if chosen is False else f"lack {', '.join(missing)}"
        yield (
            f"The security headers {what}.",
            "Leave SECURITY_HEADERS on, and let single views set other values.",
        )


def _limits(subject: Subject) -> Iterator[tuple[str, str]]:
    for name in (
        "MAX_BODY_SIZE",
        "MAX_UPLOAD_SIZE",
        "MAX_FORM_FIELDS",
        "MAX_FORM_FILES",
    ):
        if subject.settings[name] is None:
            yield (
                f"{name} is None: one request can fill the memory.",
                "Set a limit; single routes may lift it with max_body_size=None.",
            )


def _proxy(subject: Subject) -> Iterator[tuple[str, str]]:
    if "*" in subject.environ.get("FORWARDED_ALLOW_IPS", ""):
        yield (
            "FORWARDED_ALLOW_IPS trusts everyone's X-Forwarded headers.",
            "Set it to the addresses of your proxies.",
        )


def _timeout(subject: Subject) -> Iterator[tuple[str, str]]:
    if not subject.settings["SHUTDOWN_GRACE"]:
        yield (
            "SHUTDOWN_GRACE is 0: requests are cut when the server stops.",
            "Give them some seconds, and the process manager a few more.",
        )


def _static(subject: Subject) -> Iterator[tuple[str, str]]:
    directory = subject.settings["STATIC_DIR"]
    if directory is None or not Path(directory).is_dir():
        return
    for path in exposed(Path(directory)):
        yield (
            f"The static directory holds {str(path)!r}, which nobody should get.",
            "Move it out of STATIC_DIR.",
        )


def _dependencies(subject: Subject) -> Iterator[tuple[str, str]]:
    for name, version, least in outdated():
        yield (
            f"{name} {version} is below {least}, which mended security problems.",
            f'pip install "{name}>={least}"',
        )


def _websockets(subject: Subject) -> Iterator[tuple[str, str]]:
    if subject.sessions is not None and "*" in subject.settings["WEBSOCKET_ORIGINS"]:
        yield (
            (
                "WEBSOCKET_ORIGINS lets every site open websockets with your users' "
                "sessions."
            ),
            "List the origins that you trust.",
        )


def _csrf(subject: Subject) -> Iterator[tuple[str, str]]:
    if subject.sessions is not None and not subject.settings["CSRF"]:
        yield (
            "CSRF is off while sessions are on: other sites can act for your users.",
            "Leave CSRF on, and list foreign origins in CSRF_TRUSTED_ORIGINS.",
        )


def _gzip(subject: Subject) -> Iterator[tuple[str, str]]:
    if subject.sessions is not None and subject.settings["GZIP"]:
        yield (
            (
                "Responses to users with sessions are compressed: where one holds a "
                "secret and repeats input, its length tells the secret (BREACH)."
            ),
            "Leave compression to static files, or silence this if that cannot happen.",
        )


def _hidden(subject: Subject) -> Iterator[tuple[str, str]]:
    routes = describe_routes(subject.app)
    # The methods of a class are described one by one, but it is one route.
    for pattern, first in dict.fromkeys((it.pattern, it.hidden_by) for it in routes):
        if first is not None:
            yield (
                (
                    f"Route {pattern!r} can never match: {first!r}, declared earlier, "
                    "answers all its requests."
                ),
                "Declare the more specific route first.",
            )


def _debug_routes(subject: Subject) -> Iterator[tuple[str, str]]:
    for route in describe_routes(subject.app):
        if _DEBUG_PATHS(route.pattern):
            yield (
                f"Route {route.pattern!r} is reachable by everyone.",
                "Add it only in DEBUG, or protect it by a hook.",
            )


def _root(subject: Subject) -> Iterator[tuple[str, str]]:
    host = subject.environ.get("UVICORN_HOST", "")
    if os.name == "posix" and os.geteuid() == 0 and _is_public(host):
        yield (
            f"The server runs as root and listens on {host}.",
            "Run it as a user of its own, behind a proxy.",
        )


def _is_public(host: str) -> bool:
    try:
        return not ip_address(host).is_loopback
    except ValueError:  # a name; without one the server listens to this machine only
        return host not in ("", "localhost")


CHECKS: Final[Mapping[str, tuple[Level, Check]]] = {
    "S001": ("error", _debug),
    "S002": ("warning", _hosts),
    "S003": ("error", _secret),
    "S004": ("warning", _cookie),
    "S005": ("warning", _cors),
    "S006": ("warning", _hsts),
    "S007": ("warning", _headers),
    "S008": ("warning", _limits),
    "S009": ("error", _proxy),
    "S011": ("warning", _timeout),
    "S012": ("error", _static),
    "S014": ("error", _dependencies),
    "S015": ("error", _websockets),
    "S016": ("error", _csrf),
    "S017": ("warning", _gzip),
    "S019": ("error", _hidden),
    "S020": ("warning", _debug_routes),
    "S021": ("error", _root),
}
"""Level and function of each check, by its id."""
