"""Models that are sent as forms."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, NotRequired, Required, TypedDict
from uuid import UUID

import attrs
import pydantic
import pytest
from msgspec import Meta, Struct
from msgspec import field as named
from starlette.testclient import TestClient

from bocadillo import App, File, Form, Store, UploadFile, configure
from bocadillo.errors import ParameterError


class Signup(Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(max_length=5)]
    age: Annotated[int, Meta(ge=0)] | None = None
    plan: Literal["free", "paid"] = "free"
    tags: list[int] = []
    id: UUID | None = None
    newsletter: bool = named(default=False, name="wants-news")


@dataclass
class Plain:
    kind: ClassVar[str] = "plain"
    name: str
    age: int = 0
    tags: set[str] = field(default_factory=set)

    def __post_init__(self):
        if self.name == "root":
            raise ValueError("This name is taken.")


@attrs.define
class Attrs:
    name: str
    age: int = attrs.field(default=0)

    @age.validator
    def check(self, attribute, value):
        if value == 13:
            raise ValueError


class Dict(TypedDict):
    name: Required[str]
    age: NotRequired[int]


class Uploaded(Struct):
    title: str
    picture: UploadFile
    more: list[UploadFile] = []


class Pydantic(pydantic.BaseModel):
    name: str = pydantic.Field(max_length=5)
    age: int = pydantic.Field(0, ge=0, alias="years")
    tags: list[int] = []
    nick: str = pydantic.Field("", validation_alias=pydantic.AliasChoices("a", "b"))


class Strict(pydantic.BaseModel, extra="forbid"):
    name: str


def serve(annotation, *, default=..., **others):
    app = App(providers=Store())

    async def view(req, res, sent, other=None):
        res.text = f"{sent!r} {other!r}" if others else repr(sent)

    view.__annotations__ |= {"sent": annotation, **others}
    if default is not ...:
        view.__defaults__ = (default, None)
    app.route("/", methods=["post"])(view)
    return TestClient(configure(app, STATIC_DIR=None))


def post(annotation, data, **options):
    response = serve(annotation, **options).post("/", data=data)
    if response.status_code == 400:
        return response.json()["detail"]
    assert response.status_code == 200, response.text
    return response.text


@pytest.mark.parametrize(
    ("model", "sent", "expected"),
    [
        (
            Signup,
            {"name": "Ann", "age": "7", "tags": ["1", "2"], "wants-news": "on"},
            Signup("Ann", 7, tags=[1, 2], newsletter=True),
        ),
        (Signup, {"name": ""}, Signup("")),
        (Plain, {"name": "Ann", "tags": ["b", "b"]}, Plain("Ann", tags={"b"})),
        (Attrs, {"name": "Ann", "age": "5"}, Attrs("Ann", 5)),
        (Dict, {"name": "Ann"}, Dict(name="Ann")),
        (Dict, {"name": "Ann", "age": "5"}, Dict(name="Ann", age=5)),
        (
            Pydantic,
            {"name": "Ann", "years": "5", "tags": ["1", "2"], "other": "x"},
            Pydantic(name="Ann", years=5, tags=[1, 2]),
        ),
        (Strict, {"name": "Ann"}, Strict(name="Ann")),
    ],
)
def test_a_model_is_made_of_the_fields_of_a_form(model, sent, expected):
    assert post(Annotated[model, Form()], sent) == repr(expected)


@pytest.mark.parametrize(
    ("model", "sent", "problems"),
    [
        (
            Signup,
            {
                "name": "Barbara", "age": "-1", "plan": "x", "tags": ["1", "y"],
                "id": "z", "wants-news": "perhaps", "admin": "1",
            },
            {
                "admin": "Is not a known field.",
                "name": "Must have no more than 5 characters.",
                "age": "Must be greater than or equal to 0.",
                "plan": "Must be one of 'free', 'paid'.",
                "tags.1": "Must be a number.",
                "id": "Must be a valid UUID.",
                "wants-news": "Must be a boolean.",
            },
        ),
        (Signup, {}, {"name": "Is required."}),
        (Signup, {"name": "a", "age": "null"}, {"age": "Must be a number."}),
        (Plain, {"age": "x"}, {"name": "Is required.", "age": "Must be a number."}),
        (Plain, {"name": "root"}, {"sent": "This name is taken."}),
        (Attrs, {"name": "Ann", "age": "13"}, {"sent": "Is not valid."}),
        (Dict, {"age": "x"}, {"name": "Is required.", "age": "Must be a number."}),
        (
            Pydantic,
            {"name": "Barbara", "years": "-1", "tags": "x"},
            {
                "name": "Must have no more than 5 characters.",
                "years": "Must be greater than or equal to 0.",
                "tags.0": "Must be a number.",
            },
        ),
        (Strict, {"x": "1"}, {"name": "Is required.", "x": "Is not a known field."}),
    ],
)  # fmt: skip
def test_all_problems_of_a_form_are_told(model, sent, problems):
    assert post(Annotated[model, Form()], sent) == problems


@pytest.mark.parametrize("model", [Signup, Strict, Plain])
def test_a_form_that_is_no_form_is_an_empty_one(model):
    response = serve(Annotated[model, Form()]).post("/", json={"name": "Ann"})

    assert response.json()["detail"] == {"name": "Is required."}


def test_a_model_may_have_files():
    client = serve(Annotated[Uploaded, Form()])
    files = [("picture", ("a.png", b"1")), ("more", ("b", b"2")), ("more", ("c", b"3"))]

    sent = client.post("/", data={"title": "Sea"}, files=files).text
    assert "filename='a.png'" in sent
    assert sent.count("UploadFile(") == 3
    response = client.post("/", data={"picture": "x", "more": "y"})
    assert response.json()["detail"] == {
        "title": "Is required.",
        "picture": "Must be a file.",
        "more.0": "Must be a file.",
    }


@pytest.mark.parametrize("model", [Signup, Strict, Plain])
def test_other_fields_may_stand_beside_it(model):
    other = Annotated[int, Form(alias="number")]

    assert post(Annotated[model, Form()], {"name": "Ann", "number": "1"}, other=other)
    assert post(Annotated[model, Form()], {"number": "x"}, other=other) == {
        "number": "Must be a number.",
        "name": "Is required.",
    }


def test_a_model_may_be_missing():
    assert post(Annotated[Plain | None, Form()], {}) == "None"
    assert post(Annotated[Plain, Form()], {"x": "1"}, default=5) == "5"
    assert post(Annotated[Plain | None, Form()], {"age": "1"}) == {
        "name": "Is required."
    }


class Nested(Struct):
    inner: Signup


class Unresolved(Struct):
    inner: "Nowhere"  # noqa: F821


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (Annotated[Nested, Form()], "Signup cannot be read from text"),
        (Annotated[Unresolved, Form()], "Nowhere"),
        (Annotated[list[Signup], Form()], "Signup cannot be read from text"),
        (Annotated[Plain, File()], "an uploaded file cannot be Plain"),
    ],
)
def test_what_no_form_can_give_is_refused_at_the_start(annotation, message):
    with pytest.raises(ParameterError, match=message), serve(annotation):
        pass


def test_a_body_beside_it_is_refused_at_the_start():
    with (
        pytest.raises(ParameterError, match="a body is either JSON or a form"),
        serve(Annotated[Plain, Form()], other=Signup),
    ):
        pass
