"""A callable that gets values: bound to what it needs, called with the rest."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

from .errors import DeclarationError, GraphError
from .generated import UNSET, make_function, signature_text
from .graph import Graph
from .plan import Plan, Spec, plan_bound, plan_consumer
from .provider import EMPTY, Kind, Provider, kind_of, used_by, origin_of, next_order, parameters_of, title_of
from .runtime import Runtime

P = ParamSpec("P")
R = TypeVar("R")


class Caller(Protocol):
    """Who calls a consumer in the scope that is open."""

    def call(
        self, consumer: "Consumer[..., Any]", given: Sequence[Any]
    ) -> Coroutine[Any, Any, Any]: ...

    def call_sync(
        self, consumer: "Consumer[..., Any]", given: Sequence[Any]
    ) -> Any: ...


class Consumer(Generic[P, R]):
    """A callable whose parameters are filled with what providers make."""

    def __init__(
        self,
        function: Callable[..., Any],
        runtime: Runtime,
        caller: Caller,
        *,
        supplied: tuple[str, ...] | None = None,
        uses: tuple[str | Provider[Any], ...] = (),
    ) -> None:
        self.__wrapped__ = function
        self.__useproviders__ = (*used_by(function), *uses)
        self.runtime = runtime
        self._caller = caller
        self._title = title_of(function)
        self._origin = origin_of(function)
        self._order = next_order()
        self._parameters = parameters_of(function)
        self._supplied = supplied
        self._plans: dict[bool, Plan] = {}

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R]:
        return self._caller.call(self, self.bind_arguments(args, kwargs))

    def call_sync(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self._caller.call_sync(self, self.bind_arguments(args, kwargs))

    @property
    def spec(self) -> Spec:
        return Spec(self.__wrapped__, self._parameters, self._supplied, self.__useproviders__, self._title, self._origin, self._order)

    @property
    def supplied(self) -> tuple[str, ...] | None:
        return self._supplied

    def plan_on(self, graph: Graph, *, bound: bool = False) -> Plan:
        plan = self._plans.get(bound)
        if plan is None or plan.graph is not graph:
            plan = (plan_bound if bound else plan_consumer)(graph, self.spec)
            self._plans[bound] = plan
        return plan

    def bind_arguments(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Sequence[Any]:
        plan = self.plan_on(self.runtime.base())
        filled = {e.parameter.name for e in plan.edges if e.parameter and e.target}
        for name in kwargs:
            if name in filled:
                raise TypeError(
                    f"{self._title}() got {name!r}, which a provider fills; "
                    f"to replace it use store.override({name}=...)"
                )
        parameters = [
            replace(p, default=UNSET) if self._supplied and p.kind < 4 and p.kind != 2 else p
            for p in plan.callers
        ]
        text = f"def bind({signature_text(parameters)}):\n    return ({''.join(f'p{i}, ' for i in range(len(parameters)))})\n"
        return make_function(text, {}, title=self._title, parameters=parameters)(*args, **kwargs)

    @property
    def providers(self) -> tuple[str, ...]:
        plan = self.plan_on(self.runtime.base())
        return tuple(n.name for n in plan.reached if n.kind.is_called)
