"""One declaration: a callable, what it needs and what becomes of its value."""

import inspect
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from types import NoneType
from typing import Any, Generic, TypeGuard, TypeVar

from .callables import (
    EMPTY,
    NOWHERE,
    Kind,
    Origin,
    Parameter,
    code_of,
    code_owner,
    kind_of,
    origin_of,
    parameters_of,
    returns_of,
    used_by,
)
from .errors import InvalidProvider
from .yields import protected_yields

T_co = TypeVar("T_co", covariant=True)

_declared = itertools.count()


@dataclass(frozen=True, eq=False, repr=False, match_args=False)
class Provider(Generic[T_co]):
    """A declared provider. Name it as a parameter to get its value.

    Attributes:
        name: What parameters call it.
        kind: How its value is made.
        scope: Name of its scope; None is the store's default.
        parameters: What it needs.
        lazy: Whether dependants get a `Lazy`.
        autouse: Whether every consumer uses it.
        replace: Whether it may take the name of another.
        concurrent: Whether it may run beside other concurrent ones.
        receives: Whether its `yield` gets the exception of whoever uses the value;
            None if that depends on which `yield` it is.
        gives: The annotation of what it returns; its type, for values.
        uses: Names and providers that it uses without naming them as parameters.
        hint: What to say when a value is not supplied.
        origin: File and line of the declaration.
        order: Grows with each declaration.
    """

    name: str
    kind: Kind
    __wrapped__: Callable[..., Any]
    scope: str | None = None
    parameters: Sequence[Parameter] = ()
    lazy: bool = False
    autouse: bool = False
    replace: bool = False
    concurrent: bool = False
    receives: bool | None = False
    gives: Any = EMPTY
    uses: "tuple[str | Provider[Any], ...]" = ()
    hint: str = ""
    origin: Origin = NOWHERE
    order: int = 0

    def __repr__(self) -> str:
        scope = f", {self.scope}" if self.scope else ""
        return f"<Provider {self.name!r} ({self.origin}{scope})>"

    @property
    def extends(self) -> bool:
        """Whether it takes what it replaces as a parameter."""
        return any(parameter.name == self.name for parameter in self.parameters)


def declare(
    function: Callable[..., Any],
    *,
    name: str | None = None,
    resume: bool | None = None,
    concurrent: bool = False,
    lazy: bool = False,
    autouse: bool = False,
    **options: Any,
) -> Provider[Any]:
    """Read a callable as a provider.

    Args:
        function: Any callable.
        name: Its name, if not that of the callable.
        resume: For generators: whether the `yield` returns even if the user of the
            value failed, instead of raising. By default that is so for a `yield`
            outside of `try` and `with`.
        concurrent: Whether it may run beside other concurrent ones.
        lazy: Whether dependants get a `Lazy`.
        autouse: Whether every consumer uses it.
        options: Other fields of `Provider`.

    Raises:
        InvalidProvider: If it has no name, takes `*args` or `**kwargs`, is no
            callable, or if an option does not fit it.
    """
    origin = origin_of(function)
    name = name or getattr(function, "__name__", None)
    _require_callable(function)
    if not is_parameter_name(name):
        raise InvalidProvider(
            f"provider {name or function!r} ({origin}) needs a name that a parameter "
            "can have: pass name="
        )

    def refuse(problem: str) -> InvalidProvider:
        return InvalidProvider(f"provider {name!r} ({origin}) {problem}")

    parameters = parameters_of(function)
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            raise refuse(f"takes *{parameter.name}: name what it needs instead")
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            raise refuse(f"takes **{parameter.name}: name what it needs instead")
    kind = kind_of(function)
    if concurrent and kind is not Kind.COROUTINE:
        raise refuse(f"is {kind.text}: only coroutine functions can be concurrent=True")
    if resume is not None and not kind.is_generator:
        raise refuse(f"is {kind.text}: resume= is for generators")
    if lazy and autouse:
        raise refuse("is lazy and autouse: nothing would ever await it")
    return Provider(
        name=name,
        kind=kind,
        __wrapped__=function,
        parameters=parameters,
        lazy=lazy,
        autouse=autouse,
        concurrent=concurrent,
        receives=_receives(function, kind) if resume is None else not resume,
        gives=returns_of(function),
        uses=used_by(function),
        origin=origin,
        order=next(_declared),
        **options,
    )


def declare_value(name: str, kind: Kind, **options: Any) -> Provider[Any]:
    """Declare something that is not made by a callable.

    Args:
        name: What parameters call it.
        kind: One of those that are not called.
        options: Other fields of `Provider`.

    Raises:
        InvalidProvider: If no parameter can have that name.
    """
    if not is_parameter_name(name):
        raise InvalidProvider(f"no parameter can be called {name!r}")
    options = {"__wrapped__": NoneType, "order": next_order(), **options}
    return Provider(name=name, kind=kind, **options)


def is_parameter_name(name: object) -> TypeGuard[str]:
    """Whether something is a name that a parameter can have."""
    return isinstance(name, str) and name.isidentifier() and not iskeyword(name)


def next_order() -> int:
    """A number greater than those of all declarations so far."""
    return next(_declared)


def _require_callable(function: object) -> None:
    if isinstance(function, Provider):
        raise InvalidProvider(f"{function!r} is a provider already")
    if isinstance(function, str):
        raise InvalidProvider(
            f"{function!r} is not callable: options are given by name, as in "
            f"name={function!r} or scope={function!r}"
        )
    if not callable(function):
        raise InvalidProvider(f"{function!r} is not callable: it cannot be a provider")


def _receives(function: Callable[..., Any], kind: Kind) -> bool | None:
    if not kind.is_generator:
        return kind in {Kind.CONTEXT_MANAGER, Kind.ASYNC_CONTEXT_MANAGER}
    code = code_of(code_owner(function))
    return None if code is None else protected_yields(code)
