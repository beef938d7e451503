"""Declare routes: what the user writes, checked at the user's line.

A router only records. `lifecycle` has the records read in the order in which they
were written, once, when the app starts.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeVar, overload
from weakref import WeakSet

from msgspec import Struct

from .annotations import note_names
from .declarations import (
    NOTHING_AROUND,
    UNSET,
    Declaration,
    Methods,
    Mount,
    Placed,
    Surroundings,
    WebSocketRoute,
    check_size,
    check_view,
    routes_of,
    too_late,
)
from .error_handlers import ErrorHandler, check_exception, checked_handler
from .errors import RouteError
from .habits import OF_ROUTERS, pointing_out
from .hooks import Hooks, checked_hook
from .lifespan import checked_event
from .patterns import check_prefix, parse_pattern

__all__ = ["Router"]

V = TypeVar("V")
H = TypeVar("H", bound=Callable[..., Any])


class Include(Struct, frozen=True):
    """The place where another router's declarations stand."""

    prefix: str
    router: "Router"


@pointing_out(OF_ROUTERS)
class Router:
    """Routes, mounts, hooks and error handlers that belong together.

    Include it in an app, or in another router, as often as you like:
    `app.include_router(router, prefix="/api")`.
    """

    def __init__(self) -> None:
        self._declared: list[Declaration | Include] = []
        self._instances: dict[type, object] = {}
        self._handlers: dict[type[BaseException], ErrorHandler] = {}
        self._hooks = Hooks()
        self._events: list[tuple[str, Callable[..., Any]] | Include] = []
        self._served_by: WeakSet[Router] = WeakSet()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} with {len(self._declared)} declarations>"

    def route(
        self,
        pattern: str,
        methods: Methods = None,
        *,
        max_body_size: Any = UNSET,
    ) -> Callable[[V], V]:
        """Serve a URL pattern with the decorated view, which is returned unchanged.

        Args:
            pattern: A path; `{name}` matches one segment or a part of one,
                `{name:path}` slashes too, `{}` anything at all.
            methods: The HTTP methods of a function view, in any case: `["GET"]` by
                default; `all` (the built-in) for every method. `HEAD` follows
                `GET`. A class view says so by its own methods.
            max_body_size: Bytes that a request's body may have here, in place of
                `MAX_BODY_SIZE` and `MAX_UPLOAD_SIZE`; `None` for no limit.

        Raises:
            RouteError: If the pattern or the methods make no sense.
            ExpectedAsync: If the view is not async.
            RuntimeError: If the app has started already.
        """
        self._check_open("a route")
        parse_pattern(pattern)
        check_size(max_body_size)

        def declare(view: V) -> V:
            self._check_open("a route")
            made = self._instances
            for route in routes_of(pattern, methods, view, max_body_size, made):
                note_names(route.view, sys._getframe(1))
                self._declared.append(route)
            return view

        return declare

    def websocket_route(
        self,
        pattern: str,
        *,
        auto_accept: bool = True,
        value_type: Any = "text",
        receive_type: Any = None,
        send_type: Any = None,
        caught_close_codes: Any = (1000, 1001),
        subprotocols: Sequence[str] = (),
    ) -> Callable[[H], H]:
        """Serve websockets at a URL pattern with the decorated view.

        Args:
            pattern: As for `route`.
            auto_accept: Whether to accept before the view is called. If not, the view
                accepts by `ws.accept()` or `async with ws`, or refuses by
                `ws.reject()` or an `HTTPError`.
            value_type: What messages are: `"text"`, `"bytes"`, `"json"`, or a model
                such as a dataclass, that they are validated against.
            receive_type: The same, for what `ws.receive()` expects.
            send_type: The same, for what `ws.send()` takes.
            caught_close_codes: The codes with which a client may close without an
                exception in the view; `all` (the built-in), or `()` for none.
            subprotocols: Those that the view speaks, the preferred one first.

        Raises:
            RouteError: If the pattern or an option is not accepted.
            ExpectedAsync: If the view is not async.
            RuntimeError: If the app has started already.
        """
        self._check_open("a websocket route")
        parse_pattern(pattern)
        from .websocket_options import checked_options  # noqa: PLC0415 - if used

        options = checked_options(
            auto_accept=auto_accept,
            value_type=value_type,
            receive_type=receive_type,
            send_type=send_type,
            caught_close_codes=caught_close_codes,
            subprotocols=subprotocols,
        )

        def declare(view: H) -> H:
            self._check_open("a websocket route")
            check_view(view, "ws")
            note_names(view, sys._getframe(1))
            name = getattr(view, "__name__", type(view).__name__)
            self._declared.append(WebSocketRoute(pattern, view, name, options))
            return view

        return declare

    def mount(self, prefix: str, app: Any, *, wsgi: bool | None = None) -> None:
        """Serve everything below a prefix with another app.

        Args:
            prefix: A literal path. The prefix itself redirects to `prefix/`.
            app: An ASGI 3 app, or a WSGI app.
            wsgi: Whether it is a WSGI app; told from its signature by default.

        Raises:
            RouteError: If the prefix has parameters, or the app is neither.
            RuntimeError: If this app has started already.
        """
        self._check_open("a mount")
        check_prefix(parse_pattern(prefix))
        if app is self:
            raise RouteError(f"Cannot mount {app!r} in itself.")
        if _is_included(app):
            raise RouteError(f"{app!r} is no app: use include_router() instead.")
        if wsgi is None:
            from .mounts import is_wsgi  # noqa: PLC0415 - if used

            wsgi = is_wsgi(app)
        self._declared.append(Mount(prefix.rstrip("/"), app, wsgi))

    def include_router(self, router: "Router", prefix: str = "") -> None:
        """Serve another router's declarations as if they were written here.

        Args:
            router: What is added to it later counts too, in this place.
            prefix: Goes before each of its patterns; may have parameters.

        Raises:
            RouteError: If the router would include itself, or is an app, or the prefix
                is no pattern.
            RuntimeError: If the app has started already.
        """
        self._check_open("a router")
        if not isinstance(router, Router):
            raise RouteError(f"Can only include a Router, not {router!r}.")
        if not router._can_be_included():
            raise RouteError(f"{router!r} is an app: use app.mount() instead.")
        if router is self or router._includes(self):
            raise RouteError(f"{router!r} would include itself.")
        parse_pattern(prefix)
        if prefix and not prefix.startswith("/"):
            prefix = f"/{prefix}"
        prefix = prefix.rstrip("/")
        if "{" in prefix:
            # What cannot stand below parameters is refused here, at the user's line.
            list(router._placed(Surroundings(prefix)))
        include = Include(prefix, router)
        self._declared.append(include)
        self._events.append(include)

    @overload
    def on(self, event: Literal["startup", "shutdown"]) -> Callable[[H], H]: ...
    @overload
    def on(self, event: Literal["startup", "shutdown"], handler: H) -> H: ...
    def on(self, event: str, handler: Any = None) -> Any:
        """Call a function, sync or async, when the app starts or stops.

        What the function names is injected: app-scoped providers and `app`.

        Args:
            event: `"startup"` or `"shutdown"`.
            handler: The function; without it, `on` is a decorator.

        Raises:
            ValueError: If there is no such event.
            RuntimeError: If the app has started already.
        """
        self._check_open("an event handler")
        if handler is None:
            checked_event(event, print)
            return lambda function: self.on(event, function)  # type: ignore[call-overload]
        checked_event(event, handler)
        self._events.append((event, handler))
        return handler

    def before(self, hook: H, *args: Any, **kwargs: Any) -> H:
        """Run a hook before every HTTP route of this router; usable as a decorator."""
        self._check_open("a hook")
        added = Hooks(before=(checked_hook(hook, args, kwargs),))
        self._hooks = self._hooks.around(added)
        return hook

    def after(self, hook: H, *args: Any, **kwargs: Any) -> H:
        """Run a hook after every HTTP route of this router; usable as a decorator."""
        self._check_open("a hook")
        added = Hooks(after=(checked_hook(hook, args, kwargs),))
        self._hooks = self._hooks.around(added)
        return hook

    def error_handler(self, exception: type[Exception]) -> Callable[[H], H]:
        """Answer an exception of this router's routes with the decorated function.

        It is `async def handler(req, res, exc)`.

        Args:
            exception: The class; subclasses without a handler of their own count.

        Raises:
            ExpectedAsync: If the handler is not async.
            TypeError: If the class is none of exceptions, or the handler takes
                something else.
        """
        check_exception(exception)

        def declare(handler: H) -> H:
            self.add_error_handler(exception, handler)
            return handler

        return declare

    def add_error_handler(
        self, exception: type[Exception], handler: ErrorHandler
    ) -> None:
        """Answer an exception of this router's routes with `handler`.

        Args:
            exception: The class; subclasses without a handler of their own count.
            handler: `async def handler(req, res, exc)`.

        Raises:
            TypeError: As for `error_handler`, an `ExpectedAsync` among them.
        """
        self._check_open("an error handler")
        self._handlers[exception] = checked_handler(exception, handler)

    def _placed(self, around: Surroundings = NOTHING_AROUND) -> Iterator[Placed]:
        """Everything declared here and in included routers, in order."""
        inside = Surroundings(
            around.prefix,
            around.hooks.around(self._hooks),
            (self._handlers, *around.handlers),
        )
        for declared in self._declared:
            if isinstance(declared, Include):
                prefix = inside.join(declared.prefix)
                yield from declared.router._placed(
                    Surroundings(prefix, inside.hooks, inside.handlers)
                )
            else:
                pattern = parse_pattern(inside.join(declared.text))
                if isinstance(declared, Mount):
                    check_prefix(pattern)
                yield Placed(pattern, declared, inside)

    def _handlers_of(
        self, event: str, seen: "set[Router] | None" = None
    ) -> Iterator[Callable[..., Any]]:
        """Handlers of an event in order, each router's where it is first included."""
        seen = set() if seen is None else seen
        for declared in self._events:
            if not isinstance(declared, Include):
                name, handler = declared
                if name == event:
                    yield handler
            elif declared.router not in seen:
                seen.add(declared.router)
                yield from declared.router._handlers_of(event, seen)

    def _routers(self) -> "Iterator[Router]":
        """The routers included in this one, and in those, each once."""
        found: dict[int, Router] = {}
        for declared in self._declared:
            if isinstance(declared, Include):
                inner = declared.router
                found |= {id(inner): inner} | {id(it): it for it in inner._routers()}
        return iter(found.values())

    def _includes(self, other: "Router") -> bool:
        return any(router is other for router in self._routers())

    def _can_be_included(self) -> bool:
        return True

    def _check_open(self, what: str) -> None:
        """Refuse what would not be seen any more."""
        for app in self._served_by:
            raise too_late(what, self, f"{app!r}, which includes it,")


def _is_included(app: object) -> bool:
    """Whether it is a router and not an app."""
    return isinstance(app, Router) and app._can_be_included()
