"""Settle an app's settings and run its plugins: the last step before it serves."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, TypeVar, cast

from .applications import App
from .config import Settings, collect, reading, registry, warn_of_typos
from .errors import ConfigurationError, SettingsError
from .inspection import describe, is_async
from .plugins import BUILT_IN_PLUGINS, is_part_of

__all__ = ["configure"]

Plugin = Callable[[App], Any]
AnyApp = TypeVar("AnyApp", bound=App)


def configure(app: AnyApp, settings: object = None, **options: Any) -> AnyApp:
    """Give an app its settings and run its plugins.

    If that fails the app stays as it was, and may be configured again.

    Args:
        app: The application; it can be configured once.
        settings: A module, object or mapping, of which the upper-case names count.
        options: Settings by name, in any case; they win.

    Returns:
        The app.

    Raises:
        RuntimeError: If the app is configured already.
        SettingsError: If a setting is not accepted; the message says what is.
        MissingExtra: If a feature needs a library that is not installed.
    """
    if not isinstance(app, App):
        raise TypeError(f"configure() takes an App first, not {app!r}.")
    values = collect(settings, options)
    place = getattr(settings, "__name__", f"a {type(settings).__name__}")
    named = {name.upper(): "configure()" for name in options}
    with _all_or_nothing(app):
        app.settle(Settings(values, dict.fromkeys(values, place) | named))
        registry.add(app.settings)
        warn_of_typos(values)
        # Plugins, and the modules that they import, read the settings of this app, even
        # while others are being served.
        with reading(app.settings):
            plugins = list(plugins_of(app.settings["PLUGINS"]))
            for plugin in (*BUILT_IN_PLUGINS, *plugins):
                plugin(app)
    return app


@contextmanager
def _all_or_nothing(app: App) -> Iterator[None]:
    """Leave an app as it was if it cannot be configured, so that it still can be."""
    before = {
        name: it.copy() if isinstance(it, list | dict) else it
        for name, it in vars(app).items()
    }
    latest, several = registry.latest, registry.several
    try:
        yield
    except BaseException:
        vars(app).clear()
        vars(app).update(before)
        registry.latest, registry.several = latest, several
        raise


def plugins_of(items: Iterable[Any]) -> Iterable[Plugin]:
    """The functions that a `PLUGINS` setting stands for.

    Args:
        items: Each a function, a `"module:function"` string, or a dict of either
            and a condition.

    Raises:
        SettingsError: If an item is none of these, or cannot be imported.
    """
    for item in items:
        if isinstance(item, Mapping):
            yield from plugins_of(_chosen(item))
        elif isinstance(item, str):
            yield _checked(_imported(item))
        elif callable(item):
            yield _checked(item)
        else:
            raise SettingsError(
                "Setting PLUGINS must hold functions, 'module:function' strings or "
                f"dicts {{function: condition}}, not {type(item).__name__}: {item!r}."
            )


def _chosen(item: Mapping[Any, Any]) -> Iterable[Any]:
    for plugin, condition in item.items():
        if callable(condition):
            raise SettingsError(
                f"Setting PLUGINS holds a condition of {plugin!r} that is a function: "
                "functions are always true. Call it there."
            )
        if condition:
            yield plugin


def _checked(plugin: Plugin) -> Plugin:
    if is_async(plugin):
        raise ConfigurationError(
            f"Plugin {describe(plugin)} is async, and nobody would await it: write "
            '`def`, and do what has to be awaited in `@app.on("startup")`.'
        )
    return plugin


def _imported(text: str) -> Plugin:
    module_name, _, name = text.partition(":")
    if not (module_name and name):
        raise SettingsError(f"Setting PLUGINS holds {text!r}: write 'module:function'.")
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as exc:
        if not is_part_of(exc.name, module_name):
            raise
        raise SettingsError(
            f"Setting PLUGINS holds {text!r}: there is no module {exc.name!r}."
        ) from exc
    if not hasattr(module, name):
        raise SettingsError(
            f"Setting PLUGINS holds {text!r}: module {module_name!r} has no {name!r}."
        )
    plugin = getattr(module, name)
    if not callable(plugin):
        raise SettingsError(f"Setting PLUGINS holds {text!r}, which is no function.")
    return cast(Plugin, plugin)
