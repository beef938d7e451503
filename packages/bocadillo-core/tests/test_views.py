"""What a view takes, in every combination, through an app."""

import functools
import itertools
import json
from typing import Annotated

import msgspec
import pytest

from bocadillo import Body, Form, HTTPError, Redirect, Request, hooks, useprovider
from bocadillo.errors import ParameterError
from bocadillo.inspection import describe, name_of
from bocadillo_providers import use


class Item(msgspec.Struct):
    name: str


@pytest.fixture
def log(store):
    log = []

    @store.provider
    async def db():
        log.append("db in")
        try:
            yield "db"
        except Exception as exc:
            log.append(f"db saw {type(exc).__name__}")
            raise
        finally:
            log.append("db out")

    @store.provider
    async def audit():
        log.append("audit")

    return log


async def see(req, res, params):
    assert params == {"pk": 7, "slug": "x"}


async def see_provided(req, res, params, db):
    assert [params, db] == [{"pk": 7, "slug": "x"}, "db"]


@pytest.mark.parametrize("hooked", [False, True])
@pytest.mark.parametrize("provided", [False, True])
def test_params_body_and_providers_come_together(app, client, log, hooked, provided):
    if provided:

        async def view(req, res, pk: int, item: Item, db, q: str = "x"):
            res.json = [pk, item.name, db, q]

    else:

        async def view(req, res, pk: int, item: Item, q: str = "x"):
            res.json = [pk, item.name, "db", q]

    async def hook(req, res, params):
        assert sorted(params) == ["pk", "q"]

    if hooked:
        view = hooks.before(hook)(hooks.after(hook)(view))
    app.route("/{pk}", methods=["POST"])(view)

    response = client.post("/3?q=y", json={"name": "bread"})

    assert response.json() == [3, "bread", "db", "y"]


WAYS = {
    "plain": (),
    "before": (hooks.before(see),),
    "after": (hooks.after(see),),
    "both": (hooks.before(see), hooks.after(see)),
    "provided": (hooks.before(see_provided),),
}


@pytest.mark.parametrize("way", WAYS)
def test_values_reach_their_parameters_in_whatever_order_a_view_has_them(
    app, client, log, way
):
    written = {"pk": "pk: int", "slug": "slug", "db": "db", "item": "item: Item"}
    paths = []
    for order in itertools.permutations(written):
        for named in range(len(order) + 1):
            names = [written[name] for name in order]
            if named < len(order):
                names.insert(named, "*")
            namespace = {"Item": Item}
            exec(
                f"async def view(req, res, {', '.join(names)}):\n"
                "    res.json = [pk, slug, db, item.name]",
                namespace,
            )
            view = namespace["view"]
            for decorate in WAYS[way]:
                view = decorate(view)
            app.route(f"/{len(paths)}/{{pk}}/{{slug}}", methods=["POST"])(view)
            paths.append(f"/{len(paths)}/7/x")

    for path in paths:
        response = client.post(path, json={"name": "bread"})
        assert response.json() == [7, "x", "db", "bread"]
        assert client.post(path, json={}).status_code == 400
    assert log.count("db in") == log.count("db out") > len(paths)


def test_fields_of_a_form_come_with_texts_and_providers(app, client, log):
    @app.route("/{pk}", methods=["POST"])
    async def view(
        req, res, one: Annotated[str, Form()], db, two: Annotated[int, Form()], pk: int
    ):
        res.json = [one, db, two, pk]

    assert client.post("/3", data={"one": "a", "two": "2"}).json() == ["a", "db", 2, 3]


def test_an_object_can_be_a_view_with_parameters_and_providers(app, client, log):
    class View:
        async def __call__(self, req, res, pk: int, db):
            res.json = [pk, db]

    app.route("/{pk}")(View())

    assert client.get("/3").json() == [3, "db"]


def test_no_provider_is_given_what_the_client_sent(app, client, store):
    @store.provider
    async def text_0(text_0_="own", text_0__="own"):
        return [text_0_, text_0__]

    @store.provider(name="text_0_")
    async def other():
        return "other"

    @app.route("/{pk}")
    async def view(req, res, pk, text_0):
        res.json = [pk, text_0]

    assert client.get("/x").json() == ["x", ["other", "own"]]


def test_a_body_alone(app, client):
    @app.route("/", methods=["POST"])
    async def view(req, res, *, item: Item):
        res.text = item.name

    assert client.post("/", json={"name": "bread"}).text == "bread"
    assert client.post("/", json={}).json()["detail"] == {"name": "Is required."}


def test_a_form(app, client):
    @app.route("/", methods=["POST"])
    async def view(req, res, name: Annotated[str, Form()]):
        res.text = name

    assert client.post("/", data={"name": "bread"}).text == "bread"


def test_a_keyword_only_provider(app, client, log):
    @app.route("/")
    async def view(req, res, *, db):
        res.text = db

    assert client.get("/").text == "db"
    assert log == ["db in", "db out"]


def test_values_of_the_web_are_injected_whatever_they_are_called(app, client, log):
    @app.route("/")
    async def view(request, response, db, req, res, connection):
        response.json = [req is request, res is response, connection is request]

    assert client.get("/").json() == [True, True, True]


def test_a_provider_sees_what_the_view_raised(app, client, log):
    @app.route("/")
    async def view(req, res, db):
        raise HTTPError(409)

    assert client.get("/").status_code == 409
    assert log == ["db in", "db saw HTTPError", "db out"]


def test_a_provider_sees_content_that_cannot_be_encoded(app, client, log):
    @app.route("/")
    async def view(req, res, db):
        res.json = object()

    assert client.get("/").status_code == 500
    assert log == ["db in", "db saw TypeError", "db out"]


def test_a_provider_sees_that_the_view_returned_something(app, client, log):
    @app.route("/")
    async def view(req, res, db):
        return 3

    assert client.get("/").status_code == 500
    assert log == ["db in", "db saw TypeError", "db out"]


def test_what_a_view_returned_is_told_in_words_that_users_know(app, client):
    problems = []

    @app.error_handler(TypeError)
    async def note(req, res, exc):
        problems.append(str(exc))

    @app.route("/")
    async def view(req, res):
        return req

    client.get("/")

    assert problems[0] == (
        f"View {describe(view)} returned Request, but it answers by changing its "
        "response: set res.json, res.text, res.html or res.content, and return nothing."
    )


@pytest.mark.parametrize("outcome", [HTTPError(404), Redirect("/")])
def test_an_outcome_is_raised_and_not_returned(app, client, outcome):
    problems = []

    @app.error_handler(TypeError)
    async def note(req, res, exc):
        problems.append(str(exc))

    @app.route("/")
    async def view(req, res):
        return outcome

    client.get("/")

    kind = type(outcome).__name__
    assert problems[0].startswith("View ")
    assert f" returned {kind}: write `raise {kind}(...)` instead." in problems[0]


def test_a_view_alone_may_set_content_that_cannot_be_encoded_too(app, client):
    @app.route("/")
    async def view(req, res):
        res.json = object()

    assert client.get("/").status_code == 500


def test_hooks_do_not_run_after_a_view_that_returned_something(app, client, log):
    async def after(req, res, params):
        log.append("after")

    @app.route("/")
    @hooks.after(after)
    async def view(req, res):
        return 3

    assert client.get("/").status_code == 500
    assert log == []


def test_a_used_provider_is_evaluated(app, client, log):
    @app.route("/function")
    @useprovider("audit")
    async def function(req, res): ...

    @app.route("/class")
    @useprovider("audit")
    class View:
        async def get(self, req, res): ...

    client.get("/function")
    client.get("/class")

    assert log == ["audit", "audit"]


@pytest.mark.parametrize("path", ["/function", "/class", "/hooked"])
def test_an_autouse_provider_is_evaluated_for_views_that_name_none(
    app, client, store, log, path
):
    @store.provider(autouse=True)
    async def guard(req):
        raise HTTPError(401)

    async def hook(req, res, params): ...

    @app.route("/function")
    async def function(req, res): ...

    @app.route("/class")
    class View:
        async def get(self, req, res): ...

    @app.route("/hooked")
    @hooks.before(hook)
    async def hooked(req, res): ...

    assert client.get(path).status_code == 401
    assert client.post(path).status_code == 405


def test_what_replaces_an_autouse_provider_decides_for_itself(app, client, store, log):
    @store.provider(autouse=True)
    async def guard():
        log.append("guard")

    @store.provider(name="guard", replace=True)
    async def other(): ...

    @app.route("/")
    async def view(req, res): ...

    client.get("/")

    assert log == []


def test_what_a_class_uses_is_evaluated_before_what_its_method_uses(
    app, client, store, log
):
    @store.provider
    async def first():
        log.append("first")

    @app.route("/")
    @useprovider("first")
    class View:
        @useprovider("audit")
        async def get(self, req, res): ...

    client.get("/")

    assert log == ["first", "audit"]


def test_a_hook_that_denies_keeps_providers_from_being_evaluated(app, client, log):
    async def deny(req, res, params, audit):
        raise HTTPError(401)

    @app.route("/")
    @hooks.before(deny)
    async def view(req, res, db): ...

    assert client.get("/").status_code == 401
    assert log == ["audit"]


def test_hooks_with_providers_around_a_view_that_fails(app, client, log):
    async def hook(req, res, params, db, *, word):
        log.append(word)

    @app.route("/")
    @hooks.before(hook, word="before")
    @hooks.after(hook, word="after")
    async def view(req, res):
        return 3

    assert client.get("/").status_code == 500
    assert log == ["db in", "before", "db saw TypeError", "db out"]


def test_what_hooks_with_providers_return_changes_nothing(app, client, log):
    async def hook(req, res, params, db):
        log.append("hook")
        return "something"

    @app.route("/")
    @hooks.before(hook)
    @hooks.after(hook)
    @hooks.after(hook)
    async def view(req, res):
        log.append("view")
        res.text = "all is well"

    assert client.get("/").text == "all is well"
    assert log == ["db in", "hook", "view", "hook", "hook", "db out"]


def test_hooks_with_arguments_and_a_default(app, client):
    async def hook(req, res, params, word, mark="!"):
        res.headers["x-word"] = word + mark

    @app.route("/")
    @hooks.after(hook, "hola")
    async def view(req, res): ...

    assert client.get("/").headers["x-word"] == "hola!"


def test_a_hook_that_asks_for_what_nobody_gives_is_found_at_startup(app, client, log):
    async def hook(req, res, params, dbb): ...

    @app.route("/")
    @hooks.before(hook)
    async def view(req, res): ...

    with pytest.raises(ParameterError, match=r"hook\(\).*'dbb'.*Did you mean 'db'"):
        client.get("/")


def test_the_problems_of_all_views_are_told_at_once(app, client):
    @app.route("/a")
    async def first(req, res, a): ...

    @app.route("/b")
    async def second(req, res, *args): ...

    with pytest.raises(ParameterError) as caught:
        client.get("/")

    assert "first()" in str(caught.value)
    assert "second()" in str(caught.value)


def test_body_comes_after_hooks_and_providers(app, client, store):
    @store.provider
    async def user():
        raise HTTPError(401)

    @app.route("/", methods=["POST"])
    async def view(req, res, item: Annotated[dict, Body()], user): ...

    assert client.post("/", content=b"{").status_code == 401


def test_a_route_may_have_a_limit_of_its_own(app, client, log):
    @app.route("/small", methods=["POST"], max_body_size=3)
    async def small(req, res, item: Item, db): ...

    @app.route("/any", methods=["POST"], max_body_size=None)
    async def any_(req, res):
        res.json = len(await req.body())

    too_large = client.post("/small", json={"name": "bread"})

    assert too_large.status_code == 413
    assert "max_body_size" in too_large.json()["detail"]
    assert client.post("/any", content=b"x" * 3_000_000).json() == 3_000_000


def test_a_keyword_only_parameter_beside_providers_is_not_forgotten(app, client, log):
    @app.route("/")
    async def index(req, res, db, *, limit: int = 20):
        res.json = [db, limit]

    assert client.get("/?limit=5").json() == ["db", 5]
    assert client.get("/").json() == ["db", 20]
    assert client.get("/?limit=x").status_code == 400


def test_a_view_gets_a_request_like_one_that_is_made_by_hand(app, client):
    asked = []

    @app.route("/")
    async def index(req, res):
        asked.append(dict(vars(req)))

    client.get("/")
    made = vars(Request(*(asked[0][it] for it in ("scope", "_receive", "_send"))))

    assert asked[0].keys() == made.keys()
    assert asked[0]["_form"] is made["_form"]


@pytest.mark.parametrize("hooked", [False, True])
def test_a_decorator_may_pass_parameters_on_by_name(app, client, log, hooked):
    def logged(view):
        @functools.wraps(view)
        async def wrapper(*args, **params):
            log.append((len(args), params))
            await view(*args, **params)

        return wrapper

    class View:
        @logged
        async def get(self, req, res, pk: int, tail):
            res.json = [pk, tail]

        @logged
        async def post(self, req, res, db):
            res.json = db

    async def hook(req, res, params): ...

    app.route("/{pk}/{tail}")(hooks.before(hook)(View) if hooked else View)

    assert client.get("/1/a").json() == [1, "a"]
    assert client.post("/1/a").json() == "db"
    assert log == [
        (3, {"pk": 1, "tail": "a"}),
        "db in",
        (3, {"db": "db"}),
        "db out",
    ]


@pytest.mark.parametrize("path", ["/path/3?is_admin=true", "/3/true"])
def test_a_client_cannot_change_what_a_partial_gives(app, client, path):
    async def view(req, res, pk: int, is_admin: bool = True, limit: int = 20):
        res.json = [pk, is_admin, limit]

    partial = functools.partial(view, is_admin=False)
    app.route("/path/{pk}")(partial)
    app.route("/{pk}/{is_admin}")(partial)

    assert client.get(path).json() == [3, False, 20]


def test_a_view_and_a_hook_may_have_the_marks_of_a_consumer(app, client, log):
    async def hook(req, res, params, *, db=use("db")):  # noqa: B008
        log.append(db)

    @app.route("/")
    @hooks.before(hook)
    async def view(req, res, *, db: str = use()):
        log.append(db)

    assert client.get("/").status_code == 200
    assert log == ["db in", "db", "db", "db out"]


def test_a_hook_cannot_have_the_mark_of_another_provider(app, client, log):
    async def hook(req, res, params, *, connection=use("db")): ...  # noqa: B008

    @app.route("/")
    @hooks.before(hook)
    async def view(req, res): ...

    with pytest.raises(ParameterError, match=r"'connection', whose .*; call it 'db'"):
        client.get("/")


def test_tools_know_by_what_name_and_where_a_view_was_written(app, client, log, store):
    class Page:
        async def __call__(self, req, res, pk: int, db): ...

    async def hook(req, res, params, user, db): ...

    async def ordered(req, res, db, pk: int, item: Item): ...

    @hooks.before(hook, "user")
    async def hooked(req, res, *, pk: int): ...

    partial = functools.partial(ordered)
    views = [Page(), ordered, hooked, partial]
    for number, view in enumerate(views):
        app.route(f"/{number}/{{pk}}", methods=["POST"])(view)
    client.get("/")

    consumers = json.loads(store.graph(format="json"))["consumers"]
    written = [Page.__call__, ordered, hook, hooked, ordered]
    assert [it["name"] for it in consumers] == [
        name_of(Page()),
        *map(name_of, written[1:]),
    ]
    assert [(it["file"], it["line"]) for it in consumers] == [
        (__file__, it.__code__.co_firstlineno) for it in written
    ]


@pytest.mark.parametrize("hooked", [False, True])
def test_a_consumer_that_a_view_calls_shares_its_values(
    app, client, log, store, hooked
):
    @store.provider
    async def place(req, db):
        return f"{db} for {req.url.path}"

    @store.consumer
    async def find(place, res):
        res.headers["x-place"] = place
        return place

    async def hook(req, res, params, db):
        log.append(await find())

    async def view(req, res, db, pk: int):
        res.json = [await find(), pk]

    app.route("/{pk}")(hooks.before(hook)(view) if hooked else view)

    response = client.get("/3")

    assert response.json() == ["db for /3", 3]
    assert response.headers["x-place"] == "db for /3"
    assert log == ["db in", *["db for /3"] * hooked, "db out"]
