"""The store: declarations, frozen into a graph, and the sessions that live on it."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakSet

from .asking import missing, supplied_values
from .callables import Kind
from .checks import consumer_problems, graph_problems
from .cleanup import Shield
from .consumer import Consumer, ConsumerDecorator
from .discovery import import_if_there, import_modules
from .errors import DeclarationError, GraphError, Problem, SessionRequired, TypeMismatch
from .graph import Graph, GraphFormat, build_graph
from .override import Override
from .provider import Provider, declare, declare_value
from .registry import Registry
from .runtime import Runtime
from .scope import Ambient
from .scopes import ScopeNames
from .session import Session
from .trace import Trace

if TYPE_CHECKING:
    from .drawing import Picture

CheckTypes = Literal["error", "warn", "off"]


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

    Raises:
        DeclarationError: If there are no scopes, or one appears twice.
        UnknownScope: If an alias or the default leads to no scope.
        ValueError: If `check_types` is none of the three.
        TypeError: If `shield` is not callable.
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
        if check_types not in ("error", "warn", "off"):
            raise ValueError(
                f"check_types is 'error', 'warn' or 'off', not {check_types!r}"
            )
        names = ScopeNames(scopes, scope_aliases, default_scope)
        self._runtime = Runtime(names, shield, self._freeze)
        self._ambient = Ambient(self._runtime)
        self._check_types = check_types
        self._providers_module = providers_module
        self._consumers: list[Consumer[..., Any]] = []
        self._late_consumers: WeakSet[Consumer[..., Any]] = WeakSet()

    # Declaring

    @property
    def consumer(self) -> ConsumerDecorator:
        """Have the parameters of a callable filled with what providers make.

        `@store.consumer` or `@store.consumer(...)`: see `ConsumerDecorator`.
        """
        return ConsumerDecorator(self._ambient, self._accept_consumer)

    def discover(self, *modules: str | ModuleType) -> None:
        """Import modules, so that they declare their providers.

        Args:
            modules: Dotted names, or modules that were imported already.

        Raises:
            ModuleNotFoundError: If there is no such module.
            TypeError: If it is neither a name nor a module.
        """
        import_modules(*modules)

    def discover_default(self) -> None:
        """Import the module `providers_module`, if there is one."""
        import_if_there(self._providers_module)

    # Freezing

    def freeze(self) -> None:
        """Check the graph, and accept no more providers.

        Happens by itself at the first session or call of a consumer.

        Raises:
            GraphError: If there are problems: it lists all of them.
            DuplicateProvider: If two registries claim a name.
            UnknownScope: If an included provider is in a scope that does not exist.
        """
        self._runtime.base()

    def exit_freeze(self) -> AbstractContextManager[None]:
        """Accept providers again. As a context manager: until the block ends.

        Sessions that are open keep the values they have.
        """
        self._runtime.thaw()
        for consumer in self._all_consumers():
            consumer.reset()
        return self._freeze_after()

    def problems(self) -> list[Problem]:
        """What is wrong with the graph, as records, in declaration order."""
        specs = [consumer.spec for consumer in self._all_consumers()]
        return [*graph_problems(self._build(), specs)]

    # Living

    def session(self, **values: Any) -> Session:
        """Open the widest scope: `async with store.session() as session`.

        It starts all providers of that scope that are not lazy, and cleans them up
        at the end. Consumers that are called inside find it by themselves.

        Args:
            values: Values declared for the widest scope.

        Raises:
            TypeError: If one of them is not declared for it.
            GraphError: If the graph has problems.
        """
        return Session(self._ambient, supplied_values(self._runtime, 0, values))

    def session_sync(self, **values: Any) -> Session:
        """The same when nothing is async: `with store.session_sync() as session`.

        Args:
            values: Values declared for the widest scope.
        """
        return self.session(**values)

    async def enter_session(self, **values: Any) -> Session:
        """Open a session until `exit_session`, for code that cannot use `with`.

        Consumers find it in every task and thread.

        Args:
            values: Values declared for the widest scope.

        Raises:
            ResolutionError: If a session is open already.
        """
        session = await self.session(**values).__aenter__()
        self._ambient.ground.enter(session)
        return session

    async def exit_session(self) -> None:
        """Close what `enter_session` opened.

        Raises:
            SessionRequired: If there is none.
        """
        session = self._ambient.ground.session
        if session is None:
            raise SessionRequired(
                "there is no session to exit: write `await store.enter_session()` first"
            )
        self._ambient.ground.enter(None)
        await session.__aexit__(None, None, None)

    def override(self, *, everywhere: bool = False, **values: Any) -> Override:
        """Use other values for some names, while a block or a function runs.

        Args:
            everywhere: Whether it holds in all tasks and threads; otherwise in the
                current context, and in tasks started inside.
            values: Values by name of what they replace.

        Returns:
            A context manager that is a decorator, too.
        """
        replacements = {
            name: declare_value(name, Kind.CONSTANT, __wrapped__=_giving(value))
            for name, value in values.items()
        }
        return self._override(replacements, everywhere=everywhere)

    def override_with(
        self, *functions: Callable[..., Any] | Provider[Any], everywhere: bool = False
    ) -> Override:
        """The same, with functions that are evaluated as the providers they replace.

        Args:
            functions: Named like what they replace. They may need other providers;
                one that takes its own name gets what it replaces.
            everywhere: Whether it holds in all tasks and threads.

        Returns:
            A context manager that is a decorator, too.

        Raises:
            InvalidProvider: If one of them cannot be a provider.
        """
        providers = [
            each if isinstance(each, Provider) else declare(each) for each in functions
        ]
        replacements = {each.name: each for each in providers}
        return self._override(replacements, everywhere=everywhere)

    # Looking

    def graph(self, format: GraphFormat = "tree") -> str:  # noqa: A002
        """The graph as text: "tree", "mermaid", "dot" or "json".

        Raises:
            ValueError: If there is no such format.
        """
        return self._picture().draw(format)

    def explain(self, name: str) -> str:
        """All about one provider, or what a call of one consumer does.

        Raises:
            MissingProvider: If there is none of that name.
        """
        picture = self._picture()
        text = picture.explain(name)
        if text is None:
            raise missing(picture.graph, name)
        return text

    def unused(self) -> list[str]:
        """Names of the providers that no consumer needs, in declaration order."""
        return self._picture().unused()

    def dependants(self, name: str) -> list[str]:
        """Names of what needs a provider, directly or not: providers, then consumers.

        Raises:
            MissingProvider: If there is none of that name.
        """
        picture = self._picture()
        node = picture.graph.find(name)
        if node is None:
            raise missing(picture.graph, name)
        return picture.dependants(node.key)

    @contextmanager
    def trace(self) -> Iterator[Trace]:
        """Collect how long each provider takes, in any task, while a block runs."""
        trace = Trace()
        self._runtime.active[trace] = None
        try:
            yield trace
        finally:
            del self._runtime.active[trace]

    def __repr__(self) -> str:
        state = "open" if self._runtime.frozen is None else "frozen"
        return f"<Store: {len(self.names())} providers, {state}>"

    # Inside

    def _accept_include(self, registry: Registry, prefix: str) -> None:
        self._check_declarable(f"what {registry!r} declares")
        super()._accept_include(registry, prefix)

    def _accept(self, provider: Provider[Any]) -> Provider[Any]:
        self._check_declarable(f"provider {provider.name!r} ({provider.origin})")
        scopes = self._runtime.scopes
        scope = scopes.names[scopes.place_of(provider)]
        return super()._accept(replace(provider, scope=scope))

    def _override(
        self, replacements: Mapping[str, Provider[Any]], *, everywhere: bool
    ) -> Override:
        return Override(self._ambient, self.names, replacements, everywhere=everywhere)

    def _check_declarable(self, what: str) -> None:
        if self._runtime.frozen is not None:
            raise DeclarationError(
                f"{what} comes too late, the store is frozen: declare it before the "
                "first session or call, or in `with store.exit_freeze():`"
            )

    @contextmanager
    def _freeze_after(self) -> Iterator[None]:
        yield
        self.freeze()

    def _accept_consumer(self, consumer: Consumer[..., Any]) -> None:
        graph = self._runtime.frozen
        if consumer.supplied is None:
            self._ambient.has_callers = True
        if graph is None:
            self._consumers.append(consumer)
        else:
            self._judge(consumer_problems(graph, consumer.spec))
            # NOTE: these may be many, one per task: they are kept by whoever calls.
            self._late_consumers.add(consumer)

    def _all_consumers(self) -> list[Consumer[..., Any]]:
        return [*self._consumers, *self._late_consumers]

    def _build(self) -> Graph:
        return build_graph(self.declared(), self._runtime.scopes)

    def _freeze(self) -> Graph:
        graph = self._build()
        specs = [consumer.spec for consumer in self._all_consumers()]
        self._judge(graph_problems(graph, specs))
        return graph

    def _judge(self, problems: Iterable[Problem]) -> None:
        """Raise, or warn, about problems."""
        fatal = []
        for problem in problems:
            if not isinstance(problem, TypeMismatch) or self._check_types == "error":
                fatal.append(problem)
            elif self._check_types == "warn":
                warnings.warn(f"{problem.kind}: {problem.message}", stacklevel=2)
        if fatal:
            raise GraphError(fatal)

    def _picture(self) -> "Picture":
        from .drawing import Picture  # noqa: PLC0415 - by who looks

        graph = self._runtime.frozen or self._build()
        return Picture(graph, [consumer.spec for consumer in self._all_consumers()])


def _giving(value: Any) -> Callable[[], Any]:
    return lambda: value
