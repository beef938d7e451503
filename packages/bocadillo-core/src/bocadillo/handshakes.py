"""Serve one websocket: from the handshake to the close.

What `dispatch` is to requests. Each websocket whose view has ended is closed here, and
each exception becomes a refusal or a close code here.

Decides nothing that was known before the handshake: no settings, no signatures. Only
what has websockets loads it, or the first one that comes: see `sockets`.
"""

from collections.abc import Awaitable, Callable
from typing import Any

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


class Handshakes:
    """Answers the handshakes of one app, and leads the conversations they begin.

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

    async def answer(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        find: Callable[[Scope], object],
    ) -> Exception | None:
        """Serve one websocket.

        Args:
            scope: Of the websocket.
            receive: Of its server.
            send: Likewise.
            find: Where it leads, or the exception with which it is refused.

        Returns:
            What nobody handled, once the client was sent away.
        """
        wire = Wire(receive, send)
        await receive()  # the `websocket.connect` that begins each of them
        found = find(scope)
        if isinstance(found, Exception):
            return await self._refuse(scope, wire, found, self._recover)
        if isinstance(found, tuple):
            return await self._converse(scope, wire, *found)
        await wire.hang_up(1000, "")
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
        handshake = {"ws": "http", "wss": "https"}.get(scope["scheme"], "http")
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

    async def _converse(
        self, scope: Scope, wire: Wire, target: SocketTarget, params: Params
    ) -> Exception | None:
        scope["path_params"] = params
        ws = WebSocket(scope, wire, target.options)
        conversation = Conversation(ws)
        self.conversations.add(conversation)
        try:
            await conversation.hold(target.call(ws))
        except Exception as exc:  # noqa: BLE001 - the one place that takes them
            return await self._end(ws, exc, target.recover)
        finally:
            self.conversations.discard(conversation)
        await ws.ensure_closed()
        return None

    async def _end(
        self, ws: WebSocket, exc: Exception, recover: Recovery
    ) -> Exception | None:
        """Tell the client, as far as that is possible, how its websocket failed."""
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
