"""What a server is given: `uvicorn notes.asgi:app`."""

from bocadillo import configure

from .app import app

__all__ = ["app"]

configure(app)
