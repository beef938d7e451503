"""Serve one websocket: from the handshake to the close.

What `dispatch` is to requests. Each websocket whose view has ended is closed here, and
each exception becomes a refusal or a close code here.

Decides nothing that was known before the handshake: no settings, no signatures.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from .asgi import RawHeaders, Receive, Scope, Send
from .closing import closing_for, is_disconnect
from .conversation import Conversation
from .errors import HTTPError
from .limits import Limits
from .logs import request_id
from .misses import route_path
from .ongoing import Ongoing
from .origins import may_connect
from .recovery import Recovery
from .request import Request
from .response import Response
from .sending import send as send_response
from .websocket_options import Options
from .websockets import WebSocket
from .wire import Stage, Wire

Params = dict[str, Any]

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


class Sockets:
    """Serves the websockets of one app.

    Args:
        recover: Handles what is raised outside of any route.
        defaults: Headers of the response to a handshake that is refused.
        limits: As for requests.
        origins: Which pages may connect besides those of the same origin; `None`
            for all.
        ongoing: Runs streams that answer a handshake.
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
        self._conversations: set[Conversation] = set()

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one websocket.

        Raises:
            Exception: Whatever no handler took, once the client was sent away.
        """
        wire = Wire(receive, send)
        unhandled: Exception | None = None
        self.active += 1
        try:
            await receive()  # the `websocket.connect` that begins each of them
            refusal = self._refusal(scope)
            found = self.find(route_path(scope), "GET")
            if refusal is not None:
                unhandled = await self.refuse(scope, wire, refusal)
            elif isinstance(found, tuple):
                unhandled = await self._converse(scope, wire, *found)
            else:
                await wire.hang_up(1000, "")
        finally:
            self.active -= 1
        if unhandled is not None:
            raise unhandled

    async def refuse(
        self, scope: Scope, wire: Wire, exc: Exception, recover: Recovery | None = None
    ) -> Exception | None:
        """Refuse a handshake as a request would be answered, if the server can.

        Args:
            scope: Of the websocket.
            wire: Its connection.
            exc: Why.
            recover: Handles it; the app's own handlers by default.

        Returns:
            What nobody handled.
        """
        handshake = {"ws": "http", "wss": "https"}.get(scope["scheme"], "http")
        request = {**scope, "type": "http", "method": "GET", "scheme": handshake}
        req = Request(request, wire.receive, wire.respond, self._limits)
        res = Response(req)
        try:
            unhandled = await (recover or self._recover)(req, res, exc)
            if "websocket.http.response" in (scope.get("extensions") or ()):
                await send_response(res, wire.respond, self._defaults, self._ongoing)
            else:
                await wire.hang_up(1000, "")
        finally:
            if res._file is not None:
                await res._file.aclose()
        return unhandled

    def end_endless(self) -> None:
        """Close all websockets, and refuse those that come from now on."""
        self.draining = True
        for conversation in tuple(self._conversations):
            conversation.end()

    def _refusal(self, scope: Scope) -> HTTPError | None:
        """Why no route may even be looked for."""
        if self._origins is not None and not may_connect(scope, self._origins):
            return HTTPError(403, detail="Websockets of this origin are not accepted.")
        if self.draining:
            return HTTPError(503, detail="The server is stopping.")
        return None

    async def _converse(
        self, scope: Scope, wire: Wire, target: SocketTarget, params: Params
    ) -> Exception | None:
        scope["path_params"] = params
        ws = WebSocket(scope, wire, target.options)
        conversation = Conversation(ws)
        self._conversations.add(conversation)
        try:
            await conversation.hold(target.call(ws))
        except Exception as exc:  # noqa: BLE001 - the one place that takes them
            return await self._end(ws, exc, target.recover)
        finally:
            self._conversations.discard(conversation)
        await ws.ensure_closed()
        return None

    async def _end(
        self, ws: WebSocket, exc: Exception, recover: Recovery
    ) -> Exception | None:
        """Tell the client, as far as that is possible, how its websocket failed."""
        wire, scope = ws._wire, ws.scope
        if wire.stage is Stage.CONNECTING and not is_disconnect(exc):
            unhandled = await self.refuse(scope, wire, exc, recover)
        else:
            code, reason = closing_for(exc)
            await wire.hang_up(code, reason)
            unhandled = exc if code == 1011 else None
        if unhandled is not None:
            place = f"{scope['path']!r} (request {request_id(scope)})"
            unhandled.add_note(f"while serving the websocket {place}")
        return unhandled
