"""Hand the websockets below a prefix over to another app.

What `mounts` is to requests.
"""

from .asgi import ASGIApp, State
from .declarations import Mount
from .handshakes import SocketCall, SocketTarget
from .mounts import below, overlaid
from .recovery import Recovery
from .staticfiles import StaticFiles
from .websocket_options import Options
from .websockets import WebSocket


def socket_target(
    mount: Mount, prefix: str, state: State, recover: Recovery
) -> SocketTarget:
    """Where the websockets of a mounted app lead.

    Args:
        mount: What is mounted.
        prefix: Where: `root_path` grows by it.
        state: What its lifespan has put on the state, for its own websockets.
        recover: Handles what is raised before one is accepted.
    """
    target = SocketTarget(recover, Options())
    if mount.wsgi or isinstance(mount.app, StaticFiles):
        target.call = no_websocket
    else:
        target.call = mounted_websocket(mount.app, prefix, state)
    return target


def mounted_websocket(app: ASGIApp, prefix: str, state: State) -> SocketCall:
    """The call that hands a websocket over to an app."""

    async def call(ws: WebSocket) -> None:
        wire = ws._wire
        with overlaid(ws.scope, state):
            await app(below(ws.scope, prefix), wire.replay(), wire.forward)

    return call


async def no_websocket(ws: WebSocket) -> None:
    """The call of what has no websockets, such as a WSGI app."""
    await ws.reject()
