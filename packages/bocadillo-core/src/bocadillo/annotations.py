"""Read annotations: what is inside `Annotated`, an alias, or a union.

Pure, and asked only when the app is put together.
"""

import types
import typing
from typing import Annotated, Any, get_args, get_origin

__all__ = ["accepts_none", "name_type", "split", "union_members"]


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
