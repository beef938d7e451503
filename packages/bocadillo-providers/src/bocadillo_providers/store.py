"""The store: declarations, frozen into a graph, and the sessions that live on it."""

import importlib
import importlib.util
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal, ParamSpec, TypeVar, overload
from weakref import WeakSet

from .checks import (
    consumer_problems,
    cycle_problem,
    cycles,
    edge_problems,
    provider_asker,
)
from .cleanup import Shield
from .consumer import Consumer
from .errors import DeclarationError, GraphError, Problem, SessionRequired, TypeMismatch
from .graph import Graph, build_graph
from .override import Override
from .provider import Kind, Provider, declare, declare_value
from .registry import Registry
from .runtime import Runtime
from .session import Ambient, Session, supplied_values
from .trace import Trace

P = ParamSpec("P")
R = TypeVar("R")
CheckTypes = Literal["error", "warn", "off"]

_ALIASES = {"session": "app", "function": "request"}


class Store(Registry):
    """Providers and consumers, and the sessions in which they live.

    Args:
        scopes: Names of the scopes, widest first. A session opens the first one, a
            consumer call the last one.
        scope_aliases: Other names for scopes. By default `session` is `app` and
            `function` is `request`, where those exist.
        default_scope: The scope of providers that name none; the last one if None.
        providers_module: What `discover_default` imports.
        check_types: What to do about annotations that do not fit: "error", "warn"
            (with a `UserWarning`) or "off".
        shield: Makes a context manager that protects one async cleanup from
            cancellation, such as `lambda: trio.CancelScope(shield=True)`.
    """

    def __init__(
        self,
        *,
        scopes: Sequence[str] = ("app", "request"),
        scope_aliases: Mapping[str, str] | None = None,
        default_scope: str | None = None,
        providers_module: str = "providerconf",
        check_types: CheckTypes = "error",
        shield: Shield | None = None,
    ) -> None:
        super().__init__()
        if scope_aliases is None:
            scope_aliases = {
                alias: scope for alias, scope in _ALIASES.items() if scope in scopes
            }
        self._runtime = Runtime(tuple(scopes), scope_aliases, shield, self._freeze)
        self._ambient = Ambient(self._runtime)
        self._default = (
            self._runtime.innermost
            if default_scope is None
            else self._runtime.index_of(default_scope)
        )
        self._check_types = check_types
        self._providers_module = providers_module
        self._consumers: list[Consumer[..., Any]] = []

    def consumer(self, fn=None, /, *, supplied=None, uses=()):
        def make(fn):
            consumer = Consumer(
                fn,
                self._ambient,
                supplied=None if supplied is None else tuple(supplied),
                uses=tuple(uses),
            )
            if self._runtime.frozen is not None:
                problems = list(self._problems_of(self._runtime.frozen, consumer))
                if problems:
                    raise GraphError(problems)
            else:
                self._consumers.append(consumer)
            return consumer
        return make if fn is None else make(fn)

    def session(self, **values: Any) -> Session:
        return Session(self._ambient, supplied_values(self._runtime, 0, values))

    session_sync = session

    async def enter_session(self, **values: Any) -> Session:
        session = await self.session(**values).__aenter__()
        self._ambient.ground.enter(session)
        return session

    async def exit_session(self) -> None:
        session = self._ambient.ground.session
        if session is None:
            raise SessionRequired("exit_session() without enter_session()")
        self._ambient.ground.enter(None)
        await session.__aexit__(None, None, None)

    def override(self, *, everywhere: bool = False, **values: Any) -> Override:
        replacements = {
            name: declare_value(name, Kind.CONSTANT, __wrapped__=partial(_given, value))
            for name, value in values.items()
        }
        return self._override(replacements, everywhere)

    def override_with(self, *functions: Callable[..., Any] | Provider[Any], everywhere: bool = False) -> Override:
        providers = [f if isinstance(f, Provider) else declare(f) for f in functions]
        return self._override({each.name: each for each in providers}, everywhere)

    def _override(self, replacements: Mapping[str, Provider[Any]], everywhere: bool) -> Override:
        def known() -> Iterator[str]:
            return (each.name for each in self.declared())

        return Override(self._ambient, known, replacements, everywhere=everywhere)

    @contextmanager
    def trace(self) -> Iterator[Trace]:
        trace = Trace()
        self._runtime.active[trace] = None
        try:
            yield trace
        finally:
            del self._runtime.active[trace]

    @contextmanager
    def exit_freeze(self) -> Iterator[None]:
        self._runtime.thaw()
        yield
        self.freeze()

    def discover(self, *modules: str) -> None:
        for module in modules:
            importlib.import_module(module)

    def discover_default(self) -> None:
        if importlib.util.find_spec(self._providers_module) is not None:
            self.discover(self._providers_module)

    def freeze(self) -> None:
        self._runtime.base()

    def problems(self) -> list[Problem]:
        return list(self._problems(self._build()))

    def _build(self) -> Graph:
        def scope_of(provider: Provider[Any]) -> int:
            if provider.scope is None:
                return self._default
            user = f"provider {provider.name!r} ({provider.origin}): "
            return self._runtime.index_of(provider.scope, user)
        return build_graph(self.declared(), self._runtime.scopes, scope_of)

    def _freeze(self) -> Graph:
        graph = self._build()
        problems = []
        for problem in self._problems(graph):
            if isinstance(problem, TypeMismatch) and self._check_types == "warn":
                warnings.warn(problem.message, stacklevel=2)
            else:
                problems.append(problem)
        if problems:
            raise GraphError(problems)
        return graph

    def _problems(self, graph: Graph) -> Iterator[Problem]:
        circles = cycles(graph)
        nodes = [(node.provider.order, node) for node in graph.nodes.values()]
        consumers = [(consumer.spec.order, consumer) for consumer in self._consumers]
        for _, each in sorted([*nodes, *consumers], key=lambda pair: pair[0]):
            if isinstance(each, Consumer):
                yield from self._problems_of(graph, each)
            else:
                if each.key in circles:
                    yield cycle_problem(graph, circles[each.key])
                yield from edge_problems(graph, provider_asker(each), types=self._check_types != "off")

    def _problems_of(self, graph: Graph, consumer: Consumer[..., Any]) -> Iterator[Problem]:
        return consumer_problems(graph, consumer.spec, types=self._check_types != "off")

    def _accept(self, provider: Provider[Any]) -> None:
        if self._runtime.frozen is not None:
            raise DeclarationError(
                f"provider {provider.name!r} ({provider.origin}) comes too late: the "
                "store is frozen; declare it before the first session or call, or "
                "after `store.exit_freeze()`"
            )
        if provider.scope is not None:
            user = f"provider {provider.name!r} ({provider.origin}): "
            self._runtime.index_of(provider.scope, user)
        super()._accept(provider)


def _given(value: Any) -> Any:
    return value
