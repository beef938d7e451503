"""Read annotations: what is inside `Annotated`, an alias, or a union.

Those that are text are read later than they are written, when the variables around them
may be gone: what they name among these is noted.

Asked only when the app is put together.
"""

import contextlib
import re
import types
import typing
from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin

__all__ = [
    "accepts_none",
    "name_type",
    "note_names",
    "noted_names",
    "split",
    "union_members",
]

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


def noted_names(function: Any) -> Mapping[str, Any]:
    """What `note_names` kept of a function."""
    noted: Mapping[str, Any] = getattr(function, _MARK, {})
    return noted


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
