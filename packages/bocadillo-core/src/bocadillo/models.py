"""What counts as a model: a class that describes a JSON object.

Models are told by what they carry, so that neither attrs nor pydantic is imported.
"""

from types import NoneType
from typing import Any, get_args, get_origin

import msgspec

from .annotations import split, union_members

__all__ = ["is_model", "is_model_class", "is_pydantic"]


def is_model(annotation: Any) -> bool:
    """Whether a parameter of this type is a body without being marked as one.

    True for a msgspec `Struct`, dataclass, attrs class, `TypedDict` or pydantic
    model, for a union of those or with `None`, and for a list of them.
    """
    plain, _ = split(annotation)
    if members := union_members(plain):
        return all(is_model(member) for member in members if member is not NoneType)
    if get_origin(plain) is list:
        return is_model(*get_args(plain))
    return is_model_class(plain)


def is_model_class(plain: Any) -> bool:
    """Whether it is one model, rather than a union or list of them."""
    model = get_origin(plain) or plain  # `Page[Item]` is a model when `Page` is
    return isinstance(model, type) and (
        issubclass(model, msgspec.Struct)
        or hasattr(model, "__dataclass_fields__")
        or hasattr(model, "__attrs_attrs__")
        or is_pydantic(model)
        # NOTE: `typing.is_typeddict` does not know those of `typing_extensions`.
        or (issubclass(model, dict) and hasattr(model, "__total__"))
    )


def is_pydantic(annotation: Any) -> bool:
    """Whether it is pydantic's to read: its model, or a union or list of models."""
    plain, _ = split(annotation)
    return hasattr(plain, "__pydantic_validator__") or any(
        map(is_pydantic, get_args(plain))
    )
