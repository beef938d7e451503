"""Other values for a while: environment variables, settings, providers."""

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from inspect import (
    isasyncgenfunction,
    isclass,
    iscoroutinefunction,
    isgeneratorfunction,
)
from types import TracebackType
from typing import Any, Final, TypeVar

from bocadillo import App, SettingsError, Store
from bocadillo.config import SETTINGS, Settings, warn_of_typos

__all__ = ["Override", "override_env", "override_providers", "override_settings"]

F = TypeVar("F", bound=Callable[..., Any])

_UNSET: Final[Any] = object()


class Override:
    """A context manager, and a decorator of functions, `async` ones too.

    Args:
        begin: Makes the context that holds the other values.
    """

    def __init__(self, begin: Callable[[], AbstractContextManager[object]]) -> None:
        self._begin = begin
        self._open: list[AbstractContextManager[object]] = []

    def __enter__(self) -> None:
        context = self._begin()
        context.__enter__()
        self._open.append(context)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.pop().__exit__(kind, exc, traceback)

    def __call__(self, function: F) -> F:
        """Let the other values hold whenever `function` runs.

        Raises:
            TypeError: If it is a class or a generator: a call of it is over before
                what is inside runs.
        """
        is_generator = isgeneratorfunction(function) or isasyncgenfunction(function)
        if isclass(function) or is_generator:
            what = "a generator" if is_generator else "a class"
            raise TypeError(
                f"an override cannot decorate {function.__qualname__}, which is "
                f"{what}: it would be over before what is inside runs; write a `with` "
                "inside"
            )
        if iscoroutinefunction(function):

            @functools.wraps(function)
            async def run_async(*args: Any, **kwargs: Any) -> Any:
                with self._begin():
                    return await function(*args, **kwargs)

            return run_async  # type: ignore[return-value]

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            with self._begin():
                return function(*args, **kwargs)

        return run  # type: ignore[return-value]


def override_env(
    name: str = _UNSET, value: str | None = _UNSET, /, **variables: str | None
) -> Override:
    """Set environment variables, and restore them on exit.

        with override_env(API_KEY="test"):
            ...

    Args:
        name: One variable: `override_env("API_KEY", "test")`.
        value: Its value. `None` removes a variable.
        variables: More of them.

    Raises:
        TypeError: If a name has no value, or a value is no text.
    """
    if name is not _UNSET:
        variables[name] = value
    for each, text in variables.items():
        if text is _UNSET:
            raise TypeError(
                f"override_env({each!r}) has no value: write override_env({each!r}, "
                "'value'), or None to remove the variable."
            )
        if not isinstance(text, str | None):
            raise TypeError(
                f"Environment variables are text: write {each}={str(text)!r}, not "
                f"{each}={text!r}."
            )

    @contextmanager
    def hold() -> Iterator[None]:
        before = {each: os.environ.get(each) for each in variables}
        try:
            _set_environment(variables)  # the system may refuse one of several
            yield
        finally:
            _set_environment(before)

    return Override(hold)


def override_settings(app: App, **settings: Any) -> Override:
    """Change settings that are read while the app is served.

        with override_settings(app, PAGE_SIZE=2):
            ...

    Those are your own ones, and of Bocadillo's the few that are not settled when the
    app is configured.

    Args:
        app: A configured application.
        settings: Values by name, in any case as for `configure`.

    Raises:
        SettingsError: If a setting counts only when the app is configured, or has a
            value that is not accepted.
        TypeError: If `app` is none.
    """
    _require_app(app, "override_settings")
    values = {name.upper(): value for name, value in settings.items()}
    for name in values:
        if name in SETTINGS and not SETTINGS[name].live:
            raise SettingsError(
                f"Setting {name} cannot be overridden: it counts only when the app is "
                f"configured. Configure an app of its own for this test, with "
                f"configure(App(), {name}=...)."
            )
    Settings(values)  # checks them
    warn_of_typos(values)

    @contextmanager
    def hold() -> Iterator[None]:
        # NOTE: settings are read-only for everybody else. They are changed in place,
        # so that whoever holds them, the proxy among them, sees it.
        settings = app.settings
        before = settings._values
        object.__setattr__(settings, "_values", {**before, **values})
        try:
            yield
        finally:
            object.__setattr__(settings, "_values", before)

    return Override(hold)


def override_providers(app: App | Store, **values: Any) -> Override:
    """Replace providers in everything an app serves: the same as `app.override`.

        with override_providers(app, mailer=FakeMailer()):
            ...

    Args:
        app: An application, or a store of providers.
        values: Values by the name of their provider.

    Raises:
        UnknownOverride: On entering, if there is no such provider.
        OverrideTooLate: … or if a live app-scoped value depends on it.
        TypeError: If `app` is neither.
    """
    if isinstance(app, Store):
        return Override(lambda: app.override(everywhere=True, **values))
    _require_app(app, "override_providers")
    return Override(lambda: app.override(**values))


def _require_app(app: object, who: str) -> None:
    if not isinstance(app, App):
        raise TypeError(f"{who}() takes an App first, not {app!r}.")


def _set_environment(variables: dict[str, str | None]) -> None:
    for name, text in variables.items():
        if text is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = text
