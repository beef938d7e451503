"""Descriptions of parameters, compiled into what reads a request."""

import io
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta
from starlette.datastructures import FormData, UploadFile

from bocadillo.arguments import (
    JSONBody,
    Parameter,
    compile_arguments,
    compile_body,
    compile_reading,
)
from bocadillo.errors import HTTPError
from bocadillo.inspection import MISSING
from bocadillo.markers import Source

NUMBER = "Must be a number."


def parameter(source, name, annotation=str, default=MISSING, alias=None) -> Parameter:
    return Parameter(name, source, alias or name, annotation, default, False)


def path(name, annotation=str):
    return parameter(Source.PATH, name, annotation)


def query(name, *args, **kwargs):
    return parameter(Source.QUERY, name, *args, **kwargs)


def header(name, *args, **kwargs):
    return parameter(Source.HEADER, name, *args, **kwargs)


def cookie(name, *args, **kwargs):
    return parameter(Source.COOKIE, name, *args, **kwargs)


def form(name, *args, **kwargs):
    return parameter(Source.FORM, name, *args, **kwargs)


def file(name, annotation=UploadFile, *args, **kwargs):
    return parameter(Source.FILE, name, annotation, *args, **kwargs)


def body(name, *args, **kwargs):
    return parameter(Source.BODY, name, *args, **kwargs)


def read(
    *parameters: Parameter,
    params: dict[str, str] | None = None,
    query: bytes = b"",
    headers: list[tuple[bytes, bytes]] | None = None,
) -> Any:
    """What the view gets, or the detail of the 400."""
    collect = compile_arguments(parameters)
    scope = {
        "query_string": query,
        "headers": headers or [],
        "path_params": params or {},
    }
    try:
        return collect(scope)
    except HTTPError as error:
        return error.status_code, error.detail


def test_a_path_parameter_is_converted():
    values = read(path("pk", int), path("slug"), params={"pk": "42", "slug": "x"})

    assert values == {"pk": 42, "slug": "x"}


def test_a_query_parameter_is_added():
    assert read(query("limit", int, 20), query=b"limit=5") == {"limit": 5}


def test_a_query_parameter_that_is_missing_has_its_default():
    assert read(query("limit", int, 20)) == {"limit": 20}
    assert read(query("limit", int, 20), query=b"other=5") == {"limit": 20}


def test_a_query_parameter_without_default_is_required():
    assert read(query("limit", int)) == (400, {"limit": "Is required."})


def test_the_last_value_of_a_repeated_key_counts():
    assert read(query("limit", int), query=b"limit=x&limit=5") == {"limit": 5}


def test_a_list_takes_every_value_of_its_key():
    ids = query("ids", list[int], ())

    assert read(ids, query=b"ids=1&ids=2") == {"ids": [1, 2]}
    assert read(ids) == {"ids": ()}
    assert read(ids, query=b"ids=1&ids=x") == (400, {"ids.1": NUMBER})


def test_a_value_is_looked_up_and_reported_by_its_alias():
    term = query("term", int, alias="q")

    assert read(term, query=b"q=1&term=2") == {"term": 1}
    assert read(term, query=b"q=x") == (400, {"q": NUMBER})


def test_what_shares_a_name_is_reported_together():
    places = path("id", int), query("q", bool, alias="id"), cookie("c", int, alias="id")

    problems = read(*places, params={"id": "x"}, query=b"id=y")

    assert problems == (400, {"id": f"{NUMBER} Must be a boolean. Is required."})


def test_what_shares_a_name_and_a_problem_reports_it_once():
    places = path("id", int), query("q", int, alias="id")

    problems = read(*places, params={"id": "x"}, query=b"id=y")

    assert problems == (400, {"id": NUMBER})


def test_an_empty_value_is_a_value():
    assert read(query("q", str, "x"), query=b"q=") == {"q": ""}
    assert read(query("q", int | None, None), query=b"q=") == (400, {"q": NUMBER})


def test_null_is_text():
    assert read(query("q", str | None, None), query=b"q=null") == {"q": "null"}
    assert read(query("q", int | None, None), query=b"q=null") == (400, {"q": NUMBER})


def test_nothing_but_what_was_described_is_taken():
    values = read(
        query("limit", int, 1),
        cookie("sid", str, ""),
        header("x", str, ""),
        query=b"user=admin&limit=2",
        headers=[(b"user", b"admin"), (b"cookie", b"user=admin")],
    )

    assert values == {"limit": 2, "sid": "", "x": ""}


def test_a_provided_parameter_is_left_to_the_provider():
    provided = parameter(Source.PROVIDER, "user")

    assert read(provided, query=b"user=admin") == {}
    assert read(provided, query("limit", int, 1), query=b"user=admin") == {"limit": 1}


def test_a_header_is_found_whatever_its_case():
    token = header("token", int, alias="X-Token")

    assert read(token, headers=[(b"x-token", b"5")]) == {"token": 5}
    assert read(token) == (400, {"X-Token": "Is required."})
    assert read(token, headers=[(b"x-token", b"\xe9")]) == (400, {"X-Token": NUMBER})


def test_the_first_of_repeated_headers_counts():
    headers = [(b"a", b"1"), (b"b", b"9"), (b"a", b"2")]

    assert read(header("a", int), headers=headers) == {"a": 1}
    assert read(header("a", list[int]), headers=headers) == {"a": [1, 2]}


def test_cookies_are_read():
    headers = [(b"cookie", b'a=1; b="x y"; a=2'), (b"x", b"y"), (b"cookie", b"c=3")]

    values = read(cookie("a", int), cookie("b"), cookie("c", int), headers=headers)

    assert values == {"a": 2, "b": "x y", "c": 3}


def test_all_problems_are_told_at_once():
    detail = read(
        path("pk", int),
        query("limit", Annotated[int, Meta(le=10)]),
        query("ids", list[int]),
        header("token", alias="x-token"),
        cookie("sid", int),
        params={"pk": "x"},
        query=b"limit=11&ids=a&ids=1&ids=b",
        headers=[(b"cookie", b"sid=x")],
    )

    assert detail == (
        400,
        {
            "pk": NUMBER,
            "limit": "Must be less than or equal to 10.",
            "ids.0": NUMBER,
            "ids.2": NUMBER,
            "x-token": "Is required.",
            "sid": NUMBER,
        },
    )


@pytest.mark.parametrize("parameters", [[], [path("slug")], [path("slug", str | None)]])
def test_text_stays_as_it_is(parameters):
    given = {it.name: " x " for it in parameters}

    assert read(*parameters, params=given) == given
    assert compile_body(parameters) is None


def test_all_names_of_the_pattern_are_among_the_values_and_no_others():
    outer = {"path_params": {"tenant": "x"}, "query_string": b"", "headers": []}
    inner = {**outer, "path_params": {"pk": "1", "slug": "x"}}

    assert compile_arguments([])(outer) == {}
    assert compile_arguments([query("limit", int, 1)])(outer) == {"limit": 1}
    assert compile_arguments([], ["pk", "slug"])(inner) == {"pk": "1", "slug": "x"}
    converted = compile_arguments([path("pk", int)], ["pk", "slug"])(inner)
    assert converted == {"pk": 1, "slug": "x"}
    assert inner["path_params"] == {"pk": "1", "slug": "x"}


@given(
    st.binary(),
    st.lists(st.tuples(st.sampled_from([b"cookie", b"h"]), st.binary())),
    st.text(),
)
def test_no_request_does_anything_but_convert_or_be_a_bad_request(
    query_, headers, text
):
    result = read(
        path("pk", int),
        query("a", int, 0),
        query("b", list[float], ()),
        header("h", bool, None),
        cookie("c", int, 0),
        params={"pk": text},
        query=query_,
        headers=headers,
    )

    assert isinstance(result, dict) or result[0] == 400


@pytest.mark.parametrize("source", [Source.PATH, Source.COOKIE])
def test_path_and_cookies_have_no_lists(source):
    assert not parameter(source, "ids", list[int]).repeated
    with pytest.raises(TypeError, match=r"list\[int\] cannot be read from text"):
        compile_reading(source, list[int])


class Todo(msgspec.Struct):
    title: str


class Sent:
    """A request, as far as its body is concerned."""

    def __init__(self, body: bytes = b"", form: FormData | None = None) -> None:
        self._body = body
        self._form = form or FormData()

    async def body(self) -> bytes:
        return self._body

    async def form(self) -> FormData:
        return self._form


async def read_body(sent: Sent, *parameters: Parameter) -> Any:
    read = compile_body(parameters)
    assert read is not None
    try:
        return await read(sent)
    except HTTPError as error:
        return error.status_code, error.detail


async def test_a_json_body_becomes_its_model():
    sent = Sent(b'{"title": "x"}')

    assert await read_body(sent, path("pk"), body("todo", Todo)) == {"todo": Todo("x")}


def test_bytes_that_are_there_already_are_decoded_without_a_request():
    json_body = compile_body([body("todo", Todo)])

    assert isinstance(json_body, JSONBody)
    assert json_body.name == "todo"
    assert json_body.decode(b'{"title": "x"}') == Todo("x")


async def test_a_wrong_type_at_the_root_is_keyed_by_the_parameter_or_its_alias():
    wrong = "Must be an object."

    assert await read_body(Sent(b"1"), body("todo", Todo)) == (400, {"todo": wrong})
    assert await read_body(Sent(b"1"), body("todo", Todo, alias="task")) == (
        400,
        {"task": wrong},
    )


async def test_an_empty_body_is_the_default_where_there_is_one():
    optional = body("todo", Todo | None, None)

    assert await read_body(Sent(), optional) == {"todo": None}
    assert await read_body(Sent(b"null"), optional) == {"todo": None}
    assert await read_body(Sent(), body("todo", Todo)) == (400, "JSON is malformed.")


def uploaded(name: str = "a.txt", content: bytes = b"x") -> UploadFile:
    return UploadFile(io.BytesIO(content), size=len(content), filename=name)


async def test_form_fields_are_converted():
    sent = Sent(form=FormData([("n", "1"), ("n", "5"), ("tag", "a"), ("tag", "b")]))

    values = await read_body(
        sent, form("n", int), form("tags", list[str], alias="tag"), form("x", str, "y")
    )

    assert values == {"n": 5, "tags": ["a", "b"], "x": "y"}


async def test_files_are_handed_over():
    one, two = uploaded(), uploaded("b.txt")
    sent = Sent(form=FormData([("one", one), ("many", one), ("many", two)]))

    values = await read_body(
        sent,
        file("one"),
        file("many", list[UploadFile]),
        file("none", UploadFile | None, None),
    )

    assert values == {"one": one, "many": [one, two], "none": None}


async def test_a_file_input_that_was_left_empty_sent_nothing():
    sent = Sent(form=FormData([("one", uploaded("", b""))]))

    assert await read_body(sent, file("one", UploadFile | None, None)) == {"one": None}
    assert await read_body(sent, file("one")) == (400, {"one": "Is required."})


async def test_an_empty_file_with_a_name_is_a_file():
    empty = uploaded("a.txt", b"")

    assert await read_body(Sent(form=FormData([("f", empty)])), file("f")) == {
        "f": empty
    }


async def test_all_problems_of_a_form_are_told_at_once():
    sent = Sent(form=FormData([("n", "x"), ("f", "text"), ("t", uploaded())]))

    detail = await read_body(
        sent,
        form("n", int),
        file("f"),
        form("t"),
        form("r"),
        file("many", list[UploadFile]),
    )

    assert detail == (
        400,
        {
            "n": NUMBER,
            "f": "Must be a file.",
            "t": "Must not be a file.",
            "r": "Is required.",
            "many": "Is required.",
        },
    )


@pytest.mark.parametrize("annotation", [bytes, str, Annotated[UploadFile, Meta(ge=0)]])
def test_an_uploaded_file_is_nothing_but_an_upload(annotation):
    with pytest.raises(TypeError, match="write UploadFile or list"):
        compile_reading(Source.FILE, annotation)
