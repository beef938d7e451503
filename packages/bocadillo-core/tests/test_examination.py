"""Every problem of a body is found, and none that is not there."""

import dataclasses
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NotRequired,
    TypedDict,
    TypeVar,
)
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta

from bocadillo.examination import examine
from bocadillo.problems import MOST_PROBLEMS, Refused
from bocadillo.typeinfo import describe_type


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Item(msgspec.Struct):
    price: Annotated[float, Meta(ge=0)]
    name: Annotated[str, Meta(max_length=3)] = ""


class Order(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    order_id: int
    items: Annotated[list[Item], Meta(max_length=3)]
    color: Color = Color.RED
    speed: Literal["slow", "fast"] = "slow"
    note: str | None = None


class Period(msgspec.Struct):
    start: int
    end: int

    def __post_init__(self):
        if self.end < self.start:
            raise ValueError("Must not end before it starts.")


class Calendar(msgspec.Struct):
    periods: list[Period]
    main: Period | None = None

    def __post_init__(self):
        if not self.periods:
            raise TypeError


class Cat(msgspec.Struct, tag="cat"):
    lives: int


class Dog(msgspec.Struct, tag="dog", forbid_unknown_fields=True):
    name: str


class Circle(msgspec.Struct, tag="circle", array_like=True):
    radius: float


class Square(msgspec.Struct, tag="square", array_like=True):
    side: float
    turned: bool = False


class Pair(msgspec.Struct, array_like=True):
    x: int
    y: int = 0


class Closed(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    x: int


class Row(NamedTuple):
    x: int
    y: str = ""


T = TypeVar("T")


class Page(msgspec.Struct, Generic[T]):
    results: list[T]


class Everything(msgspec.Struct):
    """Types whose values must survive being converted twice."""

    pages: Page[Item]
    pet: Cat | Dog
    moment: datetime
    id: UUID
    length: timedelta
    content: bytes
    changeable: bytearray
    viewed: memoryview
    raw: msgspec.Raw
    some: frozenset[int]
    pair: tuple[int, str]
    row: "Row"
    note: "Note"
    options: "Options"
    by_day: dict[date, Color]
    price: Decimal


class Options(TypedDict):
    limit: int
    page: NotRequired[int]


@dataclasses.dataclass
class Note:
    text: str
    tags: set[str] = dataclasses.field(default_factory=set)


class Custom:
    """A class that msgspec does not know."""


def hook(cls: type, value: Any) -> Any:
    if isinstance(value, Custom):
        return value
    if value == "custom":
        return Custom()
    raise Refused({"inside": "Is wrong.", "": "Is wrong as well."})


def problems_of(value: Any, annotation: Any) -> dict[str, str]:
    return examine(value, describe_type(annotation), hook=hook)


NUMBER = "Must be a number."
STRING = "Must be a string."

WRONG: list[tuple[Any, Any, Mapping[str, str]]] = [
    (int, "1", {"": NUMBER}),
    (int, 1.5, {"": NUMBER}),
    (int, True, {"": NUMBER}),
    (int, None, {"": NUMBER}),
    (float, "1", {"": NUMBER}),
    (float, 10**400, {"": NUMBER}),
    (Decimal, "x", {"": NUMBER}),
    (bool, 1, {"": "Must be a boolean."}),
    (str, 1, {"": STRING}),
    (None, 1, {"": "Must be null."}),
    (date, "2024-13-01", {"": "Must be a valid date."}),
    (time, "x", {"": "Must be a valid time."}),
    (datetime, 1_700_000_000, {"": "Must be a valid datetime."}),
    (timedelta, "1h", {"": "Must be a valid duration."}),
    (UUID, "x", {"": "Must be a valid UUID."}),
    (bytes, "?", {"": "Must be a valid base64 string."}),
    (bytearray, "?", {"": "Must be a valid base64 string."}),
    (Color, "green", {"": "Must be one of 'red', 'blue'."}),
    (Color, ["red"], {"": "Must be one of 'red', 'blue'."}),
    (Literal["b", "a"], "c", {"": "Must be one of 'b', 'a'."}),
    (Literal[1], True, {"": "Must be one of 1."}),
    (Annotated[int, Meta(ge=0, title="Age")], -1,
     {"": "Must be greater than or equal to 0."}),
    (Annotated[int, Meta(multiple_of=5)], 7, {"": "Must be a multiple of 5."}),
    (Annotated[str, Meta(min_length=1)], "", {"": "Must have at least 1 character."}),
    (Annotated[str, Meta(pattern="^a$")], "b", {"": "Must match '^a$'."}),
    (Annotated[bytes, Meta(max_length=1)], "YWJj",
     {"": "Must have no more than 1 byte."}),
    (Annotated[datetime, Meta(tz=True)], "2024-05-01T00:00:00",
     {"": "Must have a time zone."}),
    (list[int], {}, {"": "Must be a list."}),
    (list[int], [1, "2", None], {"1": NUMBER, "2": NUMBER}),
    (set[int], [1, "2"], {"1": NUMBER}),
    (tuple[int, ...], ["2"], {"0": NUMBER}),
    (tuple[int, str], [1], {"": "Must have exactly 2 items."}),
    (tuple[int, str], ["1", 2], {"0": NUMBER, "1": STRING}),
    (tuple[int, str], {}, {"": "Must be a list."}),
    (Annotated[list[int], Meta(max_length=1)], [1, 2],
     {"": "Must have no more than 1 item."}),
    (dict[str, int], [], {"": "Must be an object."}),
    (dict[str, int], {"a": 1, "b": "2"}, {"b": NUMBER}),
    (dict[int, int], {"1": 1, "b": 2}, {"b": "Is not a valid key."}),
    (dict[Color, int], {"red": 1, "x": 2}, {"x": "Is not a valid key."}),
    (dict[Literal["a"], int], {"a": 1, "b": 2}, {"b": "Is not a valid key."}),
    (dict[Annotated[str, Meta(max_length=1)], int], {"ab": 2},
     {"ab": "Is not a valid key."}),
    (Annotated[set[int], Meta(min_length=2)], [1, 1],
     {"": "Must have at least 2 items."}),
    (Annotated[dict[str, int], Meta(min_length=1)], {},
     {"": "Must have at least 1 item."}),
    (Order, [], {"": "Must be an object."}),
    (Options, [], {"": "Must be an object."}),
    (Order, {}, {"orderId": "Is required.", "items": "Is required."}),
    (Order, {"order_id": 1, "orderId": 1, "items": []},
     {"order_id": "Is not a known field."}),
    (Order, {
        "orderId": "1", "items": [{"price": -1}, {}, {"price": 1, "name": "long"}],
        "color": "x", "speed": "x", "note": 1, "z": 1, "y": 1,
    }, {
        "z": "Is not a known field.",
        "y": "Is not a known field.",
        "orderId": NUMBER,
        "items.0.price": "Must be greater than or equal to 0.",
        "items.1.price": "Is required.",
        "items.2.name": "Must have no more than 3 characters.",
        "color": "Must be one of 'red', 'blue'.",
        "speed": "Must be one of 'slow', 'fast'.",
        "note": STRING,
    }),
    (Order | None, {"items": []}, {"orderId": "Is required."}),
    (list[Order], [{"orderId": 1}], {"0.items": "Is required."}),
    (Note, {"text": 1, "tags": ["a", 1]}, {"text": STRING, "tags.1": STRING}),
    (Note, 1, {"": "Must be an object."}),
    (Options, {"page": "1"}, {"limit": "Is required.", "page": NUMBER}),
    (Row, ["1", 2], {"0": NUMBER, "1": STRING}),
    (Row, [], {"": "Must have at least 1 item."}),
    (Row, [1, "", None], {"": "Must have no more than 2 items."}),
    (Row, {}, {"": "Must be a list."}),
    (Closed, [1, 2], {"": "Must have no more than 1 item."}),
    (Pair, ["1"], {"0": NUMBER}),
    (Pair, {}, {"": "Must be a list."}),
    (Cat, {"type": "dog", "lives": 9}, {"type": "Must be one of 'cat'."}),
    (Cat | Dog, {}, {"type": "Is required."}),
    (Cat | Dog, {"type": "cow"}, {"type": "Must be one of 'cat', 'dog'."}),
    (Cat | Dog, {"type": []}, {"type": "Must be one of 'cat', 'dog'."}),
    (Cat | Dog, {"type": "cat", "lives": "9"}, {"lives": NUMBER}),
    (Cat | Dog, {"type": "dog", "x": 1},
     {"x": "Is not a known field.", "name": "Is required."}),
    (Cat | Dog, 1, {"": "Must be an object."}),
    (Circle | Square, [], {"0": "Is required."}),
    (Circle | Square, ["oval"], {"0": "Must be one of 'circle', 'square'."}),
    (Circle | Square, ["circle"], {"": "Must have at least 2 items."}),
    (Circle | Square, ["square", "1"], {"1": NUMBER}),
    (int | str, [], {"": "Must be a number or a string."}),
    (int | list[int] | None, "x", {"": "Must be a number, a list or null."}),
    (int | list[int], ["x"], {"0": NUMBER}),
    (Annotated[int, Meta(ge=0)] | str, -1, {"": "Must be greater than or equal to 0."}),
    (Annotated[int | str, Meta(title="Id")], None,
     {"": "Must be a number or a string."}),
    (Period, {"start": 2, "end": 1}, {"": "Must not end before it starts."}),
    (Calendar, {"periods": [{"start": 2, "end": 1}, {"start": "x", "end": 1}],
                "main": {"start": 3, "end": 2}}, {
        "periods.0": "Must not end before it starts.",
        "periods.1.start": NUMBER,
        "main": "Must not end before it starts.",
    }),
    (Calendar, {"periods": []}, {"": "Is not valid."}),
    (Custom, 1, {"inside": "Is wrong.", "": "Is wrong as well."}),
    (list[Custom], ["custom", 1],
     {"1.inside": "Is wrong.", "1": "Is wrong as well."}),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "value", "problems"), WRONG)
def test_all_problems_are_found(annotation, value, problems):
    assert problems_of(value, annotation) == problems


RIGHT: list[tuple[Any, Any]] = [
    (Any, {"a": [1]}),
    (msgspec.Raw, 1),
    (float, 1),
    (Annotated[int, Meta(ge=0, title="Age")], 0),
    (Literal["a", 1, None], None),  # noqa: PYI061
    (int | None, None),
    (Order, {"orderId": 1, "items": [{"price": 1}], "color": "blue", "note": None}),
    (Note, {"text": "x", "tags": ["a", "b"], "more": 1}),
    (Options, {"limit": 1}),
    (Row, [1, "a"]),
    (Pair, [1, 2, 3]),
    (Cat | Dog, {"type": "dog", "name": "Rex"}),
    (Cat, {"lives": 9}),
    (Circle | Square, ["square", 1.5, True]),
    (dict[date, Decimal], {"2024-05-01": "1.5"}),
    (dict[int, list[UUID]], {"1": ["00000000-0000-0000-0000-000000000000"]}),
    (dict[Any, int], {"1": 1}),
    (dict[str, timedelta], {"a": "PT1S"}),
    (Annotated[set[int], Meta(max_length=1)], [1, 1]),
    (
        list[Everything],
        [
            {
                "pages": {"results": [{"price": 1}]},
                "pet": {"type": "cat", "lives": 9},
                "moment": "2024-05-01T00:00:00Z",
                "id": "00000000-0000-0000-0000-000000000000",
                "length": "PT1S",
                "content": "YQ==",
                "changeable": "YQ==",
                "viewed": "YQ==",
                "raw": {"a": [1]},
                "some": [1, 1],
                "pair": [1, "a"],
                "row": [1],
                "note": {"text": "x", "tags": ["a"]},
                "options": {"limit": 1},
                "by_day": {"2024-05-01": "red"},
                "price": "1.5",
            }
        ],
    ),
    (Calendar, {"periods": [{"start": 1, "end": 2}], "main": None}),
    (list[Custom], ["custom"]),
    (tuple[int, str], [1, "a"]),
    (set[bytes], ["YQ=="]),
]


@pytest.mark.parametrize(("annotation", "value"), RIGHT)
def test_no_problem_is_found_where_there_is_none(annotation, value):
    assert problems_of(value, annotation) == {}
    assert problems_of({"a": [value]}, dict[str, list[annotation]]) == {}


def test_a_right_value_is_converted_as_msgspec_would():
    data = msgspec.json.encode([dict(zip(["start", "end"], [1, 2], strict=True))] * 2)
    seen: list[object] = []

    class Calendars(msgspec.Struct):
        periods: list[Period]

        def __post_init__(self):
            seen.extend(self.periods)

    problems_of({"periods": msgspec.json.decode(data)}, Calendars)

    assert seen == [Period(1, 2)] * 2


TEXT = st.text(st.characters(codec="utf-8"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            TEXT | st.sampled_from(["type", "items", "price", "orderId", "start"]),
            inner,
        )
    ),
)


ANNOTATIONS = {str(annotation): annotation for annotation, _, _ in WRONG}
TYPES = {name: describe_type(annotation) for name, annotation in ANNOTATIONS.items()}


@settings(max_examples=100)
@given(name=st.sampled_from(sorted(TYPES)), value=JSON)
def test_problems_are_found_just_where_msgspec_fails(name, value):
    data = msgspec.json.encode(value)
    try:
        msgspec.json.decode(data, type=ANNOTATIONS[name], dec_hook=hook)
    except ValueError:
        assert examine(msgspec.json.decode(data), TYPES[name], hook=hook)
    else:
        assert not examine(msgspec.json.decode(data), TYPES[name], hook=hook)


def test_the_search_ends_when_there_are_too_many():
    assert len(problems_of(["x"] * 2 * MOST_PROBLEMS, list[int])) == MOST_PROBLEMS


class Node(msgspec.Struct):
    child: "Node | None" = None


def test_what_is_nested_too_deeply_to_be_examined_is_an_error():
    value: Any = 1
    for _ in range(2_000):
        value = {"child": value}

    with pytest.raises(RecursionError):
        problems_of(value, Node)
