"""What a callable looks like from outside: the only room that imports `inspect`.

Everything here is asked when the app is put together, never while it serves.
"""

import asyncio
import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from .annotations import Namespace, closed_over, noted_names, resolve
from .errors import ExpectedAsync

AnyCallable = Callable[..., Any]


class Missing(Enum):
    """The type of `MISSING`, which stands for a value that nobody gave."""

    MISSING = "MISSING"

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing.MISSING


class Kind(Enum):
    """How an argument may be passed; the names are those of `inspect.Parameter`."""

    POSITIONAL_ONLY = "positional-only"
    POSITIONAL_OR_KEYWORD = "positional or keyword"
    VAR_POSITIONAL = "variadic positional"
    KEYWORD_ONLY = "keyword-only"
    VAR_KEYWORD = "variadic keyword"


class SignatureParameter(Struct, frozen=True):
    """One parameter of a callable, as it was written.

    Args:
        name: Its name, without the stars of `*args`.
        kind: How it may be passed.
        default: Its default, or `MISSING`.
        annotation: Its resolved annotation, `Annotated` kept; `MISSING` if it has
            none; the annotation's text if it cannot be resolved.
        metadata: What `Annotated` adds to an annotation that cannot be resolved.
    """

    name: str
    kind: Kind
    default: object
    annotation: object
    metadata: tuple[Any, ...] = ()


def is_async(obj: object) -> bool:
    """Whether calling `obj` gives something to await.

    True for `async def` functions and methods, partials of them, objects with an
    async `__call__`, and plain functions that say they wrap one (`functools.wraps`).
    """
    return _calls_a(inspect.iscoroutinefunction, obj)


def is_async_generator_function(obj: object) -> bool:
    """Whether calling `obj` gives an async generator; looks where `is_async` looks."""
    return _calls_a(inspect.isasyncgenfunction, obj)


def must_not_yield(who: str, obj: object, hint: str) -> None:
    """Raise `ExpectedAsync` of an async generator function, and a hint what to do."""
    if is_async_generator_function(obj):
        raise ExpectedAsync(
            f"{who}{describe(obj)} yields, so calling it gives nothing to await. {hint}"
        )


def _calls_a(is_kind: Callable[[Any], bool], obj: object) -> bool:
    return any(map(is_kind, _layers(obj)))


def _layers(obj: Any) -> Iterator[Any]:
    """`obj`, and what runs in turn when it is called."""
    while obj is not None:
        yield obj
        if isinstance(obj, functools.partial):
            obj = obj.func
        elif hasattr(obj, "__wrapped__"):
            obj = obj.__wrapped__
        elif inspect.isroutine(obj) or isinstance(obj, type):
            return
        else:
            # As Python itself does: the type's, whatever the instance has.
            obj = getattr(type(obj), "__call__", None)  # noqa: B004


def is_plain_async_generator(obj: object) -> bool:
    """Whether `obj` is an async generator function that can be called with nothing."""
    code = getattr(obj, "__code__", None)
    if code is not None and code.co_flags & inspect.CO_ASYNC_GENERATOR:
        # PERF: asked while serving, of nearly always such a function (bench streams).
        given = len(getattr(obj, "__defaults__", None) or ())
        bound = getattr(obj, "__self__", None) is not None
        if code.co_argcount - given - bound <= 0 and not code.co_kwonlyargcount:
            return True
    return (
        callable(obj)
        and is_async_generator_function(obj)
        and required_parameters(obj) == 0
    )


def signature_parameters(view: AnyCallable) -> tuple[SignatureParameter, ...]:
    """The parameters of a function, method, partial or callable object, in order.

    What a partial gives by name is settled, so it is none of them.

    Annotations written as text, one by one or by `from __future__ import annotations`,
    are resolved with the names of the function's module, the variables it closes over,
    those that `note_names` kept, and its class. One that cannot be resolved stays a
    `str`, beside what `Annotated` adds to it, and harms no other.
    """
    given = {
        name
        for layer in _layers(view)
        if isinstance(layer, functools.partial)
        for name in layer.keywords
    }
    return tuple(
        SignatureParameter(
            parameter.name,
            Kind[parameter.kind.name],
            _or_missing(parameter.default),
            *_annotation(_or_missing(parameter.annotation), view),
        )
        for parameter in _signature(view).parameters.values()
        if parameter.name not in given
    )


def takes_by_position(view: AnyCallable) -> bool:
    """Whether what is called takes itself, in order, what `signature_parameters` tells.

    What says so by `functools.wraps`, or by a `__signature__`, may take them by name
    only.
    """
    if any(hasattr(layer, "__signature__") for layer in _layers(view)):
        return False
    if inspect.isroutine(view) and not hasattr(view, "__wrapped__"):
        return True
    own = _signature(view, wrapped=False).parameters
    return [*own] == [*_signature(view).parameters] and not any(
        parameter.kind is parameter.KEYWORD_ONLY for parameter in own.values()
    )


def has_signature(function: AnyCallable) -> bool:
    """Whether it can be told what `function` takes: not so for some written in C."""
    try:
        inspect.signature(function)
    except (TypeError, ValueError):
        return False
    return True


def refusal_of(
    function: AnyCallable,
    args: Sequence[object],
    kwargs: Mapping[str, object] = MappingProxyType({}),
    *,
    partly: bool = False,
) -> str | None:
    """Why a function cannot be called with some arguments.

    Args:
        function: What would be called.
        args: What it would be given by position.
        kwargs: What it would be given by name.
        partly: Whether it may be given more than that.

    Returns:
        The reason, as Python words it; `None` if there is none, or no telling.
    """
    try:
        # What runs, not what it wraps: a wrapper may take more or less than that.
        signature = _signature(function, wrapped=False)
    except (TypeError, ValueError):
        return None
    try:
        bind = signature.bind_partial if partly else signature.bind
        bind(*args, **kwargs)
    except TypeError as exc:
        return str(exc)
    return None


def required_parameters(app: AnyCallable) -> int:
    """How many positional arguments `app` insists on.

    3 for an ASGI application, 2 for a WSGI application, 1 for an application of the
    outdated ASGI 2. 0 when there is no telling: `*args`, or no signature at all.
    """
    try:
        parameters = inspect.signature(app).parameters.values()
    except (TypeError, ValueError):
        return 0
    return sum(
        parameter.default is parameter.empty
        and parameter.kind
        in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        for parameter in parameters
    )


def is_plain_value(obj: object) -> bool:
    """Whether `obj` is `None`, a string, a number…: nothing that one could call."""
    return not callable(obj) and type(obj).__module__ == "builtins"


def name_of(obj: object) -> str:
    """The name by which a reader finds `obj` in the source, as in `Item.get`."""
    named: Any = obj
    while isinstance(named, functools.partial):
        named = named.func
    if not hasattr(named, "__qualname__"):
        named = type(named)
    return str(named.__qualname__).rpartition("<locals>.")[2]


def location_of(obj: object) -> str:
    """Where `obj` is defined, as `file:line`; empty when that cannot be known."""
    *_, innermost = _layers(obj)
    if code := getattr(innermost, "__code__", None):
        return f"{code.co_filename}:{code.co_firstlineno}"
    with contextlib.suppress(TypeError, OSError):  # built in, or without its source
        return f"{inspect.getfile(innermost)}:{inspect.getsourcelines(innermost)[1]}"
    return ""


def _signature(view: AnyCallable, *, wrapped: bool = True) -> inspect.Signature:
    """The signature of what a callable wraps, or its own."""
    if sys.version_info >= (3, 14):  # pragma: no cover - annotations became lazy
        from annotationlib import Format  # noqa: PLC0415

        return inspect.signature(
            view, follow_wrapped=wrapped, annotation_format=Format.FORWARDREF
        )
    return inspect.signature(view, follow_wrapped=wrapped)


def _or_missing(value: object) -> object:
    return MISSING if value is inspect.Parameter.empty else value


def _namespaces(view: AnyCallable) -> Iterator[Namespace]:
    """Where to look names up: first as the function's body does, then in its class."""
    *_, function = _layers(view)
    names = getattr(function, "__globals__", {})
    closure = noted_names(function) | closed_over(function)
    yield names, closure
    # NOTE: after the module's names, because the names in a class are mostly methods:
    # one called `list` must not hide the type.
    owner: Any = getattr(view, "__self__", view)
    mro = owner.__mro__ if isinstance(owner, type) else type(owner).__mro__
    inherited = {name: it for cls in reversed(mro) for name, it in vars(cls).items()}
    yield names, inherited | closure


def _annotation(written: object, view: AnyCallable) -> tuple[object, tuple[Any, ...]]:
    if written is MISSING or isinstance(written, type):
        return written, ()  # PERF: no names to look up (benchmarks/routing: ready)
    return resolve(written, _namespaces(view))


def describe(obj: object) -> str:
    """Name a callable for a message, as in `index() (views.py:12)`.

    Returns:
        Of what nobody can call, such as `None` or a string, its `repr`.
    """
    if is_plain_value(obj):
        return repr(obj)
    where = location_of(obj)
    return f"{name_of(obj)}()" + (f" ({where})" if where else "")


def mark_async(function: AnyCallable) -> AnyCallable:
    """Make a plain function that returns a coroutine count as `async def`.

    Servers ask this to tell ASGI 3 from ASGI 2.
    """
    if sys.version_info >= (3, 12):
        return inspect.markcoroutinefunction(function)
    else:  # noqa: RET505 # pragma: no cover - coverage is of a later one
        # What `asyncio.iscoroutinefunction` looks for there.
        function._is_coroutine = asyncio.coroutines._is_coroutine  # type: ignore[attr-defined]
        return function


def with_parameters(
    function: AnyCallable, parameters: Iterable[tuple[str, object]]
) -> AnyCallable:
    """Say which parameters a function of `*args` really takes, and their types.

    Args:
        function: The function.
        parameters: Names and annotations; `MISSING` where there is none.
    """
    kind, none = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.empty
    function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(name, kind, annotation=none if it is MISSING else it)
            for name, it in parameters
        ]
    )
    return function
