"""Serve what is below a prefix with another app, ASGI or WSGI."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .asgi import ASGIApp, Message, RawHeaders, Receive, Scope, Send, State
from .errors import ClientDisconnect, HTTPError, RouteError
from .inspection import describe, required_parameters
from .logs import request_id
from .misses import route_path, with_slash
from .request import Request
from .response import Response

logger = logging.getLogger("bocadillo.mounts")


def is_wsgi(app: Any) -> bool:
    """Tell a WSGI app from an ASGI app by what it takes.

    Raises:
        RouteError: If it is neither: ASGI apps take 3 arguments, WSGI apps 2.
    """
    if not callable(app):
        hint = " Write `include_router(router, prefix=...)`."
        is_router = hasattr(app, "include_router")
        raise RouteError(f"Cannot mount {app!r}: it is not callable.{hint * is_router}")
    if isinstance(app, type) and required_parameters(app) not in (2, 3):
        raise RouteError(
            f"Cannot mount {describe(app)}: it is a class, so give an instance of it."
        )
    match required_parameters(app):
        case 3:
            return False
        case 2:
            return True
        case taken:
            raise RouteError(
                f"Cannot mount {describe(app)}: it takes {taken} arguments, while an "
                "ASGI app takes 3 (scope, receive, send) and a WSGI app takes 2 "
                "(environ, start_response). Say wsgi=True or wsgi=False if you know."
            )


def from_wsgi(app: Any) -> ASGIApp:
    """Serve a WSGI app, in threads, through a2wsgi."""
    from a2wsgi import WSGIMiddleware  # noqa: PLC0415 - only who mounts one pays

    adapted: Any = WSGIMiddleware(app)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        # `X-Forwarded_For` and `X-Forwarded-For` are one name in WSGI: a client could
        # pass off the first for what a proxy sets as the second.
        headers = [header for header in scope["headers"] if b"_" not in header[0]]

        async def receive_whole() -> Message:
            # Who reads asks for more until the end: what was cut off would pass for it.
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            return message

        await adapted({**scope, "headers": headers}, receive_whole, send)

    return serve


def mounted(
    app: ASGIApp, prefix: str, defaults: RawHeaders, state: State | None = None
) -> Callable[[Request, Response], Awaitable[None]]:
    """The call that hands a request over to an app.

    Args:
        app: What is mounted.
        prefix: Where: `root_path` grows by it, `path` stays whole, as ASGI says. Itself
            it redirects to what it is with a slash.
        defaults: Headers that its responses get unless they have them.
        state: What its lifespan has put on `req.state`, for its own requests.
    """

    async def call(req: Request, res: Response) -> None:
        async def forward(message: Message) -> None:
            if message["type"] == "http.response.start":
                res.started = True
                message = with_defaults(message, defaults)
            await send(message)

        send, scope = req._send, req.scope
        path = route_path(scope) if scope.get("root_path") else scope["path"]
        if path == prefix != "":
            raise with_slash(path, scope) or HTTPError(404)
        with overlaid(scope, state):
            await app(below(scope, prefix), replaying(req, prefix), forward)
        if not res.started and req._is_disconnected:
            raise ClientDisconnect
        if not res.started:
            raise RuntimeError(f"The app mounted at {prefix or '/'!r} did not respond.")

    return call


@contextmanager
def overlaid(scope: Scope, state: State | None) -> Iterator[None]:
    """Have the values of a mounted app on the state of a request, while it serves it.

    The state stays one: what either app adds to it, the other sees.
    """
    if not state:
        yield
        return
    shared: State = scope.setdefault("state", {})
    hidden = {name: shared[name] for name in state if name in shared}
    shared.update(state)
    try:
        yield
    finally:
        shared.update(hidden)


def below(scope: Scope, prefix: str) -> Scope:
    """The scope as an app sees it that is mounted at a prefix."""
    root: str = scope.get("root_path", "").rstrip("/")
    child = {**scope, "root_path": root + prefix}
    if root and route_path(scope) is scope["path"]:
        # A proxy has cut the front off.
        child["path"] = root + scope["path"]
    return child


def with_defaults(message: Message, defaults: RawHeaders) -> Message:
    """Add headers to a `http.response.start`, except those that are there."""
    given = message.get("headers", ())
    # What an app of somebody else's gives may be read once only.
    headers = given if type(given) is list else list(given)
    names = {name for name, _ in headers}
    missing = [header for header in defaults if header[0] not in names]
    # PERF: an app of ours has added them (`benchmarks.features`).
    if headers is given and not missing:
        return message
    lower = {name.lower() for name in names}
    added = [header for header in missing if header[0] not in lower]
    return {**message, "headers": [*headers, *added]}


def replaying(req: Request, prefix: str) -> Receive:
    """Give the body once more when middleware has read it already.

    One that was streamed, or read as a form, is gone. An empty one is given instead:
    the app would wait until the client leaves. Notes that it has when the server says
    so.

    Args:
        req: The request.
        prefix: Where the app is mounted that asks, for the log.
    """
    gone = req._stream_consumed and req._body is None
    bodies = [b""] if gone else [] if req._body is None else [req._body]

    async def receive() -> Message:
        if bodies:
            if gone:
                logger.warning(
                    "The app mounted at %r gets no body of request %s: it was streamed,"
                    " or read as a form. Begin with `await req.body()` to keep it.",
                    prefix or "/",
                    request_id(req.scope),
                )
            return {"type": "http.request", "body": bodies.pop(), "more_body": False}
        message = await req._receive()
        if message["type"] == "http.disconnect":
            req._is_disconnected = True
        return message

    return receive
