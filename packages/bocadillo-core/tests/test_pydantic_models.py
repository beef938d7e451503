"""pydantic's models are read by pydantic and refused in our words."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo.errors import HTTPError
from bocadillo.validation import compile_model

pydantic = pytest.importorskip("pydantic")


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Item(pydantic.BaseModel):
    price: float = pydantic.Field(ge=0)


class Order(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")

    title: str
    items: tuple[Item, ...] = ()


class Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True)

    day: date


class Checked(pydantic.BaseModel):
    even: int

    @pydantic.field_validator("even")
    @classmethod
    def check(cls, value: int) -> int:
        if value % 2:
            raise ValueError("Must be even.")
        if not value:
            raise ValueError
        return value


@pydantic.dataclasses.dataclass
class Place:
    name: str


class Envelope(msgspec.Struct):
    order: Order
    strict: Strict | None = None


def outcome_of(annotation: Any, data: bytes) -> Any:
    try:
        return compile_model(annotation, root="body")(data)
    except HTTPError as error:
        return error.detail if error.status_code == 400 else error


@pytest.mark.parametrize(
    ("annotation", "data", "value"),
    [
        (Order, b'{"title": "x", "items": [{"price": "1.5"}]}',
         Order(title="x", items=(Item(price=1.5),))),
        (Order | None, b"null", None),
        (Annotated[list[Item], pydantic.Field(max_length=1)], b"[]", []),
        (list[Item], b'[{"price": 1}]', [Item(price=1.0)]),
        (Place, b'{"name": "x"}', Place("x")),
        (Strict, b'{"day": "2024-05-01"}', Strict(day=date(2024, 5, 1))),
        (Envelope, b'{"order": {"title": "x"}, "strict": {"day": "2024-05-01"}}',
         Envelope(Order(title="x"), Strict(day=date(2024, 5, 1)))),
    ],
)  # fmt: skip
def test_a_body_becomes_a_model(annotation, data, value):
    assert outcome_of(annotation, data) == value


@pytest.mark.parametrize(
    ("annotation", "data", "detail"),
    [
        (Order, b"[]", {"body": "Must be an object."}),
        (Order, b'{"items": [{"price": -1}, {"price": "x"}, {}], "z": 1}', {
            "title": "Is required.",
            "items.0.price": "Must be greater than or equal to 0.",
            "items.1.price": "Must be a number.",
            "items.2.price": "Is required.",
            "z": "Is not a known field.",
        }),
        (list[Item], b'{"price": 1}', {"body": "Must be a list."}),
        (list[Item], b'[{"price": true}, 1]', {"1": "Must be an object."}),
        (Checked, b'{"even": 1}', {"even": "Must be even."}),
        (Checked, b'{"even": 0}', {"even": "Is not valid."}),
        (Envelope, b'{"order": {"z": 1}, "strict": {"day": 5}}', {
            "order.title": "Is required.",
            "order.z": "Is not a known field.",
            "strict.day": "Must be a valid date.",
        }),
        (Envelope, b'{"order": 1}', {"order": "Must be an object."}),
    ],
)  # fmt: skip
def test_all_problems_are_told_by_their_path(annotation, data, detail):
    assert outcome_of(annotation, data) == detail


Field = pydantic.Field

MESSAGES: list[tuple[Any, bytes, str]] = [
    (int, b'"x"', "Must be a number."),
    (int, b"1.5", "Must be a number."),
    (Decimal, b'"x"', "Must be a number."),
    (bool, b'"x"', "Must be a boolean."),
    (str, b"1", "Must be a string."),
    (date, b'"x"', "Must be a valid date."),
    (time, b'"x"', "Must be a valid time."),
    (datetime, b'"x"', "Must be a valid datetime."),
    (timedelta, b'"x"', "Must be a valid duration."),
    (UUID, b'"x"', "Must be a valid UUID."),
    (pydantic.HttpUrl, b'"x"', "Must be a valid URL."),
    (None, b"1", "Must be null."),
    (list[int], b"1", "Must be a list."),
    (dict[str, int], b"1", "Must be an object."),
    (Literal["a"], b'"c"', "Must be one of 'a'."),
    (Literal["b", "a", "or"], b'"c"', "Must be one of 'b', 'a', 'or'."),
    (Color, b'"x"', "Must be one of 'red', 'blue'."),
    (Annotated[int, Field(gt=0)], b"0", "Must be greater than 0."),
    (Annotated[float, Field(ge=0)], b"-1", "Must be greater than or equal to 0."),
    (Annotated[float, Field(lt=0.5)], b"1", "Must be less than 0.5."),
    (Annotated[int, Field(le=9)], b"10", "Must be less than or equal to 9."),
    (Annotated[int, Field(multiple_of=5)], b"3", "Must be a multiple of 5."),
    (Annotated[str, Field(min_length=2)], b'"a"', "Must have at least 2 characters."),
    (Annotated[str, Field(max_length=1)], b'"ab"',
     "Must have no more than 1 character."),
    (Annotated[list[int], Field(max_length=1)], b"[1, 2]",
     "Must have no more than 1 item."),
    (Annotated[str, Field(pattern="^a$")], b'"b"', "Must match '^a$'."),
    (Annotated[Decimal, Field(max_digits=1)], b"12",
     "Decimal input should have no more than 1 digit in total."),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "value", "message"), MESSAGES)
def test_an_error_is_put_into_our_words(annotation, value, message):
    model = pydantic.create_model("Model", field=annotation)

    detail = outcome_of(model, b'{"field": ' + value + b"}")

    assert detail == {"field": message}


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b'{"title": NaN}', b'{"title": "\xff"}', b"[" * 200_000,
     b'{"title": ' + b"9" * 5_000 + b"}", b'{"title": "x", "items": [NaN]}'],
    ids=lambda data: repr(data[:20]),
)  # fmt: skip
def test_malformed_json_is_told_as_for_any_model(data):
    assert outcome_of(Order, data) == "JSON is malformed."


class Tree(pydantic.BaseModel):
    child: "Tree | None" = None


class Branch(msgspec.Struct):
    tree: Tree


@pytest.mark.parametrize(("depth", "readable"), [(50, True), (400, False)])
def test_nesting_too_deep_for_pydantic_is_malformed(depth, readable):
    data = b'{"child":' * depth + b"{}" + b"}" * depth

    tree = outcome_of(Tree, data)
    branch = outcome_of(Branch, b'{"tree":' + data + b"}")

    assert (tree != "JSON is malformed.") is readable
    assert (branch != "JSON is malformed.") is readable


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["title", "items", "price", "x"]), inner)
    ),
)


@given(st.binary() | JSON.map(msgspec.json.encode))
def test_no_bytes_do_anything_but_make_a_model_or_a_bad_request(data):
    outcome = outcome_of(Order, data)

    assert isinstance(outcome, Order) or outcome
