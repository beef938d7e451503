"""Test tools for Bocadillo applications.

    from bocadillo_testing import create_client

Import everything from here. Rooms are loaded when one of their names is used, so
that the pytest plugin costs nothing where it is not used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from .__about__ import __version__

if TYPE_CHECKING:
    from .asyncclient import AsyncClient, async_client
    from .client import Client, create_client
    from .events import EventStream
    from .live import URL, LiveServer
    from .overrides import override_env, override_providers, override_settings
    from .websocket import HandshakeRefused, WebSocketSession

__all__ = [
    "URL",
    "AsyncClient",
    "Client",
    "EventStream",
    "HandshakeRefused",
    "LiveServer",
    "WebSocketSession",
    "__version__",
    "async_client",
    "create_client",
    "override_env",
    "override_providers",
    "override_settings",
]

_ROOMS: Final = {
    "AsyncClient": "asyncclient",
    "Client": "client",
    "EventStream": "events",
    "HandshakeRefused": "websocket",
    "LiveServer": "live",
    "URL": "live",
    "WebSocketSession": "websocket",
    "async_client": "asyncclient",
    "create_client": "client",
    "override_env": "overrides",
    "override_providers": "overrides",
    "override_settings": "overrides",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_ROOMS[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
