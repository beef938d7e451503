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
from bocadillo.inspection import describe
from bocadillo.introspection import (
    describe_routes,
    draw_providers,
    explain,
    find_mistakes,
)

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


def test_without_routes_none_is_the_nearest(app):
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


def test_the_prefix_of_a_mount_is_explained_as_a_redirect(app):
    @app.route("/{page:path}", methods=["POST"])
    async def page(req, res, page): ...

    app.mount("/admin", App("admin"))
    configure(app)

    explained = explain(app, "GET", "/admin?a=1")

    assert isinstance(explained.outcome, Redirect)
    assert explained.outcome.url == "/admin/?a=1"
    assert explained.inner is None


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


def test_built_in_features_surround_what_is_added(app):
    app.add_middleware(Outer)
    configure(app, gzip=True, allowed_hosts=["example.com"])

    assert explain(app, "GET", "/").middleware == (
        "bocadillo.hosts.AllowedHosts",
        "bocadillo.compression.Compression",
        f"{__name__}.Outer",
    )


@pytest.fixture
def talking(app):
    """An app with websockets, one of them in a mounted app."""
    admin = App("admin")
    app.add_middleware(Inner)
    app.add_middleware(Outer)

    @app.websocket_route("/chat/{room}")
    async def chat(ws, room, db, limit: int = 10): ...

    @app.websocket_route("/chat/lobby")
    async def lobby(ws): ...

    @app.route("/chat/{room}")
    async def page(req, res, room): ...

    @admin.websocket_route("/live")
    async def live(ws): ...

    app.mount("/admin", admin)
    return configure(app)


def test_websockets_are_described(talking):
    chat, lobby, page, mount, live = describe_routes(talking)

    assert [it.kind for it in (chat, lobby, page, mount, live)] == [
        "websocket",
        "websocket",
        "http",
        "mount",
        "websocket",
    ]
    assert chat.methods is None
    assert chat.view == f"{__name__}.chat"
    assert [it.name for it in chat.providers] == ["pool", "db"]
    assert lobby.hidden_by == "/chat/{room}"
    assert page.hidden_by is None
    assert live.pattern == "/admin/live"


def test_a_websocket_is_explained(talking):
    explained = explain(talking, "WEBSOCKET", "/chat/kitchen")

    # Only ASGI middleware sees websockets.
    assert explained.middleware == (f"{__name__}.Outer",)
    assert explained.route == describe_routes(talking)[0]
    assert explained.params == {"room": "kitchen"}
    assert explained.outcome is None


def test_what_cannot_be_converted_refuses_a_websocket(talking):
    outcome = explain(talking, "WEBSOCKET", "/chat/kitchen?limit=x").outcome

    assert isinstance(outcome, HTTPError)
    assert outcome.detail == {"limit": "Must be a number."}


@pytest.mark.parametrize(
    ("method", "status", "kind"),
    [("WEBSOCKET", 403, "websocket"), ("GET", 404, "http")],
)
def test_the_nearest_route_is_of_the_same_kind(talking, method, status, kind):
    explained = explain(talking, method, "/chot/kitchen")

    assert explained.outcome is not None
    assert explained.outcome.status_code == status
    assert explained.nearest is not None
    assert explained.nearest.route.kind == kind


@pytest.mark.parametrize(
    ("method", "path", "kind", "difference"),
    [
        ("GET", "/live/3", "websocket", "it is for websockets"),
        ("WEBSOCKET", "/page", "http", "it is for requests, not for websockets"),
    ],
)
def test_a_route_of_the_other_kind_is_told_if_it_has_the_path(
    app, method, path, kind, difference
):
    @app.websocket_route("/live/{n}")
    async def live(ws, n): ...

    @app.route("/page")
    async def page(req, res): ...

    explained = explain(configure(app), method, path)

    assert explained.nearest is not None
    assert explained.nearest.route.kind == kind
    assert explained.nearest.differences == (difference,)


def test_a_websocket_in_a_mounted_app_is_explained(talking):
    explained = explain(talking, "WEBSOCKET", "/admin/live")

    assert explained.route is not None
    assert explained.route.kind == "mount"
    assert explained.inner is not None
    assert explained.inner.route == describe_routes(talking)[-1]


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


def test_an_app_that_could_start_has_no_mistakes(talking):
    assert find_mistakes(talking) == []


def test_mistakes_of_views_and_of_providers_are_found_together(store, app):
    @store.provider
    async def cart(basket): ...

    @app.route("/")
    async def index(req, res, nobody): ...

    configure(app)

    view, provider = find_mistakes(app)

    assert isinstance(view, ParameterError)
    assert "'nobody'" in str(view)
    assert "'basket'" in str(provider)


def test_mistakes_of_views_are_found_one_by_one(app):
    @app.route("/")
    async def first(req, res, one, two): ...

    @app.websocket_route("/")
    async def second(ws, three): ...

    configure(app)

    of_first, of_second = map(str, find_mistakes(app))

    assert of_first.startswith(f"View {describe(first)} has 2 problems:")
    assert of_second.startswith(f"View {describe(second)} asks for 'three', which is")


def test_mistakes_of_providers_are_found_one_by_one(store, app):
    @store.provider
    async def cart(basket): ...

    @store.provider
    async def order(crat): ...

    configure(app)

    first, second = find_mistakes(app)

    assert "'basket'" in str(first)
    assert "'crat'" in str(second)


@pytest.mark.parametrize(
    ("style", "text"),
    [("tree", "chat()"), ("mermaid", "flowchart"), ("dot", "digraph"), ("json", "{")],
)
def test_providers_are_drawn_with_the_views_that_need_them(talking, style, text):
    assert text in draw_providers(talking, style)
