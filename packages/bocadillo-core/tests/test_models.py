"""Which classes are models."""

import dataclasses
from collections.abc import Callable
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypedDict, TypeVar

import msgspec
import pytest
import typing_extensions

from bocadillo.models import is_model, is_pydantic

T = TypeVar("T")


class Item(msgspec.Struct):
    price: float


class Page(msgspec.Struct, Generic[T]):
    items: list[T]


@dataclasses.dataclass
class Note:
    text: str


class Options(TypedDict):
    limit: int


class OtherOptions(typing_extensions.TypedDict):
    limit: int


class Row(NamedTuple):
    price: float


class Plain:
    pass


@pytest.mark.parametrize(
    "annotation",
    [
        Item, Note, Options, OtherOptions, Page[Item], Item | None, Item | Note,
        list[Item], list[Item | None], list[Item] | None,
        Annotated[Item, msgspec.Meta(title="An item")],
        Annotated[list[Item], msgspec.Meta(max_length=3)],
    ],
)  # fmt: skip
def test_these_are_models(annotation):
    assert is_model(annotation)


@pytest.mark.parametrize(
    "annotation",
    [
        int, str, dict, dict[str, Item], list, list[int], set[Item], Plain, Row,
        Item | int, None, type(None), Any, "Item", Literal["a"], Item(1.0), object,
        Callable[[int], str],
    ],
    ids=repr,
)  # fmt: skip
def test_these_are_no_models(annotation):
    assert not is_model(annotation)
    assert not is_pydantic(annotation)


def test_an_attrs_class_is_a_model():
    attrs = pytest.importorskip("attrs")

    assert is_model(attrs.make_class("Point", {"x": attrs.field(type=int)}))


def test_pydantic_models_and_dataclasses_are_models_and_pydantics():
    pydantic = pytest.importorskip("pydantic")

    class Event(pydantic.BaseModel):
        name: str

    @pydantic.dataclasses.dataclass
    class Place:
        name: str

    for annotation in (Event, Place, Event | None, list[Event], Annotated[Event, 1]):
        assert is_model(annotation)
        assert is_pydantic(annotation)


def test_other_models_are_not_pydantics():
    assert not is_pydantic(Item)
    assert not is_pydantic(list[Note])
