"""What a server is given: `uvicorn chat.asgi:app`."""

from bocadillo import configure

from . import settings
from .app import app

__all__ = ["app"]

configure(app, settings)
