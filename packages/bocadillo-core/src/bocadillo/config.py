"""The settings of an app, and the proxy that user modules read them by.

An app's settings are settled by `configure` and never change afterwards.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from os import environ
from typing import Any, Final

from .asgi import ASGIApp, Receive, Scope, Send
from .defaults import DEBUG_VARIABLE, SETTINGS, Setting, debug_from_environment
from .errors import SettingsError, UnknownSetting
from .masking import masked
from .spelling import close_matches

__all__ = ["SETTINGS", "Setting", "Settings", "masked", "settings"]

logger = logging.getLogger("bocadillo.config")


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
        # Copied: what one app does to a list must not reach the next.
        defaults = {name: copy(each.default) for name, each in SETTINGS.items()}
        defaults["DEBUG"] = debug_from_environment()
        for name, value in values.items():
            if name in SETTINGS:
                SETTINGS[name].check(name, value)
        known = dict.fromkeys(values, "configure()") | dict(origins or {})
        if DEBUG_VARIABLE in environ:
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
        if name.startswith("_"):
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

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._values]

    def __reduce__(self) -> tuple[object, ...]:
        # `copy` and `pickle` would set what nobody can set.
        given = {name: self._values[name] for name in self._origins}
        return type(self), (given, self._origins)

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
        SettingsError: If two options differ only in case, or the source can hold no
            settings.
    """
    if source is None:
        found = {}
    elif isinstance(source, str | bytes | int | float | list | tuple | set):
        raise SettingsError(
            "Settings are read from a module, an object or a mapping, not from "
            f"{type(source).__name__}. Import a module, and pass it as it is."
        )
    elif isinstance(source, Mapping):
        found = {name: source[name] for name in source if _is_setting_name(name)}
        for name in source:
            if name not in found and str(name).upper() in SETTINGS:
                logger.warning(
                    "Setting %s is ignored: in a mapping, names are upper-case. "
                    "Write %s.",
                    name,
                    str(name).upper(),
                )
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
        near = None if name in SETTINGS else _nearest(name, SETTINGS)
        if near is not None:
            logger.warning("Unknown setting %s: did you mean %s?", name, near)


def _is_setting_name(name: object) -> bool:
    return isinstance(name, str) and name.isupper() and not name.startswith("_")


def _hint(name: object, known: Mapping[str, Any]) -> str:
    near = _nearest(name, known) if isinstance(name, str) else None
    return "" if near is None else f" Did you mean {near}?"


def _nearest(name: str, known: Mapping[str, Any]) -> str | None:
    near = close_matches(name.upper(), known, cutoff=0.75)
    return near[0] if near else None


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


@contextmanager
def serving(settings: Settings) -> Iterator[None]:
    """Let the proxy know whose startup, and whose shutdown, this is."""
    registry.served.append(settings)
    try:
        with reading(settings):
            yield
    finally:
        registry.served.remove(settings)


@contextmanager
def reading(settings: Settings) -> Iterator[None]:
    """Have the proxy read these."""
    token = current.set(settings)
    try:
        yield
    finally:
        current.reset(token)


def read_by(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The same app, during whose requests and websockets the proxy reads these."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        # PERF: a context manager costs more than all the rest of it.
        token = current.set(settings)
        try:
            await app(scope, receive, send)
        finally:
            current.reset(token)

    return serve


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
        # Mounted apps that share the settings of the one they are in count as one.
        served = {id(each) for each in registry.served}
        if len(served) > 1:
            raise SettingsError(
                f"Cannot read setting {name}: {len(served)} apps are being served, and "
                "this code runs for none of them. Use app.settings."
            )
        if registry.latest is None:
            raise SettingsError(
                f"Cannot read setting {name}: no app was configured yet. "
                "Call configure(app) first, or read it later: inside a function."
            )
        return registry.latest

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
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

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings("names"))

    def __dir__(self) -> list[str]:
        settings = current.get() or registry.latest or ()
        return [*super().__dir__(), *settings]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a setting, or `default` where nobody set it."""
        return self._settings(name).get(name, default)

    def __repr__(self) -> str:
        settings = current.get() or registry.latest
        return "<settings: not configured>" if settings is None else repr(settings)


settings: Final = LazySettings()
"""The settings of the app at hand: `from bocadillo import settings`."""
