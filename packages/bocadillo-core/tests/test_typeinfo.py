"""What msgspec knows of a type, and what it leaves out."""

import dataclasses
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypedDict, TypeVar

import msgspec
import pytest
from msgspec import inspect as kinds

from bocadillo.typeinfo import bare, describe_type, is_list, is_written_as

T = TypeVar("T")


class Level(Enum):
    LOW = 1
    HIGH = 2


class Node(msgspec.Struct):
    level: Literal["low", "high", "average"]
    where: Path
    children: "list[Node]" = []


class Page(msgspec.Struct, Generic[T]):
    items: list[T]
    order: Literal["up", "down"]


class Row(NamedTuple):
    order: Literal["z", "y"]


class Options(TypedDict):
    order: Literal["n", "m"] | None


@dataclasses.dataclass
class Note:
    row: Row
    options: Annotated[Options, msgspec.Meta(title="Options")]


class Pair(msgspec.Struct, array_like=True):
    x: int


def literals_of(annotation) -> set[tuple]:
    return set(describe_type(annotation).literals.values())


def test_the_values_of_a_literal_are_kept_in_the_order_they_were_written():
    assert literals_of(Literal["b", "a"]) == {("b", "a")}
    assert literals_of(list[Node] | None) == {("low", "high", "average")}
    assert literals_of(Page[Note]) == {("up", "down"), ("z", "y"), ("n", "m")}


def test_classes_that_msgspec_does_not_know_are_found_once():
    assert list(describe_type(list[Node]).customs) == [Path]
    assert list(describe_type(Note).customs) == []


def test_a_type_that_msgspec_refuses_is_an_error():
    with pytest.raises(TypeError):
        describe_type(Annotated[str, msgspec.Meta(ge=0)])


@pytest.mark.parametrize(
    ("annotation", "answer"),
    [
        (list[int], True),
        (set[int], True),
        (tuple[int, str], True),
        (Row, True),
        (Pair, True),
        (Node, False),
        (dict, False),
        (int, False),
    ],
)
def test_lists_are_told_from_what_is_not(annotation, answer):
    assert is_list(describe_type(annotation).kind) is answer


VALUES = [None, True, 1, 1.5, "a", [], {}]


@pytest.mark.parametrize(
    ("annotation", "written"),
    [
        (bool, [True]),
        (int, [1]),
        (float, [1, 1.5]),
        (Decimal, [1, 1.5, "a"]),
        (str, ["a"]),
        (date, ["a"]),
        (None, [None]),
        (list[int], [[]]),
        (Row, [[]]),
        (Pair, [[]]),
        (Node, [{}]),
        (Note, [{}]),
        (Options, [{}]),
        (dict[str, int], [{}]),
        (Level, [1]),
        (Literal["x"], ["a"]),
        (Literal["x", 2], [1, "a"]),
        (Any, VALUES),
        (Path, VALUES),
    ],
)
def test_a_type_is_written_as_one_kind_of_json_or_another(annotation, written):
    kind = describe_type(annotation).kind

    assert [it for it in VALUES if is_written_as(kind, it)] == written


def test_a_type_is_found_behind_its_title():
    kind = describe_type(Annotated[int, msgspec.Meta(title="Age")]).kind

    assert bare(kind) == bare(bare(kind)) == kinds.IntType()
