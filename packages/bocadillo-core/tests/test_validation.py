"""A body becomes an instance of its model, or a 400 that tells all its problems."""

import dataclasses
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypedDict, TypeVar
from uuid import UUID

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Meta

from bocadillo.errors import HTTPError
from bocadillo.validation import compile_model

T = TypeVar("T")


class Item(msgspec.Struct):
    price: float


class Todo(msgspec.Struct):
    title: Annotated[str, Meta(max_length=20)]
    items: list[Item] = []
    parent: "Todo | None" = None


class Page(msgspec.Struct, Generic[T]):
    results: list[T]


@dataclasses.dataclass
class Note:
    text: str
    day: date | None = None


class Options(TypedDict):
    limit: int


class Sized(msgspec.Struct):
    size: int

    def __post_init__(self):
        if self.size < 0:
            raise ValueError("Must not be negative.")


def detail_of(annotation: Any, data: bytes | str) -> Any:
    with pytest.raises(HTTPError) as caught:
        compile_model(annotation, root="body")(data)
    assert caught.value.status_code == 400
    return caught.value.detail


@pytest.mark.parametrize(
    ("annotation", "data", "value"),
    [
        (Todo, b'{"title": "x", "items": [{"price": 1}], "more": 1}',
         Todo("x", [Item(1.0)])),
        (Todo, '{"title": "é"}', Todo("é")),
        (Note, b'{"text": "x", "day": "2024-05-01"}', Note("x", date(2024, 5, 1))),
        (Options, b'{"limit": 1}', {"limit": 1}),
        (Page[Item], b'{"results": [{"price": 2}]}', Page([Item(2.0)])),
        (Todo | None, b"null", None),
        (list[Item], b'[{"price": 1}]', [Item(1.0)]),
        (dict[str, int], b'{"a": 1}', {"a": 1}),
        (Any, b"[1]", [1]),
        (object, b"[1]", [1]),
        (set[UUID], b"[]", set()),
    ],
)  # fmt: skip
def test_a_body_becomes_an_instance(annotation, data, value):
    decoded = compile_model(annotation, root="body")(data)

    assert decoded == value
    assert type(decoded) is type(value)


def test_an_attrs_class_is_a_model():
    attrs = pytest.importorskip("attrs")

    @attrs.define
    class Point:
        x: int = attrs.field(validator=attrs.validators.ge(0))
        y: int = 0

    assert compile_model(Point, root="body")(b'{"x": 1}') == Point(1)
    assert detail_of(Point, b'{"x": "1", "y": "2"}') == {
        "x": "Must be a number.",
        "y": "Must be a number.",
    }
    assert detail_of(Point, b'{"x": -1}') == {"body": "'x' must be >= 0: -1"}


@pytest.mark.parametrize(
    ("annotation", "data", "detail"),
    [
        (Todo, b"[]", {"body": "Must be an object."}),
        (list[Item], b"{}", {"body": "Must be a list."}),
        (list[Item], b'[{}, {"price": null}]',
         {"0.price": "Is required.", "1.price": "Must be a number."}),
        (Todo, b'{"items": [{"price": "1"}]}',
         {"title": "Is required.", "items.0.price": "Must be a number."}),
        (Todo, b'{"title": "x", "parent": {"parent": {}}}',
         {"parent.title": "Is required.", "parent.parent.title": "Is required."}),
        (Sized, b'{"size": -1}', {"body": "Must not be negative."}),
        (Literal["b", "a"], b'"c"', {"body": "Must be one of 'b', 'a'."}),
        (int, b'"1"', {"body": "Must be a number."}),
    ],
)  # fmt: skip
def test_problems_are_told_by_their_path(annotation, data, detail):
    assert detail_of(annotation, data) == detail


def test_a_body_with_ten_problems_reports_ten():
    class Form(msgspec.Struct, forbid_unknown_fields=True):
        a: int
        b: Annotated[int, Meta(ge=0)]
        c: Annotated[str, Meta(max_length=2)]
        d: bool
        e: date
        f: UUID
        g: Literal["x", "y"]
        h: list[int]
        i: Item

    data = (
        b'{"a": "1", "b": -1, "c": "abc", "d": 1, "e": "x", "f": "x", "g": "z",'
        b' "h": ["1"], "i": {}, "j": 0}'
    )

    assert detail_of(Form, data) == {
        "a": "Must be a number.",
        "b": "Must be greater than or equal to 0.",
        "c": "Must have no more than 2 characters.",
        "d": "Must be a boolean.",
        "e": "Must be a valid date.",
        "f": "Must be a valid UUID.",
        "g": "Must be one of 'x', 'y'.",
        "h.0": "Must be a number.",
        "i.price": "Is required.",
        "j": "Is not a known field.",
    }


MALFORMED = [
    b"", b"{", b'{"title": "x"', b'{"title": "\xff"}', b'{"title": "x", "a": "\xff"}',
    b'{"title": 1, oops', b'{"title": NaN}', b'{"title": "x", "a": NaN}',
    b'{"title": ' + b"9" * 5_000 + b"}", b'{"title": 1e999}', b"[" * 200_000,
    b'{"parent":' * 200_000, b'{"title": "x", "a":' + b"[" * 200_000,
    "", "{", '{"title": "\ud800"}',
]  # fmt: skip


@pytest.mark.parametrize("data", MALFORMED, ids=lambda data: repr(data[:20]))
def test_malformed_json_is_told_apart_from_a_wrong_value(data):
    assert detail_of(Todo, data) == "JSON is malformed."


@pytest.mark.parametrize("depth", [300, 450, 900, 1_500])
def test_nesting_too_deep_to_be_examined_is_malformed_as_well(depth):
    data = b'{"title":"x","parent":' * depth + b"1" + b"}" * depth

    detail = detail_of(Todo, data)

    assert detail in (
        "JSON is malformed.",
        {".".join(["parent"] * depth): "Must be an object."},
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["title", "items", "price", "parent"]), inner)
    ),
)


@given(st.binary() | JSON.map(msgspec.json.encode))
@example(b'{"title": "x", "items": [{"price": 1e308}]}')
def test_no_bytes_do_anything_but_make_an_instance_or_a_bad_request(data):
    try:
        value = compile_model(Todo, root="todo")(data)
    except HTTPError as error:
        outcome = (error.status_code, bool(error.detail))
    else:
        outcome = (200, isinstance(value, Todo))

    assert outcome in ((200, True), (400, True))


def test_the_compiled_decoding_is_remembered():
    assert compile_model(Todo, root="body") is compile_model(Todo, root="body")
    assert compile_model(Todo, root="body") is not compile_model(Todo, root="todo")


def test_metadata_that_cannot_be_hashed_does_no_harm():
    assert compile_model(Annotated[Item, ["a note"]], root="body")(
        b'{"price": 1}'
    ) == Item(1.0)


class Unresolved(msgspec.Struct):
    other: "Nowhere"  # noqa: F821


class WithPath(msgspec.Struct):
    where: Path


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (Unresolved, "Unresolved cannot be read from JSON: name 'Nowhere' is not def"),
        (WithPath, "WithPath cannot be read from JSON: Path is neither a model nor a"),
        (Annotated[str, Meta(ge=0)], "cannot be read from JSON: Can only set `ge` on"),
        (int | Item | Note, "cannot be read from JSON: Type unions may not contain"),
    ],
)
def test_a_type_that_cannot_be_json_is_an_error_at_compile_time(annotation, message):
    with pytest.raises(TypeError) as caught:
        compile_model(annotation, root="body")

    assert message in str(caught.value)


def test_a_model_that_no_json_value_fits_is_still_refused_with_a_message():
    class Even(int):
        pass

    class Holder(msgspec.Struct):
        number: object

    assert compile_model(Holder, root="body")(b'{"number": 1}') == Holder(1)
    with pytest.raises(TypeError, match="Even is neither a model nor a type"):
        compile_model(Even, root="body")


def test_an_abstract_class_is_fitted_by_json_values():
    from collections.abc import Sized as AnySized

    assert compile_model(AnySized, root="body")(b"[1]") == [1]
    assert detail_of(AnySized, b"1") == {"body": "Is not valid."}


def test_pydantic_is_imported_by_nobody_who_has_no_model_of_it():
    code = """
import sys, dataclasses, msgspec
from bocadillo import json
from bocadillo.parameters import describe_parameters
from bocadillo.validation import compile_model

@dataclasses.dataclass
class Note:
    text: str

async def view(req, res, note: Note, limit: int = 3): ...

describe_parameters(view, skip=2)
compile_model(list[Note], root="body")(b'[{"text": "x"}]')
json.encode(Note("x"))
print("pydantic" in sys.modules, "attr" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["False", "False"]
