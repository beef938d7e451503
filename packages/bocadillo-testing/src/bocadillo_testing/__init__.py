"""Test tools for Bocadillo applications.

    from bocadillo_testing import create_client

Import everything from here. Rooms are loaded when one of their names is used, so
that the pytest plugin costs nothing where it is not used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from .__about__ import __version__

if TYPE_CHECKING:
    from .client import Client, create_client

__all__ = ["Client", "__version__", "create_client"]

_ROOMS: Final = {"Client": "client", "create_client": "client"}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_ROOMS[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
