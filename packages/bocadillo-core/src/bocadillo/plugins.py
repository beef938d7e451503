"""The built-in features, one plugin each, in the one order that is safe.

A plugin is a function that takes the app. It reads `app.settings`, checks its options
and adds what its feature needs; `configure` runs these first, then the user's. What
the first of these adds is outermost: hosts, https, CORS, CSRF, sessions, compression,
then the user's middleware. Security headers need none: they are part of every
response.
"""

import importlib.util
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final

from msgspec import Meta, Struct
from starlette.datastructures import Secret

from .applications import App
from .errors import MissingExtra, SettingsError
from .headers import SECURITY_HEADERS, as_sent
from .options import check_names, read_options
from .origins import parse_origins
from .strength import SHORTEST

__all__ = [
    "use_allowed_hosts",
    "use_cors",
    "use_csrf",
    "use_gzip",
    "use_hsts",
    "use_providers",
    "use_security_headers",
    "use_sessions",
    "use_static_files",
    "use_websocket_origins",
]

logger = logging.getLogger("bocadillo.plugins")

SECRET_VARIABLE: Final = "SECRET_KEY"  # noqa: S105 - its name, not its value

_HOW_TO: Final = (
    'Make one with `python -c "import secrets; print(secrets.token_urlsafe(32))"`.'
)
_OF_A_RESPONSE: Final = (
    "content-encoding",
    "content-length",
    "content-type",
    "location",
    "set-cookie",
    "transfer-encoding",
)


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

        app.surround(HTTPSOnly, hsts=read_options("HSTS", hsts, HSTS))


def use_security_headers(app: App) -> None:
    """Check what is added to every response. Settings: `SECURITY_HEADERS`."""
    chosen = app.settings["SECURITY_HEADERS"]
    if isinstance(chosen, Mapping):
        for name, value in chosen.items():
            _check_security_header(name, value)


def use_cors(app: App) -> None:
    """Let scripts of other origins read responses. Settings: `CORS`."""
    cors = app.settings["CORS"]
    if cors is not False:
        from starlette.middleware.cors import CORSMiddleware  # noqa: PLC0415 - if used

        from .cors import cors_options  # noqa: PLC0415 - likewise

        app.surround(CORSMiddleware, **cors_options(cors))


def use_csrf(app: App) -> None:
    """Refuse what other sites make browsers send, where sessions are on.

    Settings: `CSRF`, `CSRF_TRUSTED_ORIGINS`, `SESSIONS`.
    """
    from .csrf import CSRFProtection, trusted_origins  # noqa: PLC0415 - if used

    trusted = trusted_origins(app.settings["CSRF_TRUSTED_ORIGINS"])
    if app.settings["SESSIONS"] is not False and app.settings["CSRF"]:
        app.surround(CSRFProtection, trusted=trusted)


def use_websocket_origins(app: App) -> None:
    """Check which pages may open websockets. Settings: `WEBSOCKET_ORIGINS`."""
    parse_origins(app.settings["WEBSOCKET_ORIGINS"])


def use_sessions(app: App) -> None:
    """Keep sessions in a signed cookie. Settings: `SESSIONS`.

    Raises:
        MissingExtra: If itsdangerous is not installed.
    """
    sessions = app.settings["SESSIONS"]
    if sessions is False:
        return
    try:
        from .sessions import SessionOptions, Sessions  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as exc:
        raise MissingExtra(
            "Sessions need itsdangerous, which is not installed: "
            "pip install bocadillo[sessions]"
        ) from exc

    given = {} if sessions is True else dict(sessions)
    check_names("SESSIONS", given, SessionOptions.__struct_fields__)
    if sessions is True:
        given["secret_key"] = os.environ.get(SECRET_VARIABLE, "")
    given["secret_key"] = _secrets(given.get("secret_key"))
    options = read_options("SESSIONS", given, SessionOptions)
    options.check()
    app.surround(Sessions, options=options)


def use_gzip(app: App) -> None:
    """Compress responses. Settings: `GZIP`, `GZIP_MIN_SIZE`."""
    if app.settings["GZIP"]:
        from .compression import Compression  # noqa: PLC0415 - if used

        app.surround(Compression, minimum_size=app.settings["GZIP_MIN_SIZE"])


def use_providers(app: App) -> None:
    """Register providers. Settings: `PROVIDER_MODULES`, and a `providerconf` module."""
    for name in app.settings["PROVIDER_MODULES"]:
        try:
            import_module(name)
        except ModuleNotFoundError as exc:
            if not is_part_of(exc.name, name):
                raise
            raise SettingsError(
                f"Setting PROVIDER_MODULES holds {name!r}: there is no module "
                f"{exc.name!r}."
            ) from exc
    if "providerconf" in sys.modules or importlib.util.find_spec("providerconf"):
        import_module("providerconf")


class StaticOptions(Struct, frozen=True):
    """Options of the setting `STATIC_CONFIG`: see `bocadillo.static`."""

    prefix: str | None = None
    autorefresh: bool = False
    max_age: Annotated[int, Meta(ge=0)] | None = None
    allow_all_origins: bool = False
    charset: str = "utf-8"
    mimetypes: dict[str, str] | None = None
    add_headers_function: Any = None
    index_file: bool | str | None = None
    immutable_file_test: Any = None

    def check(self) -> None:
        """Refuse what types cannot tell.

        Raises:
            SettingsError: If a function or a pattern is none.
        """
        function = self.add_headers_function
        if not (function is None or callable(function)):
            raise SettingsError(
                "Setting STATIC_CONFIG: option 'add_headers_function' must be a "
                f"function, not {type(function).__name__}."
            )
        test = self.immutable_file_test
        if isinstance(test, str):
            try:
                re.compile(test)
            except re.error as exc:
                raise SettingsError(
                    "Setting STATIC_CONFIG: option 'immutable_file_test' is no "
                    f"pattern: {exc}."
                ) from exc
        elif not (test is None or callable(test)):
            raise SettingsError(
                "Setting STATIC_CONFIG: option 'immutable_file_test' must be a "
                f"function or a pattern, not {type(test).__name__}."
            )


def use_static_files(app: App) -> None:
    """Serve a directory. Settings: `STATIC_DIR`, `STATIC_ROOT`, `STATIC_CONFIG`."""
    options = dict(app.settings["STATIC_CONFIG"])
    read_options("STATIC_CONFIG", options, StaticOptions).check()
    directory = app.settings["STATIC_DIR"]
    if directory is None or not Path(directory).exists():
        return
    if not Path(directory).is_dir():
        raise SettingsError(f"Setting STATIC_DIR is {directory!r}: no directory.")
    from .staticfiles import static  # noqa: PLC0415 - WhiteNoise only if it is used

    options.setdefault("autorefresh", app.settings["DEBUG"])
    app.mount_first(app.settings["STATIC_ROOT"], static(directory, **options))


BUILT_IN_PLUGINS: Final[tuple[Callable[[App], Any], ...]] = (
    use_allowed_hosts,
    use_hsts,
    use_security_headers,
    use_cors,
    use_csrf,
    use_websocket_origins,
    use_sessions,
    use_gzip,
    use_providers,
    use_static_files,
)


def is_part_of(missing: str | None, module: str) -> bool:
    """Whether a module that is missing is `module`, or a package that it is in."""
    return missing is not None and f"{module}.".startswith(f"{missing}.")


def _check_security_header(name: object, value: object) -> None:
    if not isinstance(name, str) or not (value is None or isinstance(value, str)):
        raise SettingsError(
            f"Setting SECURITY_HEADERS: header {name!r} must be a string, or None to "
            f"leave it out, not {type(value).__name__}."
        )
    if value is None:
        check_names("SECURITY_HEADERS", {name.lower(): value}, tuple(SECURITY_HEADERS))
        return
    try:
        as_sent(name, value)
    except ValueError as exc:
        raise SettingsError(f"Setting SECURITY_HEADERS: {exc}") from exc
    if name.lower() in _OF_A_RESPONSE:
        raise SettingsError(
            f"Setting SECURITY_HEADERS: {name!r} is different for each response."
        )


def _secrets(secret: object) -> list[str]:
    """The keys of sessions, the current one first."""
    given = secret if isinstance(secret, list | tuple) else [secret]
    for key in given:
        if not isinstance(key, str | Secret | None):
            raise SettingsError(
                "Setting SESSIONS: option 'secret_key' must be a str, a Secret or a "
                f"list of them, not {type(key).__name__}."
            )
    keys = ["" if key is None else str(key).strip() for key in given]
    if not keys or not all(keys):
        raise SettingsError(
            "Setting SESSIONS needs a secret_key, which is missing or empty: set the "
            f"environment variable {SECRET_VARIABLE}, or pass "
            f'SESSIONS={{"secret_key": …}}. {_HOW_TO}'
        )
    if any(len(key.encode()) < SHORTEST for key in keys):
        logger.warning(
            "The secret_key of SESSIONS is shorter than %d bytes. %s",
            SHORTEST,
            _HOW_TO,
        )
    return keys
