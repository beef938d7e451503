"""Find out where the app is: a place is `module:attribute`.

It comes from `--app`, else from the environment, else from pyproject.toml, else from
the names of the files that are there. Imports nothing of the user's.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import click

from .console import Failure

F = TypeVar("F", bound=Callable[..., Any])

VARIABLE: Final = "BOCADILLO_APP"
PYPROJECT: Final = "pyproject.toml"


class Place(NamedTuple):
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
