"""What msgspec knows of a type, and what `examination` asks about it.

`msgspec.inspect` describes a type as a tree of records: fields with their names on the
wire, constraints, tags. It leaves out one thing that people see, the order in which the
values of a `Literal` were written; that is kept here beside it.
"""

import typing
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import NoneType
from typing import Any, Literal, get_args, get_origin
from uuid import UUID

from msgspec import Struct
from msgspec import inspect as kinds

Literals = Mapping[frozenset[Any], Sequence[Any]]
"""The values of each `Literal`, in the order they were written."""

PLAIN: Mapping[type[kinds.Type], Any] = {
    kinds.BoolType: bool,
    kinds.IntType: int,
    kinds.FloatType: float,
    kinds.StrType: str,
    kinds.BytesType: bytes,
    kinds.ByteArrayType: bytes,
    kinds.MemoryViewType: bytes,
    kinds.DateTimeType: datetime,
    kinds.TimeType: time,
    kinds.DateType: date,
    kinds.TimeDeltaType: timedelta,
    kinds.UUIDType: UUID,
    kinds.DecimalType: Decimal,
    kinds.NoneType: NoneType,
}
"""The Python type of a scalar, without its constraints."""

_ANY = (kinds.AnyType, kinds.RawType, kinds.CustomType)
_LISTS = (kinds.CollectionType, kinds.TupleType, kinds.NamedTupleType)
_MODELS = (kinds.StructType, kinds.DataclassType, kinds.TypedDictType)
_OBJECTS = (*_MODELS, kinds.DictType)
_JSON_TYPES: Mapping[type[kinds.Type], Sequence[type]] = {
    kinds.BoolType: (bool,),
    kinds.IntType: (int,),
    kinds.FloatType: (int, float),
    kinds.DecimalType: (int, float, str),
    kinds.NoneType: (NoneType,),
}


class TypeInfo(Struct, frozen=True):
    """One type, described."""

    kind: kinds.Type
    literals: Literals

    @property
    def customs(self) -> Iterator[type]:
        """The classes inside it that msgspec does not know how to read."""
        return (it.cls for it in _walk(self.kind) if isinstance(it, kinds.CustomType))


def describe_type(annotation: Any) -> TypeInfo:
    """Describe a type that JSON is decoded into.

    Raises:
        TypeError: If msgspec does not support it.
        NameError: If an annotation inside it cannot be resolved.
    """
    kind = kinds.type_info(annotation)
    literals = dict(_literals(annotation))
    for inner in _walk(kind):
        if isinstance(inner, (*_MODELS, kinds.NamedTupleType)):
            cls = get_origin(inner.cls) or inner.cls
            for hint in typing.get_type_hints(cls, include_extras=True).values():
                literals.update(_literals(hint))
    return TypeInfo(kind, literals)


def is_list(kind: kinds.Type) -> bool:
    """Whether values of this type are written as a JSON array."""
    return isinstance(kind, _LISTS) or (
        isinstance(kind, kinds.StructType) and kind.array_like
    )


def is_written_as(kind: kinds.Type, value: Any) -> bool:
    """Whether this kind of JSON value can be of that type, right or wrong."""
    match kind:
        case kinds.LiteralType(values=values):
            return type(value) in map(type, values)
        case kinds.EnumType(cls=cls):
            return type(value) in (type(member.value) for member in cls)
    if isinstance(kind, _ANY):
        return True
    if is_list(kind):
        return isinstance(value, list)
    if isinstance(kind, _OBJECTS):
        return isinstance(value, dict)
    return type(value) in _JSON_TYPES.get(type(kind), (str,))


def bare(kind: kinds.Type) -> kinds.Type:
    """The type itself, without a title or description around it."""
    return kind.type if isinstance(kind, kinds.Metadata) else kind


def _walk(kind: kinds.Type) -> Iterator[kinds.Type]:
    """Each type inside a type, itself included, once."""
    seen: set[int] = set()
    waiting: list[Any] = [kind]
    while waiting:
        found = waiting.pop()
        if isinstance(found, tuple):
            waiting += found
        elif isinstance(found, kinds.Type | kinds.Field) and id(found) not in seen:
            seen.add(id(found))
            waiting += [getattr(found, name) for name in found.__struct_fields__]
            if isinstance(found, kinds.Type):
                yield found


def _literals(annotation: Any) -> Iterator[tuple[frozenset[Any], Sequence[Any]]]:
    if get_origin(annotation) is Literal:
        yield frozenset(get_args(annotation)), get_args(annotation)
    else:
        for argument in get_args(annotation):
            yield from _literals(argument)
