"""The life of an app: compile it, start it, let it serve, stop it.

What an app consists of is declared elsewhere; here it comes alive, in the order that
users are told, and goes in the exact reverse. `App` is what users see of it.

What serves, and the providers, are imported when an app is compiled: to declare one
takes neither.
"""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .asgi import ASGIApp, Receive, Scope, Send
from .config import Settings, read_by, reading, registry, serving
from .declarations import too_late
from .draining import Drainable, drain, on_signal, until_stopped
from .errors import ConfigurationError, NotConfigured, RouteError, SettingsError
from .inspection import mark_async
from .lifespan import EVENTS, Lifespan, checked_state, running, with_state
from .middleware import Middleware
from .routing import Router

if TYPE_CHECKING:
    from .compilation import Compilation
    from .providers import Store

logger = logging.getLogger("bocadillo.app")


class Lifecycle(Router):
    """A router that a server can start and stop.

    Args:
        providers: A store of its own, in place of the one that is made from what
            `@provider` declares.
    """

    # PERF: loaded at once, whoever has asked for the dictionary of an app (bench a).
    __slots__ = ("_serve", "_serve_http")

    def __init__(self, providers: "Store | None") -> None:
        super().__init__()
        self._settings: Settings | None = None
        self._isolated = providers is not None
        if providers is not None:
            self._store = providers
        self._lifespans: list[Lifespan] = []
        self._middleware: list[tuple[type[Middleware], dict[str, Any]]] = []
        self._asgi_middleware: list[tuple[Any, dict[str, Any]]] = []
        self._built_in: list[tuple[Any, dict[str, Any]]] = []
        self._compilation: Compilation | None = None
        # What it was compiled to be a part of, where it is mounted.
        self._within: Compilation | None = None
        self._borrows = False
        self._is_planning = False
        self._starting = asyncio.Lock()
        self._own_state: dict[str, Any] | None = None
        self._drain_task: asyncio.Task[None] | None = None
        self._serve: ASGIApp = self._start_and_serve
        self._serve_http: ASGIApp = self._start_and_serve

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one connection, or the lifespan: the ASGI entry."""
        scope["app"] = self
        # PERF: returns a coroutine instead of awaiting it; most requests take no other
        # turn; and an attribute is loaded sooner than a method (bench a).
        if scope["type"] == "http" and not registry.several:
            serve = self._serve_http
        else:
            serve = self._serve
        return serve(scope, receive, send)

    mark_async(__call__)

    @cached_property
    def _store(self) -> "Store":
        from .providers import app_store  # noqa: PLC0415 - by who serves or overrides

        return app_store()

    @property
    def settings(self) -> Settings:
        """The settings that `configure` was given, and the defaults.

        Raises:
            SettingsError: If the app was not configured yet.
        """
        if self._settings is None:
            raise SettingsError(
                f"{self!r} has no settings yet: call configure(app) first."
            )
        return self._settings

    def settle(self, settings: Settings) -> None:
        """Take over settings; `configure` calls this.

        Raises:
            RuntimeError: If the app has settings already.
        """
        if self._settings is not None:
            raise RuntimeError(f"{self!r} is configured already; configure it once.")
        self._settings = settings

    def _can_be_included(self) -> bool:
        return False

    def _check_open(self, what: str) -> None:
        if self._compilation is not None:
            raise too_late(what, self, "it")

    async def _start_and_serve(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """The entry until the app has started."""
        if scope["type"] == "lifespan":
            await self._serve_lifespan(scope, receive, send)
            return
        async with self._starting:
            if self._serve == self._start_and_serve:
                await self._start_without_lifespan()
        await self._serve(scope, receive, send)

    async def _serve_lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        event = "startup"
        # A server that knows no state gives its requests none either.
        ours: dict[str, Any] = {}
        self._own_state = None if "state" in scope else ours
        state: dict[str, Any] = scope.setdefault("state", ours)
        try:
            async with self._running(state):
                with on_signal(self._begin_drain):
                    await send({"type": "lifespan.startup.complete"})
                    event = "shutdown"
                    await until_stopped(receive, list(self._dispatchers()))
                await self.drain()
        except Exception as exc:
            from bocadillo_providers import ProvidersError  # noqa: PLC0415 - see above

            # The message of these says it all; others need their traceback.
            clear = isinstance(exc, ConfigurationError | ProvidersError)
            logger.error(  # noqa: TRY400 - see above
                "The %s of %r failed: %s", event, self, exc, exc_info=not clear
            )
            message = f"{type(exc).__name__}: {exc}"
            await send({"type": f"lifespan.{event}.failed", "message": message})
            raise
        await send({"type": "lifespan.shutdown.complete"})

    @property
    def draining(self) -> bool:
        """Whether the app is stopping: it finishes what it does, and no more."""
        if self._compilation is not None and self._compilation.sockets.draining:
            return True  # by the app that it is mounted in
        return self._drain_task is not None

    async def drain(self) -> None:
        """End event streams and websockets, and wait for everything else.

        Called by itself when the server stops. What is still being served after
        `SHUTDOWN_GRACE` seconds is cancelled.
        """
        await asyncio.shield(self._begin_drain())

    def _begin_drain(self) -> "asyncio.Task[None]":
        if self._drain_task is None:
            grace = self.settings["SHUTDOWN_GRACE"]
            work = drain(list(self._dispatchers()), grace)
            self._drain_task = asyncio.create_task(work)
        return self._drain_task

    def _dispatchers(self) -> Iterator[Drainable]:
        """This app's, and those of the apps that are mounted in it."""
        if self._compilation is not None:
            yield self._compilation.dispatcher
            yield self._compilation.sockets
            for app in self._compilation.mounted_apps:
                if isinstance(app, Lifecycle):
                    yield from app._dispatchers()

    @asynccontextmanager
    async def _running(
        self, state: dict[str, Any], parent: "Lifecycle | None" = None
    ) -> AsyncIterator[None]:
        """Start, and stop in the exact reverse order."""
        compilation = self._compile(parent)
        async with AsyncExitStack() as stack:
            stack.enter_context(serving(compilation.settings))
            for lifespan in self._lifespans:
                given = await stack.enter_async_context(lifespan(self))
                state.update(checked_state(given, lifespan))
            if parent is None or self._isolated:
                session = compilation.injection.session(self)
                self._session = await stack.enter_async_context(session)
            else:
                self._session = parent._session
            for handler in compilation.events["startup"]:
                await self._session.call(handler)
            # Shutdown handlers run only if everything has started.
            ending = await stack.enter_async_context(AsyncExitStack())
            self._open(compilation)
            stack.callback(self._close)
            for app in compilation.mounted_apps:
                inner = state.copy()
                lives = (
                    app._running(inner, self)
                    if isinstance(app, Lifecycle)
                    else running(app, inner)
                )
                await stack.enter_async_context(lives)
                compilation.keep_state(app, inner, state)
            for handler in compilation.events["shutdown"]:
                ending.push_async_callback(self._session.call, handler)
            yield

    async def _start_without_lifespan(self, parent: "Lifecycle | None" = None) -> None:
        """Start although the server does not run the lifespan."""
        compilation = self._compile(parent)
        needs_it = [*self._lifespans, *self._handlers_of("startup")]
        if needs_it or compilation.injection.has_app_providers:
            raise RuntimeError(
                f"{self!r} has app-scoped providers or startup handlers, but the "
                "server did not run its lifespan. Use a server that does, such as "
                "uvicorn; in tests `with create_client(app) as client: ...`."
            )
        if parent is None or self._isolated:
            session = compilation.injection.session(self)
            self._session = await session.__aenter__()
        else:
            self._session = parent._session
        with reading(compilation.settings):
            self._open(compilation)
        for app in compilation.mounted_apps:
            if isinstance(app, Lifecycle):
                await app._start_without_lifespan(self)

    def _compile(self, parent: "Lifecycle | None") -> "Compilation":
        """Plan what was declared; from then on nothing can be added."""
        from .compilation import Compilation  # noqa: PLC0415 - by who serves
        from .providers import Injection  # noqa: PLC0415 - likewise

        if parent is not None and self._is_planning:
            raise RouteError(f"Cannot mount {self!r} in itself.")
        if parent is not None and parent._compilation is not self._within:
            self._move_into(parent)
        if self._compilation is None:
            if self._settings is None and parent is not None:
                self._settings, self._borrows = parent.settings, True
            if self._settings is None:
                raise NotConfigured(
                    f"{self!r} was never configured: call configure(app) before it "
                    "is served."
                )
            if parent is not None and not self._isolated:
                self._store = parent._store
                injection = parent._compile(None).injection
            else:
                injection = Injection(self._store)
            with reading(self._settings), _uncollected():
                self._compilation = Compilation(
                    self._placed(),
                    events={event: self._handlers_of(event) for event in EVENTS},
                    handlers=self._handlers,
                    injection=injection,
                    settings=self._settings,
                    middleware=self._middleware,
                )
            self._plan_mounted(self._compilation)
        return self._compilation

    def _plan_mounted(self, compilation: "Compilation") -> None:
        """Compile mounted apps, so that nothing has started if they have a mistake."""
        self._is_planning = True
        try:
            for app in compilation.mounted_apps:
                if isinstance(app, Lifecycle):
                    app._compile(self)
        except BaseException:
            self._compilation = None
            raise
        finally:
            self._is_planning = False

    def _move_into(self, parent: "Lifecycle") -> None:
        """Forget what was planned for another app that this one was mounted in."""
        if self._serve == self._start_and_serve:
            self._within = parent._compilation
            self._compilation = None
            if self._borrows:
                self._settings = None

    def _open(self, compilation: "Compilation") -> None:
        """Replace the entry by what was compiled."""
        from .guarding import guarded  # noqa: PLC0415 - by who serves

        compilation.open(self._session)
        dispatcher = compilation.dispatcher
        connection: ASGIApp = dispatcher.serve_any
        ring = [*self._asgi_middleware, *self._built_in]
        for cls, options in ring:
            # Each of them, so that what surrounds it gets a response to add to.
            connection = guarded(cls(connection, **options), dispatcher)
        if self._own_state:
            connection = with_state(connection, self._own_state)
        plain = connection == dispatcher.serve_any
        one_of_several = read_by(connection, compilation.settings)

        def serve(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            if scope["type"] == "lifespan":
                return self._serve_lifespan(scope, receive, send)
            serve_one = one_of_several if registry.several else connection
            return serve_one(scope, receive, send)

        for router in self._routers():
            router._served_by.add(self)
        self._drain_task = None
        self._serve = serve
        self._serve_http = dispatcher.serve if plain else connection

    def _close(self) -> None:
        for router in self._routers():
            router._served_by.discard(self)
        self._serve = self._serve_http = self._start_and_serve


@contextmanager
def _uncollected() -> Iterator[None]:
    """Do not look for garbage meanwhile.

    PERF: nearly all that is planned stays, so it would be looked at in vain, again and
    again: a third of what 10 000 routes take to be ready (benchmarks/routing).
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
