"""Find everything that is wrong with a body: the slow path, after a failure.

msgspec stops at the first error and words it for programmers. Here the body, decoded
without its model, is walked along msgspec's own description of the model. What is right
is converted on the way, bottom-up, so that the checks of a class (`__post_init__`) run
as soon as all its fields are right.
"""

import contextlib
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin
from uuid import UUID

import msgspec
from msgspec import inspect as kinds

from .problems import (
    EXPECTED,
    INVALID,
    REQUIRED,
    UNKNOWN,
    Refused,
    at_least,
    checks_of,
    exactly,
    join,
    must_be,
    one_of,
)

Problems = dict[str, str]
"""Messages by dotted path; that of the value as a whole is empty."""

Hook = Callable[[type, Any], Any]
"""Reads a value of a class that msgspec does not know, or raises `Refused`."""

MOST_PROBLEMS = 1000
"""Where the search ends, lest a hostile body be answered by a larger one."""

_FAILED: Any = object()

_PLAIN: Mapping[type[kinds.Type], Any] = {
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


def examine(value: Any, annotation: Any, *, hook: Hook) -> Problems:
    """Find the problems of a value that does not fit a type.

    Args:
        value: What the JSON decodes to without a model.
        annotation: The type that was expected.
        hook: What reads the classes that msgspec does not know.
    """
    examiner = _Examiner(hook, annotation)
    with contextlib.suppress(_TooMany):
        examiner.examine(value, describe_type(annotation), "")
    return examiner.problems


@lru_cache(maxsize=1024)
def describe_type(annotation: Any) -> kinds.Type:
    """Describe a type; remembered, because it takes much longer than a look-up."""
    return kinds.type_info(annotation)


def custom_types(annotation: Any) -> Iterator[type]:
    """The classes in a type that msgspec does not know how to read."""
    seen: set[int] = set()
    waiting: list[Any] = [describe_type(annotation)]
    while waiting:
        match waiting.pop():
            case kinds.CustomType(cls=cls):
                yield cls
            case kinds.Type() | kinds.Field() as found if id(found) not in seen:
                seen.add(id(found))
                waiting += [getattr(found, name) for name in found.__struct_fields__]
            case tuple() as several:
                waiting += several


class _TooMany(Exception):
    """`MOST_PROBLEMS` were found."""


class _Examiner:
    """Walks one value, noting its problems.

    Each method returns the converted value, or `_FAILED` if it noted a problem.
    """

    def __init__(self, hook: Hook, annotation: Any) -> None:
        self.problems: Problems = {}
        self._hook = hook
        self._literals = dict(_literals(annotation))

    def examine(self, value: Any, kind: kinds.Type, path: str) -> Any:
        match kind:
            case kinds.Metadata():
                return self.examine(value, kind.type, path)
            case kinds.AnyType() | kinds.RawType():
                return value
            case kinds.UnionType():
                return self._union(value, kind, path)
            case kinds.StructType(array_like=True) | kinds.NamedTupleType():
                return self._row(value, kind, path)
            case kinds.StructType() | kinds.DataclassType() | kinds.TypedDictType():
                return self._object(value, kind, path)
            case kinds.DictType():
                return self._mapping(value, kind, path)
            case kinds.CollectionType():
                return self._list(value, kind, path)
            case kinds.TupleType():
                return self._tuple(value, kind, path)
            case kinds.CustomType():
                return self._custom(value, kind, path)
            case _:
                return self._scalar(value, kind, path)

    def _note(self, path: str, message: str) -> Any:
        self.problems[path] = message
        if len(self.problems) >= MOST_PROBLEMS:
            raise _TooMany
        return _FAILED

    def _checked(self, value: Any, kind: kinds.Type, path: str, unit: str) -> Any:
        for holds, message in checks_of(kind, unit=unit):
            if not holds(value):
                return self._note(path, message)
        return value

    def _scalar(self, value: Any, kind: kinds.Type, path: str) -> Any:
        if isinstance(kind, kinds.LiteralType):
            if any(value == it and type(value) is type(it) for it in kind.values):
                return value
            return self._note(path, must_be(self._expected(kind)))
        plain = kind.cls if isinstance(kind, kinds.EnumType) else _PLAIN[type(kind)]
        try:
            converted = msgspec.convert(value, plain)
        except (ValueError, OverflowError):
            return self._note(path, must_be(self._expected(kind)))
        return self._checked(converted, kind, path, "character")

    def _custom(self, value: Any, kind: kinds.CustomType, path: str) -> Any:
        try:
            return self._hook(kind.cls, value)
        except Refused as refused:
            for place, message in refused.at(path).items():
                self._note(place, message)
            return _FAILED

    def _object(self, value: Any, kind: Any, path: str) -> Any:
        if not isinstance(value, dict):
            return self._note(path, must_be("an object"))
        self._literals |= _literals_of_class(kind.cls)
        before = len(self.problems)
        tag = getattr(kind, "tag_field", None)
        converted: dict[str, Any] = {}
        if tag is not None and tag in value:
            converted[tag] = value[tag]
            if value[tag] != kind.tag:
                self._note(join(path, tag), must_be(one_of([kind.tag])))
        for field in kind.fields:
            name, place = field.encode_name, join(path, field.encode_name)
            if name in value:
                converted[name] = self.examine(value[name], field.type, place)
            elif field.required:
                self._note(place, REQUIRED)
        if getattr(kind, "forbid_unknown_fields", False):
            known = {tag, *(field.encode_name for field in kind.fields)}
            for name in value:
                if name not in known:
                    self._note(join(path, name), UNKNOWN)
        if len(self.problems) > before:
            return _FAILED
        return self._built(converted, kind.cls, path)

    def _built(self, converted: Any, cls: type, path: str) -> Any:
        """Make the instance, which runs the checks of its class."""
        try:
            return msgspec.convert(converted, cls, dec_hook=self._hook)
        except ValueError as exc:
            # A cause is an error that the class raised itself, in its own words.
            return self._note(path, str(exc.__cause__ or "") or INVALID)

    def _row(self, value: Any, kind: Any, path: str) -> Any:
        """An object that is written as a list, field by field."""
        if not isinstance(value, list):
            return self._note(path, must_be("a list"))
        tag = getattr(kind, "tag", None)
        tags = [] if tag is None else [kinds.LiteralType((tag,))]
        types = [*tags, *(field.type for field in kind.fields)]
        required = len(tags) + sum(field.required for field in kind.fields)
        if len(value) < required:
            return self._note(path, at_least(required))
        before = len(self.problems)
        converted = self._each(value, types, path)
        if len(self.problems) > before:
            return _FAILED
        return self._built(converted + value[len(types) :], kind.cls, path)

    def _tuple(self, value: Any, kind: kinds.TupleType, path: str) -> Any:
        if not isinstance(value, list):
            return self._note(path, must_be("a list"))
        if len(value) != len(kind.item_types):
            return self._note(path, exactly(len(kind.item_types)))
        before = len(self.problems)
        converted = self._each(value, kind.item_types, path)
        return _FAILED if len(self.problems) > before else converted

    def _list(self, value: Any, kind: kinds.CollectionType, path: str) -> Any:
        if not isinstance(value, list):
            return self._note(path, must_be("a list"))
        before = len(self.problems)
        converted = self._each(value, [kind.item_type] * len(value), path)
        if len(self.problems) > before:
            return _FAILED
        return self._checked(converted, kind, path, "item")

    def _each(
        self, values: Sequence[Any], types: Sequence[kinds.Type], path: str
    ) -> list[Any]:
        return [
            self.examine(value, kind, join(path, str(index)))
            for index, (value, kind) in enumerate(zip(values, types, strict=False))
        ]

    def _mapping(self, value: Any, kind: kinds.DictType, path: str) -> Any:
        if not isinstance(value, dict):
            return self._note(path, must_be("an object"))
        before = len(self.problems)
        converted = {
            self._key(key, kind.key_type, join(path, key)): self.examine(
                item, kind.value_type, join(path, key)
            )
            for key, item in value.items()
        }
        if len(self.problems) > before:
            return _FAILED
        return self._checked(converted, kind, path, "item")

    def _key(self, key: str, kind: kinds.Type, path: str) -> Any:
        # JSON has only text for keys, so `dict[int, ...]` reads numbers from it.
        plain = _PLAIN.get(type(kind), getattr(kind, "cls", str))
        with contextlib.suppress(ValueError, TypeError):
            converted = msgspec.convert(key, plain, strict=False)
            if all(holds(converted) for holds, _ in checks_of(kind, unit="character")):
                return converted
        return self._note(path, "Is not a valid key.")

    def _union(self, value: Any, kind: kinds.UnionType, path: str) -> Any:
        if value is None and kind.includes_none:
            return None
        members = [_bare(it) for it in kind.types if not isinstance(it, kinds.NoneType)]
        if len(members) > 1:
            members = [it for it in members if _reads(it, value)]
        if not members:
            expected = [self._expected(_bare(it)) for it in kind.types]
            return self._note(path, must_be(*expected))
        if len(members) > 1 and isinstance(members[0], kinds.StructType):
            return self._tagged(value, members, path)
        return self.examine(value, members[0], path)

    def _tagged(self, value: Any, members: Sequence[Any], path: str) -> Any:
        """One of several `Struct`s, told apart by a field."""
        if isinstance(value, list):  # the tag comes first
            name, tag = "0", value[0] if value else _FAILED
        else:
            name = members[0].tag_field
            tag = value.get(name, _FAILED)
        if tag is _FAILED:
            return self._note(join(path, name), REQUIRED)
        for member in members:
            if tag == member.tag:
                return self.examine(value, member, path)
        tags = one_of(member.tag for member in members)
        return self._note(join(path, name), must_be(tags))

    def _expected(self, kind: kinds.Type) -> str:
        match kind:
            case kinds.LiteralType(values=values):
                return one_of(self._literals.get(frozenset(values), values))
            case kinds.EnumType(cls=cls):
                return one_of(member.value for member in cls)
            case kinds.NoneType():
                return "null"
            case kinds.CollectionType() | kinds.TupleType() | kinds.NamedTupleType():
                return "a list"
            case _:
                return EXPECTED.get(_PLAIN.get(type(kind)), "an object")


def _bare(kind: kinds.Type) -> kinds.Type:
    return kind.type if isinstance(kind, kinds.Metadata) else kind


def _reads(kind: kinds.Type, value: Any) -> bool:
    """Whether a type is written with this kind of JSON value, right or wrong."""
    match kind:
        case kinds.CustomType() | kinds.AnyType() | kinds.RawType():
            return True
        case kinds.LiteralType(values=values):
            return type(value) in map(type, values)
        case kinds.EnumType(cls=cls):
            return type(value) in (type(member.value) for member in cls)
        case kinds.BoolType() | kinds.IntType():
            return type(value) is _PLAIN[type(kind)]
        case kinds.FloatType():
            return type(value) in (int, float)
        case kinds.DecimalType():
            return type(value) in (int, float, str)
        case (
            kinds.CollectionType()
            | kinds.TupleType()
            | kinds.NamedTupleType()
            | kinds.StructType(array_like=True)
        ):
            return isinstance(value, list)
        case (
            kinds.StructType()
            | kinds.DataclassType()
            | kinds.TypedDictType()
            | kinds.DictType()
        ):
            return isinstance(value, dict)
        case _:
            return isinstance(value, str)


def _literals(annotation: Any) -> Iterator[tuple[frozenset[Any], Sequence[Any]]]:
    """The values of each `Literal` in the order they were written in.

    msgspec's description has them sorted: `'high', 'low', 'medium'`.
    """
    if get_origin(annotation) is Literal:
        yield frozenset(get_args(annotation)), get_args(annotation)
    for argument in get_args(annotation):
        yield from _literals(argument)


@lru_cache(maxsize=1024)
def _literals_of_class(cls: Any) -> dict[frozenset[Any], Sequence[Any]]:
    hints = typing.get_type_hints(get_origin(cls) or cls, include_extras=True)
    return dict(pair for hint in hints.values() for pair in _literals(hint))
