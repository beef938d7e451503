"""Find everything that is wrong with a body: the slow path, after a failure.

msgspec stops at the first error and words it for programmers. Here the body, decoded
without its model, is walked along the description of the model (`typeinfo`). What is
right is converted on the way, bottom-up, so that the checks of a class
(`__post_init__`) run as soon as all its fields are right.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import inspect as kinds

from .problems import (
    EXPECTED,
    INVALID,
    INVALID_KEY,
    MOST_PROBLEMS,
    REQUIRED,
    UNKNOWN,
    Refused,
    at_least,
    at_most,
    checks_of,
    exactly,
    join,
    must_be,
    one_of,
)
from .typeinfo import PLAIN, TypeInfo, bare, is_list, is_written_as

__all__ = ["Hook", "examine"]

Problems = dict[str, str]
"""Messages by dotted path; the path of the value as a whole is empty."""

Hook = Callable[[type, Any], Any]
"""Reads a value of a class that msgspec does not know, or raises `Refused`."""

_FAILED: Any = object()


def examine(value: Any, info: TypeInfo, *, hook: Hook) -> Problems:
    """Find the problems of a value that does not fit a type.

    Args:
        value: What the JSON decodes to without a model.
        info: The type that was expected.
        hook: What reads the classes that msgspec does not know.

    Raises:
        RecursionError: If the value is nested too deeply to be examined.
    """
    examiner = _Examiner(info, hook)
    with contextlib.suppress(_TooMany):
        examiner.examine(value, info.kind, "")
    return examiner.problems


class _TooMany(Exception):
    """`MOST_PROBLEMS` were found."""


class _Examiner:
    """Walks one value and notes its problems.

    What a method returns is the converted value if it noted none; else the caller
    must not use it.
    """

    def __init__(self, info: TypeInfo, hook: Hook) -> None:
        self.problems: Problems = {}
        self._literals = info.literals
        self._hook = hook

    def examine(self, value: Any, kind: kinds.Type, path: str) -> Any:
        walk = _WALKS.get(type(kind), _Examiner._scalar)
        return walk(self, value, kind, path)

    def _note(self, path: str, message: str) -> Any:
        self.problems[path] = message
        if len(self.problems) >= MOST_PROBLEMS:
            raise _TooMany
        return _FAILED

    def _refuse(self, kind: kinds.Type, path: str) -> Any:
        return self._note(path, must_be(self._expected(kind)))

    def _scalar(self, value: Any, kind: Any, path: str) -> Any:
        plain = PLAIN.get(type(kind), getattr(kind, "cls", Any))
        try:
            converted = msgspec.convert(value, plain)
        except (ValueError, OverflowError):
            return self._refuse(kind, path)
        unit = "byte" if plain is bytes else "character"
        return self._checked(converted, kind, path, unit)

    def _checked(self, value: Any, kind: kinds.Type, path: str, unit: str) -> Any:
        for holds, message in checks_of(kind, unit=unit):
            if not holds(value):
                return self._note(path, message)
        return value

    def _literal(self, value: Any, kind: kinds.LiteralType, path: str) -> Any:
        if any(value == it and type(value) is type(it) for it in kind.values):
            return value
        return self._refuse(kind, path)

    def _anything(self, value: Any, kind: kinds.Type, path: str) -> Any:
        return value

    def _raw(self, value: Any, kind: kinds.RawType, path: str) -> Any:
        return msgspec.Raw(msgspec.json.encode(value))

    def _metadata(self, value: Any, kind: kinds.Metadata, path: str) -> Any:
        return self.examine(value, kind.type, path)

    def _custom(self, value: Any, kind: kinds.CustomType, path: str) -> Any:
        try:
            return self._hook(kind.cls, value)
        except Refused as refused:
            for place, message in refused.at(path).items():
                self._note(place, message)
            return _FAILED

    def _struct(self, value: Any, kind: kinds.StructType, path: str) -> Any:
        if kind.array_like:
            return self._row(value, kind, path)
        if not isinstance(value, dict):
            return self._refuse(kind, path)
        before = len(self.problems)
        tag = kind.tag_field
        if tag is not None and value.get(tag, kind.tag) != kind.tag:
            self._note(join(path, tag), must_be(one_of([kind.tag])))
        if kind.forbid_unknown_fields:
            known = {tag, *(field.encode_name for field in kind.fields)}
            for name in value:
                if name not in known:
                    self._note(join(path, name), UNKNOWN)
        converted = self._fields(value, kind.fields, path)
        if len(self.problems) > before:
            return _FAILED
        return self._built(converted, kind, path)

    def _dataclass(self, value: Any, kind: kinds.DataclassType, path: str) -> Any:
        if not isinstance(value, dict):
            return self._refuse(kind, path)
        before = len(self.problems)
        converted = self._fields(value, kind.fields, path)
        if len(self.problems) > before:
            return _FAILED
        return self._built(converted, kind, path)

    def _typed_dict(self, value: Any, kind: kinds.TypedDictType, path: str) -> Any:
        if not isinstance(value, dict):
            return self._refuse(kind, path)
        return self._fields(value, kind.fields, path)

    def _fields(
        self, value: Mapping[str, Any], fields: Sequence[kinds.Field], path: str
    ) -> dict[str, Any]:
        converted: dict[str, Any] = {}
        for field in fields:
            name, place = field.encode_name, join(path, field.encode_name)
            if name in value:
                converted[name] = self.examine(value[name], field.type, place)
            elif field.required:
                self._note(place, REQUIRED)
        return converted

    def _row(
        self, value: Any, kind: kinds.StructType | kinds.NamedTupleType, path: str
    ) -> Any:
        """An object that is written as a list, field by field."""
        if not isinstance(value, list):
            return self._refuse(kind, path)
        tag = getattr(kind, "tag", None)
        tags = [] if tag is None else [kinds.LiteralType((tag,))]
        types = [*tags, *(field.type for field in kind.fields)]
        required = len(tags) + sum(field.required for field in kind.fields)
        if len(value) < required:
            return self._note(path, at_least(required))
        if len(value) > len(types) and getattr(kind, "forbid_unknown_fields", True):
            return self._note(path, at_most(len(types)))
        before = len(self.problems)
        converted = self._each(value, types, path)
        if len(self.problems) > before or isinstance(kind, kinds.NamedTupleType):
            return converted
        return self._built(converted, kind, path)

    def _built(self, converted: Any, kind: Any, path: str) -> Any:
        """Make the instance, which runs the checks of its class.

        Once: an instance that stands inside another is taken as it is.
        """
        try:
            return msgspec.convert(converted, kind.cls, dec_hook=self._hook)
        except ValueError as exc:
            # A cause is what the class raised itself, in its own words.
            return self._note(path, str(exc.__cause__ or "") or INVALID)

    def _tuple(self, value: Any, kind: kinds.TupleType, path: str) -> Any:
        if not isinstance(value, list):
            return self._refuse(kind, path)
        if len(value) != len(kind.item_types):
            return self._note(path, exactly(len(kind.item_types)))
        return self._each(value, kind.item_types, path)

    def _list(self, value: Any, kind: kinds.CollectionType, path: str) -> Any:
        if not isinstance(value, list):
            return self._refuse(kind, path)
        converted: Any = self._each(value, [kind.item_type] * len(value), path)
        if isinstance(kind, kinds.SetType | kinds.FrozenSetType):
            converted = set(converted)
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
            return self._refuse(kind, path)
        converted = {
            self._key(key, kind.key_type, join(path, key)): self.examine(
                item, kind.value_type, join(path, key)
            )
            for key, item in value.items()
        }
        return self._checked(converted, kind, path, "item")

    def _key(self, key: str, kind: kinds.Type, path: str) -> Any:
        # JSON has only text for keys, so `dict[int, ...]` reads its keys from text.
        if isinstance(kind, kinds.LiteralType) and key not in map(str, kind.values):
            return self._note(path, INVALID_KEY)
        plain = PLAIN.get(type(kind), getattr(kind, "cls", Any))
        with contextlib.suppress(ValueError):
            converted = msgspec.convert(key, plain, strict=False)
            if all(holds(converted) for holds, _ in checks_of(kind, unit="character")):
                return converted
        return self._note(path, INVALID_KEY)

    def _union(self, value: Any, kind: kinds.UnionType, path: str) -> Any:
        if value is None and kind.includes_none:
            return None
        members = [bare(it) for it in kind.types if not isinstance(it, kinds.NoneType)]
        if len(members) > 1:
            members = [it for it in members if is_written_as(it, value)]
        if not members:
            expected = [self._expected(bare(it)) for it in kind.types]
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
            case _ if is_list(kind):
                return "a list"
            case _:
                return EXPECTED.get(PLAIN.get(type(kind)), "an object")


_WALKS: Mapping[type[kinds.Type], Callable[[_Examiner, Any, Any, str], Any]] = {
    kinds.AnyType: _Examiner._anything,
    kinds.RawType: _Examiner._raw,
    kinds.Metadata: _Examiner._metadata,
    kinds.CustomType: _Examiner._custom,
    kinds.LiteralType: _Examiner._literal,
    kinds.UnionType: _Examiner._union,
    kinds.StructType: _Examiner._struct,
    kinds.DataclassType: _Examiner._dataclass,
    kinds.TypedDictType: _Examiner._typed_dict,
    kinds.NamedTupleType: _Examiner._row,
    kinds.DictType: _Examiner._mapping,
    kinds.TupleType: _Examiner._tuple,
    kinds.ListType: _Examiner._list,
    kinds.VarTupleType: _Examiner._list,
    kinds.SetType: _Examiner._list,
    kinds.FrozenSetType: _Examiner._list,
}
