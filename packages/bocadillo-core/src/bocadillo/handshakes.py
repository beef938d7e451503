"""How a websocket begins, is refused, and ends.

`sockets` serves it: it calls what is here on the way. Each exception becomes a refusal
or a close code here.

Decides nothing that was known before the handshake: no settings, no signatures. Only
what has websockets loads it, or the first one that comes.
"""

from collections.abc import Awaitable, Callable

from .asgi import RawHeaders, Receive, Scope, Send
from .closing import closing_for, is_disconnect
from .conversation import Conversation
from .limits import Limits
from .logs import request_id
from .ongoing import Ongoing
from .recovery import Recovery
from .request import Request
from .response import Response
from .sending import send_settled
from .websocket_options import Options
from .websockets import WebSocket
from .wire import Stage, Wire

SocketCall = Callable[[WebSocket], Awaitable[object]]
"""The compiled life of one view: convert, providers, accept, view."""


class SocketTarget:
    """Where a websocket leads.

    Attributes:
        recover: Handles what is raised there before it is accepted.
        options: What its route wants.
        call: Set when the providers' session is open.
    """

    __slots__ = ("call", "options", "recover")

    call: SocketCall

    def __init__(self, recover: Recovery, options: Options) -> None:
        self.recover = recover
        self.options = options


class Handshakes:
    """Answers the handshakes of one app.

    Args:
        recover: Handles what is raised outside of any route.
        defaults: Headers of the response to a handshake that is refused.
        limits: As for requests.
        ongoing: Runs streams that answer a handshake.

    Attributes:
        conversations: Those under way.
    """

    def __init__(
        self,
        recover: Recovery,
        *,
        defaults: RawHeaders,
        limits: Limits,
        ongoing: Ongoing,
    ) -> None:
        self.conversations: set[Conversation] = set()
        self._recover = recover
        self._defaults = defaults
        self._limits = limits
        self._ongoing = ongoing

    def begin(
        self, scope: Scope, receive: Receive, send: Send, options: Options
    ) -> Conversation:
        """What a view and its websocket are to do inside of.

        Args:
            scope: Of the websocket.
            receive: Of its server, which has given the `websocket.connect`.
            send: Of its server.
            options: What its route wants.
        """
        ws = WebSocket(scope, Wire(receive, send), options)
        return Conversation(ws, self.conversations)

    async def decline(
        self, scope: Scope, receive: Receive, send: Send, found: object
    ) -> Exception | None:
        """Answer a handshake that leads nowhere.

        Args:
            scope: Of the websocket.
            receive: Of its server.
            send: Likewise.
            found: The exception that says why, or else what the matcher found.

        Returns:
            What nobody handled.
        """
        if isinstance(found, Exception):
            return await self.refuse(scope, receive, send, found)
        await Wire(receive, send).hang_up(1000, "")
        return None

    async def refuse(
        self, scope: Scope, receive: Receive, send: Send, exc: Exception
    ) -> Exception | None:
        """Refuse a handshake as a request would be answered, if the server can.

        Args:
            scope: Of the websocket.
            receive: Of its server.
            send: Likewise.
            exc: Why.

        Returns:
            What nobody handled.
        """
        return await self._refuse(scope, Wire(receive, send), exc, self._recover)

    async def _refuse(
        self, scope: Scope, wire: Wire, exc: Exception, recover: Recovery
    ) -> Exception | None:
        handshake = "https" if scope.get("scheme") == "wss" else "http"
        request = {**scope, "type": "http", "method": "GET", "scheme": handshake}
        req = Request(request, wire.receive, wire.respond, self._limits)
        res = Response(req)
        try:
            unhandled = await recover(req, res, exc)
            if "websocket.http.response" in (scope.get("extensions") or ()):
                await send_settled(res, wire.respond, self._defaults, self._ongoing)
            else:
                await wire.hang_up(1000, "")
        finally:
            if res._file is not None:
                await res._file.aclose()
        return unhandled

    async def end(
        self, ws: WebSocket, exc: Exception, recover: Recovery
    ) -> Exception | None:
        """Tell the client, as far as that is possible, how its websocket failed.

        Args:
            ws: The websocket.
            exc: What its view, or what surrounds that, raised.
            recover: Handles what is raised before it is accepted.

        Returns:
            What nobody handled.
        """
        wire, scope = ws._wire, ws.scope
        if wire.stage is Stage.CONNECTING and not is_disconnect(exc):
            unhandled = await self._refuse(scope, wire, exc, recover)
        else:
            code, reason = closing_for(exc)
            await wire.hang_up(code, reason)
            unhandled = exc if code == 1011 else None
        if unhandled is not None:
            place = f"{scope['path']!r} (request {request_id(scope)})"
            unhandled.add_note(f"while serving the websocket {place}")
        return unhandled
