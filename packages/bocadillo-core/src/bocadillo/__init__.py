"""Bocadillo: an async web framework.

    from bocadillo import App, configure

    app = App()
    configure(app)

    @app.route("/")
    async def index(req, res):
        res.text = "Hello, world!"

Import everything from here.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import hooks
from .__about__ import __version__
from .applications import App
from .config import settings
from .configuration import configure
from .errors import (
    ClientDisconnect,
    ExpectedAsync,
    HTTPError,
    Redirect,
    SettingsError,
    WebSocketDisconnect,
)
from .markers import Body, Cookie, File, Form, Header, Query, UploadFile
from .middleware import Middleware
from .request import Request
from .response import Response
from .routing import Router

if TYPE_CHECKING:
    from bocadillo_testing import LiveServer as LiveServer
    from bocadillo_testing import create_client as create_client

    from .providers import Lazy, Store, discover_providers, provider, useprovider
    from .sse import server_event
    from .staticfiles import static
    from .templates import Templates
    from .websockets import WebSocket

__all__ = [
    "App",
    "Body",
    "ClientDisconnect",
    "Cookie",
    "ExpectedAsync",
    "File",
    "Form",
    "HTTPError",
    "Header",
    "Lazy",
    "Middleware",
    "Query",
    "Redirect",
    "Request",
    "Response",
    "Router",
    "SettingsError",
    "Store",
    "Templates",
    "UploadFile",
    "WebSocket",
    "WebSocketDisconnect",
    "__version__",
    "configure",
    "discover_providers",
    "hooks",
    "provider",
    "server_event",
    "settings",
    "static",
    "useprovider",
]

# What not every app uses is imported with its name, not with this package.
_ROOMS = {
    "Lazy": "providers",
    "Store": "providers",
    "Templates": "templates",
    "WebSocket": "websockets",
    "discover_providers": "providers",
    "provider": "providers",
    "server_event": "sse",
    "static": "staticfiles",
    "useprovider": "providers",
}


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        value = getattr(import_module(f".{_ROOMS[name]}", __name__), name)
        globals()[name] = value
        return value
    if name in _ROOMS.values() or name == "checks":
        return import_module(f".{name}", __name__)
    if name in ("LiveServer", "create_client"):
        return _of_testing(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _of_testing(name: str) -> Any:
    try:
        import bocadillo_testing  # noqa: PLC0415 - a distribution of its own
    except ModuleNotFoundError as exc:
        if exc.name != "bocadillo_testing":
            raise
        raise ImportError(
            f"{name} is part of bocadillo-testing: pip install bocadillo-testing"
        ) from exc
    return getattr(bocadillo_testing, name)
