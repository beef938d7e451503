"""Import modules for what they declare."""

import importlib
import importlib.util
from types import ModuleType


def import_modules(*modules: str | ModuleType) -> None:
    """Import modules by their names; one that is given itself has been imported.

    Raises:
        ModuleNotFoundError: If there is no such module.
        TypeError: If it is neither a name nor a module.
    """
    for module in modules:
        if isinstance(module, str):
            importlib.import_module(module)
        elif not isinstance(module, ModuleType):
            raise TypeError(f"discover() takes names of modules, not {module!r}")


def import_if_there(module: str) -> None:
    """Import a module, unless there is none of that name."""
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError as exc:
        if not f"{module}.".startswith(f"{exc.name}."):
            raise  # from inside the package that it is in
        return
    if spec is not None:
        importlib.import_module(module)
