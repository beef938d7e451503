from pathlib import Path

import pytest

from bocadillo import (
    App,
    HTTPError,
    Middleware,
    Redirect,
    Router,
    Store,
    configure,
    hooks,
)
from bocadillo.errors import ParameterError
from bocadillo.introspection import describe_routes, explain

HERE = Path(__file__)


async def log_in(req, res, params, user): ...
async def audit(req, res, params): ...
async def on_lookup_error(req, res, exc): ...
async def on_http_error(req, res, exc): ...


class Inner(Middleware):
    pass


class Outer:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send): ...


@pytest.fixture
def store():
    store = Store()

    @store.provider(scope="app")
    async def pool():
        yield "pool"

    @store.provider
    async def db(pool):
        yield pool

    @store.provider
    async def user(req, db):
        return "ada"

    return store


@pytest.fixture
def app(store):
    return App(providers=store)


def test_a_plain_route_is_described(app):
    @app.route("/")
    async def index(req, res): ...

    configure(app)

    (route,) = describe_routes(app)

    assert (route.kind, route.methods, route.pattern) == ("http", ("GET", "HEAD"), "/")
    assert route.view == f"{__name__}.index"
    assert route.location.startswith(f"{HERE}:")
    assert (route.before, route.after, route.providers) == ((), (), ())
    assert route.hidden_by is None


def test_a_route_of_every_method_has_none(app):
    @app.route("/", methods=all)
    async def index(req, res): ...

    configure(app)

    assert [route.methods for route in describe_routes(app)] == [None]


def test_each_method_of_a_class_is_a_route(app):
    @app.route("/items/{pk}")
    class Item:
        async def get(self, req, res, pk: int, q: str = ""): ...
        async def delete(self, req, res, pk: int): ...

    configure(app)

    get, delete = describe_routes(app)

    assert (get.view, get.methods) == (f"{__name__}.Item.get", ("GET", "HEAD"))
    assert (delete.view, delete.methods) == (f"{__name__}.Item.delete", ("DELETE",))
    assert [(it.name, str(it.source)) for it in get.parameters] == [
        ("pk", "path"),
        ("q", "query"),
    ]


def test_a_class_without_methods_offers_none(app):
    @app.route("/")
    class Nothing: ...

    configure(app)

    (route,) = describe_routes(app)

    assert route.methods == ()


def test_hooks_are_told_in_the_order_in_which_they_run(app):
    router = Router()
    router.before(audit)

    @router.route("/")
    @hooks.before(log_in)
    @hooks.after(audit)
    async def index(req, res): ...

    app.include_router(router)
    configure(app)

    (route,) = describe_routes(app)

    assert route.before == (f"{__name__}.audit", f"{__name__}.log_in")
    assert route.after == (f"{__name__}.audit",)


def test_providers_are_told_in_the_order_in_which_they_are_evaluated(app):
    @app.route("/")
    @hooks.before(log_in)
    async def index(req, res, pool, db): ...

    configure(app)

    (route,) = describe_routes(app)

    assert [(it.name, it.scope, it.kind, it.needs) for it in route.providers] == [
        ("pool", "app", "async generator", ()),
        ("db", "request", "async generator", ("pool",)),
        ("user", "request", "coroutine", ("req", "db")),
    ]
    assert all(it.location.startswith(f"{HERE}:") for it in route.providers)


def test_error_handlers_are_those_of_the_innermost_router(app):
    router = Router()
    router.add_error_handler(HTTPError, on_http_error)
    app.add_error_handler(HTTPError, audit)
    app.add_error_handler(LookupError, on_lookup_error)

    @router.route("/")
    async def index(req, res): ...

    app.include_router(router)
    configure(app)

    (route,) = describe_routes(app)

    assert route.error_handlers["HTTPError"] == "on_http_error"
    assert route.error_handlers["LookupError"] == "on_lookup_error"


def test_a_hidden_route_names_what_hides_it(app):
    @app.route("/{page}")
    async def page(req, res, page): ...

    @app.route("/about")
    async def about(req, res): ...

    configure(app)

    assert [route.hidden_by for route in describe_routes(app)] == [None, "/{page}"]


def test_the_routes_of_a_mounted_app_follow_its_mount(app):
    async def asgi(scope, receive, send): ...

    admin = App("admin")
    configure(admin)

    @admin.route("/users")
    async def users(req, res): ...

    app.mount("/admin", admin)
    app.mount("/other", asgi)
    configure(app)

    assert [(it.kind, it.pattern, it.view) for it in describe_routes(app)] == [
        ("mount", "/admin", "App 'admin'"),
        ("http", "/admin/users", f"{__name__}.users"),
        ("mount", "/other", f"{__name__}.asgi"),
    ]


def test_an_app_that_could_not_start_is_not_described(app):
    @app.route("/")
    async def index(req, res, nobody): ...

    configure(app)

    with pytest.raises(ParameterError, match="'nobody'"):
        describe_routes(app)


def test_a_request_is_explained(app):
    app.add_middleware(Inner)
    app.add_middleware(Outer)

    @app.route("/items/{pk}")
    async def item(req, res, pk: int): ...

    configure(app)

    explained = explain(app, "GET", "/items/4")

    assert explained.middleware == (f"{__name__}.Outer", f"{__name__}.Inner")
    assert explained.route == describe_routes(app)[0]
    assert explained.params == {"pk": "4"}
    assert explained.outcome is None


@pytest.mark.parametrize(
    ("target", "detail"),
    [
        ("/items/x", {"pk": "Must be a number."}),
        ("/items/4?limit=x", {"limit": "Must be a number."}),
        ("/items/4?limit=2", None),
    ],
)
def test_what_cannot_be_converted_is_a_400(app, target, detail):
    @app.route("/items/{pk}")
    async def item(req, res, pk: int, limit: int = 10): ...

    configure(app)

    outcome = explain(app, "GET", target).outcome

    assert (outcome and outcome.detail) == detail


def test_the_path_is_decoded(app):
    @app.route("/{name}")
    async def greet(req, res, name): ...

    configure(app)

    assert explain(app, "GET", "/caf%C3%A9").params == {"name": "café"}


def test_an_unknown_path_is_a_404_with_the_nearest_route(app):
    @app.route("/items/{pk}")
    async def item(req, res, pk: int): ...

    configure(app)

    explained = explain(app, "GET", "/itmes/4")

    assert isinstance(explained.outcome, HTTPError)
    assert explained.outcome.status_code == 404
    assert explained.nearest is not None
    assert explained.nearest.route == describe_routes(app)[0]
    assert explained.nearest.differences == ("'itmes' is not 'items'",)


def test_a_path_that_is_like_none_has_no_nearest_route(app):
    configure(app)

    assert explain(app, "GET", "/nope").nearest is None


def test_a_method_that_is_not_offered_is_a_405(app):
    @app.route("/")
    async def index(req, res): ...

    configure(app)

    outcome = explain(app, "POST", "/").outcome

    assert isinstance(outcome, HTTPError)
    assert outcome.headers == {"allow": "GET, HEAD"}


@pytest.mark.parametrize("redirects", [True, False])
def test_a_missing_slash_is_a_redirect_unless_the_settings_say_no(app, redirects):
    @app.route("/items/")
    async def items(req, res): ...

    configure(app, redirect_trailing_slash=redirects)

    outcome = explain(app, "GET", "/items?q=1").outcome

    assert isinstance(outcome, Redirect if redirects else HTTPError)
    assert getattr(outcome, "url", "/items/?q=1") == "/items/?q=1"


def test_a_mounted_app_explains_the_rest(app):
    admin = App("admin")

    @admin.route("/users/{name}")
    async def user(req, res, name): ...

    @admin.route("/teams/")
    async def teams(req, res): ...

    app.mount("/admin", admin)
    configure(app)

    explained = explain(app, "GET", "/admin/users/ada")
    redirected = explain(app, "GET", "/admin/teams").inner

    assert explained.route is not None
    assert explained.route.kind == "mount"
    assert explained.inner is not None
    assert explained.inner.route == describe_routes(app)[1]
    assert explained.inner.params == {"name": "ada"}
    assert redirected is not None
    assert isinstance(redirected.outcome, Redirect)
    assert redirected.outcome.url == "/admin/teams/"


def test_nothing_is_evaluated(store, app):
    @store.provider
    async def broken():
        raise AssertionError

    @app.route("/")
    async def index(req, res, broken):
        raise AssertionError

    configure(app)

    (route,) = describe_routes(app)

    assert explain(app, "GET", "/").route == route
