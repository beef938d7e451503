"""The websockets of one app: who may connect, where they lead, and that they end.

`Sockets.serve` is to websockets what `Dispatcher.serve` is to requests. What it takes
is in `handshakes`, which is loaded by what has websocket routes or mounts, otherwise
with the first websocket that comes: most apps have none.
"""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .asgi import RawHeaders, Receive, Scope, Send
from .errors import HTTPError
from .limits import Limits
from .misses import route_path
from .ongoing import Ongoing
from .origins import may_connect
from .recovery import Recovery

if TYPE_CHECKING:
    from .handshakes import Handshakes


class Sockets:
    """Serves the websockets of one app.

    Args:
        recover: Handles what is raised outside of any route.
        defaults: Headers of the response to a handshake that is refused.
        limits: As for requests.
        origins: Which pages may connect besides those of the same origin; `None`
            for all.
        ongoing: Runs streams that answer a handshake.

    Attributes:
        active: How many websockets are under way.
        draining: Whether no more are accepted.
        find: Gives the target of a path and its parameters, in a tuple.
    """

    def __init__(
        self,
        recover: Recovery,
        *,
        defaults: RawHeaders,
        limits: Limits,
        origins: frozenset[str] | None,
        ongoing: Ongoing,
    ) -> None:
        self.active = 0
        self.draining = False
        self.find: Callable[[str, str], object] = lambda path, method: None
        self._recover = recover
        self._defaults = defaults
        self._limits = limits
        self._origins = origins
        self._ongoing = ongoing

    @cached_property
    def handshakes(self) -> "Handshakes":
        """What serves them, and refuses those that never got so far."""
        from .handshakes import Handshakes  # noqa: PLC0415 - see above

        return Handshakes(
            self._recover,
            defaults=self._defaults,
            limits=self._limits,
            ongoing=self._ongoing,
        )

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one websocket.

        PERF: in one frame, for each between the server and a view is entered anew
        whenever the view goes on (bench websocket, on a server).

        Raises:
            Exception: Whatever no handler took, once the client was sent away.
        """
        handshakes = self.handshakes
        unhandled: Exception | None = None
        self.active += 1
        try:
            await receive()  # the `websocket.connect` that begins each of them
            found = self._lead(scope)
            if isinstance(found, tuple):
                target, scope["path_params"] = found
                conversation = handshakes.begin(scope, receive, send, target.options)
                ws = conversation.ws
                try:
                    with conversation:
                        await target.call(ws)
                except Exception as exc:  # noqa: BLE001 - the one place for them
                    unhandled = await handshakes.end(ws, exc, target.recover)
                else:
                    await ws.ensure_closed()
            else:
                unhandled = await handshakes.decline(scope, receive, send, found)
        finally:
            self.active -= 1
        if unhandled is not None:
            try:
                raise unhandled
            finally:
                del unhandled  # or it would hold what holds it

    def end_endless(self) -> None:
        """Close all websockets, and refuse those that come from now on."""
        self.draining = True
        if self.active:
            for conversation in tuple(self.handshakes.conversations):
                conversation.end()

    def _lead(self, scope: Scope) -> Any:
        """Where a websocket leads: a target and parameters, if anywhere.

        Else the exception that says why no route may even be looked for; `None`, or
        the methods of the path, if it is no websocket's.
        """
        if self._origins is not None and not may_connect(scope, self._origins):
            return HTTPError(403, detail="Websockets of this origin are not accepted.")
        if self.draining:
            return HTTPError(503, detail="The server is stopping.")
        return self.find(route_path(scope), "GET")
