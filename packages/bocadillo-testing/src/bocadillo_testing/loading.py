"""Find the app that `bocadillo_app` names."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from .serving import mistaken

__all__ = ["EXAMPLE", "load_app"]

EXAMPLE: Final = 'bocadillo_app = "package.asgi:app"'
"""The line of pytest's configuration, for messages."""


def load_app(name: str, directory: Path) -> Any:
    """Import an app.

    Args:
        name: As `package.asgi:app`.
        directory: Where its module is looked for if Python does not find it.

    Raises:
        UsageError: If there is no such app.
    """
    module_name, _, attribute = name.partition(":")
    if not module_name or not attribute:
        raise pytest.UsageError(f"bocadillo_app = {name!r} is no app: write {EXAMPLE}")
    try:
        module = _import(module_name, str(directory))
    except ModuleNotFoundError as exc:
        if exc.name is None or not f"{module_name}.".startswith(f"{exc.name}."):
            raise
        raise pytest.UsageError(
            f"bocadillo_app = {name!r}: there is no module {exc.name!r}, neither on "
            f"the path of Python nor in {directory}."
        ) from None
    try:
        app = getattr(module, attribute)
    except AttributeError:
        raise pytest.UsageError(
            f"bocadillo_app = {name!r}: module {module_name!r} has no {attribute!r}."
        ) from None
    if what := mistaken(app):
        raise pytest.UsageError(
            f"bocadillo_app = {name!r} is no app but {what}. Name an app, or define a "
            "fixture `app` that returns one."
        )
    return app


def _import(name: str, directory: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as exc:
        if exc.name != name.partition(".")[0] or directory in sys.path:
            raise
    sys.path.append(directory)
    return import_module(name)
