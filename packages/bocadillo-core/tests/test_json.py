"""JSON in and out: what is malformed is the client's fault, the rest is ours."""

import asyncio
import dataclasses
import json as stdlib
import math
from collections import OrderedDict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo import json
from bocadillo.errors import HTTPError

TEXT = st.text(st.characters(codec="utf-8"))
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


def status_after(function, *args) -> int:
    try:
        function(*args)
    except HTTPError as error:
        return error.status_code
    return 200


@given(VALUES)
def test_what_the_standard_library_wrote_is_decoded(value):
    assert json.decode(stdlib.dumps(value).encode()) == value


@given(VALUES)
def test_what_is_encoded_is_decoded_again(value):
    assert json.decode(json.encode(value)) == value


@pytest.mark.parametrize(
    "data",
    [
        b"", b" ", b"{", b"[1,]", b"{'a': 1}", b"nul", b'{"a": 1} x', b'"\x00"',
        b'"\xff"', b"\xff", b'"\xed\xa0\x80"', b'"\\ud800"', "\ufeff{}".encode(),
        b"NaN", b"Infinity", b"-Infinity", b'{"a": NaN}', b"1e999", b"01", b"+1",
        b"9" * 5_000, b"-" + b"9" * 5_000, b"[" * 200_000, b'{"a":' * 200_000,
        "", "[", '"\ud800"',
    ],
    ids=lambda data: repr(data[:12]),
)  # fmt: skip
def test_what_is_no_json_is_a_bad_request(data):
    with pytest.raises(HTTPError) as caught:
        json.decode(data)

    assert caught.value.status_code == 400
    assert caught.value.detail == "JSON is malformed."


@given(st.binary())
def test_no_bytes_do_anything_but_decode_or_be_a_bad_request(data):
    assert status_after(json.decode, data) in (200, 400)


class Color(Enum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


class Shout(str):
    __slots__ = ()


class Metre(float):
    __slots__ = ()


class Count(int):
    pass


class Todo(msgspec.Struct):
    title: str


@dataclasses.dataclass
class Note:
    text: str


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        ({"a": [1, 2.5, None, True, "é"]}, '{"a":[1,2.5,null,true,"é"]}'),
        (Todo("x"), '{"title":"x"}'),
        (Note("x"), '{"text":"x"}'),
        ([Todo("x")], '[{"title":"x"}]'),
        (datetime(2024, 5, 1, 12, tzinfo=UTC), '"2024-05-01T12:00:00Z"'),
        (date(2024, 5, 1), '"2024-05-01"'),
        (time(12, 30), '"12:30:00"'),
        (timedelta(minutes=90), '"PT5400S"'),
        (UUID(int=0), '"00000000-0000-0000-0000-000000000000"'),
        (Decimal("1.50"), '"1.50"'),
        (Color.RED, '"red"'),
        (Level.LOW, "1"),
        ({1}, "[1]"),
        (frozenset("a"), '["a"]'),
        ((1, 2), "[1,2]"),
        (b"abc", '"YWJj"'),
        (OrderedDict(a=1), '{"a":1}'),
        ({1: "a"}, '{"1":"a"}'),
        (math.nan, "null"),
        ([math.inf], "[null]"),
        (2**70, "1180591620717411303424"),
        (Shout("a"), '"a"'),
        (Metre(1.5), "1.5"),
        (Count(2), "2"),
    ],
)
def test_values_are_encoded(value, encoded):
    assert json.encode(value) == encoded.encode()


def test_attrs_instances_are_encoded():
    attrs = pytest.importorskip("attrs")
    cls = attrs.make_class("Point", {"x": attrs.field(type=int)})

    assert json.encode(cls(1)) == b'{"x":1}'


def test_pydantic_models_are_encoded_by_pydantic():
    pydantic = pytest.importorskip("pydantic")

    class Event(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(ser_json_timedelta="float")
        duration: timedelta

    events = [Event(duration=timedelta(seconds=90))]

    assert json.encode({"events": events}) == b'{"events":[{"duration":90.0}]}'


class Opaque:
    pass


def test_a_coroutine_was_not_awaited():
    async def load(): ...

    loading = load()
    with pytest.raises(TypeError, match="a coroutine has no JSON form: write `await`"):
        json.encode({"items": loading})
    loading.close()


async def test_what_else_is_awaited_was_not_either():
    awaited = asyncio.get_running_loop().create_future()

    with pytest.raises(TypeError, match="write `await` before its call"):
        json.encode(awaited)


def itself() -> list[object]:
    value: list[object] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Opaque(), "Cannot encode this Opaque as JSON: objects of type Opaque have no"),
        ({"a": [Opaque()]}, "Cannot encode this dict as JSON: objects of type Opaque"),
        (range(3), "objects of type range have no JSON form, or cannot be"),
        ({(1, 2): 3}, "Cannot encode this dict as JSON: objects of type tuple have no"),
        (itself(), "this list as JSON: it contains itself, or is nested too deeply."),
        (["\ud800"], "this list as JSON: it contains text that is not valid Unicode."),
    ],
)
def test_what_cannot_be_json_is_an_error_that_names_the_type(value, message):
    with pytest.raises(TypeError) as caught:
        json.encode(value)

    assert message in str(caught.value)
