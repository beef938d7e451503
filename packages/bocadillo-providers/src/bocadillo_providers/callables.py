"""What `inspect` has to say about a callable: read once, when it is declared."""

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable
from enum import Enum
from types import CodeType
from typing import Any, Final, NamedTuple, cast

from .errors import InvalidProvider
from .markers import Use

EMPTY: Final = inspect.Parameter.empty
"""Stands for "no default" and "no annotation"."""


def code_of(function: Any) -> CodeType | None:
    """The code of a function or method; None for other callables."""
    return getattr(function, "__code__", None)


_MANAGER_CODE = code_of(contextlib.contextmanager(cast("Any", len)))
_ASYNC_MANAGER_CODE = code_of(contextlib.asynccontextmanager(cast("Any", len)))


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
        #: What it is, in a sentence.
        self.text = f"{'an' if text[0] in 'ao' else 'a'} {text}"
        #: Whether making the value, or cleaning it up, awaits.
        self.is_async = text == "coroutine" or text.startswith("async ")
        #: Whether it is a generator, async or not.
        self.is_generator = text.endswith("generator")
        #: Whether a callable of the user makes it: not so for values.
        self.is_called = text not in {"value", "context variable", "override"}


class Parameter(NamedTuple):
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


class Origin(NamedTuple):
    """Where something was declared."""

    file: str
    line: int

    @classmethod
    def of_caller(cls, depth: int = 2) -> "Origin":
        """Where the caller of the calling function stands."""
        frame = sys._getframe(depth)
        return cls(frame.f_code.co_filename, frame.f_lineno)

    def __str__(self) -> str:
        # NOTE: without `pathlib`, which takes long to import.
        name = self.file.replace("\\", "/").rpartition("/")[2]
        return f"{name}:{self.line}"


NOWHERE: Final = Origin("<unknown>", 0)
"""Where an override was declared: nobody needs to know."""


def used_by(function: Callable[..., Any]) -> tuple[Any, ...]:
    """What `useprovider` recorded on a function."""
    return getattr(function, "__useproviders__", ())


def parameters_of(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """The parameters of a callable, as `inspect.signature` sees them.

    Raises:
        InvalidProvider: If the callable has no signature.
    """
    try:
        signature = _signature_of(function)
    except ValueError as exc:
        raise InvalidProvider(f"{function!r} has no signature: wrap it") from exc
    return tuple(
        Parameter(each.name, each.kind, each.default, each.annotation)
        for each in signature.parameters.values()
    )


def kind_of(function: Callable[..., Any]) -> Kind:
    """Tell how a callable makes its value."""
    owner = code_owner(function)
    code = code_of(owner)
    if code is not None:
        # Functions made by one of contextlib's decorators all have the same code.
        if code is _MANAGER_CODE:
            return Kind.CONTEXT_MANAGER
        if code is _ASYNC_MANAGER_CODE:
            return Kind.ASYNC_CONTEXT_MANAGER
    if inspect.isasyncgenfunction(owner):
        return Kind.ASYNC_GENERATOR
    if inspect.isgeneratorfunction(owner):
        return Kind.GENERATOR
    if inspect.iscoroutinefunction(owner):
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
    """The function a callable comes down to, past wrappers and partials.

    What it says that it wraps counts first, as in its signature.
    """
    while True:
        inner: Callable[..., Any] = code_owner(inspect.unwrap(function))
        if inner is function:
            return function
        function = inner


def title_of(function: Callable[..., Any]) -> str:
    """How messages call a consumer: its name, with its class if it has one."""
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    return str(name).rpartition("<locals>.")[2]


def code_owner(function: Callable[..., Any]) -> Callable[..., Any]:
    """Past partials and bound methods; a callable object's `__call__`."""
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.isclass(function) or hasattr(function, "__code__"):
        return function
    function = getattr(function, "__func__", function)
    # NOTE: `getattr` would find the `__call__` of the metaclass, too.
    calls = (vars(each).get("__call__") for each in inspect.getmro(type(function)))
    call: Callable[..., Any] | None = next(filter(None, calls), None)
    return function if call is None or not hasattr(call, "__code__") else call


def returns_of(function: Callable[..., Any]) -> Any:
    """The annotation of what a callable returns; a class returns itself."""
    if inspect.isclass(function):
        return function
    return _signature_of(function).return_annotation


def _signature_of(function: Callable[..., Any]) -> inspect.Signature:
    if sys.version_info >= (3, 14):  # pragma: no cover
        # From then on annotations are evaluated when they are asked for, and names
        # that are imported under TYPE_CHECKING would be errors.
        from annotationlib import Format  # noqa: PLC0415

        return inspect.signature(function, annotation_format=Format.FORWARDREF)
    return inspect.signature(function)
