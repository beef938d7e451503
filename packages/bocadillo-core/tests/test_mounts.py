"""Other apps below a prefix: what they see, and what is seen of them."""

from functools import partial

import pytest

from bocadillo import App, ClientDisconnect, Response, Router
from bocadillo.errors import RouteError
from bocadillo.mounts import below, from_wsgi, is_wsgi, mounted, with_defaults

pytestmark = pytest.mark.anyio


async def asgi(scope, receive, send): ...


def wsgi(environ, start_response): ...


class AsgiApp:
    async def __call__(self, scope, receive, send): ...


class WsgiApp:
    def __call__(self, environ, start_response): ...


@pytest.mark.parametrize(
    ("app", "told"),
    [
        (asgi, False),
        (AsgiApp(), False),
        (AsgiApp().__call__, False),
        (wsgi, True),
        (WsgiApp(), True),
        (partial(lambda site, environ, start_response: [], "site"), True),
    ],
)
async def test_the_kind_of_an_app_is_told_by_what_it_takes(app, told):
    assert is_wsgi(app) is told


@pytest.mark.parametrize(
    ("app", "problem"),
    [
        (3, "Cannot mount 3: it is not callable."),
        (Router(), "it is not callable. Write `include_router(router, prefix=...)`."),
        (App, "): it is a class, so give an instance of it."),
        (lambda scope: None, "it takes 1 arguments, while an ASGI app takes 3"),
        (lambda *args: None, "Say wsgi=True or wsgi=False if you know"),
    ],
)
async def test_what_is_neither_is_refused(app, problem):
    with pytest.raises(RouteError) as caught:
        is_wsgi(app)

    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("path", "root_path", "seen"),
    [
        ("/m/x", "", ("/m/x", "/m")),
        ("/root/m/x", "/root", ("/root/m/x", "/root/m")),
        ("/m/x", "/root", ("/root/m/x", "/root/m")),
        ("/m/m/x", "/m", ("/m/m/x", "/m/m")),
    ],
)
async def test_the_root_grows_and_the_path_stays_whole(path, root_path, seen):
    scope = below({"path": path, "root_path": root_path}, "/m")

    assert (scope["path"], scope["root_path"]) == seen


async def test_defaults_are_added_unless_they_are_there():
    message = {"type": "http.response.start", "headers": [(b"X-A", b"mine")]}

    changed = with_defaults(message, [(b"x-a", b"1"), (b"x-b", b"2")])

    assert changed["headers"] == [(b"X-A", b"mine"), (b"x-b", b"2")]
    assert len(message["headers"]) == 1
    assert with_defaults({"status": 200}, [(b"x-b", b"2")])["headers"]


@pytest.mark.parametrize("name", [b"x-a", b"X-A", b"x-b"])
async def test_the_headers_of_a_foreign_app_are_any_iterable(name):
    message = {"headers": ([name, value] for value in (b"1", b"2"))}

    changed = with_defaults(message, [(b"x-a", b"default")])

    added = [] if name.lower() == b"x-a" else [(b"x-a", b"default")]
    assert [*changed["headers"]] == [[name, b"1"], [name, b"2"], *added]


async def answer(scope, receive, send):
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 201, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def test_a_request_is_handed_over_with_a_body_that_was_read(ask):
    request = ask(b"a", b"b", path="/m/x")
    assert await request.body() == b"ab"
    res = Response(request)

    await mounted(answer, "/m", [(b"x-a", b"1")])(request, res)

    start, body = request.sent
    assert (start["status"], start["headers"]) == (201, [(b"x-a", b"1")])
    assert body["body"] == b"ab"
    assert res.started


@pytest.mark.parametrize("parts", [[b"a=1"], [b"a", b"=1"]])
async def test_a_body_that_was_streamed_is_not_waited_for(ask, caplog, parts):
    kind = ("content-type", "application/x-www-form-urlencoded")
    request = ask(*parts, path="/m/x", headers=[kind, ("x-request-id", "r1")])
    assert (await request.form())["a"] == "1"

    await mounted(answer, "/m", [])(request, Response(request))

    assert request.sent[1]["body"] == b""
    assert "app mounted at '/m' gets no body of request r1" in caplog.text


async def test_a_mounted_app_has_its_own_state_while_it_serves(ask):
    seen = {}

    async def app(scope, receive, send):
        seen.update(scope["state"])
        scope["state"]["added"] = True
        await answer(scope, receive, send)

    request = ask(b"", path="/m/x", state={"pool": "ours", "user": 1})

    await mounted(app, "/m", [], {"pool": "theirs"})(request, Response(request))

    assert seen == {"pool": "theirs", "user": 1}
    assert request.scope["state"] == {"pool": "ours", "user": 1, "added": True}


async def test_a_mounted_app_has_its_state_where_the_server_knows_none(ask):
    request = ask(b"", path="/m/x")

    await mounted(answer, "/m", [], {"pool": 3})(request, Response(request))

    assert request.scope["state"] == {"pool": 3}


async def test_an_app_that_does_not_answer_is_named(ask):
    request = ask(path="/m/x")

    with pytest.raises(RuntimeError, match="mounted at '/m' did not respond"):
        await mounted(asgi, "/m", [])(request, Response(request))


async def test_nobody_is_there_to_be_answered(ask):
    async def app(scope, receive, send):
        assert (await receive())["type"] == "http.disconnect"

    request = ask({"type": "http.disconnect"}, path="/m/x")

    with pytest.raises(ClientDisconnect):
        await mounted(app, "/m", [])(request, Response(request))


async def test_an_exception_before_the_answer_is_the_apps_own(ask):
    async def app(scope, receive, send):
        raise TypeError("own")

    request = ask(path="/m/x")
    res = Response(request)

    with pytest.raises(TypeError, match="own"):
        await mounted(app, "/m", [])(request, res)
    assert not res.started


async def test_a_wsgi_app_takes_no_part_of_a_body_for_the_whole(ask):
    read = []

    def app(environ, start_response):
        read.append(environ["wsgi.input"].read())

    left = {"type": "http.disconnect"}
    request = ask(b"half", left, method="POST", path="/m/x", server=None)

    with pytest.raises(ClientDisconnect):
        await mounted(from_wsgi(app), "/m", [])(request, Response(request))

    assert read == []


async def test_a_wsgi_app_gets_no_names_with_underscores(ask):
    def app(environ, start_response):
        start_response("200 OK", [])
        return [environ.get("HTTP_X_FORWARDED_FOR", "nobody").encode()]

    request = ask(
        path="/m/x",
        server=("localhost", 80),
        headers=[("x_forwarded_for", "evil"), ("X-Forwarded_For", "evil")],
    )

    await mounted(from_wsgi(app), "/m", [])(request, Response(request))

    assert b"".join(it.get("body", b"") for it in request.sent[1:]) == b"nobody"
