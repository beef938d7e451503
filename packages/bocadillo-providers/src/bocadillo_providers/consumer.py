"""A callable that gets values: it is called with the rest of its arguments."""

import functools
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from types import MethodType
from typing import (
    Any,
    Concatenate,
    Generic,
    ParamSpec,
    Protocol,
    Self,
    TypeVar,
    overload,
)

from .callables import Parameter, kind_of, origin_of, parameters_of, title_of, used_by
from .errors import DeclarationError
from .generated import UNSET, make_function, signature_text
from .graph import Graph
from .plan import Plan, Spec, plan_bound, plan_consumer
from .provider import Provider, next_order

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Caller(Protocol):
    """Who has a consumer called in the scope that is open."""

    def graph(self) -> Graph:
        """The frozen graph, without overrides."""
        ...

    def compile(self, consumer: "Consumer[..., Any]") -> Callable[..., Any]:
        """The function that a call comes down to."""
        ...

    def call_sync(self, consumer: "Consumer[..., Any]", given: Sequence[Any]) -> Any:
        """Call it now, without awaiting."""
        ...


class Consumer(Generic[P, R_co]):
    """A callable whose parameters are filled with what providers make.

    Made by `@store.consumer`. Calling it takes the other arguments, and gives an
    awaitable of what the callable returns, also if that is a plain function.

    Attributes:
        __wrapped__: The callable.
        supplied: Names that the caller gives, if they were told.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        caller: Caller,
        *,
        supplied: Iterable[str] | None = None,
        uses: Sequence[str | Provider[Any]] = (),
        autouse: bool = True,
    ) -> None:
        if not callable(function):
            raise TypeError(f"{function!r} is not callable: it cannot be a consumer")
        if isinstance(supplied, str):
            raise TypeError(f"supplied= takes several names: ({supplied!r},)")
        title, origin = title_of(function), origin_of(function)
        if kind_of(function).is_generator:
            raise DeclarationError(
                f"consumer {title} ({origin}) is a generator: its values would be "
                "gone before it runs; make it return instead of yield"
            )
        functools.update_wrapper(self, function)
        self.__wrapped__ = function
        self.__useproviders__ = (*used_by(function), *uses)
        self.supplied = None if supplied is None else tuple(supplied)
        self._caller = caller
        self._autouse = autouse
        self._title = title
        self._origin = origin
        self._order = next_order()
        self._parameters = parameters_of(function)
        self._plans: dict[bool, Plan] = {}
        self._bind: Callable[..., Any] | None = None
        self._call: Callable[..., Any] = self._first_call

    def __call__(
        self, /, *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, R_co]:
        """Call it with what providers do not give; await the result."""
        # PERF: `_call` is a generated function with the signature that is left, so
        # Python itself binds the arguments (benchmarks/providers).
        try:
            return self._call(*args, **kwargs)  # type: ignore[no-any-return]
        except TypeError:
            self._refuse_injected(kwargs)
            raise

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Self: ...
    @overload
    def __get__(
        self: "Consumer[Concatenate[Any, Q], R]",
        instance: object,
        owner: type | None = None,
    ) -> Callable[Q, Coroutine[Any, Any, R]]: ...
    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """Be a method, if it was declared in a class."""
        return self if instance is None else MethodType(self, instance)

    def call_sync(self, /, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call it without awaiting.

        Raises:
            SyncResolutionError: If one of the providers, or the consumer itself, is
                async. The message names the path.
        """
        given = self.bind_arguments(*args, **kwargs)
        return self._caller.call_sync(self, given)  # type: ignore[no-any-return]

    @property
    def plan(self) -> str:
        """What a call does, as text: one line per step, in order."""
        from .drawing import draw_plan  # noqa: PLC0415 - by who looks

        return draw_plan(self.plan_on(self._caller.graph()), self._origin)

    @property
    def providers(self) -> tuple[str, ...]:
        """Names of the providers it may use, in order of evaluation."""
        plan = self.plan_on(self._caller.graph())
        return tuple(node.name for node in plan.reached if node.kind.is_called)

    @property
    def spec(self) -> Spec:
        """What the graph needs to know of it."""
        return Spec(
            self.__wrapped__,
            self._parameters,
            self.supplied,
            self.__useproviders__,
            self._title,
            self._origin,
            self._order,
            self._autouse,
        )

    def plan_on(self, graph: Graph, *, bound: bool = False) -> Plan:
        """Its plan; `bound` if it is called with all that is supplied, in order."""
        plan = self._plans.get(bound)
        if plan is None or plan.graph is not graph:
            make = plan_bound if bound else plan_consumer
            plan = self._plans[bound] = make(graph, self.spec)
        return plan

    def bind_arguments(self, /, *args: Any, **kwargs: Any) -> Sequence[Any]:
        """What a caller gives, in the order of `Plan.callers`.

        Raises:
            TypeError: If Python would refuse the arguments.
        """
        bind = self._bind
        if bind is None:
            bind = self._bind = self.make_front(tuple)
        try:
            return bind(*args, **kwargs)  # type: ignore[no-any-return]
        except TypeError:
            self._refuse_injected(kwargs)
            raise

    def make_front(self, then: Callable[[Sequence[Any]], Any]) -> Callable[..., Any]:
        """A function with the signature that is left, which hands its arguments on.

        Args:
            then: Takes them all in a sequence. Where something supplied was left out
                it gets `UNSET`.
        """
        parameters = self.plan_on(self._caller.graph()).callers
        if self.supplied:
            parameters = tuple(map(_left_out, parameters))
        given = "".join(f"p{index}, " for index in range(len(parameters)))
        return make_function(
            f"def run({signature_text(parameters)}):\n    return then(({given}))\n",
            {"then": self._checked(then)},
            title=self._title,
            parameters=parameters,
        )

    @property
    def is_checked(self) -> bool:
        """Whether its arguments need another look after Python has bound them."""
        return self.supplied is not None or self._takes_any_name

    @property
    def _takes_any_name(self) -> bool:
        return any(each.kind is each.kind.VAR_KEYWORD for each in self._parameters)

    def _checked(self, then: Callable[[Sequence[Any]], Any]) -> Callable[..., Any]:
        """Look among `**kwargs`, too, for what may not be passed."""
        if not self._takes_any_name:
            return then

        def checked(given: Sequence[Any]) -> Any:
            self._refuse_injected(given[-1])
            return then(given)

        return checked

    def reset(self) -> None:
        """Forget what was made from the graph."""
        self._plans = {}
        self._bind = None
        self._call = self._first_call

    def __repr__(self) -> str:
        return f"<Consumer {self._title} ({self._origin})>"

    def _first_call(self, /, *args: Any, **kwargs: Any) -> Any:
        self._call = self._caller.compile(self)
        return self._call(*args, **kwargs)

    def _refuse_injected(self, kwargs: Mapping[str, Any]) -> None:
        plan = self.plan_on(self._caller.graph())
        for edge in plan.edges:
            if edge.parameter is not None and edge.parameter.name in kwargs:
                name = edge.parameter.name
                raise TypeError(
                    f"{self._title}() got {name!r}, which provider {edge.name!r} "
                    f"fills; to replace it, use `store.override({edge.name}=...)`"
                ) from None


def require_consumer(consumer: Consumer[P, R]) -> Consumer[P, R]:
    """Refuse a function that was not declared.

    Raises:
        TypeError: Saying what to write.
    """
    if not isinstance(consumer, Consumer):
        raise TypeError(f"{consumer!r} is no consumer: declare it, @store.consumer")
    return consumer


class ConsumerDecorator:
    """`@consumer`: have the parameters of a callable filled.

    Works bare, or called with options.
    """

    def __init__(
        self,
        caller: Caller,
        accept: Callable[[Consumer[..., Any]], None],
        supplied: Iterable[str] | None = None,
        uses: Iterable[str | Provider[Any]] = (),
        *,
        autouse: bool = True,
    ) -> None:
        self._caller = caller
        self._accept = accept
        self._supplied = supplied
        self._uses = uses
        self._autouse = autouse

    @overload
    def __call__(
        self,
        fn: Callable[P, Coroutine[Any, Any, R]],
        *,
        supplied: Iterable[str] | None = None,
        uses: Iterable[str | Provider[Any]] = (),
        autouse: bool = True,
    ) -> Consumer[P, R]: ...
    @overload
    def __call__(
        self,
        fn: Callable[P, R],
        *,
        supplied: Iterable[str] | None = None,
        uses: Iterable[str | Provider[Any]] = (),
        autouse: bool = True,
    ) -> Consumer[P, R]: ...
    @overload
    def __call__(
        self,
        fn: None = None,
        *,
        supplied: Iterable[str] | None = None,
        uses: Iterable[str | Provider[Any]] = (),
        autouse: bool = True,
    ) -> Self: ...
    def __call__(
        self,
        fn: Callable[..., Any] | None = None,
        *,
        supplied: Iterable[str] | None = None,
        uses: Iterable[str | Provider[Any]] = (),
        autouse: bool = True,
    ) -> Any:
        """Make a consumer of `fn`, or return a decorator with these options.

        Args:
            fn: A function or coroutine function, or another callable.
            supplied: All names that its caller gives; one that is neither among them
                nor provided nor defaulted is then a problem. None: the caller may
                give any. What is supplied wins over a provider of that name.
            uses: Providers to evaluate before, like `useprovider`.
            autouse: False for one that has nothing to do with what the autouse
                providers are for.

        Raises:
            DeclarationError: If it is a generator.
            TypeError: If it is not callable, or `supplied` is a single text.
            GraphError: If the store is frozen, and the consumer has problems.
        """
        supplied = self._supplied if supplied is None else supplied
        uses = (*self._uses, *uses)
        autouse = self._autouse and autouse
        if fn is None:
            return type(self)(
                self._caller, self._accept, supplied, uses, autouse=autouse
            )
        consumer: Consumer[..., Any] = Consumer(
            fn,
            self._caller,
            supplied=supplied,
            uses=uses,
            autouse=autouse,
        )
        self._accept(consumer)
        return consumer


def _left_out(parameter: Parameter) -> Parameter:
    """A parameter that may be left out, since an open scope may have its value."""
    if parameter.needs_argument:
        return parameter._replace(default=UNSET)
    return parameter
