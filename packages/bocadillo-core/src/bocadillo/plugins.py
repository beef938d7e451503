"""The built-in features, one plugin each, in the one order that is safe.

A plugin is a function that takes the app. It reads `app.settings` and adds what its
feature needs; `configure` runs these first, then the user's. What the first of these
adds is outermost: hosts, https, CORS, CSRF, sessions, compression, then the user's
middleware. Security headers need none: they are part of every response.
"""

import importlib.util
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec import Struct

from .applications import App
from .constants import DEFAULT_CORS_CONFIG
from .errors import SettingsError
from .providers import discover_providers

__all__ = [
    "use_allowed_hosts",
    "use_cors",
    "use_csrf",
    "use_gzip",
    "use_hsts",
    "use_providers",
    "use_sessions",
    "use_static_files",
]

logger = logging.getLogger("bocadillo.plugins")

Options = TypeVar("Options", bound=Struct)

SECRET_VARIABLE: Final = "SECRET_KEY"  # noqa: S105 - its name, not its value
SECRET_BYTES: Final = 32


def use_allowed_hosts(app: App) -> None:
    """Refuse other hosts. Settings: `ALLOWED_HOSTS`."""
    if "*" in app.settings["ALLOWED_HOSTS"]:
        return
    from .hosts import AllowedHosts, compile_hosts  # noqa: PLC0415 - if used

    allows = compile_hosts(app.settings["ALLOWED_HOSTS"])
    app.surround(AllowedHosts, allows=allows)


def use_hsts(app: App) -> None:
    """Redirect http to https. Settings: `HSTS`."""
    hsts = app.settings["HSTS"]
    if hsts is not False:
        from .https import HSTS, HTTPSOnly  # noqa: PLC0415 - if used

        app.surround(HTTPSOnly, hsts=_options("HSTS", hsts, HSTS))


def use_cors(app: App) -> None:
    """Let scripts of other origins read responses. Settings: `CORS`."""
    cors = app.settings["CORS"]
    if cors is False:
        return
    from starlette.middleware.cors import CORSMiddleware  # noqa: PLC0415 - if used

    options = dict(DEFAULT_CORS_CONFIG if cors is True else cors)
    if "*" in options.get("allow_origins", ()) and options.get("allow_credentials"):
        raise SettingsError(
            "Setting CORS allows credentials to every origin ('*'), so any site could "
            "act for your users: list the origins that you trust."
        )
    try:
        app.surround(CORSMiddleware, **options)
        CORSMiddleware(app, **options)
    except TypeError as exc:
        raise SettingsError(f"Setting CORS: {exc}.") from exc


def use_csrf(app: App) -> None:
    """Refuse what other sites make browsers send, where sessions are on.

    Settings: `CSRF`, `CSRF_TRUSTED_ORIGINS`, `SESSIONS`.
    """
    if app.settings["SESSIONS"] and app.settings["CSRF"]:
        from .csrf import CSRFProtection  # noqa: PLC0415 - if used

        app.surround(CSRFProtection, trusted=app.settings["CSRF_TRUSTED_ORIGINS"])


def use_sessions(app: App) -> None:
    """Keep sessions in a signed cookie. Settings: `SESSIONS`."""
    sessions = app.settings["SESSIONS"]
    if sessions is False:
        return
    from .sessions import SessionOptions, Sessions  # noqa: PLC0415 - if used

    given = {} if sessions is True else dict(sessions)
    if sessions is True:
        given["secret_key"] = os.environ.get(SECRET_VARIABLE, "")
    given["secret_key"] = _secrets(given.get("secret_key"))
    options = _options("SESSIONS", given, SessionOptions)
    Sessions(app, options)  # finds what is wrong now, not at startup
    app.surround(Sessions, options=options)


def use_gzip(app: App) -> None:
    """Compress responses. Settings: `GZIP`, `GZIP_MIN_SIZE`."""
    if app.settings["GZIP"]:
        from .compression import Compression  # noqa: PLC0415 - if used

        app.surround(Compression, minimum_size=app.settings["GZIP_MIN_SIZE"])


def use_providers(app: App) -> None:
    """Register providers. Settings: `PROVIDER_MODULES`, and a `providerconf` module."""
    discover_providers(*app.settings["PROVIDER_MODULES"])
    if importlib.util.find_spec("providerconf") is not None:
        discover_providers("providerconf")


def use_static_files(app: App) -> None:
    """Serve a directory. Settings: `STATIC_DIR`, `STATIC_ROOT`, `STATIC_CONFIG`."""
    directory = app.settings["STATIC_DIR"]
    if directory is None or not Path(directory).is_dir():
        return
    from .staticfiles import static  # noqa: PLC0415 - WhiteNoise only if it is used

    options = dict(app.settings["STATIC_CONFIG"])
    options.setdefault("autorefresh", app.settings["DEBUG"])
    app.mount_first(app.settings["STATIC_ROOT"], static(directory, **options))


BUILT_IN_PLUGINS: Final[tuple[Callable[[App], Any], ...]] = (
    use_allowed_hosts,
    use_hsts,
    use_cors,
    use_csrf,
    use_sessions,
    use_gzip,
    use_providers,
    use_static_files,
)


def _options(setting: str, value: Any, options: type[Options]) -> Options:
    """The options of a setting that is `True` or a dict of them."""
    given: Mapping[str, Any] = {} if value is True else value
    known: tuple[str, ...] = options.__struct_fields__
    for name in given:
        if name not in known:
            raise SettingsError(
                f"Setting {setting} has no option {name!r}; it has {', '.join(known)}."
            )
    return options(**given)


def _secrets(secret: object) -> list[str]:
    """The keys of sessions, the current one first."""
    given = secret if isinstance(secret, list | tuple) else [secret]
    keys = ["" if key is None else str(key) for key in given]
    if not keys or not all(keys):
        raise SettingsError(
            "Setting SESSIONS needs a secret_key, which is missing or empty: set the "
            f"environment variable {SECRET_VARIABLE}, or pass "
            'SESSIONS={"secret_key": …}. Make one with '
            '`python -c "import secrets; print(secrets.token_urlsafe(32))"`.'
        )
    if any(len(key.encode()) < SECRET_BYTES for key in keys):
        logger.warning(
            "The secret_key of SESSIONS is shorter than %d bytes; "
            'make one with `python -c "import secrets; '
            'print(secrets.token_urlsafe(32))"`.',
            SECRET_BYTES,
        )
    return keys
