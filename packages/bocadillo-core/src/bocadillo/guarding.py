"""Recover what ASGI middleware raises, as if a view had raised it.

Each ring of it is guarded apart, so that what surrounds it gets a response to add to.
"""

from .asgi import ASGIApp, Message, Receive, Scope, Send
from .dispatch import Dispatcher
from .mounts import with_defaults
from .request import Request
from .response import Response


def guarded(ring: ASGIApp, dispatcher: Dispatcher) -> ASGIApp:
    """The same app, which fails only once it has begun to answer.

    Args:
        ring: Middleware, with all that it surrounds.
        dispatcher: What is innermost: it knows how errors are answered.
    """

    # NOTE: `draining` finds its task by the name `dispatcher`.
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = True
            if message["type"] == "http.response.start":
                message = with_defaults(message, dispatcher.defaults)
            await send(message)

        dispatcher.active += 1
        try:
            await ring(scope, receive, watch)
        except Exception as exc:
            if started:
                raise
            if scope["type"] == "http":
                req = Request(scope, receive, send, dispatcher.limits)
                unhandled = await _explain(dispatcher, req, exc)
            else:
                handshakes = dispatcher.sockets.handshakes
                unhandled = await handshakes.refuse(scope, receive, send, exc)
            if unhandled is not None:
                raise unhandled from None
        finally:
            dispatcher.active -= 1

    return serve


async def _explain(
    dispatcher: Dispatcher, req: Request, exc: Exception
) -> Exception | None:
    """Answer a request that never got to the dispatcher; gives what is unhandled."""
    res = Response(req)
    try:
        unhandled = await dispatcher.recover(req, res, exc)
        if not res.started:
            unhandled = await dispatcher.send(req, res) or unhandled
        if res._background:
            await dispatcher.run_tasks(req, res._background)
    finally:
        if res._file is not None:
            await res._file.aclose()
    return unhandled
