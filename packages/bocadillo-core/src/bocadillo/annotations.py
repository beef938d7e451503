"""Read annotations: what is inside `Annotated`, an alias, or a union.

Those that are text are read later than they are written, when the variables around them
may be gone: what they name among these is noted.

Asked only when the app is put together.
"""

import builtins
import contextlib
import re
import types
import typing
from collections.abc import Iterable
from typing import Annotated, Any, get_args, get_origin

__all__ = [
    "Namespace",
    "accepts_none",
    "closed_over",
    "name_type",
    "note_names",
    "noted_names",
    "resolve",
    "split",
    "union_members",
]

Namespace = tuple[dict[str, Any], dict[str, Any]]
"""Global and local names to resolve an annotation with."""

_MARK = "__bocadillo_names__"


def note_names(function: Any, frame: types.FrameType) -> None:
    """Keep what the annotations of a function name, of the variables around it.

    A function knows those that its body uses; no body uses its annotations.

    Args:
        function: A function, or a bound method.
        frame: Of the function in which it is defined, if there is one.
    """
    around = frame.f_locals
    if around is frame.f_globals:
        return
    function = getattr(function, "__func__", function)
    # From Python 3.14 on, annotations that are not text fail here if one cannot be
    # evaluated; they know their variables themselves.
    with contextlib.suppress(Exception):
        # PERF: classes name nothing (benchmarks/routing: ready).
        annotations = function.__annotations__.values()
        text = " ".join(str(it) for it in annotations if not isinstance(it, type))
        named = {it: around[it] for it in re.findall(r"\w+", text) if it in around}
        if named:
            setattr(function, _MARK, named)


def noted_names(function: Any) -> dict[str, Any]:
    """What `note_names` kept of a function."""
    noted: dict[str, Any] = getattr(function, _MARK, {})
    return noted


def closed_over(function: Any) -> dict[str, Any]:
    """The variables that a function closes over, as far as they are bound yet."""
    found = {}
    code = getattr(function, "__code__", None)
    for name, cell in zip(
        code.co_freevars if code else (),
        getattr(function, "__closure__", None) or (),
        strict=True,
    ):
        with contextlib.suppress(ValueError):
            found[name] = cell.cell_contents
    return found


def resolve(
    annotation: object, namespaces: Iterable[Namespace]
) -> tuple[object, tuple[Any, ...]]:
    """Evaluate what is text in an annotation.

    Args:
        annotation: As it was written.
        namespaces: Where to look names up; the first one that has all of them counts.

    Returns:
        The annotation, `Annotated` kept, and nothing. If it cannot be resolved, its
        text, and what `Annotated` adds to it.
    """

    def holder() -> None: ...

    holder.__annotations__ = {"it": annotation}
    known: dict[str, Any] = {}
    for names, local_names in namespaces:
        # An annotation is an expression, and may fail in any way.
        with contextlib.suppress(Exception):
            hints = typing.get_type_hints(
                holder, names, local_names, include_extras=True
            )
            return hints["it"], ()
        known = names | local_names
    if not isinstance(annotation, str):
        return repr(annotation), split(annotation)[1]
    with contextlib.suppress(Exception):
        names = _Lenient(vars(builtins) | known)
        return annotation, split(eval(annotation, {}, names))[1]  # noqa: S307 - above
    return annotation, ()


class _Lenient(dict[str, Any]):
    """Names, and a stand-in for those that there are not."""

    def __missing__(self, name: str) -> type:
        return _Unknown


class _StandIn(type):
    """A class that is whatever is asked of it."""

    def __getattr__(cls, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return cls

    def __getitem__(cls, item: object) -> type:
        return cls


class _Unknown(metaclass=_StandIn):
    pass


def split(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """Part a type from the metadata of all `Annotated` around it.

    Also looks through `NewType` and `type Name = ...`.
    """
    metadata: tuple[Any, ...] = ()
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *around = get_args(annotation)
            metadata = (*around, *metadata)
        elif isinstance(annotation, typing.NewType):
            annotation = annotation.__supertype__
        elif hasattr(annotation, "__value__"):  # `type Name = ...`
            annotation = annotation.__value__
        else:
            return annotation, metadata


def union_members(annotation: Any) -> tuple[Any, ...]:
    """The members of a union, `None` as `NoneType`; nothing for other types."""
    if get_origin(annotation) in (typing.Union, types.UnionType):
        return get_args(annotation)
    return ()


def accepts_none(annotation: Any) -> bool:
    """Whether `None` is a value of this type."""
    plain, _ = split(annotation)
    return plain in (None, types.NoneType) or any(
        map(accepts_none, union_members(plain))
    )


def name_type(annotation: Any) -> str:
    """What a reader calls a type: `int`, `list[int]`, `Todo`."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation.__qualname__.rpartition("<locals>.")[2]
    return str(annotation).replace("typing.", "")
