from dataclasses import dataclass
from datetime import date
from typing import Annotated, TypedDict

import msgspec
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo.errors import HTTPError, RouteError
from bocadillo.messages import BYTES, JSON, TEXT, message_type


class Point(msgspec.Struct):
    x: int
    y: int = 0


@dataclass
class Move:
    to: Point
    on: date


DAY = date(2026, 11, 20)


class Named(TypedDict):
    name: str


class User(pydantic.BaseModel):
    name: str


def sent(kind, value):
    """The data of the frame that sends a value."""
    event = kind.event(value)
    assert event["type"] == "websocket.send"
    return event[kind.frame]


@pytest.mark.parametrize(
    ("chosen", "kind"), [("text", TEXT), ("bytes", BYTES), ("json", JSON)]
)
def test_types_are_chosen_by_name(chosen, kind):
    assert message_type(chosen, "value_type") is kind


@pytest.mark.parametrize("data", [b"a", bytearray(b"a"), memoryview(b"a")])
def test_bytes_come_in_any_shape(data):
    assert sent(BYTES, data) == b"a"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_json_comes_back_as_it_was_sent(value):
    assert JSON.decode(sent(JSON, value)) == value


@pytest.mark.parametrize(
    ("model", "value", "data"),
    [
        (Point, Point(1), '{"x":1,"y":0}'),
        (Move, Move(Point(1), DAY), '{"to":{"x":1,"y":0},"on":"2026-11-20"}'),
        (Named, {"name": "ada"}, '{"name":"ada"}'),
        (User, User(name="ada"), '{"name":"ada"}'),
        (list[Point], [Point(1)], '[{"x":1,"y":0}]'),
        (dict[str, int], {"a": 1}, '{"a":1}'),
        (Point | None, None, "null"),
        (Point | None, Point(1), '{"x":1,"y":0}'),
        (Annotated[Point, "x"], Point(1), '{"x":1,"y":0}'),
    ],
)
def test_a_model_is_encoded_and_decoded(model, value, data):
    kind = message_type(model, "value_type")

    assert sent(kind, value) == data
    assert kind.decode(data) == value


@pytest.mark.parametrize(
    ("model", "value", "data"),
    [
        (Point, {"x": 1}, '{"x":1,"y":0}'),
        (Move, {"to": {"x": 1}, "on": DAY}, '{"to":{"x":1,"y":0},"on":"2026-11-20"}'),
        (User, {"name": "ada"}, '{"name":"ada"}'),
    ],
)
def test_what_fits_a_model_is_sent_as_one(model, value, data):
    assert sent(message_type(model, "send_type"), value) == data


@pytest.mark.parametrize(
    ("model", "value", "message"),
    [
        (Point, {"x": "one"}, "This dict is no Point: x: Must be a number."),
        (Point, {}, "This dict is no Point: x: Is required."),
        (Point, Move(Point(1), DAY), "This Move is no Point: x: Is req"),
        (list[Point], [Point(1), {}], r"This list is no list\[.*Point\]: 1.x: Is req"),
        (Named, {"name": 1}, "This dict is no Named: name: Must be a string."),
        (Point, object(), "Cannot encode this object as JSON"),
    ],
)
def test_what_does_not_fit_a_model_is_a_type_error(model, value, message):
    kind = message_type(model, "send_type")

    with pytest.raises(TypeError, match=message):
        kind.event(value)


def test_all_problems_of_a_message_are_told():
    kind = message_type(Move, "receive_type")

    with pytest.raises(HTTPError) as caught:
        kind.decode('{"to": {"x": "a"}, "on": "b"}')
    assert caught.value.detail == {
        "to.x": "Must be a number.",
        "on": "Must be a valid date.",
    }


@pytest.mark.parametrize("chosen", [str, bytes, None, 1, ["text"], complex, "Text"])
def test_what_is_accepted_is_listed(chosen):
    with pytest.raises(
        RouteError, match="receive_type must be 'text', 'bytes', 'json' or a model"
    ):
        message_type(chosen, "receive_type")
