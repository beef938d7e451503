"""A session: the widest scope of a store, live, and what is bound to it."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from .asking import require_sync, start_plan
from .consumer import Consumer, require_consumer
from .errors import ResolutionError
from .plan import Plan
from .scope import Ambient, Call, Scope

T = TypeVar("T")


class Session(Scope):
    """The widest scope of a store, live."""

    def __init__(self, ambient: Ambient, values: dict[str, Any]) -> None:
        super().__init__(ambient, ambient.ground, 0, values)

    async def __aenter__(self) -> Self:
        self._check_new()
        if any(self.ambient.here().line[:1]):
            raise ResolutionError(
                "a session of this store is open in this context already: use it, or "
                "open the second one in another task or with another store"
            )
        plan = start_plan(self.runtime)
        self.live = self
        try:
            await self.evaluate(plan)
        except BaseException as exc:
            await self.close(exc)
            raise
        self.ambient.sessions[self] = None
        return await super().__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.ambient.sessions.pop(self, None)
        await super().__aexit__(kind, exc, traceback)

    def __enter__(self) -> Self:
        require_sync(start_plan(self.runtime), self.line)
        return super().__enter__()

    def bind(
        self,
        *consumers: Consumer[..., T],
        places: Sequence[int] | None = None,
        finish: Callable[..., Awaitable[object] | None] | None = None,
    ) -> Callable[..., Awaitable[T]]:
        """A plain function that calls consumers in a scope of its own.

        Args:
            consumers: Those that are called one after another with the same values,
                until one returns something: the rest, and what only they need, is
                left out then. All declare the same names as `supplied`.
            places: For each supplied name, which argument of the function it is:
                `(0, 1, 0)` if the first and the last are the same. By default they are
                all different, in that order.
            finish: Called with the arguments and the result, before anything is
                cleaned up; may return something to await. Where nothing has to be
                cleaned up it may be left out.

        Returns:
            `run(*values)`: what is supplied, in that order. The innermost scope that
            it opens has those values, too. It gives what the last consumer returned
            that was called.

        Raises:
            TypeError: If it needs what is neither supplied nor provided.
            ValueError: If `places` are not one for each supplied name, or the names of
                two consumers differ.
        """
        from .compiler import Compiled  # noqa: PLC0415 - by the first one

        plans = [self._plan_bound(consumer) for consumer in consumers]
        names = {consumer.supplied or () for consumer in consumers}
        if len(names) != 1:
            raise ValueError(
                f"cannot bind {consumers}: pass consumers that declare the same "
                "`supplied=`"
            )
        supplied_names = names.pop()
        if places is None:
            places = range(len(supplied_names))
        elif len(places) != len(supplied_names) or min(places, default=0) < 0:
            raise ValueError(
                f"cannot bind {consumers[0]!r}: places={tuple(places)} does not say "
                f"which argument each of {supplied_names} is; write a number for each, "
                "from 0 on"
            )

        async def slow(*given: Any) -> T:
            graph = self.runtime.graph()
            plans = [it.plan_on(graph, bound=True) for it in consumers]
            supplied = [given[place] for place in places]
            result: T = await self.ambient.call_in(
                self, plans, supplied, finish and partial(finish, *given)
            )
            return result

        async def onward(call: Call, number: int, *given: Any) -> T:
            graph = self.runtime.graph()
            plans = [it.plan_on(graph, bound=True) for it in consumers[number:]]
            supplied = [given[place] for place in places]
            result: T = await self.ambient.call_in(call.real[""], plans, supplied)
            return result

        if not (self.opens and Compiled.suits(plans)):
            return slow
        run: Callable[..., Awaitable[T]] = Compiled(
            plans, self.runtime.shield
        ).make_bound(
            places,
            finish,
            # PERF: a tenth of a call; mostly there is nobody to share (bench g).
            shared=len(consumers) > 1 or self.ambient.has_callers,
            active=self.runtime.active,
            enter=self.ambient.current.set,
            Call=Call,
            onward=onward,
            scope=self,
            slow=slow,
        )
        return run

    def _plan_bound(self, consumer: Consumer[..., Any]) -> Plan:
        plan = require_consumer(consumer).plan_on(self.runtime.base(), bound=True)
        if plan.callers:
            names = ", ".join(repr(parameter.name) for parameter in plan.callers)
            raise TypeError(
                f"cannot bind {consumer!r}: {names} is neither supplied nor provided; "
                f"declare it with `supplied=`"
            )
        return plan
