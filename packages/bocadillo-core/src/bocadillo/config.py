"""The settings of an app, and the proxy that user modules read them by.

`SETTINGS` is the one table of built-in settings: name, default, what is accepted.
An app's settings are settled by `configure` and never change afterwards.
"""

import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from difflib import get_close_matches
from typing import Any, Final

from msgspec import Struct

from .errors import SettingsError, UnknownSetting

__all__ = ["SETTINGS", "Setting", "Settings", "settings"]

logger = logging.getLogger("bocadillo.config")

_SECRET: Final = re.compile("SECRET|PASSWORD|TOKEN|KEY|DSN", re.IGNORECASE).search
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/@\s]*:[^/@\s]*(?=@)")
_MASK: Final = "********"


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_limit(value: object) -> bool:
    return value is None or _is_size(value)


def _is_texts(value: object) -> bool:
    return isinstance(value, list | tuple | set | frozenset) and all(
        isinstance(item, str) for item in value
    )


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _is_switch(value: object) -> bool:
    return isinstance(value, bool | Mapping)


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_path(value: object) -> bool:
    return value is None or isinstance(value, str | os.PathLike)


def _is_prefix(value: object) -> bool:
    return isinstance(value, str)


class Setting(Struct, frozen=True):
    """One built-in setting.

    Attributes:
        default: Its value unless the user sets one.
        accepts: Whether a value can be used.
        accepted: What is accepted, in words.
        live: Whether it is read while serving, so that a test can change it later.
    """

    default: Any
    accepts: Callable[[object], bool]
    accepted: str
    live: bool = False


_BOOL: Final = "True or False"
_SWITCH: Final = "True, False or a dict of options"
_SECONDS: Final = "a number of seconds, 0 or more"
_LIMIT: Final = "a whole number, 0 or more, or None for no limit"
_TEXTS: Final = "a list of strings"

SETTINGS: Final[Mapping[str, Setting]] = {
    "ALLOWED_HOSTS": Setting(["*"], _is_texts, _TEXTS),
    "CORS": Setting(False, _is_switch, _SWITCH),
    "CSRF": Setting(True, _is_bool, _BOOL),
    "CSRF_TRUSTED_ORIGINS": Setting([], _is_texts, _TEXTS),
    "DEBUG": Setting(False, _is_bool, _BOOL, live=True),
    "GZIP": Setting(False, _is_bool, _BOOL),
    "GZIP_MIN_SIZE": Setting(1024, _is_size, "a number of bytes, 0 or more"),
    "HSTS": Setting(False, _is_switch, _SWITCH),
    "MAX_BODY_SIZE": Setting(2_500_000, _is_limit, _LIMIT),
    "MAX_FORM_FIELDS": Setting(1000, _is_limit, _LIMIT),
    "MAX_FORM_FILES": Setting(100, _is_limit, _LIMIT),
    "MAX_UPLOAD_SIZE": Setting(10_000_000, _is_limit, _LIMIT),
    "PLUGINS": Setting([], _is_list, "a list of functions, 'module:function' or dicts"),
    "PROVIDER_MODULES": Setting([], _is_texts, "a list of module names"),
    "REDIRECT_TRAILING_SLASH": Setting(True, _is_bool, _BOOL),
    "SECURITY_HEADERS": Setting(
        True, _is_switch, "True, False or a dict of header names and values"
    ),
    "SESSIONS": Setting(False, _is_switch, _SWITCH),
    "SHUTDOWN_GRACE": Setting(30, _is_number, _SECONDS, live=True),
    "SILENCED_CHECKS": Setting([], _is_texts, "a list of check ids such as 'S001'"),
    "SSE_KEEPALIVE": Setting(15, _is_number, _SECONDS),
    "STATIC_CONFIG": Setting({}, _is_mapping, "a dict of WhiteNoise options"),
    "STATIC_DIR": Setting("static", _is_path, "a path, or None for no static files"),
    "STATIC_ROOT": Setting("static", _is_prefix, "a URL prefix"),
    "WEBSOCKET_ORIGINS": Setting([], _is_texts, _TEXTS),
}
"""Every setting that Bocadillo itself reads."""

DEBUG_VARIABLE: Final = "BOCADILLO_DEBUG"


class Settings(Mapping[str, Any]):
    """The settings of one app, read-only: `.NAME`, `["NAME"]`, `in`, `.get(…)`.

    Args:
        values: What the user set; built-in defaults fill the rest.
        origins: Where each of them is from, in words.

    Raises:
        SettingsError: If a value is not accepted.
    """

    __slots__ = ("_origins", "_values")

    def __init__(
        self, values: Mapping[str, Any], origins: Mapping[str, str] | None = None
    ) -> None:
        defaults = {name: setting.default for name, setting in SETTINGS.items()}
        defaults["DEBUG"] = _debug_from_environment()
        for name, value in values.items():
            _check(name, value)
        known = dict.fromkeys(values, "configure()") | dict(origins or {})
        if DEBUG_VARIABLE in os.environ:
            known.setdefault("DEBUG", f"${DEBUG_VARIABLE}")
        object.__setattr__(self, "_origins", known)
        object.__setattr__(self, "_values", {**defaults, **values})

    def __getitem__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise UnknownSetting(
                f"There is no setting {name!r}.{_hint(name, self._values)}"
            ) from None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(
            f"Settings are read-only: pass {name}=… to configure() instead."
        )

    def __delattr__(self, name: str) -> None:
        raise AttributeError("Settings are read-only.")

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def given(self, name: str) -> bool:
        """Whether the user set `name`, rather than it having its default."""
        return name in self._origins

    def origin(self, name: str) -> str:
        """Where the value of `name` is from, in words; `default` if nobody set it."""
        return str(self._origins.get(name, "default"))

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{name}={masked(name, self._values[name])!r}"
            for name in sorted(self._origins)
        )
        return f"Settings({shown})"


def collect(source: object, options: Mapping[str, Any]) -> dict[str, Any]:
    """Read upper-case names from an object or mapping; `options` win.

    Args:
        source: A module, object, mapping, or `None`.
        options: Keyword settings; their names are case-insensitive.

    Raises:
        SettingsError: If two options differ only in case.
    """
    if source is None:
        found = {}
    elif isinstance(source, Mapping):
        found = {name: source[name] for name in source if _is_setting_name(name)}
    else:
        names = filter(_is_setting_name, dir(source))
        found = {name: getattr(source, name) for name in names}
    given: dict[str, Any] = {}
    for name, value in options.items():
        if name.upper() in given:
            raise SettingsError(f"Setting {name.upper()} is given twice.")
        given[name.upper()] = value
    return found | given


def warn_of_typos(names: Mapping[str, Any]) -> None:
    """Log a warning for each name that is nearly one of Bocadillo's own."""
    for name in names:
        if name not in SETTINGS:
            hint = _hint(name, SETTINGS)
            if hint:
                logger.warning("Unknown setting %s.%s", name, hint)


def masked(name: str, value: Any) -> Any:
    """`value` as it may be shown: secrets and credentials in URLs are hidden."""
    if _SECRET(name) and value not in (None, "", [], {}):
        return _MASK
    if isinstance(value, Mapping):
        return {key: masked(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return type(value)(masked("", item) for item in value)
    if isinstance(value, str) and _CREDENTIALS.search(value):
        return _CREDENTIALS.sub(_MASK, value)
    return value


def _is_setting_name(name: object) -> bool:
    return isinstance(name, str) and name.isupper() and not name.startswith("_")


def _check(name: str, value: object) -> None:
    setting = SETTINGS.get(name)
    if setting is not None and not setting.accepts(value):
        kind = type(value).__name__
        if _is_number(value) or isinstance(value, int | float):
            kind += f" {value}"
        raise SettingsError(f"Setting {name} must be {setting.accepted}, not {kind}.")


def _hint(name: str, known: Mapping[str, Any]) -> str:
    near = get_close_matches(name.upper(), known, n=1, cutoff=0.75)
    return f" Did you mean {near[0]}?" if near else ""


def _debug_from_environment() -> bool:
    text = os.environ.get(DEBUG_VARIABLE, "").strip().lower()
    if text in ("1", "true", "on", "yes"):
        return True
    if text in ("", "0", "false", "off", "no"):
        return False
    raise SettingsError(
        f"The environment variable {DEBUG_VARIABLE} must be true or false, "
        f"not {text!r}."
    )


class _Registry:
    """Which apps' settings exist in this process: what the proxy chooses from.

    Attributes:
        latest: Of the app that was configured last.
        several: Whether two were ever configured; only then must each request say
            which app handles it.
        served: Those of apps between their startup and shutdown.
    """

    def __init__(self) -> None:
        self.latest: Settings | None = None
        self.several = False
        self.served: list[Settings] = []

    def add(self, settings: Settings) -> None:
        self.several = self.latest is not None
        self.latest = settings


registry: Final = _Registry()
current: Final[ContextVar[Settings | None]] = ContextVar("settings", default=None)
"""The settings of the app that is handling this request, when there are several."""


class LazySettings:
    """Reads the settings of the app that is handling the current request.

    Outside of any request, websocket or lifespan, those of the app configured last.
    Modules may import it before any app exists.

    Raises:
        SettingsError: If no app was configured yet, or two are being served and
            neither is handling anything here.
    """

    def _settings(self, name: str) -> Settings:
        settings = current.get()
        if settings is not None:
            return settings
        if len(registry.served) > 1:
            raise SettingsError(
                f"Cannot read setting {name}: {len(registry.served)} apps are being "
                "served, and this code runs for none of them. Use app.settings."
            )
        if registry.latest is None:
            raise SettingsError(
                f"Cannot read setting {name}: no app was configured yet. "
                "Call configure(app) first, or read it later: inside a function."
            )
        return registry.latest

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._settings(name), name)

    def __getitem__(self, name: str) -> Any:
        return self._settings(name)[name]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(
            f"Settings are read-only: pass {name}=… to configure() instead."
        )

    def __contains__(self, name: object) -> bool:
        return name in self._settings(str(name))

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a setting, or `default` where nobody set it."""
        return self._settings(name).get(name, default)

    def __repr__(self) -> str:
        settings = current.get() or registry.latest
        return "<settings: not configured>" if settings is None else repr(settings)


settings: Final = LazySettings()
"""The settings of the app at hand: `from bocadillo import settings`."""
