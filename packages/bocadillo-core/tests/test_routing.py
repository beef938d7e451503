import functools

import pytest

from bocadillo import ExpectedAsync, Router, hooks, static
from bocadillo.errors import RouteError


async def view(req, res): ...


async def asgi(scope, receive, send): ...


@pytest.fixture
def router():
    return Router()


def placed(router):
    """Patterns and methods, as an app would see them."""
    return [
        (it.pattern.text, sorted(it.declaration.methods or ["*"]))
        for it in router._placed()
    ]


@pytest.mark.parametrize(
    ("pattern", "advice"),
    [
        ("/items/<int:pk>", "<int:pk> is literal text; a parameter is written {pk}."),
        ("/<name>.txt", "<name> is literal text; a parameter is written {name}."),
        ("/items/:pk", ":pk is literal text; a parameter is written {pk}."),
    ],
)
def test_parameters_as_others_write_them_are_warned_about(
    router, caplog, pattern, advice
):
    router.route(pattern)(view)

    assert caplog.messages == [f"URL pattern {pattern!r}: {advice}"]


def test_a_query_in_a_pattern_is_warned_about(router, caplog):
    router.route("/items?page=1&size=2")(view)

    (message,) = caplog.messages
    assert "'/items?page=1&size=2': ?page=1&size=2 is literal text; a view" in message
    assert message.endswith('by a parameter, as in `page: str = ""`.')


@pytest.mark.parametrize("pattern", ["/items:bulk", "/a<b", "/{pk}", "<>", "/what?"])
def test_other_literal_text_is_not(router, caplog, pattern):
    router.route(pattern)(view)

    assert caplog.messages == []


def test_declarations_keep_their_order(router):
    inner = Router()
    inner.route("/b")(view)
    router.route("/a")(view)
    router.include_router(inner, prefix="x")
    router.route("c", methods=all)(view)
    inner.route("/late", methods=["patch"])(view)

    assert placed(router) == [
        ("/a", ["GET", "HEAD"]),
        ("/x/b", ["GET", "HEAD"]),
        ("/x/late", ["PATCH"]),
        ("/c", ["*"]),
    ]


@pytest.mark.parametrize(
    ("prefix", "pattern", "whole"),
    [
        ("", "", "/"),
        ("", "a", "/a"),
        ("/api", "", "/api"),
        ("/api", "/", "/api/"),
        ("api/", "a", "/api/a"),
        ("/u/{id}", "/p", "/u/{id}/p"),
    ],
)
def test_a_prefix_and_a_pattern_make_one_text(router, prefix, pattern, whole):
    inner = Router()
    inner.route(pattern)(view)
    router.include_router(inner, prefix=prefix)

    assert placed(router)[0][0] == whole


def test_prefixes_add_up(router):
    middle, inner = Router(), Router()
    inner.route("/c")(view)
    middle.include_router(inner, prefix="/b")
    router.include_router(middle, prefix="/a")

    assert placed(router)[0][0] == "/a/b/c"


def test_what_surrounds_a_route_is_collected_from_the_outside_in(router):
    async def hook(req, res, params): ...

    async def handler(req, res, exc): ...

    inner = Router()
    inner.route("/")(view)
    inner.before(hook)
    inner.add_error_handler(ValueError, handler)
    router.before(hook)
    router.include_router(inner)

    (only,) = router._placed()

    assert len(only.surroundings.hooks.before) == 2
    assert only.surroundings.handlers == ({ValueError: handler}, {})


def test_a_router_cannot_include_itself(router):
    inner = Router()
    router.include_router(inner)

    with pytest.raises(RouteError, match="would include itself"):
        inner.include_router(router)
    with pytest.raises(RouteError, match="would include itself"):
        router.include_router(router)


def test_an_app_is_mounted_not_included(router, app):
    with pytest.raises(RouteError, match=r"use app.mount\(\) instead"):
        router.include_router(app)
    with pytest.raises(RouteError, match="Can only include a Router"):
        router.include_router("router")


@pytest.mark.parametrize("methods", ["GET", 3, ["GET", ""], ["G T"], ["GÉT"], [], [3]])
def test_methods_that_make_no_sense_are_refused(router, methods):
    with pytest.raises(RouteError):
        router.route("/", methods=methods)(view)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("PSOT", "POST"), ("gte", "GET"), ("Delte", "DELETE"), ("OPTIONSS", "OPTIONS")],
)
def test_a_misspelt_method_is_refused_with_the_one_that_was_meant(router, typed, meant):
    with pytest.raises(RouteError, match=f"^'{typed}' is not .*mean '{meant}'"):
        router.route("/", methods=["GET", typed])(view)


@pytest.mark.parametrize(
    "methods",
    [
        ["PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT"],
        ["ORDERPATCH", "UPDATE", "SEARCH", "LINK", "CHECKOUT", "PURGE", "QUERY"],
        ["BATCH", "READ", "SET", "STOP", "TRACK"],
    ],
)
def test_methods_of_extensions_and_of_ones_own_are_methods(router, methods):
    router.route("/", methods=methods)(view)

    assert placed(router) == [("/", sorted(methods))]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("POST", r"\['POST'\]"), ("GET, POST", r"\['GET', 'POST'\]")],
)
def test_a_text_of_methods_is_refused_with_the_list_that_was_meant(
    router, written, meant
):
    with pytest.raises(RouteError, match=rf"Write methods={meant}\."):
        router.route("/", methods=written)(view)


@pytest.mark.parametrize("decorator", [hooks.before, hooks.after])
def test_a_hook_that_was_not_given_is_asked_for(router, decorator):
    @decorator
    async def view(req, res, pk): ...

    name = f"@hooks.{decorator.__name__}"
    with pytest.raises(RouteError, match=rf"^{name} is given a hook, as in `{name}\("):
        router.route("/{pk}")(view)


def test_a_class_view_that_answers_nothing_is_warned_about(router, caplog):
    @router.route("/")
    class View:
        async def GET(self, req, res): ...

    (message,) = caplog.messages
    assert message.startswith("Class view View answers every request with a 405")


def test_a_method_may_have_a_hyphen(app, client):
    app.route("/", methods=["version-control"])(view)

    assert client.request("VERSION-CONTROL", "/").status_code == 200
    assert client.get("/").headers["allow"] == "VERSION-CONTROL"


@pytest.mark.parametrize("size", [-1, "10", 1.5])
def test_a_size_that_makes_no_sense_is_refused(router, size):
    with pytest.raises(RouteError, match="number of bytes or None"):
        router.route("/", max_body_size=size)


def test_a_class_view_says_its_methods_itself(router):
    class View:
        async def get(self, req, res): ...

    with pytest.raises(RouteError, match="leave out methods"):
        router.route("/", methods=["GET"])(View)


def test_a_class_that_wants_arguments_is_given_as_an_instance(router):
    class Greeting:
        def __init__(self, word):
            self.word = word

        async def get(self, req, res): ...

    with pytest.raises(RouteError, match=r"`app.route\('/a'\)\(Greeting\(...\)\)`"):
        router.route("/a")(Greeting)

    router.route("/a")(Greeting("Hello"))
    assert placed(router) == [("/a", ["GET", "HEAD"])]


def test_a_class_with_several_routes_is_instantiated_once(router):
    @router.route("/{pk}")
    @router.route("/")
    class View:
        async def get(self, req, res, pk=0): ...

        async def post(self, req, res, pk=0): ...

    owners = {it.declaration.view.__self__ for it in router._placed()}

    assert [type(it) for it in owners] == [View]


def test_each_router_has_an_instance_of_a_class_of_its_own(router):
    class View:
        async def get(self, req, res): ...

    other = Router()
    router.route("/")(View)
    other.route("/")(View)

    [one], [another] = router._placed(), other._placed()
    assert one.declaration.view.__self__ is not another.declaration.view.__self__


def test_a_method_of_a_class_view_must_be_async(router):
    class View:
        def get(self, req, res): ...

    with pytest.raises(ExpectedAsync, match=r"View\.get"):
        router.route("/")(View)


def test_what_is_not_callable_is_no_view(router):
    class View:
        handle = 3

    with pytest.raises(RouteError, match="must be a function or a class"):
        router.route("/")(View)


def test_an_object_that_is_called_is_a_function_view(router):
    class Callable:
        async def __call__(self, req, res): ...

    router.route("/")(Callable())

    assert placed(router) == [("/", ["GET", "HEAD"])]


def test_a_class_may_answer_head_itself(router):
    class View:
        async def get(self, req, res): ...

        async def head(self, req, res): ...

    router.route("/")(View)

    assert placed(router) == [("/", ["GET"]), ("/", ["HEAD"])]


def test_a_mount_has_no_parameters(router):
    with pytest.raises(RouteError, match="has no parameters"):
        router.mount("/{a}", static("."))
    with pytest.raises(RouteError, match="has no parameters"):
        router.mount("{}", static("."))


def test_a_router_is_no_mount_of_itself(app):
    with pytest.raises(RouteError, match="in itself"):
        app.mount("/", app)


def test_what_kind_of_app_is_mounted_can_be_said(router):
    router.mount("/a", lambda *args: None, wsgi=True)
    router.mount("/b", lambda *args: None, wsgi=False)

    first, second = (it.declaration for it in router._placed())

    assert first.wsgi
    assert not second.wsgi


@pytest.mark.parametrize(
    ("event", "handler", "error"),
    [("start", print, ValueError), ("startup", 3, TypeError)],
)
def test_an_event_handler_that_would_never_run_is_refused(
    router, event, handler, error
):
    with pytest.raises(error):
        router.on(event, handler)


def test_an_unknown_event_is_refused_at_the_decorator(router):
    with pytest.raises(ValueError, match="use 'startup' or 'shutdown'"):
        router.on("begin")


def test_events_of_included_routers_stand_where_they_are_included(router):
    inner, innermost = Router(), Router()
    inner.include_router(innermost)

    @router.on("startup")
    def first(): ...

    router.include_router(inner, "/a")
    router.include_router(inner, "/b")

    @router.on("startup")
    def last(): ...

    @innermost.on("startup")
    def second(): ...

    @inner.on("startup")
    def third(): ...

    @inner.on("shutdown")
    def other(): ...

    assert list(router._handlers_of("startup")) == [first, second, third, last]
    assert list(router._handlers_of("shutdown")) == [other]


def test_a_mount_does_not_stand_below_parameters(router):
    inner, late = Router(), Router()
    inner.mount("/files", asgi)
    router.include_router(late, "/{user}")
    late.mount("/files", asgi)

    with pytest.raises(RouteError, match="a prefix has no parameters"):
        Router().include_router(inner, "/{user}")
    with pytest.raises(RouteError, match="a prefix has no parameters"):
        placed(router)


@pytest.mark.parametrize("prefix", [None, 3, b"/api"])
def test_a_prefix_is_text(router, prefix):
    with pytest.raises(RouteError, match="pattern must be a string such as"):
        Router().include_router(router, prefix)


def test_a_router_is_included_not_mounted(router):
    with pytest.raises(RouteError, match=r"is no app: use include_router\(\) instead"):
        Router().mount("/x", router)


async def handler(req, res, exc): ...


def test_a_decorator_without_its_class_is_refused_at_once(router):
    with pytest.raises(TypeError, match="for a subclass of Exception, not <function"):
        router.error_handler(handler)


@pytest.mark.parametrize("wrong", [None, 3, "view", object()])
def test_a_value_is_no_view(router, wrong):
    with pytest.raises(RouteError, match="must be a function or a class, not "):
        router.route("/")(wrong)


async def yields(req, res):
    yield "text"


class Yields:
    async def get(self, req, res):
        yield "text"


@pytest.mark.parametrize("wrong", [yields, Yields, Yields()])
def test_a_view_that_yields_is_told_what_to_do(router, wrong):
    with pytest.raises(ExpectedAsync, match=r"yields.* To stream, see res\.stream"):
        router.route("/")(wrong)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [(lambda req, res: None, "view"), (functools.partial(print, 1), "print")],
)
def test_a_view_is_told_a_name_that_can_be_written(router, wrong, name):
    with pytest.raises(ExpectedAsync, match=rf"Write `async def {name}\(req, res, "):
        router.route("/")(wrong)


def test_a_name_is_not_a_prefix_and_a_pattern_alike(router):
    router.route("/{pk}")(view)

    with pytest.raises(RouteError, match="parameter 'pk' appears twice"):
        Router().include_router(router, "/{pk}")


def test_a_router_can_be_told(router):
    router.route("/")(view)

    assert repr(router) == "<Router with 1 declarations>"
