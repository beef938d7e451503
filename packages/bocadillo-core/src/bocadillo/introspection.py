"""What an app would do, as plain data: for the command line, documents and tools.

Compiles the app as its start would. Calls no view and evaluates no provider.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal
from urllib.parse import unquote

from bocadillo_providers import GraphError

from .applications import App
from .arguments import Parameter, compile_arguments
from .asgi import Scope
from .compilation import Planned
from .declarations import Mount, Route, WebSocketRoute
from .errors import ConfigurationError, HTTPError, ParameterError, Redirect
from .hooks import Hook, Hooks
from .inspection import location_of, name_of
from .markers import Source
from .matching import Matcher
from .misses import miss, with_slash
from .proximity import Nearest, nearest
from .recovery import DEFAULT_HANDLERS

Kind = Literal["http", "websocket", "mount"]

WEBSOCKET: Final = "WEBSOCKET"
"""Stands for a method, to ask what becomes of a websocket."""


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """A provider.

    Attributes:
        name: What it is asked for by.
        scope: How long its value lives: `app` or `request`.
        kind: How its value is made, in words.
        location: Where it is declared, as `file:line`.
        needs: Names of what it needs itself.
    """

    name: str
    scope: str
    kind: str
    location: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RouteInfo:
    """A route or mount.

    Attributes:
        kind: What it serves.
        methods: In alphabetical order; `None` for every method.
        pattern: With the prefixes of routers and mounts.
        view: Where the view is, as `module.name`; what is mounted.
        location: Where that is defined, as `file:line`; may be empty.
        parameters: What the view takes and from where.
        before: Hooks, in the order in which they run.
        after: Likewise.
        providers: What is evaluated for it, in order.
        error_handlers: Names of handlers by those of the exceptions.
        hidden_by: The pattern of a route that leaves nothing to this one.
    """

    kind: Kind
    methods: tuple[str, ...] | None
    pattern: str
    view: str
    location: str
    parameters: tuple[Parameter, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    providers: tuple[ProviderInfo, ...] = ()
    error_handlers: Mapping[str, str] = field(default_factory=dict)
    hidden_by: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would become of a request.

    Attributes:
        middleware: What it passes, outermost first.
        route: The one that matches, if one does.
        params: What the path holds for it, not converted yet.
        outcome: What ends the request before any view could.
        nearest: The route that nearly matches, if none does.
        inner: What happens in the app that is mounted there.
    """

    middleware: tuple[str, ...]
    route: RouteInfo | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    outcome: HTTPError | Redirect | None = None
    nearest: Nearest[RouteInfo] | None = None
    inner: "Explanation | None" = None


def describe_routes(app: App) -> tuple[RouteInfo, ...]:
    """Every route of an app, and of the apps mounted in it, in order of declaration.

    Raises:
        ConfigurationError: If the app could not start.
        GraphError: Likewise, because of its providers.
    """
    return tuple(_Inspection(app).routes())


def explain(app: App, method: str, target: str) -> Explanation:
    """Tell what would become of a request.

    Args:
        app: A configured application.
        method: The HTTP method, in upper case; or `WEBSOCKET`.
        target: The path as in a URL, and the query string if there is one.

    Raises:
        ConfigurationError: If the app could not start.
        GraphError: Likewise, because of its providers.
    """
    path, _, query = target.partition("?")
    return _Inspection(app).explain(method, unquote(path), query)


def find_mistakes(app: App) -> list[ConfigurationError | GraphError]:
    """What would keep an app from starting; nothing if it could.

    Wrong views, and a wrong graph of providers, are told one by one.
    """
    try:
        describe_routes(app)
    except GraphError as exc:
        return [*exc.problems]
    except ConfigurationError as exc:
        views = exc.views if isinstance(exc, ParameterError) else ()
        return [*(views or [exc]), *app._store.problems()]
    return []


def draw_providers(
    app: App, style: Literal["tree", "mermaid", "dot", "json"] = "tree"
) -> str:
    """The providers of an app, and who needs them.

    Args:
        app: A configured application.
        style: What the text is for: people, Mermaid, Graphviz or programs.

    Raises:
        ConfigurationError: If the app could not start.
        GraphError: Likewise, because of its providers.
    """
    app._compile(None)
    return app._store.graph(style)


class _Inspection:
    """One app, compiled, and where it is mounted."""

    def __init__(self, app: App, prefix: str = "", parent: App | None = None) -> None:
        self._app = app
        self._prefix = prefix
        self._compiled = app._compile(parent)

    def routes(self) -> Iterator[RouteInfo]:
        for item in self._compiled.planned:
            yield self._describe(item)
            inner = self._mounted(item)
            if inner is not None:
                yield from inner.routes()

    def explain(self, method: str, path: str, query: str) -> Explanation:
        matcher: Matcher[Any] = self._compiled.matcher
        if method == WEBSOCKET:
            matcher = self._compiled.socket_matcher
        scope = {
            "method": method,
            "path": self._prefix + path,
            "root_path": self._prefix,
            "query_string": query.encode(),
        }
        middleware = self._middleware(method)
        found = matcher.find(path, method)
        if not isinstance(found, tuple):
            outcome = self._miss(found, scope)
            near = self._nearest(path, method) if _is_unknown(outcome) else None
            return Explanation(middleware, outcome=outcome, nearest=near)
        target, params = found
        pattern = next(it.pattern for it in matcher._routes if it.target is target)
        item = next(it for it in self._compiled.planned if it.placed.pattern is pattern)
        if isinstance(item.placed.declaration, Mount) and path == item.placed.prefix:
            return Explanation(middleware, outcome=with_slash(path, scope))
        route = self._describe(item)
        inner = self._mounted(item)
        if inner is None:
            refusal = _refusal(route.parameters, scope, params)
            return Explanation(middleware, route, params, refusal)
        rest = (self._prefix + path).removeprefix(inner._prefix)
        explained = inner.explain(method, rest, query)
        return Explanation(middleware, route, inner=explained)

    def _miss(
        self, allowed: frozenset[str] | None, scope: Scope
    ) -> HTTPError | Redirect:
        """What becomes of a request that no route answers."""
        if scope["method"] == WEBSOCKET:
            return HTTPError(403)
        redirects = self._compiled.settings["REDIRECT_TRAILING_SLASH"]
        find = self._compiled.matcher.find if redirects else None
        return miss(allowed, scope, find) or HTTPError(404)

    def _describe(self, item: Planned) -> RouteInfo:
        declaration, plan = item.placed.declaration, item.plan
        pattern = self._prefix + item.placed.pattern.text
        hidden_by = self._hidden.get(id(item.target))
        if isinstance(declaration, Mount):
            title = _title(declaration.app)
            return RouteInfo("mount", None, pattern, title, "", hidden_by=hidden_by)
        hooks = plan.viewed.hooks if plan.viewed else Hooks()
        needed = dict.fromkeys(
            name for consumer in plan.consumers for name in consumer.providers
        )
        return RouteInfo(
            "http" if isinstance(declaration, Route) else "websocket",
            None if item.methods is None else tuple(sorted(item.methods)),
            pattern,
            _title(declaration.view),
            location_of(declaration.view),
            tuple(plan.parameters),
            _titles(hooks.before),
            _titles(hooks.after),
            tuple(self._providers[name] for name in needed),
            _handlers(item),
            hidden_by,
        )

    def _mounted(self, item: Planned) -> "_Inspection | None":
        mount = item.placed.declaration
        if not isinstance(mount, Mount) or not isinstance(mount.app, App):
            return None
        prefix = self._prefix + item.placed.prefix
        return _Inspection(mount.app, prefix, self._app)

    def _nearest(self, path: str, method: str) -> Nearest[RouteInfo] | None:
        other: type[object] = WebSocketRoute
        difference = "it is for websockets"
        if method == WEBSOCKET:
            other, difference = Route, "it is for requests, not for websockets"
        planned = []
        for item in self._compiled.planned:
            pattern = item.placed.pattern
            if not isinstance(item.placed.declaration, other):
                planned.append((pattern.text, item))
            elif pattern.match(path) is not None:
                return Nearest(self._describe(item), (difference,))
        found = nearest(path, planned)
        if found is None:
            return None
        return Nearest(self._describe(found.route), found.differences)

    def _middleware(self, method: str) -> tuple[str, ...]:
        """The classes, outermost first; websockets pass the outer ring only."""
        rings = [self._app._asgi_middleware, self._app._built_in]
        if method != WEBSOCKET:
            rings.insert(0, self._app._middleware)
        inside_out = [_title(cls) for ring in rings for cls, _ in ring]
        return tuple(reversed(inside_out))

    @cached_property
    def _hidden(self) -> Mapping[int, str]:
        """Identity of the target of each hidden route → the pattern that hides it."""
        compiled = self._compiled
        return {
            id(later.target): self._prefix + first.pattern.text
            for matcher in (compiled.matcher, compiled.socket_matcher)
            for later, first in matcher.shadowed()
        }

    @cached_property
    def _providers(self) -> Mapping[str, ProviderInfo]:
        graph = json.loads(self._app._store.graph("json"))
        return {
            it["name"]: ProviderInfo(
                it["name"],
                it["scope"],
                it["kind"],
                f"{it['file']}:{it['line']}",
                tuple(it["needs"]),
            )
            # One that extends another of its name comes first, and has the name.
            for it in reversed(graph["providers"])
        }


def _is_unknown(outcome: HTTPError | Redirect) -> bool:
    return outcome.status_code in (403, 404)


def _refusal(
    parameters: Iterable[Parameter], scope: Scope, params: dict[str, str]
) -> HTTPError | None:
    """The 400 that path and query alone lead to."""
    known = [it for it in parameters if it.source in (Source.PATH, Source.QUERY)]
    collect = compile_arguments(known)
    try:
        collect({**scope, "path_params": params})
    except HTTPError as error:
        return error
    return None


def _handlers(item: Planned) -> dict[str, str]:
    """Who handles what is raised in a route: the innermost of each exception."""
    tables = (*item.placed.surroundings.handlers, DEFAULT_HANDLERS)
    return {
        exception.__name__: name_of(handler)
        for table in reversed(tables)
        for exception, handler in table.items()
        if not name_of(handler).startswith("_")
    }


def _titles(hooks: Iterable[Hook]) -> tuple[str, ...]:
    return tuple(_title(hook.function) for hook in hooks)


def _title(obj: Any) -> str:
    if isinstance(obj, App):
        return "App" + (f" {obj.name!r}" if obj.name else "")
    return f"{obj.__module__}.{name_of(obj)}"
