"""The words of the ASGI specification, as types.

Aliases only: nothing here runs. See https://asgi.readthedocs.io.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
"""What the server knows of one connection: type, method, path, headers…"""

State = dict[str, Any]
"""What lifespans give to requests: `req.state`."""

Message = MutableMapping[str, Any]
"""One ASGI event, told apart by its `type` key."""

Receive = Callable[[], Awaitable[Message]]
"""Wait for the next event from the client."""

Send = Callable[[Message], Awaitable[None]]
"""Hand one event to the server."""

ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
"""An ASGI 3 application."""

RawHeaders = list[tuple[bytes, bytes]]
"""Header names (lower case) and values as they stand on the wire."""
