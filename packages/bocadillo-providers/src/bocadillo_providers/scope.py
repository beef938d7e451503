"""Scopes, opened and closed; and which of them is open here."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Self, TypeVar, overload

from .asking import complete, plan_to_get, require_sync, supplied_values
from .cleanup import Exit
from .consumer import Consumer, require_consumer
from .errors import ResolutionError, ScopeNotOpen
from .failures import cannot_open, not_open
from .graph import Graph
from .plan import Finish, Plan
from .provider import Provider
from .runtime import Runtime
from .values import Values, invoke
from .waiting import run_sync

T = TypeVar("T")


class Ambient:
    """Which scope of a store is open here, and how consumers are called in it.

    Attributes:
        runtime: The store's.
        ground: What is there when no scope is open.
        sessions: All sessions that are open.
        current: The innermost scope that was opened in the context; it may have
            closed since, then what is `live` above it counts.
        has_callers: Whether consumers were declared that anybody may call: they share
            the values of those in which they are called.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.ground = Ground()
        self.sessions: dict[Scope, None] = {}
        self.has_callers = False
        self.current = ContextVar["Scope | Call | Ground"]("scope", default=self.ground)

    def graph(self) -> Graph:
        """The frozen graph, without overrides."""
        return self.runtime.base()

    def here(self) -> "Scope | Ground":
        """The innermost scope that is open in this context."""
        place = self.current.get()
        while place.live is not place:
            place = place.live
        return place.shared(self)

    def compile(self, consumer: Consumer[..., T]) -> Callable[..., Awaitable[T]]:
        """The function that a call of a consumer comes down to."""
        from .compiler import Compiled  # noqa: PLC0415 - by the first one

        def slow(given: Sequence[Any]) -> Awaitable[T]:
            return self.call(consumer, given)

        plan = consumer.plan_on(self.graph())
        if consumer.is_checked or not Compiled.suits([plan]):
            return consumer.make_front(slow)
        call: Callable[..., Awaitable[T]] = Compiled(
            [plan], self.runtime.shield
        ).make_call(
            plan.callers,
            active=self.runtime.active,
            current=self.current.get,
            enter=self.current.set,
            Call=Call,
            slow=slow,
        )
        return call

    async def call(self, consumer: Consumer[..., T], given: Sequence[Any]) -> T:
        """Call a consumer in the scope that is open here, or in one of its own."""
        plan = consumer.plan_on(self.runtime.graph())
        result: T = await self.call_in(self.here(), [plan], given)
        return result

    def call_sync(self, consumer: Consumer[..., Any], given: Sequence[Any]) -> Any:
        """The same, if nothing needs to be awaited."""
        plan = consumer.plan_on(self.runtime.graph())
        scope = self.here()
        require_sync(plan, scope.line)
        return run_sync(self.call_in(scope, [plan], given), plan.title)

    async def call_in(
        self,
        scope: "Scope | Ground",
        plans: Sequence[Plan],
        given: Sequence[Any],
        finish: Finish | None = None,
    ) -> Any:
        """Call consumers (see `Session.bind`) in a scope, or in a new innermost one."""
        innermost = self.runtime.scopes.innermost
        if scope.closed:
            raise ScopeNotOpen(f"{scope!r} is not open: use it with `async with`")
        given = complete(plans[0], given, scope.line)
        if isinstance(scope, Scope) and scope.index == innermost:
            return await scope.run(plans, given, finish)
        if innermost == 0:
            if plans[0].steps:
                raise not_open(plans[0], plans[0].steps[0].node)
            return await invoke(plans[0], (), given)
        values = {name: given[index] for plan in plans for name, index in plan.feeds}
        async with Scope(self, scope, innermost, values) as inner:
            return await inner.run(plans, given, finish)


class Ground:
    """Stands where no scope is open.

    Attributes:
        live: Itself.
        line: The session of `enter_session`, which is seen from everywhere, if any.
        values: The values of that session.
    """

    index = -1
    closed = False
    opens = True

    def __init__(self) -> None:
        self.live = self
        self.line: tuple[Any, ...] = ()
        self.values: Mapping[str, Any] = {}

    @property
    def session(self) -> "Scope | None":
        """The session of `enter_session`, if it is open."""
        return self.line[0] if self.line else None

    def enter(self, session: "Scope | None") -> None:
        """Let a session be seen from everywhere, or none again."""
        self.line = session.line if session else ()
        self.values = session.values if session else {}

    def shared(self, ambient: Ambient) -> "Scope | Ground":
        """The session that is seen from everywhere, or itself."""
        return self.session or self


class Call:
    """The scope that a compiled call opens: real only once somebody shares it.

    PERF: its attributes are set by the generated function (benchmarks/providers).

    Attributes:
        live: Itself during the call, then where it was called.
        parent: Where it was called.
        names: Keys of its values.
        values: The values.
        real: Empty, or the real scope, as `""`. A dict, so that two threads that
            share the call at the same time get the same scope.
    """

    __slots__ = ("live", "names", "parent", "real", "values")
    opens = False

    live: "Call | Scope | Ground"
    names: tuple[str, ...]
    parent: "Scope | Ground"
    real: "dict[str, Scope]"
    values: tuple[Any, ...]

    def shared(self, ambient: Ambient) -> "Scope":
        """The real scope."""
        if not self.real:
            parent = self.parent.shared(ambient)
            values = dict(zip(self.names, self.values, strict=True))
            scope = Scope(ambient, parent, ambient.runtime.scopes.innermost, values)
            scope.live = scope
            self.real.setdefault("", scope)
        return self.real[""]

    async def close(self) -> None:
        """Clean up what was set up for those who shared it."""
        await self.real[""].close(None)

    def take_exits(self) -> list[Exit]:
        """Close it, and give away what it had to clean up."""
        self.live = self.parent
        self.values = ()
        exits: list[Exit] = []
        for scope in self.real.values():
            scope.live = self.parent
            exits += scope.exits
            scope.exits.clear()
        return exits


class Scope(Values):
    """An open scope: made by `session.scope()`, used with `async with`.

    Plain `with` will do if nothing that is evaluated in it is async.
    """

    def __init__(
        self,
        ambient: Ambient,
        parent: "Scope | Ground",
        index: int,
        values: dict[str, Any],
    ) -> None:
        super().__init__(ambient.runtime, index, parent, values)
        self.ambient = ambient
        self.opens = index == ambient.runtime.scopes.innermost - 1
        self._token: Token[Scope | Call | Ground] | None = None

    @property
    def name(self) -> str:
        """The name of the scope."""
        return self.runtime.scopes.names[self.index]

    def shared(self, ambient: Ambient) -> "Scope":
        """The scope itself."""
        return self

    def scope(self, name: str | None = None, **values: Any) -> "Scope":
        """A narrower scope, to be opened with `async with`.

        Args:
            name: Its name; the next narrower one if None.
            values: What it supplies, as declared with `store.value`.

        Raises:
            UnknownScope: If there is none of that name.
            ScopeNotOpen: If it is not the next narrower one.
            TypeError: If a value was not declared for it.
        """
        narrower = self.index + 1
        scopes = self.runtime.scopes
        index = narrower if name is None else scopes.index_of(name)
        if index != narrower or index > scopes.innermost:
            raise ScopeNotOpen(cannot_open(scopes.names, index, self.index, self))
        supplied = supplied_values(self.runtime, index, values)
        return Scope(self.ambient, self, index, supplied)

    async def call(self, consumer: Consumer[..., T], /, *args: Any, **kwargs: Any) -> T:
        """Call a consumer with the values of this scope.

        Args:
            consumer: The consumer.
            args: What it does not get from providers. Supplied names may be left
                out if this scope, or a wider one, has their values.
            kwargs: The same, by name.
        """
        given = require_consumer(consumer).bind_arguments(*args, **kwargs)
        plan = consumer.plan_on(self.runtime.graph())
        result: T = await self.ambient.call_in(self, [plan], given)
        return result

    def call_sync(self, consumer: Consumer[..., T], /, *args: Any, **kwargs: Any) -> T:
        """The same, if nothing needs to be awaited.

        Raises:
            SyncResolutionError: If something does.
        """
        given = require_consumer(consumer).bind_arguments(*args, **kwargs)
        plan = consumer.plan_on(self.runtime.graph())
        require_sync(plan, self.line)
        result: T = run_sync(self.ambient.call_in(self, [plan], given), plan.title)
        return result

    @overload
    async def get(self, wanted: Provider[T]) -> T: ...
    @overload
    async def get(self, wanted: str) -> Any: ...
    async def get(self, wanted: Provider[Any] | str) -> Any:
        """The value of a provider.

        Args:
            wanted: The provider, or its name.

        Raises:
            MissingProvider: If there is none of that name.
            ScopeNotOpen: If it lives in a narrower scope than this one.
        """
        plan = plan_to_get(self.runtime, self.index, wanted)
        return await self.obtain(plan)

    @overload
    def get_sync(self, wanted: Provider[T]) -> T: ...
    @overload
    def get_sync(self, wanted: str) -> Any: ...
    def get_sync(self, wanted: Provider[Any] | str) -> Any:
        """The same, if nothing needs to be awaited.

        Raises:
            SyncResolutionError: If something does.
        """
        plan = plan_to_get(self.runtime, self.index, wanted)
        require_sync(plan, self.line)
        return run_sync(self.obtain(plan), plan.title)

    async def __aenter__(self) -> Self:
        self._check_new()
        self.live = self
        self._token = self.ambient.current.set(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave()
        await self.close(exc)

    def __enter__(self) -> Self:
        run_sync(self.__aenter__(), repr(self))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        run_sync(self.__aexit__(kind, exc, traceback), repr(self))

    def _check_new(self) -> None:
        if self._token is not None:
            raise ResolutionError(f"{self!r} was opened before: make another one")
        if isinstance(self.parent, Scope) and self.parent.closed:
            raise ScopeNotOpen(
                f"scope {self.name!r} cannot be opened in {self.parent!r}: use that "
                "with `async with` first"
            )

    def _leave(self) -> None:
        """Be no longer the scope that is open here."""
        # It may have been opened in another context: whoever looks there sees that
        # it has closed.
        if self._token is not None:
            with suppress(ValueError):
                self.ambient.current.reset(self._token)

    def __repr__(self) -> str:
        state = " (never opened)" if self.is_new else " (closed)" * self.closed
        return f"<{type(self).__name__} {self.name!r}{state}>"
