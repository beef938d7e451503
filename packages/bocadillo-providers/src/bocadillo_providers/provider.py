"""One declaration: a callable, what it needs and what becomes of its value.

Everything `inspect` has to say is read here, once. Nothing is evaluated.
"""

import contextlib
import functools
import inspect
import itertools
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from keyword import iskeyword
from pathlib import PurePath
from types import CodeType, NoneType
from typing import Any, Final, Generic, TypeVar, cast

from .errors import InvalidProvider
from .markers import Use
from .yields import protected_yields

T_co = TypeVar("T_co", covariant=True)

EMPTY: Final = inspect.Parameter.empty
"""Stands for "no default" and "no annotation"."""

_declared = itertools.count()


def _code_of(function: Any) -> CodeType | None:
    return getattr(function, "__code__", None)


_MANAGER_CODE = _code_of(contextlib.contextmanager(cast("Any", len)))
_ASYNC_MANAGER_CODE = _code_of(contextlib.asynccontextmanager(cast("Any", len)))


class Kind(Enum):
    """How the value is made."""

    FUNCTION = "function"
    COROUTINE = "coroutine"
    GENERATOR = "generator"
    ASYNC_GENERATOR = "async generator"
    CONTEXT_MANAGER = "context manager"
    ASYNC_CONTEXT_MANAGER = "async context manager"
    VALUE = "value"
    VARIABLE = "context variable"
    CONSTANT = "override"

    def __init__(self, text: str) -> None:
        #: Whether making the value, or cleaning it up, awaits.
        self.is_async = text == "coroutine" or text.startswith("async ")
        #: Whether it is a generator, async or not.
        self.is_generator = text.endswith("generator")
        #: Whether a callable of the user makes it: not so for values.
        self.is_called = text not in {"value", "context variable", "override"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a provider or consumer."""

    name: str
    kind: inspect._ParameterKind
    default: Any
    annotation: Any

    @property
    def marker(self) -> Use | None:
        """Its `use()` marker, if it has one."""
        return self.default if isinstance(self.default, Use) else None

    @property
    def variadic(self) -> bool:
        """Whether it is `*args` or `**kwargs`."""
        kinds = inspect.Parameter
        return self.kind in (kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD)

    @property
    def needs_argument(self) -> bool:
        """Whether a call must have an argument for it."""
        return not self.variadic and not self.optional

    @property
    def optional(self) -> bool:
        """Whether it may be left out: it has a default which is no marker."""
        return self.default is not EMPTY and self.marker is None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something was declared."""

    file: str
    line: int

    @classmethod
    def of_caller(cls, depth: int = 2) -> "Origin":
        """Where the caller of the calling function stands."""
        frame = sys._getframe(depth)
        return cls(frame.f_code.co_filename, frame.f_lineno)

    def __str__(self) -> str:
        return f"{PurePath(self.file).name}:{self.line}"


@dataclass(frozen=True, slots=True, eq=False)
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
    origin: Origin = Origin("<unknown>", 0)
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
    if not callable(function):
        raise InvalidProvider(f"{function!r} is not callable: it cannot be a provider")
    if name is None or not name.isidentifier() or iskeyword(name):
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
        raise refuse(
            f"is a {kind.value}: only coroutine functions can be concurrent=True"
        )
    if resume is not None and not kind.is_generator:
        raise refuse(f"is a {kind.value}: resume= is for generators")
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
        gives=_gives(function),
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
    if not name.isidentifier() or iskeyword(name):
        raise InvalidProvider(f"no parameter can be called {name!r}")
    options = {"__wrapped__": NoneType, "order": next_order(), **options}
    return Provider(name=name, kind=kind, **options)


def next_order() -> int:
    """A number greater than those of all declarations so far."""
    return next(_declared)


def used_by(function: Callable[..., Any]) -> tuple[Any, ...]:
    """What `useprovider` recorded on a function."""
    return getattr(function, "__useproviders__", ())


def parameters_of(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """The parameters of a callable, as `inspect.signature` sees them.

    Raises:
        InvalidProvider: If the callable has no signature.
    """
    try:
        signature = inspect.signature(function)
    except ValueError as exc:
        raise InvalidProvider(f"{function!r} has no signature: wrap it") from exc
    return tuple(
        Parameter(each.name, each.kind, each.default, each.annotation)
        for each in signature.parameters.values()
    )


def kind_of(function: Callable[..., Any]) -> Kind:
    """Tell how a callable makes its value."""
    code_owner = _code_owner(function)
    if _code_of(code_owner) is not None:
        # Functions made by one of contextlib's decorators all have the same code.
        if _code_of(code_owner) is _MANAGER_CODE:
            return Kind.CONTEXT_MANAGER
        if _code_of(code_owner) is _ASYNC_MANAGER_CODE:
            return Kind.ASYNC_CONTEXT_MANAGER
    if inspect.isasyncgenfunction(code_owner):
        return Kind.ASYNC_GENERATOR
    if inspect.isgeneratorfunction(code_owner):
        return Kind.GENERATOR
    if inspect.iscoroutinefunction(code_owner):
        return Kind.COROUTINE
    return Kind.FUNCTION


def origin_of(function: Callable[..., Any]) -> Origin:
    """Where a callable was written: the innermost of those it wraps."""
    inner = innermost(function)
    code = getattr(inner, "__code__", None)
    if code is not None:
        return Origin(code.co_filename, code.co_firstlineno)
    owner = inner if inspect.isclass(inner) else type(inner)
    try:
        file = inspect.getfile(owner)
        return Origin(file, inspect.findsource(owner)[1] + 1)
    except (OSError, TypeError):
        return Origin(f"<{owner.__module__}>", 0)


def innermost(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function a callable comes down to, past wrappers and partials."""
    while True:
        inner: Callable[..., Any] = inspect.unwrap(_code_owner(function))
        if inner is function:
            return function
        function = inner


def title_of(function: Callable[..., Any]) -> str:
    """How messages call a consumer: its name, with its class if it has one."""
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    return str(name).rpartition("<locals>.")[2]


def _code_owner(function: Callable[..., Any]) -> Callable[..., Any]:
    """Past partials and bound methods; a callable object's `__call__`."""
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.isclass(function) or hasattr(function, "__code__"):
        return function
    function = getattr(function, "__func__", function)
    call: Callable[..., Any] | None = vars(type(function)).get("__call__")
    return function if call is None or not hasattr(call, "__code__") else call


def _receives(function: Callable[..., Any], kind: Kind) -> bool | None:
    if not kind.is_generator:
        return kind in {Kind.CONTEXT_MANAGER, Kind.ASYNC_CONTEXT_MANAGER}
    code = _code_of(_code_owner(function))
    return None if code is None else protected_yields(code)


def _gives(function: Callable[..., Any]) -> Any:
    if inspect.isclass(function):
        return function
    return inspect.signature(function).return_annotation
