"""Serve one request: the hot room.

`Dispatcher.serve` is the whole way of a request, from the two objects that a view
gets to the messages that the server gets. Each response is sent here and nowhere
else; each exception is recovered here and nowhere else.

Decides nothing that was known before the request: no settings, no signatures.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from .asgi import RawHeaders, Receive, Scope, Send
from .content import JSON, NO_JSON, TEXT
from .errors import HTTPError, returned_something
from .inspection import describe
from .json import ENCODING_ERRORS, dump, encode, unencodable
from .layers import BeforeDispatch, Layers
from .limits import Limits
from .matching import Found, Matcher
from .misses import raise_miss, route_path
from .ongoing import Ongoing
from .recovery import Recovery
from .request import NO_FORM, BareRequest, Request
from .response import Response, Task
from .sending import (
    BODILESS,
    KEEPS_BODY,
    SMALL,
    SmallHeads,
    all_headers,
    conclude,
    head,
    send_settled,
    settle,
    start,
)
from .sockets import Sockets
from .steps import Call
from .streams import Stream

_START: Final = "http.response.start"


class Target:
    """Where a request ends.

    Attributes:
        recover: Handles what is raised there.
        view: The user's function, for messages; `None` for a mount.
        call: Set when the providers' session is open.
    """

    __slots__ = ("call", "recover", "view")

    call: Call

    def __init__(self, recover: Recovery, view: object = None) -> None:
        self.recover = recover
        self.view = view


class Dispatcher:
    """Serves the requests of one app.

    Args:
        recover: Handles what is raised outside of any route.
        defaults: Headers that every response gets unless it has them.
        limits: How much a client may send where a route does not say otherwise.
        redirects: Whether a missing trailing slash is added by a redirect.
        slashes: Whether that leads anywhere but to the root.
        sockets: Serves websockets.
        ongoing: Runs streams.

    Attributes:
        active: How many requests are under way.
        run_tasks: Runs background tasks; set when the providers' session is open.
        recover: See above, as `defaults`, `limits` and `sockets`.
    """

    def __init__(
        self,
        recover: Recovery,
        *,
        defaults: RawHeaders,
        limits: Limits,
        redirects: bool,
        slashes: bool,
        sockets: Sockets,
        ongoing: Ongoing,
    ) -> None:
        self.active = 0
        self.run_tasks: Callable[[Request, Sequence[Task]], Awaitable[None]]
        self._find: Callable[[str, str], Found[Target]]
        self._search: Callable[[str, str], Found[Target]]
        self._plain: Mapping[str, Mapping[str, Target]]
        self.recover = recover
        self._layers: Layers
        self._before: Sequence[BeforeDispatch] | None
        self.defaults = defaults
        self._text: SmallHeads = TEXT, [None] * SMALL
        self._json: SmallHeads = JSON, [None] * SMALL
        self.limits = limits
        plain = recover.plain(HTTPError(404))
        self._not_found = plain and (all_headers(*plain, defaults), plain[1])
        self._redirects = redirects
        self._slashes = redirects and slashes
        self.sockets = sockets
        self._ongoing = ongoing

    def route_by(self, matcher: Matcher[Target]) -> None:
        """Have requests find their targets."""
        self._find = matcher.find
        self._search = matcher.search
        self._plain = matcher.plain

    def surround(self, layers: Layers) -> None:
        """Put middleware around the whole of dispatching."""
        self._layers, self._before = layers, layers.before if layers else None
        if layers:
            self._not_found = None  # they may have changed the response before

    async def serve(  # noqa: C901, PLR0912, PLR0915 - the whole way on one page
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer one HTTP request.

        Raises:
            Exception: Whatever no handler took, once it was answered with a 500.
        """
        # PERF: `Request(scope, receive, send, limits)` without a frame (bench a, b).
        req = BareRequest()  # pyright: ignore[reportCallIssue]
        req.scope = scope
        req._receive = receive
        req._send = send
        req._limits = self.limits
        req._form = NO_FORM
        res = Response(req)
        method = scope["method"]
        target: Target | None = None
        unhandled: Exception | None = None
        ready: RawHeaders | None = None
        content: bytes | None = b""
        layers: Sequence[BeforeDispatch] | None = None
        self.active += 1
        try:
            try:
                ended = None
                layers = self._before
                if layers is not None:
                    entered = 0
                    try:
                        # PERF: here, as `after` is, not in a coroutine (bench h).
                        for before in layers:
                            ended = await before(req, res)
                            if ended is not None:
                                break
                            entered += 1
                    finally:
                        res.leaving = self._layers.after[entered]
                        scope = req.scope  # which they may have replaced
                        method = scope["method"]
                if ended is None:
                    try:
                        root = scope["root_path"]
                    except KeyError:  # a server need not give one
                        root = ""
                    path = route_path(scope) if root else scope["path"]
                    # PERF: a call less where paths have no parameters (bench a, b).
                    plain = self._plain.get(path)
                    if plain is not None:
                        target = plain.get(method)
                    if target is None:
                        # PERF: one look-up for a path is enough (bench c, f, i).
                        find = self._search if plain is None else self._find
                        found = find(path, method)
                        if isinstance(found, tuple):
                            target, params = found
                            if params:
                                scope["path_params"] = params
                        else:
                            # PERF: in most apps, nothing but the root has a slash to
                            # be missed, and an unknown path is an error (bench i).
                            if found is not None or root or self._slashes:
                                self._miss(found, scope)
                            if self._not_found is None:
                                raise HTTPError(404)
                            # PERF: nobody has a say in it, so it is always the same.
                            ready, content = self._not_found
                else:
                    await self._layers.end_early(res, ended)
                    content = res.unsent()
                if target is not None:
                    # PERF: an attribute is loaded sooner than a method (bench a, b).
                    call = target.call
                    result = await call(req, res)
                    built = res._content
                    # PERF: what most views leave to be done (bench a, b). Content may
                    # also be set by a cleanup, too late where a stream was sent.
                    if built is None and result is None and not res.started:
                        if res._json is not NO_JSON:
                            try:
                                content = dump(res._json)
                            except ENCODING_ERRORS as exc:
                                raise unencodable(res._json, exc) from exc
                    elif type(built) is not bytes or res.started or result is not None:
                        await self._complete(req, res, result)
                        content = res.unsent()
                        await conclude(req)
                    else:
                        content = built
            except Exception as exc:  # noqa: BLE001 - the one place that recovers
                recover = self.recover if target is None else target.recover
                unhandled = await recover(req, res, exc)
                content = res.unsent()
            if layers is not None and res.leaving and unhandled is None:
                if content and res._content is None:
                    res._content = content
                left, res.leaving = iter(res.leaving), ()
                try:
                    for after in left:
                        await after(req, res)
                        if type(res._content) is not bytes and not res.started:
                            await settle(res)
                except Exception as exc:  # noqa: BLE001 - as if the view had raised it
                    unhandled = await self.recover(req, res, exc)
                    if unhandled is None:
                        unhandled = await self._layers.leave(req, res, left)
                content = res.unsent()
            if content is not None:
                # PERF: a coroutine less (bench a).
                size, status = len(content), res._status
                if ready is not None:
                    status = 404
                elif (
                    res._headers is None
                    and size < SMALL
                    and status == 200
                    and res._content_type is None
                ):
                    # PERF: they are made once for most (bench a, b).
                    kind, heads = self._text if res._json is NO_JSON else self._json
                    ready = heads[size]
                    if ready is None and size:
                        ready = heads[size] = all_headers(kind, content, self.defaults)
                if ready is None:
                    await send(head(res, size, self.defaults))
                    if status in BODILESS:
                        content = b""
                else:
                    copy = ready.copy()
                    await send({"type": _START, "status": status, "headers": copy})
                if method == "HEAD" and KEEPS_BODY not in scope:
                    content = b""
                await send({"type": "http.response.body", "body": content})
            elif not res.started:
                unhandled = await self.send(req, res) or unhandled
            if res._background:
                await self.run_tasks(req, res._background)
        finally:
            self.active -= 1
            if res._file is not None:
                await res._file.aclose()
            if req._form is not None:
                await req.close()
        if unhandled is not None:
            try:
                raise unhandled
            finally:
                del unhandled  # or it would hold what holds it

    def _miss(self, allowed: frozenset[str] | None, scope: Scope) -> None:
        """Raise what a path means that leads nowhere, unless it is a plain 404."""
        retries = self._slashes or (self._redirects and scope.get("root_path"))
        raise_miss(allowed, scope, self._find if retries else None)

    def finish(
        self, req: Request, res: Response, result: object
    ) -> Awaitable[None] | None:
        """Finish what a view began; does nothing the second time.

        Called while the providers of the view are still set up, so that they see
        content that cannot be encoded, and outlive a stream.

        Returns:
            What is to be awaited.

        Raises:
            TypeError: If the view returned something, or its content cannot be
                encoded: now, or when awaited.
        """
        content = res._content
        if result is None and content is None:
            if res._json is not NO_JSON:
                res._content = encode(res._json)
            return None
        if result is None and type(content) is bytes:
            return None
        return self._complete(req, res, result)

    async def _complete(self, req: Request, res: Response, result: object) -> None:
        """Finish what takes more than to encode it; a stream is sent."""
        if res.started:
            return
        if result is not None:
            found = self._find(route_path(req.scope), req.scope["method"])
            view = found[0].view if isinstance(found, tuple) else None
            who = f"View {describe(view)}" if view is not None else "A view"
            raise returned_something(who, result)
        await settle(res)
        stream = res._content
        if not isinstance(stream, Stream):
            return

        async def open_() -> bool:
            unhandled = await self._layers.leave(req, res)
            if unhandled is not None:
                raise unhandled
            if res._content is not stream:
                return False
            await start(res, req._send, self.defaults)
            return True

        await self._ongoing.run(stream, open_)

    async def send(self, req: Request, res: Response) -> Exception | None:
        """Send what no view has sent; gives what is unhandled.

        A stream of middleware, or of an error handler, begins here, and may fail.
        """
        recover, unhandled = self.recover.__call__, None
        while True:
            try:
                await send_settled(res, req._send, self.defaults, self._ongoing)
                break
            except Exception as exc:  # noqa: BLE001 - as if a view had raised it
                unhandled = await recover(req, res, exc) or unhandled
                if res.started:
                    break
                recover = self.recover.plainly
        return unhandled

    def end_endless(self) -> None:
        """End event streams, those that begin from now on included."""
        self._ongoing.end_endless()

    def serve_any(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve a connection of whatever type."""
        serve = self.serve if scope["type"] == "http" else self.sockets.serve
        return serve(scope, receive, send)
