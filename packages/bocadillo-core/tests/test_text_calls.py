"""Views that take texts, and a JSON body, by position: alone, and through an app."""

import linecache
import traceback
from typing import Annotated

import msgspec
import pytest

from bocadillo import Cookie, Header, Middleware, Query
from bocadillo.errors import HTTPError
from bocadillo.inspection import MISSING
from bocadillo.parameters import Parameter, Source, compile_arguments
from bocadillo.problems import EXPECTED, must_be
from bocadillo.text_calls import compile_text_call

NUMBER = must_be(EXPECTED[int])


def parameter(name, annotation):
    return Parameter(name, Source.PATH, name, annotation, MISSING, False)


class Asked:
    """As much of a request as a call looks at."""

    def __init__(self, **params):
        self.scope = {"path_params": params, "query_string": b"", "headers": []}


def call_of(view, **annotations):
    parameters = [parameter(*it) for it in annotations.items()]
    return compile_text_call(view, parameters, compile_arguments(parameters))


async def test_values_are_converted_and_given_in_the_order_of_the_view():
    async def view(req, res, slug, pk):
        return req, res, slug, pk

    request = Asked(pk="42", slug="x")
    call = call_of(view, slug=str, pk=int)

    assert await call(request, "res") == (request, "res", "x", 42)
    assert request.scope["path_params"] == {"pk": "42", "slug": "x"}


def test_all_problems_are_told_at_once_and_the_view_is_not_called():
    def view(req, res, one, two, three):
        raise AssertionError

    call = call_of(view, one=int, two=str, three=Annotated[int, msgspec.Meta(le=9)])

    with pytest.raises(HTTPError) as caught:
        call(Asked(one="x", two="y", three="10"), "res")

    assert caught.value.status_code == 400
    assert caught.value.detail == {
        "one": NUMBER,
        "three": "Must be less than or equal to 9.",
    }
    told = "".join(traceback.format_exception(caught.value))
    assert "During handling of the above exception" not in told


def test_views_of_one_shape_share_code_that_tracebacks_show():
    def view(req, res, *values):
        raise KeyError(*values)

    one, other = call_of(view, pk=int, slug=str), call_of(view, a=int, b=str)

    assert one.__code__ is other.__code__
    assert linecache.getline(one.__code__.co_filename, 3)
    with pytest.raises(KeyError) as caught:
        one(Asked(pk="1", slug="x"), "res")
    shown = "".join(traceback.format_exception(caught.value))
    assert "return view(req, res, v0, v1)" in shown


def test_a_name_that_is_no_word_of_ours_stays_out_of_the_code(app, client):
    @app.route("/{view}/{collect}/{res0}")
    async def show(req, res, view: int, collect, res0):
        res.json = [view, collect, res0]

    assert client.get("/1/b/c").json() == [1, "b", "c"]
    assert client.get("/x/b/c").json()["detail"] == {"view": NUMBER}


def test_a_keyword_only_path_parameter_is_given_by_name(app, client):
    @app.route("/{pk}/{slug}")
    async def show(req, res, slug, *, pk: int):
        res.json = [slug, pk]

    assert client.get("/1/x").json() == ["x", 1]
    assert client.get("/x/x").json()["detail"] == {"pk": NUMBER}


def test_middleware_may_give_the_request_another_scope(app, client):
    class Copying(Middleware):
        async def before_dispatch(self, req, res):
            path = req.scope["path"].removeprefix("/old")
            req.scope = {**req.scope, "path": path, "method": "PUT"}

    app.add_middleware(Copying)

    @app.route("/{pk}", methods=["PUT"])
    async def show(req, res, pk: int):
        res.json = [pk, req.path_params["pk"]]

    assert client.get("/old/1").json() == [1, "1"]
    assert client.get("/old/1/2").status_code == 404


class Item(msgspec.Struct):
    a: int


@pytest.fixture
def mixed(app):
    @app.route("/{pk}", methods=["POST"])
    async def mix(
        req,
        res,
        pk: int,
        item: Item,
        x_token: Annotated[str, Header()],
        tags: Annotated[list[int], Query(alias="tag")],
        seen: Annotated[bool, Cookie()] = False,
        page: float = 1,
    ):
        res.json = [pk, item.a, x_token, tags, seen, page]


@pytest.mark.parametrize(
    ("more", "cookie", "expected"),
    [("", "", [False, 1]), ("&page=-0.5", "seen=on", [True, -0.5])],
)
def test_each_value_is_from_its_own_place(mixed, client, more, cookie, expected):
    answer = client.post(
        f"/7?tag=1&tag=2{more}",
        json={"a": 3},
        headers={"x-token": "t", "cookie": cookie},
    )

    assert answer.json() == [7, 3, "t", [1, 2], *expected]


def test_texts_of_all_places_are_refused_together_and_before_the_body(mixed, client):
    answer = client.post("/x?page=y", content="{", headers={"cookie": "seen=z"})

    assert answer.status_code == 400
    assert answer.json()["detail"] == {
        "pk": NUMBER,
        "tag": "Is required.",
        "x-token": "Is required.",
        "seen": must_be(EXPECTED[bool]),
        "page": NUMBER,
    }
    answer = client.post("/7?tag=1", content="{", headers={"x-token": "t"})
    assert answer.json()["detail"] == "JSON is malformed."
