"""From declarations to something fast: once, when an app starts.

A `Compilation` plans every view, mount and handler, and finds what is wrong with them
before the first request. `Compilation.open` makes the calls, once the providers'
session is open.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from .asgi import ASGIApp, RawHeaders, State
from .background import Background
from .config import Settings
from .declarations import UNSET, Mount, Placed, Route, WebSocketRoute
from .dispatch import Dispatcher, Target
from .error_handlers import ErrorHandlers
from .errors import ParameterError
from .headers import SECURITY_HEADERS
from .hooks import hooks_of
from .layers import Layers
from .limits import Limits
from .matching import Matcher
from .matching import Route as Entry
from .middleware import Middleware
from .mounts import from_wsgi, mounted
from .ongoing import Ongoing
from .origins import parse_origins
from .providers import Injection, Session, used_by
from .recovery import Recovery
from .request import Request
from .response import Response
from .sockets import Sockets
from .steps import Call
from .urls import URLs
from .views import Plan, Viewed, plan_call

if TYPE_CHECKING:
    from .handshakes import SocketTarget

logger = logging.getLogger("bocadillo.routing")


class Planned(Struct, frozen=True):
    """A declaration, ready but for the providers' session.

    Attributes:
        placed: What was declared, and where.
        methods: In upper case; `None` for every method.
        plan: How it will be called.
        target: What a match leads to.
    """

    placed: Placed
    methods: frozenset[str] | None
    plan: Plan[Any]
    target: "Target | SocketTarget"


class Compilation:
    """An app's declarations, planned.

    Args:
        placed: Routes and mounts, in order.
        events: What runs when the app starts and stops, by the event's name.
        handlers: The app's own error handlers.
        injection: Who provides what.
        settings: Those that hold for this app.
        middleware: `Middleware` classes and their options, the outermost last.

    Raises:
        ParameterError: If views ask for what nobody gives: all problems at once.
        GraphError: If the graph of providers is wrong.
    """

    def __init__(
        self,
        placed: Iterable[Placed],
        *,
        events: Mapping[str, Iterable[Callable[..., Any]]],
        handlers: ErrorHandlers,
        injection: Injection,
        settings: Settings,
        middleware: Sequence[tuple[type[Middleware], dict[str, Any]]],
    ) -> None:
        placed = list(placed)
        self.settings = settings
        self.injection = injection
        self.limits = limits_of(settings)
        self.defaults = default_headers(settings)
        self._recoveries: dict[tuple[int, ...], Recovery] = {}
        self._mounted_states: dict[int, State] = {}
        self.recover = self._recovery([handlers])
        self.ongoing = Ongoing()
        self.sockets = Sockets(
            self.recover,
            defaults=self.defaults,
            limits=self.limits,
            origins=websocket_origins(settings),
            ongoing=self.ongoing,
        )
        self.dispatcher = Dispatcher(
            self.recover,
            defaults=self.defaults,
            limits=self.limits,
            redirects=settings["REDIRECT_TRAILING_SLASH"],
            slashes=_have_slashes(placed),
            sockets=self.sockets,
            ongoing=self.ongoing,
        )
        self.dispatcher.surround(Layers(self.dispatcher, middleware, self.recover))
        self.urls = URLs(placed)
        self.planned = self._plan_all(placed)
        self.events = {
            event: [injection.handler(each) for each in functions]
            for event, functions in events.items()
        }
        self.matcher = Matcher(self._entries())
        self.socket_matcher = Matcher(self._socket_entries())
        self.dispatcher.route_by(self.matcher)
        self.sockets.find = self.socket_matcher.find
        injection.freeze()
        self._warn_of_hidden_routes()

    @property
    def mounted_apps(self) -> list[ASGIApp]:
        """The ASGI apps whose lifespans run inside this one's, each once."""
        apps: dict[int, ASGIApp] = {}
        for item in self.planned:
            declaration = item.placed.declaration
            if isinstance(declaration, Mount) and not declaration.wsgi:
                apps.setdefault(id(declaration.app), declaration.app)
        return list(apps.values())

    def _warn_of_hidden_routes(self) -> None:
        pairs: list[tuple[Entry[Any], Entry[Any]]] = [*self.matcher.shadowed()]
        # Mounts are in both tables.
        pairs += [it for it in self.socket_matcher.shadowed() if not it[0].mount]
        found = {id(later.target): (later, first) for later, first in pairs}
        # The methods of a class are records of their own, but one route.
        routes: dict[object, list[int]] = {}
        for item in self.planned if pairs else ():
            declared = getattr(item.placed.declaration, "declared", item)
            key = id(declared), item.placed.pattern.text
            routes.setdefault(key, []).append(id(item.target))
        for targets in routes.values():
            hidden = [found[it] for it in targets if it in found]
            names = sorted({it for later, _ in hidden for it in later.methods or ()})
            some = f" {', '.join(names)}" if len(hidden) < len(targets) else ""
            for later, first in hidden[:1]:
                logger.warning(
                    "Route %r can never match%s: %r, declared earlier, answers all its "
                    "requests. Declare the more specific one first.",
                    later.pattern.text,
                    some,
                    first.pattern.text,
                )

    def open(self, session: Session) -> None:
        """Make every call, with the values that `session` holds."""
        for item in self.planned:
            item.target.call = item.plan.bind(session)
        self.dispatcher.run_tasks = Background(self.injection, session).run
        self.ongoing.draining = self.sockets.draining = False

    def _entries(self) -> Iterator[Entry[Target]]:
        for item in self.planned:
            if isinstance(item.target, Target):
                mount = isinstance(item.placed.declaration, Mount)
                bare = mount and self.settings["REDIRECT_TRAILING_SLASH"]
                yield Entry(item.placed.pattern, item.methods, item.target, mount, bare)

    def _socket_entries(self) -> "Iterator[Entry[SocketTarget]]":
        for item in self.planned:
            if not isinstance(item.target, Target):
                yield Entry(item.placed.pattern, None, item.target)
            elif isinstance(item.placed.declaration, Mount):
                from .socket_mounts import socket_target  # noqa: PLC0415 - if used

                mount, recover = item.placed.declaration, item.target.recover
                state = self._state_of(mount.app)
                target = socket_target(mount, item.placed.prefix, state, recover)
                yield Entry(item.placed.pattern, None, target, mount=True)

    def _plan_all(self, placed: Iterable[Placed]) -> list[Planned]:
        planned: list[Planned] = []
        problems: list[ParameterError] = []
        for item in placed:
            try:
                planned.append(self._plan(item))
            except ParameterError as exc:
                problems.append(exc)
        if problems:
            together = ParameterError("\n".join(map(str, problems)))
            together.views = tuple(problems)
            raise together
        return planned

    def _plan(self, item: Placed) -> Planned:
        declaration = item.declaration
        recover = self._recovery(item.surroundings.handlers)
        if isinstance(declaration, Route):
            plan = self._plan_view(item, declaration)
            target = Target(recover, declaration.view)
            return Planned(item, declaration.methods, plan, target)
        if isinstance(declaration, Mount):
            plan = self._plan_mount(item, declaration)
            return Planned(item, None, plan, Target(recover))
        return self._plan_socket(item, declaration, recover)

    def _plan_socket(
        self, item: Placed, route: WebSocketRoute, recover: Recovery
    ) -> Planned:
        from .handshakes import SocketTarget  # noqa: PLC0415 - by who has websockets
        from .socket_views import plan_socket  # noqa: PLC0415 - likewise

        names, options = item.pattern.names, route.options
        talk = plan_socket(route.view, names, options, self.injection)
        return Planned(item, None, talk, SocketTarget(recover, options))

    def _plan_view(self, item: Placed, route: Route) -> Plan[Call]:
        if not route.methods and route.methods is not None:
            return Plan((), lambda session: unoffered)
        hooks, uses = item.surroundings.hooks, used_by(route.view)
        owner = getattr(route.view, "__self__", None)
        if owner is not None:
            hooks, uses = hooks.around(hooks_of(owner)), (*used_by(owner), *uses)
        hooks = hooks.around(hooks_of(route.view))
        # A view is given providers if it uses any, these included.
        uses = (*self.injection.autouse, *uses)
        viewed = Viewed(route.view, item.pattern.names, hooks, uses)
        plan = plan_call(viewed, self.injection, self.dispatcher.finish)
        if route.max_body_size is UNSET:
            return plan
        limits = self.limits.for_route(route.max_body_size)

        def bind(session: Session) -> Call:
            return limited(plan.bind(session), limits)

        return structs.replace(plan, bind=bind)

    def _plan_mount(self, item: Placed, mount: Mount) -> Plan[Call]:
        from .staticfiles import StaticFiles  # noqa: PLC0415 - by who mounts anything

        app = from_wsgi(mount.app) if mount.wsgi else mount.app
        if isinstance(app, StaticFiles):
            # What it cannot serve is answered in the format of this app.
            app = app.serve
        state = self._state_of(mount.app)
        call = mounted(app, item.prefix, self.defaults, state)
        return Plan((), lambda session: call)

    def _state_of(self, app: ASGIApp) -> State:
        """What only the requests of a mounted app are given; filled when it starts."""
        return self._mounted_states.setdefault(id(app), {})

    def keep_state(self, app: ASGIApp, given: State, shared: State) -> None:
        """Note what the lifespan of a mounted app has given.

        Args:
            app: What is mounted.
            given: Its whole state.
            shared: What this app's own lifespans had put there before.
        """
        state = self._state_of(app)
        state.clear()
        for name, value in given.items():
            if name not in shared or shared[name] is not value:
                state[name] = value

    def _recovery(self, tables: Sequence[ErrorHandlers]) -> Recovery:
        """One for each combination of routers: most routes share one."""
        key = tuple(map(id, tables))
        if key not in self._recoveries:
            debug = self._debug_page if self.settings["DEBUG"] else None
            self._recoveries[key] = Recovery(tables, debug)
        return self._recoveries[key]

    def _debug_page(self, req: Request, exc: Exception) -> str | None:
        from .debug import error_page, wants_page  # noqa: PLC0415 - in DEBUG only

        return error_page(req, exc, self.settings) if wants_page(req) else None


def _have_slashes(placed: Iterable[Placed]) -> bool:
    """Whether anything is found at a path with a slash that is not without it."""
    return any(
        isinstance(item.declaration, Mount)
        or item.pattern.wildcard is not None
        or (item.pattern.text.endswith("/") and item.pattern.text != "/")
        for item in placed
    )


async def unoffered(req: Request, res: Response) -> None:
    """Never called: the route offers no method."""


def limited(call: Call, limits: Limits) -> Call:
    """The call of a route that has a limit of its own."""

    def set_limits(req: Request, res: Response) -> Awaitable[object]:
        req._limit_to(limits)
        return call(req, res)

    return set_limits


def websocket_origins(settings: Settings) -> frozenset[str] | None:
    """Which pages may open websockets besides our own; `None` if any may.

    The cookie of a session would tell us who somebody is, but not who has sent them.
    """
    if settings["SESSIONS"] or settings.given("WEBSOCKET_ORIGINS"):
        return parse_origins(settings["WEBSOCKET_ORIGINS"])
    return None


def limits_of(settings: Settings) -> Limits:
    """How much clients may send, by the settings."""
    return Limits(
        body=settings["MAX_BODY_SIZE"],
        upload=settings["MAX_UPLOAD_SIZE"],
        fields=settings["MAX_FORM_FIELDS"],
        files=settings["MAX_FORM_FILES"],
        keepalive=settings["SSE_KEEPALIVE"],
    )


def default_headers(settings: Settings) -> RawHeaders:
    """The headers that every response gets, by `SECURITY_HEADERS`."""
    chosen = settings["SECURITY_HEADERS"]
    headers: dict[str, str | None] = dict(SECURITY_HEADERS)
    if chosen is False:
        return []
    if isinstance(chosen, Mapping):
        headers |= {name.lower(): value for name, value in chosen.items()}
    return [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in headers.items()
        if value is not None
    ]
