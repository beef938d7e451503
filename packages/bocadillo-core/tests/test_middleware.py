import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from bocadillo import App, ExpectedAsync, HTTPError, Middleware, Store, configure
from bocadillo.middleware import check_asgi_middleware

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


def test_the_base_does_nothing():
    middleware = Middleware("inner", a=1)

    assert middleware.inner == "inner"
    assert middleware.kwargs == {"a": 1}


def test_a_subclass_may_name_its_options(client, app):
    class Named(Middleware):
        def __init__(self, inner, header):
            super().__init__(inner)
            self.header = header

        async def after_dispatch(self, req, res):
            res.headers[self.header] = "yes"

    app.add_middleware(Named, header="x-named")

    assert client.get("/").headers["x-named"] == "yes"


def test_middleware_that_is_not_callable_is_refused():
    with pytest.raises(TypeError, match="must be a class"):
        check_asgi_middleware(3)


async def app_itself(scope, receive, send): ...


class Itself:
    async def __call__(self, scope, receive, send): ...


@pytest.mark.parametrize("wrong", [app_itself, Itself()])
def test_an_app_is_no_middleware(wrong):
    with pytest.raises(TypeError, match="is an ASGI app, not middleware: give a class"):
        check_asgi_middleware(wrong)


@pytest.mark.parametrize("name", ["before_dispatch", "after_dispatch"])
def test_callbacks_take_a_request_and_a_response(name):
    async def wrong(self, req): ...

    with pytest.raises(TypeError, match=rf"Write `async def {name}\(self, req, res\)"):
        type("Wrong", (Middleware,), {name: wrong})


async def yielding(self, req, res):
    yield


def test_callbacks_do_not_yield():
    with pytest.raises(ExpectedAsync, match="after is for after_dispatch"):
        type("Wrong", (Middleware,), {"before_dispatch": yielding})


def test_callbacks_may_be_of_the_class_or_inherited():
    class Static(Middleware):
        @staticmethod
        async def before_dispatch(req, res): ...

        @classmethod
        async def after_dispatch(cls, req, res): ...

    class Inherits(Static): ...

    assert Inherits(None).inner is None

    async def wrong(self, req, res): ...

    with pytest.raises(TypeError, match="missing a required argument: 'res'"):
        type("Wrong", (Middleware,), {"after_dispatch": staticmethod(wrong)})


def test_a_function_may_make_asgi_middleware(app, client):
    def marked(app, *, name):
        async def serve(scope, receive, send):
            scope["marked"] = name
            await app(scope, receive, send)

        return serve

    app.add_middleware(marked, name="x")

    @app.route("/")
    async def view(req, res):
        res.text = req.scope["marked"]

    assert client.get("/").text == "x"


def test_returning_something_else_than_res_is_an_error(app, client):
    class Wrong(Middleware):
        async def before_dispatch(self, req, res):
            return "done"

    app.add_middleware(Wrong)

    assert client.get("/").status_code == 500


def test_an_unhandled_error_in_after_dispatch_is_a_500(app, client):
    class Failing(Middleware):
        async def after_dispatch(self, req, res):
            raise ValueError

    app.add_middleware(Failing)

    assert client.get("/").status_code == 500


def test_content_that_after_dispatch_sets_is_sent(app, client):
    class Wrapping(Middleware):
        async def after_dispatch(self, req, res):
            res.json = {"data": res.content.decode()}

    @app.route("/")
    async def view(req, res):
        res.text = "a"

    app.add_middleware(Wrapping)

    assert client.get("/").json() == {"data": "a"}


def test_middleware_surrounds_a_mounted_app(app, client):
    log = []

    class Logging(Middleware):
        async def before_dispatch(self, req, res):
            log.append("before")

        async def after_dispatch(self, req, res):
            log.append("after")
            res.text = "no effect"

    child = App("child")

    @child.route("/")
    async def view(req, res):
        log.append("mounted")
        res.text = "mounted"

    app.add_middleware(Logging)
    app.mount("/a", child)

    assert client.get("/a/").text == "mounted"
    assert log == ["before", "mounted", "after"]


def test_what_is_set_before_a_mounted_app_is_not_even_encoded(app, client):
    log = []

    class Setting(Middleware):
        async def before_dispatch(self, req, res):
            res.json = object()

        async def after_dispatch(self, req, res):
            log.append("after")

    async def mounted(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"mounted"})

    app.add_middleware(Setting)
    app.mount("/a", mounted)

    assert client.get("/a/").text == "mounted"
    assert log == ["after"]


class TakesTheScope:
    def __init__(self, app): ...

    def __call__(self, scope): ...


class MadeOfTheScope:
    def __init__(self, scope): ...

    async def __call__(self, receive, send): ...


@pytest.mark.parametrize("cls", [TakesTheScope, MadeOfTheScope])
def test_asgi2_is_refused_by_name(app, cls):
    with pytest.raises(ValueError, match=r"is ASGI2 .* ASGI3") as caught:
        app.add_middleware(cls)

    assert "(scope, receive, send)" in str(caught.value)


def test_a_class_whose_objects_are_not_called_is_no_middleware(app):
    class Silent:
        def __init__(self, app): ...

    with pytest.raises(TypeError, match=r"Silent\(\) .* is no middleware"):
        app.add_middleware(Silent)


def test_middleware_without_callbacks_is_warned_about(app, caplog):
    class Misspelt(Middleware):
        async def before_dispach(self, req, res): ...

    class Derived(Misspelt):
        async def after_dispatch(self, req, res): ...

    app.add_middleware(Derived)
    app.add_middleware(Misspelt)

    (message,) = caplog.messages
    assert "Misspelt() " in message
    assert "does nothing: it has neither before_dispatch() nor" in message


def test_a_miss_is_an_error_like_others_whatever_was_set_before(app, client):
    ran = []

    class Early(Middleware):
        async def before_dispatch(self, req, res):
            res.json = {}
            res.set_cookie("kept", "yes")
            res.attachment = "forgotten.txt"
            res.background(ran.append, 1)

    app.add_middleware(Early)

    response = client.get("/nowhere")

    assert response.json() == {"error": "404 Not Found", "status": 404}
    assert response.headers["content-type"] == "application/json"
    assert response.cookies == {"kept": "yes"}
    assert "content-disposition" not in response.headers
    assert ran == []


async def failing():
    raise HTTPError(403)
    yield ""


@pytest.mark.parametrize("place", ["before", "after", "handler"])
def test_a_stream_that_fails_before_its_first_chunk_is_an_error(app, client, place):
    class Streams(Middleware):
        async def before_dispatch(self, req, res):
            if place != "before":
                return None
            res.stream(failing)
            return res

        async def after_dispatch(self, req, res):
            if place == "after":
                res.stream(failing)

    app.add_middleware(Streams)

    @app.error_handler(KeyError)
    async def answer(req, res, exc):
        res.stream(failing)

    @app.route("/")
    async def view(req, res):
        if place == "handler":
            raise KeyError

    response = client.get("/")

    assert response.json() == {"error": "403 Forbidden", "status": 403}
    assert response.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("late", [False, True])
def test_a_stream_that_fails_again_and_again_comes_to_an_end(app, late):
    tries = []

    @app.error_handler(HTTPError)
    async def answer(req, res, exc):
        @res.stream
        async def page():
            tries.append(exc)
            if late and len(tries) == 2:
                yield "a"
            raise ValueError("no page")
            yield ""

    configure(app, STATIC_DIR=None)
    with TestClient(app, raise_server_exceptions=False) as client:
        response = client.get("/")

    assert len(tries) == 2
    assert response.headers["x-frame-options"] == "DENY"
    assert response.text == ("a" if late else "500 Internal Server Error")


@pytest.mark.parametrize("fails", [False, True])
def test_the_method_that_middleware_gives_holds_also_when_it_fails(app, client, fails):
    class Asks(Middleware):
        async def before_dispatch(self, req, res):
            req.scope = {**req.scope, "method": "HEAD"}
            if fails:
                raise HTTPError(404)

    app.add_middleware(Asks)

    @app.route("/found")
    async def view(req, res):
        res.json = {}

    response = client.get("/found")

    assert response.status_code == (404 if fails else 200)
    assert response.content == b""


@pytest.mark.anyio
@pytest.mark.parametrize("place", ["middleware", "handler"])
async def test_an_answer_that_cannot_be_sent_is_not_tried_again(app, ask, place):
    class Fails:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            if place == "middleware":
                raise KeyError
            await self.app(scope, receive, send)

    app.add_middleware(Fails)

    @app.error_handler(KeyError)
    async def answer(req, res, exc):
        @res.stream
        async def page():
            raise ValueError("no page")
            yield ""

    @app.route("/")
    async def view(req, res):
        raise KeyError

    tries = []

    async def send(message):
        tries.append(message["type"])
        if len(tries) > 1:
            pytest.fail("it was tried again")
        raise OSError("gone")

    configure(app, STATIC_DIR=None)
    with pytest.raises(OSError, match="gone"):
        await app(ask().scope, ask()._receive, send)

    assert tries == ["http.response.start"]


def test_a_stream_of_a_handler_that_breaks_off_cannot_look_complete(app):
    async def breaking():
        yield "a"
        raise ValueError("too late")

    @app.error_handler(KeyError)
    async def answer(req, res, exc):
        res.stream(breaking)

    @app.route("/")
    async def view(req, res):
        raise KeyError

    configure(app, STATIC_DIR=None)
    with TestClient(app) as client, pytest.raises(ValueError, match="too late"):
        client.get("/")


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize(
    "condition", [{"range": "bytes=1-2"}, {"if-none-match": "*"}, {"range": "bytes=9-"}]
)
def test_content_in_place_of_a_file_has_not_the_status_of_the_file(
    app, client, tmp_path, status, condition
):
    class Replaces(Middleware):
        async def after_dispatch(self, req, res):
            res.text = "another"

    app.add_middleware(Replaces)
    path = tmp_path / "file.txt"
    path.write_text("text")

    @app.route("/")
    async def view(req, res):
        res.status_code = status
        res.file(path)

    response = client.get("/", headers=condition)

    assert (response.status_code, response.text) == (status, "another")
    assert "content-range" not in response.headers


def test_a_status_that_is_set_after_a_file_was_opened_holds(app, client, tmp_path):
    class Replaces(Middleware):
        async def after_dispatch(self, req, res):
            res.status_code = 410
            res.text = "another"

    app.add_middleware(Replaces)
    path = tmp_path / "file.txt"
    path.write_text("text")

    @app.route("/")
    async def view(req, res):
        res.file(path)

    response = client.get("/", headers={"range": "bytes=1-2"})

    assert (response.status_code, response.text) == (410, "another")


async def test_middleware_that_looks_for_a_disconnect_leaves_a_large_body_whole(app):
    class Looks(Middleware):
        async def before_dispatch(self, req, res):
            assert not await req.is_disconnected()

    app.add_middleware(Looks)

    @app.route("/", methods=["POST"], max_body_size=None)
    async def size(req, res):
        res.json = len(await req.body())

    configure(app, static_dir=None, max_body_size=10)
    parts = [b"x" * 6] * 5
    sent = []

    async def receive():
        if not parts:
            await asyncio.Event().wait()
        body = parts.pop()
        return {"type": "http.request", "body": body, "more_body": bool(parts)}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    async with asyncio.timeout(5):
        await app(scope, receive, send)

    assert sent[1]["body"] == b"30"


@pytest.mark.parametrize(("size", "status"), [(10, 200), (11, 413)])
def test_the_limit_of_a_route_holds_for_what_middleware_has_read(
    app, client, size, status
):
    class Reads(Middleware):
        async def before_dispatch(self, req, res):
            assert len(await req.body()) == size

    app.add_middleware(Reads)

    @app.route("/read", methods=["POST"], max_body_size=10)
    async def read(req, res):
        res.json = [len(await req.body()), len(await req.body())]

    @app.route("/unread", methods=["POST"], max_body_size=10)
    async def unread(req, res): ...

    response = client.post("/read", content=iter([b"x" * 5, b"x" * (size - 5)]))

    assert response.status_code == status
    assert ("max_body_size" in response.text) is (status == 413)
    assert client.post("/unread", content=b"x" * size).status_code == 200


@pytest.mark.parametrize(
    ("change", "body", "kind"),
    [
        (lambda res: None, b'{"a":1}', JSON),
        (lambda res: setattr(res, "json", [res.json]), b'[{"a":1}]', JSON),
        (lambda res: setattr(res, "json", None), b"null", JSON),
        (lambda res: setattr(res, "text", "x"), b"x", TEXT),
        (lambda res: setattr(res, "content", b""), b"", TEXT),
        (lambda res: res.reset(), b"", ""),
    ],
)
def test_after_dispatch_may_change_json(app, client, change, body, kind):
    class Changes(Middleware):
        async def after_dispatch(self, req, res):
            assert (res.json, res.content) == ({"a": 1}, b'{"a":1}')
            change(res)

    app.add_middleware(Changes)

    @app.route("/")
    async def view(req, res):
        res.json = {"a": 1}

    response = client.get("/")

    assert response.content == body
    assert response.headers.get("content-type", "") == kind
    assert response.headers["content-length"] == str(len(body))


def test_what_a_view_set_is_gone_when_after_dispatch_fails(app, client):
    class Fails(Middleware):
        async def after_dispatch(self, req, res):
            raise LookupError

    app.add_middleware(Fails)

    @app.error_handler(LookupError)
    async def no_content(req, res, exc):
        res.status_code = 202

    @app.route("/")
    async def view(req, res):
        res.json = {"a": 1}

    response = client.get("/")

    assert (response.status_code, response.content) == (202, b"")
    assert "content-type" not in response.headers


@pytest.mark.parametrize("fails", [True, False])
def test_what_middleware_makes_of_a_stream_is_sent_and_providers_clean_up(
    app, client, store, fails
):
    log = []

    class Changes(Middleware):
        async def after_dispatch(self, req, res):
            if fails:
                raise KeyError
            res.text = "another"

    app.add_middleware(Changes)

    @store.provider
    async def resource():
        yield
        log.append("cleaned up")

    @app.route("/")
    async def view(req, res, resource):
        @res.stream
        async def chunks():
            yield "a stream"

    response = client.get("/")

    assert response.status_code == (500 if fails else 200)
    assert "a stream" not in response.text
    assert fails or response.text == "another"
    assert log == ["cleaned up"]


def layer(log, name, before, after):
    """A class that has of the two callbacks what is asked for, and tells its calls."""

    async def before_dispatch(self, req, res):
        log.append(f"before {name}")
        if before == "raises":
            raise LookupError
        return res if before == "ends" else None

    async def after_dispatch(self, req, res):
        log.append(f"after {name}")

    callbacks = {"before_dispatch": before_dispatch} if before else {}
    if after:
        callbacks["after_dispatch"] = after_dispatch
    return type("Layer", (Middleware,), callbacks)


def calls_of(layers, path):
    """What the contract says of layers, from the inside out, for a request."""
    calls = []
    entered = []
    for name, (before, after) in reversed([*enumerate(layers)]):
        if before:
            calls.append(f"before {name}")
        if before in ("ends", "raises"):
            break
        entered.append((name, after))
    else:
        calls += ["view"] * (path == "/")
    return calls + [f"after {name}" for name, after in reversed(entered) if after]


@given(
    st.lists(
        st.tuples(st.sampled_from([None, "passes", "ends", "raises"]), st.booleans()),
        max_size=5,
    ),
    st.sampled_from(["/", "/missing"]),
)
def test_each_layer_is_called_for_what_it_has(layers, path):
    log = []
    app = App(providers=Store())
    configure(app, STATIC_DIR=None)
    for name, (before, after) in enumerate(layers):
        app.add_middleware(layer(log, name, before, after))

    @app.error_handler(LookupError)
    async def handled(req, res, exc):
        res.status_code = 418

    @app.route("/")
    async def view(req, res):
        log.append("view")

    with TestClient(app) as client:
        client.get(path)

    assert log == calls_of(layers, path)


def test_a_callback_of_an_instance_is_its_own(app, client):
    class Marks(Middleware):
        def __init__(self, inner):
            super().__init__(inner)
            self.after_dispatch = self.mark

        async def mark(self, req, res):
            res.headers["x-marked"] = "yes"

    app.add_middleware(Marks)

    assert client.get("/").headers["x-marked"] == "yes"


def test_what_the_base_has_may_be_called(app, client):
    class Marks(Middleware):
        async def before_dispatch(self, req, res):
            res.headers["x-marked"] = "yes"
            return await super().before_dispatch(req, res)

        async def after_dispatch(self, req, res):
            await super().after_dispatch(req, res)
            res.text = f"{res.text}, world"

    app.add_middleware(Marks)

    @app.route("/")
    async def view(req, res):
        res.text = "Hello"

    response = client.get("/")

    assert (response.text, response.headers["x-marked"]) == ("Hello, world", "yes")


@pytest.mark.parametrize("outermost", [LookupError, KeyError])
def test_one_after_dispatch_that_fails_keeps_no_other_from_running(
    app, client, outermost
):
    log = []

    def failing(name, error):
        async def after_dispatch(self, req, res):
            log.append(name)
            raise error

        return type(name, (Middleware,), {"after_dispatch": after_dispatch})

    app.add_middleware(failing("Innermost", LookupError))
    app.add_middleware(failing("Between", LookupError))
    app.add_middleware(failing("Outermost", outermost))

    @app.error_handler(LookupError)
    async def handled(req, res, exc):
        if type(exc) is not LookupError:
            raise exc
        res.status_code = 418

    status = client.get("/").status_code

    assert log == ["Innermost", "Between", "Outermost"]
    assert status == (418 if outermost is LookupError else 500)


@pytest.mark.parametrize(("value", "status"), [(1, 200), (object(), 500)])
def test_what_follows_an_after_dispatch_that_failed_may_set_json(
    app, client, value, status
):
    class Sets(Middleware):
        async def after_dispatch(self, req, res):
            res.json = value

    class Fails(Middleware):
        async def after_dispatch(self, req, res):
            raise LookupError

    app.add_middleware(Fails)
    app.add_middleware(Sets)

    @app.error_handler(LookupError)
    async def handled(req, res, exc):
        res.text = "failed"

    response = client.get("/")

    assert response.status_code == status
    assert response.headers["content-type"] == JSON
