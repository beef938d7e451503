"""Bocadillo: an async web framework.

    from bocadillo import App, configure

    app = App()
    configure(app)

    @app.route("/")
    async def index(req, res):
        res.text = "Hello, world!"

Import everything from here.
"""

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
from .providers import Lazy, Store, discover_providers, provider, useprovider
from .request import Request
from .response import Response
from .routing import Router
from .sse import server_event
from .staticfiles import static
from .templates import Templates
from .websockets import WebSocket

if TYPE_CHECKING:
    from bocadillo_testing import LiveServer as LiveServer
    from bocadillo_testing import create_client as create_client

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


def __getattr__(name: str) -> Any:
    if name not in ("LiveServer", "create_client"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        import bocadillo_testing  # noqa: PLC0415 - a distribution of its own
    except ModuleNotFoundError as exc:
        if exc.name != "bocadillo_testing":
            raise
        raise ImportError(
            f"{name} is part of bocadillo-testing: pip install bocadillo-testing"
        ) from exc
    return getattr(bocadillo_testing, name)
