"""The contract of routes, views, errors, hooks and middleware, through HTTP."""

import logging
from typing import Annotated

import pytest
from starlette.testclient import TestClient

from bocadillo import (
    App,
    Body,
    ExpectedAsync,
    HTTPError,
    Middleware,
    Redirect,
    Router,
    configure,
    hooks,
)
from bocadillo.error_handlers import error_to_html, error_to_text
from bocadillo.errors import NotConfigured
from bocadillo.inspection import describe


async def echo(req, res):
    res.text = f"{req.method} {req.url.path}"


async def show_params(req, res, params):
    res.json = params


# Routes


def test_a_view_is_returned_unchanged(app):
    assert app.route("/")(echo) is echo


def test_a_route_answers_get_and_head(app, client):
    app.route("/")(echo)

    assert client.get("/").text == "GET /"
    head = client.head("/")
    assert head.content == b""
    assert head.headers["content-length"] == "6"
    assert client.post("/").status_code == 405


def test_methods_are_case_insensitive(app, client):
    app.route("/", methods=["post", "Put"])(echo)

    assert client.post("/").text == "POST /"
    assert client.put("/").text == "PUT /"
    assert client.get("/").status_code == 405


def test_all_means_every_method(app, client):
    app.route("/", methods=all)(echo)

    assert client.request("PURGE", "/").text == "PURGE /"
    assert client.options("/").text == "OPTIONS /"


def test_a_405_lists_the_methods_of_every_route_that_matches(app, client):
    app.route("/items/{pk}", methods=["GET"])(echo_pk)
    app.route("/items/bulk", methods=["POST"])(echo)

    response = client.delete("/items/bulk")

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST"


async def echo_pk(req, res, pk):
    res.text = f"item {pk}"


def test_the_first_route_that_matches_path_and_method_wins(app, client):
    app.route("/items/{pk}")(echo_pk)
    app.route("/items/bulk", methods=["GET", "POST"])(echo)

    assert client.get("/items/bulk").text == "item bulk"
    assert client.post("/items/bulk").text == "POST /items/bulk"


def test_options_is_not_automatic(app, client):
    app.route("/")(echo)

    response = client.options("/")

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"


class Item:
    async def get(self, req, res, pk: int):
        res.json = pk

    async def delete(self, req, res, pk: int):
        res.status_code = 204


def test_a_class_view_serves_the_methods_it_defines(app, client):
    app.route("/items/{pk}")(Item)

    assert client.get("/items/3").json() == 3
    deleted = client.delete("/items/3")
    assert deleted.status_code == 204
    assert "content-type" not in deleted.headers
    assert "content-length" not in deleted.headers
    assert client.put("/items/3").headers["allow"] == "DELETE, GET, HEAD"


def test_an_instance_is_a_view_too(app, client):
    class Greeter:
        def __init__(self, word):
            self.word = word

        async def get(self, req, res):
            res.text = self.word

    app.route("/")(Greeter("Hola"))

    assert client.get("/").text == "Hola"


def test_handle_serves_every_method_and_hides_the_others(app, client):
    @app.route("/")
    class Anything:
        async def handle(self, req, res):
            res.text = "handled"

        async def get(self, req, res):
            res.text = "hidden"

    assert client.get("/").text == "handled"
    assert client.request("BREW", "/").text == "handled"


def test_a_class_view_without_methods_serves_405_everywhere(app, client):
    app.route("/")(type("Nothing", (), {}))

    response = client.get("/")

    assert response.status_code == 405
    assert response.headers["allow"] == ""


def test_a_view_that_is_not_async_is_refused_where_it_stands(app):
    def index(req, res): ...

    with pytest.raises(ExpectedAsync, match=r"index\(\).*async def index\(req, res"):
        app.route("/")(index)


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/a", "/a/"),
        ("/a?x=1&y=%2F", "/a/?x=1&y=%2F"),
        ("/b/caf%C3%A9", "/b/caf%C3%A9/"),
    ],
)
def test_a_missing_trailing_slash_is_added_by_a_redirect(app, client, path, location):
    app.route("/a/", methods=["GET", "POST"])(echo)
    app.route("/b/{name}/")(show_name)

    response = client.get(path)

    assert response.status_code == 302
    assert response.headers["location"] == location


async def show_name(req, res, name):
    res.text = name


def test_the_redirect_keeps_the_method_of_a_post(app, client):
    app.route("/a/", methods=["POST"])(echo)

    assert client.post("/a").status_code == 307


@pytest.mark.parametrize(("redirects", "status"), [(True, 302), (False, 404)])
def test_the_root_of_an_app_below_a_root_path_has_a_slash(app, redirects, status):
    app.route("/")(echo)
    configure(app, redirect_trailing_slash=redirects)

    with TestClient(app, root_path="/api", follow_redirects=False) as client:
        response = client.get("/api?q=1")

    assert response.status_code == status
    assert response.headers.get("location") == ("/api/?q=1" if redirects else None)


def test_the_redirect_can_be_turned_off(app, client):
    configure(app, redirect_trailing_slash=False)
    app.route("/a/")(echo)

    assert client.get("/a").status_code == 404


def test_a_405_is_never_a_redirect(app, client):
    app.route("/a", methods=["POST"])(echo)
    app.route("/a/")(echo)

    assert client.get("/a").status_code == 405


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example"])
def test_a_redirect_never_leaves_the_site(app, client, path):
    app.route("/{rest:path}/")(show_rest)

    location = client.get(f"http://testserver{path}").headers.get("location", "/ok")

    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))


async def show_rest(req, res, rest):
    res.text = rest


def test_a_view_may_leave_path_parameters_out(app, client):
    app.route("/{a}/{b}")(show_b)

    assert client.get("/1/2").text == "2"


async def show_b(req, res, b):
    res.text = b


def test_path_params_are_on_the_request(app, client):
    @app.route("/{a}/{b}")
    async def index(req, res):
        res.json = req.path_params

    assert client.get("/1/2").json() == {"a": "1", "b": "2"}


def test_routes_cannot_be_added_once_the_app_has_started(app, client):
    client.get("/")

    with pytest.raises(RuntimeError, match="has started already"):
        app.route("/late")
    with pytest.raises(RuntimeError, match="has started already"):
        app.add_middleware(Middleware)


def test_an_app_that_was_never_configured_says_so(app):
    with (
        pytest.raises(RuntimeError, match=r"configure\(app\)"),
        TestClient(app),
    ):
        pass


def test_it_says_so_in_one_sentence(app, caplog):
    with pytest.raises(NotConfigured), TestClient(app):
        pass

    (record,) = caplog.records
    assert "call configure(app) before" in record.message
    assert not record.exc_info


def test_an_app_without_lifespan_says_so_at_the_first_request(app):
    with pytest.raises(RuntimeError, match=r"configure\(app\)"):
        TestClient(app).get("/")


def test_returning_something_is_an_error_that_says_what_to_do(app, client, caplog):
    @app.route("/")
    async def index(req, res):
        return {"a": 1}

    assert client.get("/").status_code == 500


def test_a_view_may_be_keyword_only(app, client):
    @app.route("/{pk}")
    async def index(req, res, *, pk: int, q: str = "x"):
        res.json = [pk, q]

    assert client.get("/3?q=y").json() == [3, "y"]


# Routers


def test_an_included_router_is_as_if_written_there(app, client):
    router = Router()
    app.route("/api/first")(echo)
    app.include_router(router, prefix="/api")
    app.route("/api/{rest:path}")(show_rest)
    router.route("/{name}")(show_name)
    router.route("items")(echo)

    assert client.get("/api/first").text == "GET /api/first"
    assert client.get("/api/x").text == "x"
    assert client.get("/api/items").text == "items"
    assert client.get("/api/x/y").text == "x/y"


def test_a_router_can_be_included_twice(app, client):
    router = Router()
    router.route("/")(echo)
    app.include_router(router, prefix="/v1")
    app.include_router(router, prefix="/v2")

    assert client.get("/v1/").text == "GET /v1/"
    assert client.get("/v2/").text == "GET /v2/"


def test_a_prefix_may_have_parameters(app, client):
    router = Router()
    router.route("/posts/{pk}")(show_post)
    app.include_router(router, prefix="/users/{user}")

    assert client.get("/users/ada/posts/3").json() == ["ada", 3]


async def show_post(req, res, user, pk: int):
    res.json = [user, pk]


def test_the_handlers_of_a_router_hold_for_its_routes_only(app, client):
    router = Router()

    async def fail(req, res):
        raise ValueError("no")

    @router.error_handler(ValueError)
    async def on_value_error(req, res, exc):
        res.status_code = 422
        res.text = str(exc)

    router.route("/in")(fail)
    app.include_router(router)
    app.route("/out")(fail)

    assert client.get("/in").status_code == 422
    assert client.get("/out").status_code == 500


# Errors


def test_an_http_error_is_json_by_default(app, client):
    @app.route("/")
    async def index(req, res):
        raise HTTPError(403, detail={"why": "no"}, headers={"x-why": "no"})

    response = client.get("/")

    assert response.status_code == 403
    assert response.headers["x-why"] == "no"
    assert response.json() == {
        "error": "403 Forbidden",
        "status": 403,
        "detail": {"why": "no"},
    }


def test_a_miss_is_json_by_default(client):
    response = client.get("/nope")

    assert response.status_code == 404
    assert response.json() == {"error": "404 Not Found", "status": 404}


@pytest.mark.parametrize(
    ("handler", "text"),
    [
        (error_to_text, "404 Not Found"),
        (error_to_html, "<h1>404 Not Found</h1>"),
    ],
)
def test_the_format_of_errors_can_be_chosen(app, client, handler, text):
    app.add_error_handler(HTTPError, handler)

    assert text in client.get("/nope").text


def test_what_nobody_handles_is_a_500_in_the_format_of_the_app(app, client):
    app.add_error_handler(HTTPError, error_to_text)

    @app.route("/")
    async def index(req, res):
        raise ValueError("secret")

    response = client.get("/")

    assert response.status_code == 500
    assert response.text == "500 Internal Server Error"


def test_an_unhandled_error_reaches_the_server(app):
    @app.route("/")
    async def index(req, res):
        raise ValueError("to the log")

    configure(app)
    with TestClient(app) as client, pytest.raises(ValueError, match="to the log"):
        client.get("/")


def test_the_nearest_class_wins(app, client):
    @app.error_handler(Exception)
    async def on_any(req, res, exc):
        res.text = "any"

    @app.error_handler(LookupError)
    async def on_lookup(req, res, exc):
        res.text = "lookup"

    @app.route("/key")
    async def key(req, res):
        raise KeyError

    @app.route("/value")
    async def value(req, res):
        raise ValueError

    assert client.get("/key").text == "lookup"
    assert client.get("/value").text == "any"
    assert client.get("/nope").json()["status"] == 404


def test_a_handler_may_raise_another_error(app, client):
    @app.error_handler(ValueError)
    async def on_value(req, res, exc):
        raise HTTPError(409) from exc

    @app.route("/")
    async def index(req, res):
        raise ValueError

    assert client.get("/").status_code == 409


def test_a_handler_may_pass_an_error_on(app, client):
    @app.error_handler(KeyError)
    async def on_key(req, res, exc):
        raise exc

    @app.error_handler(LookupError)
    async def on_lookup(req, res, exc):
        res.text = "lookup"

    @app.route("/")
    async def index(req, res):
        raise KeyError

    assert client.get("/").text == "lookup"


def test_handlers_that_raise_for_each_other_come_to_an_end(app, client):
    @app.error_handler(KeyError)
    async def on_key(req, res, exc):
        raise ValueError

    @app.error_handler(ValueError)
    async def on_value(req, res, exc):
        raise KeyError

    @app.route("/")
    async def index(req, res):
        raise KeyError

    assert client.get("/").status_code == 500


def test_a_sync_error_handler_is_refused(app):
    with pytest.raises(ExpectedAsync):
        app.add_error_handler(ValueError, lambda req, res, exc: None)


def test_a_redirect_keeps_headers_and_cookies(app, client):
    @app.route("/")
    async def index(req, res):
        res.headers["x-kept"] = "yes"
        res.set_cookie("a", "b")
        raise Redirect("/there")

    response = client.get("/")

    assert response.status_code == 302
    assert response.headers["location"] == "/there"
    assert response.headers["x-kept"] == "yes"
    assert "a=b" in response.headers["set-cookie"]


def test_content_set_before_an_error_is_forgotten(app, client):
    @app.route("/")
    async def index(req, res):
        res.html = "<p>Half a page"
        res.attachment = "page.html"
        raise HTTPError(404)

    response = client.get("/")

    assert response.headers["content-type"] == "application/json"
    assert "content-disposition" not in response.headers


# Hooks


async def mark(req, res, params, name):
    res.headers["x-order"] = res.headers.get("x-order", "") + name


def test_hooks_run_from_the_outside_in_and_back(app, client):
    router = Router()
    app.before(mark, "a")
    app.after(mark, "A")
    router.before(mark, "r")
    router.after(mark, "R")

    @hooks.before(mark, "c")
    @hooks.after(mark, "C")
    @router.route("/")
    @hooks.before(mark, "d")
    class View:
        @hooks.before(mark, "m")
        @hooks.before(mark, "n")
        @hooks.after(mark, "M")
        @hooks.after(mark, "N")
        async def get(self, req, res):
            res.headers["x-order"] += "|"

    app.include_router(router)

    assert client.get("/").headers["x-order"] == "arcdmn|NMCRA"


def test_a_before_hook_changes_what_the_view_gets(app, client):
    async def double(req, res, params):
        params["n"] *= 2

    @app.route("/{n}")
    @hooks.before(double)
    async def view(req, res, n: int):
        res.json = n

    assert client.get("/21").json() == 42


def test_a_view_has_its_own_default_for_what_a_before_hook_takes_away(app, client):
    async def take_away(req, res, params):
        del params["n"]

    @app.route("/{n}")
    @hooks.before(take_away)
    async def view(req, res, n: int = 3):
        res.json = n

    assert client.get("/21").json() == 3


def test_what_a_before_hook_takes_away_may_be_missing(app, client):
    async def take_away(req, res, params):
        del params["n"]

    @app.route("/{n}")
    @hooks.before(take_away)
    async def view(req, res, n: int): ...

    @app.error_handler(TypeError)
    async def tell(req, res, exc):
        res.text = str(exc)

    assert client.get("/21").text == (
        f"A hook has removed 'n' from the params, which view {describe(view)} needs: "
        "only replace it, or give it a default."
    )


def test_after_hooks_do_not_run_when_the_view_raised(app, client):
    @app.route("/")
    @hooks.after(mark, "x")
    async def view(req, res):
        raise HTTPError(400)

    assert "x-order" not in client.get("/").headers


def test_hooks_do_not_run_on_a_405(app, client):
    app.before(mark, "x")
    app.route("/")(echo)

    assert "x-order" not in client.post("/").headers


def test_a_hook_runs_before_the_body_is_read(app, client):
    async def deny(req, res, params):
        raise HTTPError(401)

    @app.route("/", methods=["POST"])
    @hooks.before(deny)
    async def view(req, res, item: Annotated[dict, Body()]): ...

    assert client.post("/", content=b"{").status_code == 401


@pytest.mark.parametrize(
    ("hook", "error"), [(lambda req, res, params: None, ExpectedAsync), (3, TypeError)]
)
def test_a_hook_that_cannot_run_is_refused(hook, error):
    with pytest.raises(error):
        hooks.before(hook)


# Middleware


class Recorder(Middleware):
    log = None

    async def before_dispatch(self, req, res):
        self.log.append(f"before {self.kwargs['name']}")
        if req.url.path == f"/{self.kwargs['name']}":
            res.text = f"ended by {self.kwargs['name']}"
            return res
        return None

    async def after_dispatch(self, req, res):
        self.log.append(f"after {self.kwargs['name']} {res.status_code}")


@pytest.fixture
def log(app):
    Recorder.log = []
    app.add_middleware(Recorder, name="inner")
    app.add_middleware(Recorder, name="outer")
    return Recorder.log


def test_the_middleware_added_last_is_outermost(app, client, log):
    app.route("/")(echo)

    client.get("/")

    assert log == ["before outer", "before inner", "after inner 200", "after outer 200"]


def test_middleware_may_end_a_request(client, log):
    response = client.get("/inner")

    assert response.text == "ended by inner"
    assert log == ["before outer", "before inner", "after outer 200"]


def test_middleware_sees_handled_errors_and_redirects(app, client, log):
    @app.route("/r")
    async def view(req, res):
        raise Redirect("/")

    client.get("/nope")
    client.get("/r")

    assert [entry for entry in log if "after" in entry] == [
        "after inner 404",
        "after outer 404",
        "after inner 302",
        "after outer 302",
    ]


def test_middleware_does_not_see_what_nobody_handled(app, client, log):
    @app.route("/")
    async def view(req, res):
        raise ValueError

    assert client.get("/").status_code == 500
    assert log == ["before outer", "before inner"]


def test_an_error_in_middleware_is_handled(app, client):
    class Failing(Middleware):
        async def after_dispatch(self, req, res):
            raise HTTPError(418)

    app.add_middleware(Failing)
    app.route("/")(echo)

    assert client.get("/").status_code == 418


def test_sync_callbacks_are_refused_when_the_class_is_made():
    with pytest.raises(ExpectedAsync, match="before_dispatch"):
        type("Bad", (Middleware,), {"before_dispatch": lambda self, req, res: None})


def test_asgi_middleware_is_outside(app, client, log):
    class Outside:
        def __init__(self, app, name):
            self.app, self.name = app, name

        async def __call__(self, scope, receive, send):
            log.append(f"asgi {self.name}")
            await self.app(scope, receive, send)

    app.add_middleware(Outside, name="x")
    app.add_middleware(Recorder, name="last")

    client.get("/nope")

    assert log[:2] == ["asgi x", "before last"]


def test_an_error_in_asgi_middleware_is_handled(app, client):
    class Failing:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            raise HTTPError(503)

    app.add_middleware(Failing)

    assert client.get("/").json()["status"] == 503


def test_asgi2_middleware_is_refused(app):
    class Old:
        def __init__(self, app): ...

        def __call__(self, scope): ...

    with pytest.raises(ValueError, match=r"ASGI2.*ASGI3.*scope, *receive, *send"):
        app.add_middleware(Old)


# Mounts


async def asgi_app(scope, receive, send):
    body = f"{scope['root_path']} {scope['path']}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def test_a_mounted_app_sees_the_whole_path(app, client):
    app.mount("/a", asgi_app)

    assert client.get("/a/a/x").text == "/a /a/a/x"
    assert client.get("/a").headers["location"] == "/a/"
    assert client.get("/ab").status_code == 404


def test_a_mounted_app_of_ours_shares_settings(app, client):
    child = App("child")
    child.route("/x")(echo)
    app.mount("/a", child)
    configure(app, MY_SETTING=3)

    assert client.get("/a/x").text == "GET /a/x"
    assert child.settings.MY_SETTING == 3


def test_a_mount_takes_its_place_among_the_routes(app, client):
    app.route("/a/first")(echo)
    app.mount("/a", asgi_app)
    app.route("/a/last")(echo)

    assert client.get("/a/first").text == "GET /a/first"
    assert client.get("/a/last").text == "/a /a/last"


@pytest.mark.parametrize("catch_all", ["/{path:path}", "{}", "/{name}"])
def test_the_prefix_of_a_mount_leads_to_it_though_a_later_route_has_it(
    app, client, catch_all
):
    async def page(req, res):
        res.text = "page"

    app.mount("/a", asgi_app)
    app.route(catch_all, methods=all)(page)

    assert client.get("/a?b=1").headers["location"] == "/a/?b=1"
    assert client.post("/a").status_code == 307
    assert client.get("/b").text == "page"


def test_an_earlier_route_has_the_prefix_of_a_mount(app, client):
    async def page(req, res):
        res.text = "page"

    app.route("/{name}")(page)
    app.mount("/a", asgi_app)

    assert client.get("/a").text == "page"


def test_the_prefix_of_a_mount_leads_nowhere_without_redirects(app, client):
    app.mount("/a", asgi_app)
    configure(app, REDIRECT_TRAILING_SLASH=False)

    assert client.get("/a").status_code == 404


def test_the_prefix_of_a_mount_never_leads_to_another_host(app, client):
    app.mount("//evil.example", asgi_app)

    response = client.get("http://testserver//evil.example")

    assert response.status_code == 404
    assert "location" not in response.headers


def test_a_wsgi_app_can_be_mounted(app, client):
    def wsgi(environ, start_response):
        start_response("200 OK", [("content-type", "text/plain")])
        return [environ["PATH_INFO"].encode()]

    app.mount("/w", wsgi)

    response = client.get("/w/x")

    assert response.text == "/x"
    assert response.headers["x-frame-options"] == "DENY"


def test_a_type_error_inside_a_mounted_app_is_its_own(app, client):
    async def broken(scope, receive, send):
        raise TypeError("mine")

    app.mount("/a", broken)

    @app.error_handler(TypeError)
    async def on_type_error(req, res, exc):
        res.text = str(exc)

    assert client.get("/a/").text == "mine"


def test_what_is_no_app_cannot_be_mounted(app):
    with pytest.raises(TypeError, match="takes 1 arguments"):
        app.mount("/a", lambda scope: None)


# Providers


def test_cleanup_runs_before_the_response_leaves(app, client, store):
    @store.provider
    async def transaction():
        yield
        raise HTTPError(409, detail="commit failed")

    @app.route("/")
    async def view(req, res, transaction):
        res.text = "done"

    assert client.get("/").json()["detail"] == "commit failed"


def test_a_request_cannot_reach_what_a_provider_fills(app, client, store):
    @store.provider
    async def user():
        return "ada"

    @app.route("/")
    async def view(req, res, user):
        res.text = user

    assert client.get("/?user=admin").text == "ada"


def test_hooks_and_view_share_one_scope(app, client, store):
    made = []

    @store.provider
    async def db():
        made.append(1)
        yield len(made)

    async def hook(req, res, params, db):
        params["seen"] = db

    @app.route("/")
    @hooks.before(hook)
    @hooks.after(hook)
    async def view(req, res, db):
        res.json = db

    assert client.get("/").json() == 1
    assert made == [1]


def test_an_override_holds_in_what_is_served(app, client, store):
    @store.provider
    async def mailer():
        return "real"

    @app.route("/")
    async def view(req, res, mailer):
        res.text = mailer

    client.get("/")
    with app.override(mailer="fake"):
        assert client.get("/").text == "fake"
    assert client.get("/").text == "real"


def test_a_lazy_provider_needs_no_annotation_where_it_is_named(app, client, store):
    @store.provider(scope="app", lazy=True)
    async def pool():
        return 3

    @app.route("/")
    async def view(req, res, pool):
        res.json = await pool

    assert client.get("/").json() == 3


# Lifespan


def test_starting_and_stopping_are_in_order(app, store):
    log = []

    @app.lifespan
    async def outer(app):
        log.append("lifespan in")
        yield {"pool": 3}
        log.append("lifespan out")

    @store.provider(scope="app")
    async def pool():
        log.append("provider in")
        yield 1
        log.append("provider out")

    @app.on("startup")
    def first(pool):
        log.append("startup 1")

    @app.on("startup")
    async def second():
        log.append("startup 2")

    app.on("shutdown", lambda: log.append("shutdown 1"))
    app.on("shutdown", lambda: log.append("shutdown 2"))

    @app.route("/")
    async def view(req, res):
        res.json = req.state.pool

    configure(app)
    with TestClient(app) as client:
        assert client.get("/").json() == 3

    assert log == [
        "lifespan in", "provider in", "startup 1", "startup 2",
        "shutdown 2", "shutdown 1", "provider out", "lifespan out",
    ]  # fmt: skip


def test_a_failing_startup_undoes_what_was_entered(app, store, caplog):
    log = []

    @app.lifespan
    async def outer(app):
        try:
            yield
        finally:
            log.append("left")

    @app.on("startup")
    async def fail():
        raise ValueError("broken")

    app.on("shutdown", lambda: log.append("never"))
    configure(app)

    with (
        caplog.at_level(logging.ERROR, "bocadillo"),
        pytest.raises(ValueError, match="broken"),
        TestClient(app),
    ):
        pass

    assert log == ["left"]
    assert "broken" in caplog.text


def test_the_lifespan_of_a_mounted_app_runs_inside(app):
    log = []
    child = App("child")
    child.on("startup", lambda: log.append("child up"))
    child.on("shutdown", lambda: log.append("child down"))
    app.on("startup", lambda: log.append("up"))
    app.on("shutdown", lambda: log.append("down"))

    async def foreign(scope, receive, send):
        assert scope["type"] == "lifespan"
        await receive()
        log.append("foreign up")
        await send({"type": "lifespan.startup.complete"})
        await receive()
        log.append("foreign down")
        await send({"type": "lifespan.shutdown.complete"})

    app.mount("/c", child)
    app.mount("/f", foreign)
    configure(app)
    with TestClient(app):
        pass

    assert log == [
        "up", "child up", "foreign up", "foreign down", "child down", "down",
    ]  # fmt: skip
