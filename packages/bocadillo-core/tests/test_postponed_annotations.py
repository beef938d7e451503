"""Views whose annotations are text, by `from __future__ import annotations`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import pytest

from bocadillo import Body, File, Router  # noqa: F401 - in annotations that are text
from bocadillo.annotations import noted_names
from bocadillo.errors import ParameterError
from bocadillo.markers import Header, Query
from bocadillo.parameters import Source, describe_parameters

if TYPE_CHECKING:
    from decimal import Decimal


class Todo(msgspec.Struct):
    title: str


async def view(
    req,
    res,
    pk: int,
    todo: Todo,
    price: Decimal = 0,
    limit: Annotated[int, Query(alias="n")] = 20,
    *,
    user_agent: Annotated[str | None, Header()] = None,
): ...


def test_annotations_that_are_text_mean_the_same():
    parameters = describe_parameters(view, skip=2, path=["pk"])

    assert [(it.source, it.alias, it.annotation) for it in parameters] == [
        (Source.PATH, "pk", int),
        (Source.BODY, "todo", Todo),
        (Source.QUERY, "price", "Decimal"),
        (Source.QUERY, "n", int),
        (Source.HEADER, "user-agent", str | None),
    ]


@pytest.mark.parametrize("price", ["Decimal", "decimal.Decimal", "Money[int] | None"])
def test_the_marker_of_a_type_that_cannot_be_resolved_counts(price):
    async def view(req, res, price, *, at=""): ...

    view.__annotations__ = {
        "price": f"Annotated[{price}, Header(alias='x'), msgspec.Meta(ge=0)]",
        "at": Annotated["Decimal", Query()],
    }

    parameters = describe_parameters(view, skip=2)

    assert [(it.source, it.alias) for it in parameters] == [
        (Source.HEADER, "x"),
        (Source.QUERY, "at"),
    ]
    assert all(isinstance(it.annotation, str) for it in parameters)


@pytest.mark.parametrize("text", ["a price", "Annotated[int, Header(alias=NAME)]"])
def test_an_annotation_without_sense_is_left_alone(text):
    async def view(req, res, price=0): ...

    view.__annotations__ = {"price": text}

    [parameter] = describe_parameters(view, skip=2)

    assert (parameter.source, parameter.annotation) == (Source.QUERY, text)


@pytest.mark.parametrize(
    "annotation", ["Annotated[Todos, Body()]", "Annotated[Todos | None, File()]"]
)
def test_the_type_of_a_body_must_be_resolved(annotation):
    async def view(req, res, it=None): ...

    view.__annotations__ = {"it": annotation}
    with pytest.raises(ParameterError, match=r"whose annotation .* not be resolved"):
        describe_parameters(view, skip=2)


def test_what_is_defined_around_a_view_is_seen(app, client):
    class Local(msgspec.Struct):
        title: str

    Number = int

    @app.route("/function", methods=["POST"])
    async def function(req, res, it: Local, *, n: Annotated[Number, Query()] = 0):
        res.json = [it, n]

    @app.route("/class")
    class View:
        async def post(self, req, res, it: Local):
            res.json = it

    @app.websocket_route("/ws")
    async def socket(ws, n: Number = 0):
        await ws.send_json(n)

    for path, answer in [
        ("/function?n=3", b'[{"title":"a"},3]'),
        ("/class", b'{"title":"a"}'),
    ]:
        assert client.post(path, json={"title": "a"}).content == answer
        assert client.post(path, json={"title": 1}).status_code == 400
    with client.websocket_connect("/ws?n=4") as ws:
        assert ws.receive_json() == 4


router = Router()


@router.route("/{pk}", methods=["POST"])
async def of_the_module(req, res, pk: int, todo: Todo): ...


def test_nothing_is_noted_of_what_the_module_has_anyway():
    assert vars(of_the_module) == {}
    assert noted_names(of_the_module) == {}
