"""What each parameter of a view is, and what is told of those that are nothing."""

import functools
from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from bocadillo.errors import ConfigurationError, ParameterError
from bocadillo.inspection import MISSING
from bocadillo.markers import Body, Cookie, File, Form, Header, Query, UploadFile
from bocadillo.parameters import Parameter, Source, describe_parameters
from bocadillo_providers import use


class Todo(msgspec.Struct):
    title: str


class Other(msgspec.Struct):
    name: str


def described(
    view, *, skip=2, path=(), providers=(), **kwargs
) -> tuple[Parameter, ...]:
    return describe_parameters(
        view,
        skip=skip,
        path=path,
        provided=frozenset(providers).__contains__,
        known=lambda: providers,
        **kwargs,
    )


def message_of(view, **kwargs) -> str:
    with pytest.raises(ParameterError) as caught:
        described(view, **kwargs)
    return str(caught.value)


def test_a_view_of_request_and_response_has_no_parameters():
    async def view(request, anything): ...

    assert described(view) == ()


def test_a_parameter_may_be_marked_as_for_a_consumer():
    assert described(used, providers=["db", "mailer"]) == (
        Parameter("db", Source.PROVIDER, "db", MISSING, MISSING, True),
        Parameter("mailer", Source.PROVIDER, "mailer", str, MISSING, True),
    )


def test_each_parameter_is_described_as_plain_data():
    async def view(
        req, res, pk: int, db, todo: Todo, token: Annotated[str, Header()], *, limit=20
    ): ...

    assert described(view, path=["pk"], providers=["db"]) == (
        Parameter("pk", Source.PATH, "pk", int, MISSING, False),
        Parameter("db", Source.PROVIDER, "db", MISSING, MISSING, False),
        Parameter("todo", Source.BODY, "todo", Todo, MISSING, False),
        Parameter("token", Source.HEADER, "token", str, MISSING, False),
        Parameter("limit", Source.QUERY, "limit", MISSING, 20, True),
    )


def source_of(view, **kwargs) -> Source:
    [parameter] = described(view, **kwargs)
    return parameter.source


def test_a_path_parameter_comes_before_anything_else():
    async def view(req, res, x: Annotated[int, Query(alias="y")] = 1): ...

    [parameter] = described(view, path=["x"], providers=["x"])

    assert (parameter.source, parameter.alias) == (Source.PATH, "x")


def test_a_marker_comes_before_a_provider():
    async def view(req, res, x: Annotated[int, Query()]): ...

    assert source_of(view, providers=["x"]) is Source.QUERY


def test_a_provider_comes_before_a_body_and_a_query_parameter():
    async def body(req, res, x: Todo): ...

    async def query(req, res, x: int = 1): ...

    assert source_of(body, providers=["x"]) is Source.PROVIDER
    assert source_of(query, providers=["x"]) is Source.PROVIDER


def test_a_body_comes_before_a_query_parameter():
    async def view(req, res, x: Todo = Todo("default")): ...  # noqa: B008

    assert source_of(view) is Source.BODY


@pytest.mark.parametrize(
    ("marker", "source", "alias"),
    [
        (Query(), Source.QUERY, "user_agent"),
        (Header(), Source.HEADER, "user-agent"),
        (Cookie(), Source.COOKIE, "user_agent"),
        (Form(), Source.FORM, "user_agent"),
        (Body(), Source.BODY, "user_agent"),
        (Query(alias="ua"), Source.QUERY, "ua"),
        (Header(alias="X_ua"), Source.HEADER, "X_ua"),
    ],
)
def test_a_marker_says_where_a_value_is_and_its_name(marker, source, alias):
    async def view(req, res, user_agent: Annotated[str, marker]): ...

    [parameter] = described(view)

    assert (parameter.source, parameter.alias) == (source, alias)


def test_an_upload_is_marked_as_a_file():
    async def view(req, res, photo: Annotated[UploadFile, File()]): ...

    assert source_of(view) is Source.FILE


def test_constraints_stay_with_the_type_and_the_marker_goes():
    async def view(req, res, n: Annotated[int, Meta(ge=0), Query(), "note"] = 0): ...

    [parameter] = described(view)

    assert parameter.annotation == Annotated[int, Meta(ge=0), "note"]


def test_a_body_that_may_be_none_may_be_missing():
    async def view(req, res, todo: Todo | None): ...

    [parameter] = described(view)

    assert parameter.default is None


def test_a_marked_body_may_be_any_json():
    async def view(req, res, counts: Annotated[dict[str, int], Body()]): ...

    assert source_of(view) is Source.BODY


def test_a_list_is_repeated_where_its_source_can_repeat():
    async def view(req, res, ids: list[int] = (), n: int = 1): ...

    assert [it.repeated for it in described(view)] == [True, False]


def test_an_annotation_that_cannot_be_resolved_is_left_alone():
    async def view(req, res, pk: "Nowhere", q: "Nowhere" = None): ...  # noqa: F821

    assert [it.annotation for it in described(view, path=["pk"])] == ["Nowhere"] * 2


def test_what_a_partial_gives_by_name_is_settled():
    async def view(req, res, pk: int, is_admin: bool = True, *, limit: int = 20): ...

    partial = functools.partial(view, is_admin=False)
    outer = functools.partial(partial, pk=3)

    assert [it.name for it in described(partial, path=["pk"])] == ["pk", "limit"]
    assert [it.name for it in described(outer, path=["pk"])] == ["limit"]


def test_a_method_a_partial_and_a_callable_object_are_views():
    class Item:
        async def get(self, req, res, pk: int): ...

        async def __call__(self, req, res, pk: int): ...

    async def view(other, req, res, pk: int): ...

    for each in (Item().get, Item(), functools.partial(view, 1)):
        assert source_of(each, path=["pk"]) is Source.PATH


def test_a_websocket_view_has_one_parameter_less_and_no_body():
    async def view(ws, room: str, anonymous: bool = False): ...

    async def wrong(ws, todo: Todo): ...

    assert len(described(view, skip=1, path=["room"], has_body=False)) == 2
    assert message_of(wrong, skip=1, has_body=False).endswith(
        "asks for 'todo' from a body, which a websocket does not have."
    )


def place_of(view) -> str:
    return f"{__file__}:{view.__code__.co_firstlineno}"


def test_an_unknown_name_is_told_with_the_names_of_the_path():
    async def item(req, res, number): ...

    said = message_of(item, path=["kind", "pk"])
    assert "no default. The path has 'kind' and 'pk'. For a required query" in said


def test_an_unknown_name_is_told_with_what_was_meant_and_where():
    async def get_value(req, res, redsi): ...

    assert message_of(get_value, providers=["redis", "db"]) == (
        f"View get_value() ({place_of(get_value)}) asks for 'redsi', which is neither "
        "a path parameter, nor a provider, nor a model, and has no default. Did you "
        "mean 'redis'? For a required query parameter write "
        "redsi: Annotated[str, Query()]."
    )


@pytest.mark.parametrize(
    ("annotation", "place", "marker"),
    [
        (list[int], "a required query parameter", "Query()"),
        (dict[str, int], "the JSON body", "Body()"),
        (tuple[Todo, ...], "the JSON body", "Body()"),
    ],
)
def test_the_marker_that_is_suggested_fits_the_type(annotation, place, marker):
    async def view(req, res, it): ...

    view.__annotations__["it"] = annotation

    message = message_of(view)

    assert f"For {place} write it: Annotated[" in message
    assert message.endswith(f", {marker}].")


class Plain:
    def __init__(self, anything): ...


def test_no_marker_is_suggested_for_what_a_request_cannot_give():
    async def view(req, res, it: Plain): ...

    async def socket(ws, it: dict[str, int]): ...

    assert message_of(view).endswith("Nothing but a provider can give a Plain.")
    assert message_of(socket, skip=1, has_body=False).endswith(
        "default. Nothing but a provider can give a dict[str, int]."
    )


def test_a_misspelt_path_parameter_is_suggested_as_well():
    async def view(req, res, slgu: int): ...

    message = message_of(view, path=["slug"])

    assert "Did you mean 'slug'?" in message
    assert "write slgu: Annotated[int, Query()]" in message


def test_nothing_is_suggested_where_nothing_is_near():
    async def view(req, res, zebra): ...

    assert "Did you mean" not in message_of(view, path=["slug"], providers=["db"])


def test_an_unresolved_annotation_may_be_why_a_name_is_unknown():
    async def view(req, res, todo: "Nowhere"): ...  # noqa: F821

    assert "Its annotation 'Nowhere' could not be resolved" in message_of(view)


async def two_bodies(req, res, a: Todo, b: Other): ...


async def body_and_form(req, res, a: Todo, b: Annotated[str, Form()]): ...


async def body_and_file(req, res, a: Todo, b: Annotated[UploadFile, File()]): ...


async def stars(req, res, *args): ...


async def double_stars(req, res, **kwargs): ...


async def positional_only(req, res, pk, /): ...


async def unsupported(req, res, x: dict = {}): ...  # noqa: B006


async def unsupported_path(req, res, pk: list[int]): ...


async def unsupported_model(req, res, x: Annotated[complex, Body()]): ...


async def wrong_constraint(req, res, x: Annotated[str, Meta(ge=0)] = ""): ...


async def uncalled(req, res, x: Annotated[int, Query] = 1): ...


async def as_default(req, res, x: int = Query()): ...


async def marker_alone(req, res, x: Query): ...


async def called_alone(req, res, x: Header()): ...


async def constrained(req, res, x: Annotated[int, Meta(ge=0)]): ...


async def used(req, res, *, db=use(), mailer: str = use("mailer")): ...  # noqa: B008


async def unknown_use(req, res, x=use()): ...  # noqa: B008


async def used_otherwise(req, res, x=use("db")): ...  # noqa: B008


async def inside(req, res, x: Annotated[int, Query()] | None = None): ...


async def inside_list(
    req, res, x: Annotated[list[Annotated[int, Query()]], 1] = ()
): ...


async def two_markers(req, res, x: Annotated[int, Query(), Header()]): ...


async def unmarked_upload(req, res, photo: UploadFile): ...


async def marked_text(req, res, photo: Annotated[str, File()]): ...


async def one_key(
    req, res, a: Annotated[int, Query(alias="n")], b: Annotated[int, Query(alias="n")]
): ...


async def too_short(req): ...


async def named_only(*, req, res): ...


@pytest.mark.parametrize(
    ("view", "message"),
    [
        (two_bodies, "asks for 'a' and 'b', but there is one body; write a model"),
        (body_and_form, "asks for 'a' and 'b', but a body is either JSON or a form"),
        (body_and_file, "asks for 'a' and 'b', but a body is either JSON or a form"),
        (stars, "asks for 'args', but a variadic positional parameter cannot be"),
        (double_stars, "asks for 'kwargs', but a variadic keyword parameter cannot"),
        (positional_only, "asks for 'pk', but a positional-only parameter cannot be"),
        (
            unsupported,
            "'x', which the query cannot give: dict cannot be read from text",
        ),
        (
            unsupported_path,
            "'pk', which the path cannot give: list[int] cannot be read",
        ),
        (unsupported_model, "the body cannot give: complex cannot be read from JSON"),
        (wrong_constraint, "the query cannot give: str cannot have the constraint ge"),
        (uncalled, "'x', whose marker must be called, as in Annotated[T, Query()]"),
        (as_default, "'x', whose default is a marker; write x: Annotated[T, Query()]"),
        (unknown_use, "'x', which is neither a path parameter, nor a provider"),
        (used_otherwise, "'x', whose default is use() of another; call it 'db'."),
        (marker_alone, "'x', whose annotation is a marker; write x: Annotated[T, Que"),
        (called_alone, "'x', whose annotation is a marker; write x: Annotated[T, Hea"),
        (constrained, "write x: Annotated[int, msgspec.Meta(ge=0), Query()]."),
        (inside, "'x', whose marker is inside another type; write Annotated[T | None"),
        (inside_list, "'x', whose marker is inside another type"),
        (two_markers, "'x', which has 2 markers, but comes from one place"),
        (unmarked_upload, "write photo: Annotated[UploadFile, File()]"),
        (marked_text, "an uploaded file cannot be str; write UploadFile or list["),
        (one_key, "asks 2 times for 'n' from the query"),
        (too_short, "the request and the response first, as in (req, res, ...)."),
        (named_only, "must take the request and the response first"),
    ],
)
def test_a_mistake_is_told_when_the_app_starts(view, message):
    told = message_of(view, path=["pk"])

    assert told.startswith(f"View {view.__name__}() ({place_of(view)}) ")
    assert message in told


def test_a_websocket_view_must_take_the_websocket():
    async def view(): ...

    assert "take the websocket first, as in (ws, ...)." in message_of(view, skip=1)


def test_a_method_must_take_itself_before():
    class Item:
        async def get(req, res): ...

    assert "first, as in (self, req, res, ...)." in message_of(Item().get)


def test_all_mistakes_of_a_view_are_told_together():
    async def view(req, res, redsi, *args, a: Todo, b: Other, c: int = Query()): ...

    assert (
        message_of(view, providers=["redis"])
        .splitlines()[0]
        .endswith("has 4 problems:")
    )
    assert [line[:26] for line in message_of(view).splitlines()[1:]] == [
        "  1. It asks for 'redsi', ",
        "  2. It asks for 'args', b",
        "  3. It asks for 'c', whos",
        "  4. It asks for 'a' and '",
    ]


def test_a_parameter_error_is_a_type_error_of_the_configuration():
    assert issubclass(ParameterError, TypeError)
    assert issubclass(ParameterError, ConfigurationError)


def test_what_a_parameter_must_be_is_plain_data():
    async def view(
        req,
        res,
        pk: Annotated[int, Meta(ge=0, lt=10)],
        db,
        name: Annotated[str, Query(), Meta(max_length=20, pattern="^a")],
        tags: Annotated[list[str], Meta(min_length=1)] | None = None,
    ): ...

    pk, db, name, tags = describe_parameters(
        view, skip=2, path=["pk"], provided=lambda name: name == "db"
    )

    assert pk.constraints == {"ge": 0, "lt": 10}
    assert name.constraints == {"max_length": 20, "pattern": "^a"}
    assert tags.constraints == {"min_length": 1}
    assert db.constraints == {}
    assert [it.required for it in (pk, db, name, tags)] == [True, False, True, False]
    assert [it.repeated for it in (pk, name, tags)] == [False, False, True]
