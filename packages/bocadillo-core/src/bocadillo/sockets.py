"""The websockets of one app: who may connect, where they lead, and that they end.

`handshakes` serves them. It is loaded by what has websocket routes or mounts, otherwise
with the first websocket that comes: most apps have none.
"""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

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

        Raises:
            Exception: Whatever no handler took, once the client was sent away.
        """
        self.active += 1
        try:
            unhandled = await self.handshakes.answer(scope, receive, send, self._lead)
        finally:
            self.active -= 1
        if unhandled is not None:
            raise unhandled

    def end_endless(self) -> None:
        """Close all websockets, and refuse those that come from now on."""
        self.draining = True
        if self.active:
            for conversation in tuple(self.handshakes.conversations):
                conversation.end()

    def _lead(self, scope: Scope) -> object:
        """Where a websocket leads, or why no route may even be looked for."""
        if self._origins is not None and not may_connect(scope, self._origins):
            return HTTPError(403, detail="Websockets of this origin are not accepted.")
        if self.draining:
            return HTTPError(503, detail="The server is stopping.")
        return self.find(route_path(scope), "GET")
