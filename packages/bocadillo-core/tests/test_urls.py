"""From a view back to a path."""

from datetime import date, timedelta
from enum import Enum

import pytest
from starlette.testclient import TestClient

from bocadillo import App, Router, configure
from bocadillo.errors import RouteError


class Colour(Enum):
    RED = "red"


@pytest.fixture
def app(store):
    return App(providers=store)


def test_of_several_routes_the_first_that_fits_is_taken(app):
    @app.route("/items/{name}")
    @app.route("/items/{pk}")
    async def item(req, res, pk: int = 0, name: str = ""): ...

    assert app.url_for(item, pk=3) == "/items/3"
    assert app.url_for("item", name="a b") == "/items/a%20b"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "'/{a}/{b:path}': missing parameters 'a', 'b'"),
        ({"a": 1, "c": 2}, "'/{a}/{b:path}': it has no parameter 'c'"),
        ({"pk": "x"}, "'/{pk}': parameter 'pk' is 'x'. Must be a number."),
    ],
)
def test_what_does_not_fit_is_told_of_the_route_that_was_meant(app, params, message):
    @app.route("/{pk}")
    @app.route("/{a}/{b:path}")
    async def view(req, res, pk: int = 0, a: str = "", b: str = ""): ...

    with pytest.raises(RouteError) as caught:
        app.url_for(view, **params)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Colour.RED, "red"),
        (True, "true"),
        (date(2026, 1, 2), "2026-01-02"),
        (timedelta(days=1), "P1D"),
        (3, "3"),
        ("ü", "%C3%BC"),
    ],
)
def test_values_are_written_as_they_are_read(app, value, text):
    @app.route("/{value}")
    async def view(req, res, value): ...

    assert app.url_for(view, value=value) == f"/{text}"


def test_what_is_not_converted_is_the_text_that_it_is(app):
    @app.route("/{value}")
    async def view(req, res, value: bytes): ...

    assert app.url_for(view, value="a b") == "/a%20b"


def test_prefixes_belong_to_the_path(app):
    router = Router()

    @router.route("/posts/{pk}")
    async def post(req, res, user, pk): ...

    app.include_router(router, "/users/{user}")

    assert app.url_for(post, user="ada", pk=3) == "/users/ada/posts/3"


def test_a_websocket_has_a_path_too(app):
    @app.websocket_route("/chat/{room}")
    async def chat(ws, room): ...

    assert app.url_for(chat, room="a") == app.url_for("chat", room="a") == "/chat/a"


def test_two_views_of_one_name_are_asked_for_by_themselves(app):
    def add(pattern):
        @app.route(pattern)
        async def view(req, res): ...

        return view

    first, second = add("/a"), add("/b")

    with pytest.raises(RouteError, match="Several views are called 'view'"):
        app.url_for("view")
    assert (app.url_for(first), app.url_for(second)) == ("/a", "/b")


def test_a_view_of_another_app_is_none_of_this_one(app):
    async def stranger(req, res): ...

    with pytest.raises(RouteError, match=r"stranger\(\) .* is not a view of this app"):
        app.url_for(stranger)


@pytest.mark.parametrize("value", [None, 3])
def test_a_value_is_no_view_of_any_app(app, value):
    with pytest.raises(RouteError, match=f"^{value!r} is not a view of this app"):
        app.url_for(value)


def test_a_near_name_is_proposed(app):
    @app.route("/")
    async def index(req, res): ...

    with pytest.raises(RouteError, match=r"called 'indx'\. Did you mean 'index'"):
        app.url_for("indx")


def test_a_bound_method_is_the_same_view_each_time(app):
    class Pages:
        async def show(self, req, res, pk: int): ...

    pages = Pages()
    app.route("/pages/{pk}")(pages.show)

    assert app.url_for(pages.show, pk=3) == "/pages/3"
    with pytest.raises(RouteError, match=r"Pages\.show\(\).*is not a view of this app"):
        app.url_for(Pages().show, pk=3)


def test_a_request_knows_the_absolute_url_of_a_view(app):
    child = App("child")
    app.mount("/sub app", child)

    @app.route("/items/{name}")
    async def item(req, res, name): ...

    @app.route("/here")
    @child.route("/here")
    async def here(req, res):
        url = req.url_for(here) if req.app is child else req.url_for("item", name="a b")
        res.text = str(url)

    configure(app, STATIC_DIR=None)
    with TestClient(app, "https://example.org:8000", root_path="/api") as client:
        assert client.get("/here?q=1").text == (
            "https://example.org:8000/api/items/a%20b"
        )
        assert client.get("/sub app/here").text == (
            "https://example.org:8000/api/sub%20app/here"
        )


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_a_websocket_links_to_where_pages_are(app, scheme):
    @app.route("/items/{name}")
    async def item(req, res, name): ...

    @app.websocket_route("/")
    async def view(ws):
        await ws.send(str(ws.url_for(item, name="a b")))

    configure(app, STATIC_DIR=None)
    with (
        TestClient(app, root_path="/api") as client,
        client.websocket_connect(f"{scheme}://example.org/") as ws,
    ):
        http = scheme.replace("ws", "http")
        assert ws.receive_text() == f"{http}://example.org/api/items/a%20b"
