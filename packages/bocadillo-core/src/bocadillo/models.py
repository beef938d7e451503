"""What counts as a model: a class that describes a JSON object.

Tells models from other annotations by what they carry, so that neither attrs nor
pydantic is imported for it.
"""

import types
import typing
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

import msgspec

__all__ = ["accepts_none", "is_model", "is_pydantic"]

_MODEL_ATTRIBUTES = ("__dataclass_fields__", "__attrs_attrs__")


def is_model(annotation: Any) -> bool:
    """Whether a parameter of this type is a body without being marked as one.

    True for a msgspec `Struct`, dataclass, attrs class, `TypedDict` or pydantic
    model, a union of those or with `None`, and a list of them.
    """
    annotation = _bare(annotation)
    origin = get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        members = [member for member in get_args(annotation) if member is not NoneType]
        return all(map(is_model, members))
    if origin is list:
        return is_model(*get_args(annotation))
    model = origin or annotation  # `Page[Item]` is a model if `Page` is
    return isinstance(model, type) and (
        issubclass(model, msgspec.Struct)
        or is_pydantic(model)
        or any(hasattr(model, name) for name in _MODEL_ATTRIBUTES)
        # `typing.is_typeddict` does not know those of `typing_extensions`.
        or (issubclass(model, dict) and hasattr(model, "__total__"))
    )


def is_pydantic(annotation: Any) -> bool:
    """Whether pydantic must read it: one of its models, or a union or list of them."""
    annotation = _bare(annotation)
    if hasattr(annotation, "__pydantic_validator__"):
        return True
    return get_origin(annotation) is not None and any(
        map(is_pydantic, get_args(annotation))
    )


def accepts_none(annotation: Any) -> bool:
    """Whether `None` is one of the values of this type."""
    annotation = _bare(annotation)
    return annotation is NoneType or (
        get_origin(annotation) in (typing.Union, types.UnionType)
        and any(map(accepts_none, get_args(annotation)))
    )


def _bare(annotation: Any) -> Any:
    return (
        get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    )
