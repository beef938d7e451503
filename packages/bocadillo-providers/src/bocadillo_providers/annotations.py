"""Does what a provider gives fit what a parameter wants?

Careful in one direction: whatever cannot be told with certainty fits. Names that
cannot be resolved (imported under `TYPE_CHECKING`) are `UNKNOWN` and always fit.
"""

import collections.abc
import inspect
import re
import sys
import types
import typing
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, NewType, Union

from .callables import EMPTY, Kind, innermost
from .markers import Lazy
from .provider import Provider

UNKNOWN: Final = Any
"""The annotation of what is not annotated, or cannot be resolved."""

_ITERATORS = {
    collections.abc.AsyncGenerator,
    collections.abc.AsyncIterable,
    collections.abc.AsyncIterator,
    collections.abc.Generator,
    collections.abc.Iterable,
    collections.abc.Iterator,
}
_VAGUE = {Any, object, collections.abc.Callable}
_TOWER = {float: (int,), complex: (int, float)}
_LAZY_TEXT = re.compile(r"\s*(\w+\.)*Lazy\s*(\[|$)")


def resolve(annotation: Any, function: Callable[..., Any]) -> Any:
    """Evaluate an annotation written as text, where it was written.

    Args:
        annotation: As `inspect.signature` gives it.
        function: The function it stands on.
    """
    if annotation is EMPTY:
        return UNKNOWN
    if not isinstance(annotation, str):
        return annotation
    inner = innermost(function)
    if inspect.isclass(inner):
        names = vars(sys.modules[inner.__module__])
    else:
        names = getattr(inner, "__globals__", {})
    # It is the text of the user's own source, which Python would evaluate as well.
    try:
        return eval(annotation, names)  # noqa: S307
    except Exception:  # noqa: BLE001 - whatever it is, nothing can be compared
        return UNKNOWN


def wants_lazy(annotation: Any, function: Callable[..., Any]) -> bool:
    """Whether a parameter is annotated `Lazy` or `Lazy[T]`."""
    if isinstance(annotation, str) and _LAZY_TEXT.match(annotation):
        return True
    resolved = _plain(resolve(annotation, function))
    return resolved is Lazy or typing.get_origin(resolved) is Lazy


def awaited(annotation: Any) -> Any:
    """The `T` of a `Lazy[T]` or `Awaitable[T]`, or None for other annotations."""
    annotation = _plain(annotation)
    if annotation in (Lazy, collections.abc.Awaitable):
        return UNKNOWN
    if typing.get_origin(annotation) in (Lazy, collections.abc.Awaitable):
        return _first_argument(annotation)
    return UNKNOWN if annotation is UNKNOWN else None


def given_by(provider: Provider[Any]) -> Any:
    """The type of a provider's value, as far as it is declared."""
    annotation = resolve(provider.gives, provider.__wrapped__)
    if provider.kind in {Kind.FUNCTION, Kind.COROUTINE} or not provider.kind.is_called:
        return annotation
    annotation = _plain(annotation)
    if typing.get_origin(annotation) in _ITERATORS:
        return _first_argument(annotation)
    return UNKNOWN


def describe(annotation: Any) -> str:
    """An annotation, as a person would write it."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if _is_union(annotation):
        return " | ".join(map(describe, arguments))
    if arguments and origin is not Literal:
        return f"{describe(origin)}[{', '.join(map(describe, arguments))}]"
    if annotation is type(None):
        return "None"
    if isinstance(annotation, NewType):
        return annotation.__name__
    if isinstance(annotation, type):
        return annotation.__qualname__.rpartition("<locals>.")[2]
    return repr(annotation).replace("typing.", "")


def fits(given: Any, wanted: Any) -> bool:
    """Whether a value of type `given` may go to a parameter annotated `wanted`."""
    given, wanted = _plain(given), _plain(wanted)
    if given == wanted:
        return True
    if _is_union(given):
        return all(fits(each, wanted) for each in typing.get_args(given))
    if _is_union(wanted):
        return any(fits(given, each) for each in typing.get_args(wanted))
    if isinstance(given, NewType):
        return fits(given.__supertype__, wanted)
    return _is_subclass(_runtime_class(given), _runtime_class(wanted))


def _is_subclass(given: Any, wanted: Any) -> bool:
    """The same for classes; None is one that nothing is known of."""
    if isinstance(wanted, NewType):
        return given is None
    if given is None or wanted is None:
        return True
    try:
        return issubclass(given, (wanted, *_TOWER.get(wanted, ())))
    except TypeError:
        return True


def _plain(annotation: Any) -> Any:
    """Without `Annotated`, and with `None` as a class."""
    while typing.get_origin(annotation) is Annotated:
        annotation = typing.get_args(annotation)[0]
    return type(None) if annotation is None else annotation


def _first_argument(annotation: Any) -> Any:
    """The `T` of a `Generic[T]`; of `typing`, names without any have an origin too."""
    return next(iter(typing.get_args(annotation)), UNKNOWN)


def _is_union(annotation: Any) -> bool:
    return typing.get_origin(annotation) in (Union, types.UnionType)


def _runtime_class(annotation: Any) -> Any:
    """The class behind an annotation; None if there is none to compare with."""
    if isinstance(annotation, NewType):
        return annotation
    origin = typing.get_origin(annotation) or annotation
    if origin is Literal:
        kinds = {type(value) for value in typing.get_args(annotation)}
        origin = kinds.pop() if len(kinds) == 1 else None
    if not isinstance(origin, type) or origin in _VAGUE:
        return None
    vague = getattr(origin, "_is_protocol", False) or typing.is_typeddict(origin)
    return None if vague else origin
