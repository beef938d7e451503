"""Import the app: every way in which that can fail has its own sentence.

An error in the user's own code is shown with the user's own part of the traceback.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType, ModuleType, TracebackType
from typing import TYPE_CHECKING, Any

import click

from .console import Failure
from .places import Place

if TYPE_CHECKING:
    from bocadillo import App


class CodeFailure(Failure):
    """Importing the user's own code raised something.

    Args:
        module: What was imported.
        error: What was raised.

    Attributes:
        report: The user's part of the traceback.
    """

    def __init__(self, module: str, error: BaseException) -> None:
        import traceback

        kind = type(error).__name__
        super().__init__(f"Importing {module} raised {kind}: {error}")
        self.report = "".join(
            traceback.format_exception(type(error), error, _users_part(error))
        )

    def show(self, file: Any = None) -> None:
        """Print the traceback, then the message."""
        click.echo(self.report, file=file, err=file is None)
        super().show(file)


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
        hint = ""
        if isinstance(found, FunctionType):
            hint = f" If it makes one, write app = {found.__name__}() in its module."
        raise Failure(f"{place} is {what} {kind}, not an App.{hint} ({place.origin})")
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
    """Look into the app: what it prints and warns of stays out of the output.

    `bocadillo check` is where warnings are told. Mistakes end the command.

    Raises:
        Failure: As `load_app` does, and for mistakes found in the block.
    """
    with gathered_warnings(), mistakes_as_failures(), redirect_stdout(sys.stderr):
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
    import traceback

    frames = traceback.extract_tb(_users_part(error))
    directory = str(Path.cwd())
    here = [frame for frame in frames if frame.filename.startswith(directory)]
    # A virtual environment may be below the directory.
    ours = [frame for frame in here if "site-packages" not in frame.filename]
    if not ours:
        return ""
    return f"\n  at {os.path.relpath(ours[-1].filename)}:{ours[-1].lineno}"


def _explain_missing(place: Place, found: Any, name: str) -> str:
    from difflib import get_close_matches

    from bocadillo import App

    names: dict[str, Any] = getattr(found, "__dict__", {})
    apps = [key for key, value in names.items() if isinstance(value, App)]
    near = apps[:1] or get_close_matches(name, names, n=1)
    what = "It"
    if isinstance(found, ModuleType):
        what = f"Module {found.__name__!r}"
        inner = f"{found.__name__}.{name}"
        if not near and "__path__" in names and find_spec(inner):
            near = [f"{inner}:app"]
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{what} has no {name!r}.{hint} ({place}, {place.origin})"
