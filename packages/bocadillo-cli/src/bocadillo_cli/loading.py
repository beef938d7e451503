"""Find the app and import it: every way in which that can fail has its own sentence.

A place is `module:attribute`. It comes from `--app`, else from the environment, else
from pyproject.toml, else from the names of the files that are there.
"""

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from .console import Failure

if TYPE_CHECKING:
    from bocadillo import App

F = TypeVar("F", bound=Callable[..., Any])

VARIABLE: Final = "BOCADILLO_APP"
PYPROJECT: Final = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an app is.

    Attributes:
        module: A dotted name.
        attribute: A name in that module, dots allowed.
        origin: Who says so; for messages.
    """

    module: str
    attribute: str
    origin: str

    def __str__(self) -> str:
        return f"{self.module}:{self.attribute}"


class CodeFailure(Failure):
    """Importing the user's own code raised something.

    Args:
        module: What was imported.
        error: What was raised.

    Attributes:
        report: The user's part of the traceback.
    """

    def __init__(self, module: str, error: BaseException) -> None:
        kind = type(error).__name__
        super().__init__(f"Importing {module} raised {kind}: {error}")
        self.report = "".join(
            traceback.format_exception(type(error), error, _users_part(error))
        )

    def show(self, file: Any = None) -> None:
        """Print the traceback, then the message."""
        click.echo(self.report, file=file, err=file is None)
        super().show(file)


def app_option(command: F) -> F:
    """Give a command the option `--app`, and the parameter `place`."""
    return click.option(
        "--app",
        "place",
        metavar="MODULE:ATTRIBUTE",
        callback=_find_place,
        help=f"Where the app is.  [default: ${VARIABLE}, [tool.bocadillo] app in "
        f"{PYPROJECT}, or what asgi.py or app.py has]",
    )(command)


def load_app(place: Place) -> "App":
    """Import the app.

    Raises:
        Failure: If there is no such module or attribute, or it is no configured app.
        CodeFailure: If importing it raised an error.
    """
    from bocadillo import App, SettingsError

    found: Any = _import(place)
    for name in place.attribute.split("."):
        if not hasattr(found, name):
            raise Failure(_explain_missing(place, found, name))
        found = getattr(found, name)
    if not isinstance(found, App):
        kind = found.__name__ if isinstance(found, type) else type(found).__name__
        what = "the class" if isinstance(found, type) else "of type"
        raise Failure(f"{place} is {what} {kind}, not an App. ({place.origin})")
    try:
        found.settings  # noqa: B018 - asks whether there are any
    except SettingsError:
        raise Failure(
            f"{place} was never configured: call configure(app) in the module that "
            f"servers import, and name that one. ({place.origin})"
        ) from None
    return found


@contextmanager
def inspecting(place: Place) -> "Iterator[App]":
    """Look into the app: what it warns of is not said, mistakes end the command.

    `bocadillo check` is where warnings are told.

    Raises:
        Failure: As `load_app` does, and for mistakes found in the block.
    """
    with gathered_warnings(), mistakes_as_failures():
        yield load_app(place)


@contextmanager
def gathered_warnings() -> Iterator[list[str]]:
    """Collect the messages that Bocadillo logs, instead of showing them."""
    import logging

    messages: list[str] = []
    logger = logging.getLogger("bocadillo")
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    propagated, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield messages
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagated


@contextmanager
def mistakes_as_failures() -> Iterator[None]:
    """Tell a mistake in how an app is put together as a sentence.

    Raises:
        Failure: In place of what Bocadillo raises for it.
    """
    from bocadillo.errors import ConfigurationError
    from bocadillo_providers.errors import ProvidersError

    try:
        yield
    except (ConfigurationError, ProvidersError) as exc:
        raise Failure(f"{exc}{_where(exc)}") from exc


def parse_place(text: str, origin: str) -> Place:
    """Read `module:attribute`.

    Raises:
        click.UsageError: If that is not what it is.
    """
    module, _, attribute = text.strip().partition(":")
    names = (*module.split("."), *attribute.split("."))
    if not all(name.isidentifier() for name in names) or module.endswith(".py"):
        raise click.UsageError(
            f"{text!r} is no place of an app: write module:attribute, as in "
            f"my_app.asgi:app. ({origin})"
        )
    return Place(module, attribute, origin)


def find_place(directory: Path) -> Place:
    """Where the app is that belongs to a directory, when nobody says.

    Raises:
        Failure: If there is none, or there are several.
    """
    if os.environ.get(VARIABLE):
        return parse_place(os.environ[VARIABLE], f"from ${VARIABLE}")
    configured = _read_pyproject(directory / PYPROJECT)
    if configured is not None:
        return parse_place(configured, f"from {PYPROJECT}")
    found = list(_guess(directory))
    if not found:
        raise Failure(
            "There is no app here: no asgi.py, no app.py, and no package with an "
            f"asgi.py in {directory}.\nSay where it is, as in --app my_app.asgi:app, "
            f'or in {PYPROJECT}:\n\n  [tool.bocadillo]\n  app = "my_app.asgi:app"'
        )
    if len(found) > 1:
        raise Failure(
            f"Which app? There are {', '.join(found[:-1])} and {found[-1]}. "
            f"Say which one, as in --app {found[0]}."
        )
    return parse_place(found[0], "found by its name")


def _find_place(
    context: click.Context, _: click.Parameter, text: str | None
) -> Place | None:
    if context.resilient_parsing:
        return None
    text = text or context.ensure_object(dict).get("app")
    return parse_place(text, "from --app") if text else find_place(Path.cwd())


def _guess(directory: Path) -> Iterator[str]:
    packages = [file.parent.name for file in sorted(directory.glob("*/asgi.py"))]
    if (directory / "asgi.py").is_file():
        yield "asgi:app"
    elif (directory / "app.py").is_file():
        yield "app:app"
    elif packages:
        yield from (f"{name}.asgi:app" for name in packages if name.isidentifier())
    elif (directory / "app" / "__init__.py").is_file():
        yield "app:app"


def _read_pyproject(file: Path) -> str | None:
    import tomllib

    if not file.is_file():
        return None
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except ValueError as exc:  # not TOML, or not UTF-8
        raise Failure(f"{file} cannot be read: {exc}.") from exc
    app = content.get("tool", {}).get("bocadillo", {}).get("app")
    if app is not None and not isinstance(app, str):
        raise Failure(f"[tool.bocadillo] app in {file} must be text, not {app!r}.")
    return app


def _import(place: Place) -> ModuleType:
    directory = str(Path.cwd())
    if directory not in sys.path:
        # As `uvicorn` and `python -m` do.
        sys.path.insert(0, directory)
    try:
        with mistakes_as_failures():
            return import_module(place.module)
    except Failure:
        raise
    except (Exception, SystemExit) as exc:
        if isinstance(exc, ModuleNotFoundError) and _users_part(exc) is None:
            raise Failure(
                f"There is no module {exc.name!r} in {directory}, nor is it "
                f"installed. ({place}, {place.origin})"
            ) from exc
        raise CodeFailure(place.module, exc) from exc


def _users_part(error: BaseException) -> TracebackType | None:
    """The traceback from the user's first line on; `None` if there is none."""
    part = error.__traceback__
    while part is not None and _is_machinery(part.tb_frame.f_code.co_filename):
        part = part.tb_next
    return part


def _is_machinery(filename: str) -> bool:
    return filename.startswith("<frozen importlib") or filename in (
        __file__,
        import_module.__code__.co_filename,
    )


def _where(error: BaseException) -> str:
    """The user's line that a mistake was found at: the last outside of libraries."""
    frames = traceback.extract_tb(_users_part(error))
    directory = str(Path.cwd())
    here = [frame for frame in frames if frame.filename.startswith(directory)]
    # A virtual environment may be below the directory.
    ours = [frame for frame in here if "site-packages" not in frame.filename]
    if not ours:
        return ""
    return f"\n  at {os.path.relpath(ours[-1].filename)}:{ours[-1].lineno}"


def _explain_missing(place: Place, found: Any, name: str) -> str:
    from bocadillo import App

    names: dict[str, Any] = getattr(found, "__dict__", {})
    apps = [key for key, value in names.items() if isinstance(value, App)]
    near = apps[:1] or get_close_matches(name, names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    what = f"Module {found.__name__!r}" if isinstance(found, ModuleType) else "It"
    return f"{what} has no {name!r}.{hint} ({place}, {place.origin})"
