"""From an exception to a response."""

import gc
import weakref
from contextlib import suppress

import pytest
from starlette.exceptions import HTTPException

from bocadillo import ClientDisconnect, HTTPError, Redirect, configure
from bocadillo.error_handlers import error_to_text
from bocadillo.recovery import Recovery

pytestmark = pytest.mark.anyio


class Base(Exception): ...


class Child(Base): ...


def answers(text):
    async def handler(req, res, exc):
        res.text = f"{text} {type(exc).__name__}"

    return handler


def raises(error):
    async def handler(req, res, exc):
        raise error

    return handler


async def passes_on(req, res, exc):
    raise exc


@pytest.fixture
def recovered(res):
    """Recover an exception with some handlers; what nobody took is returned."""

    async def recover(exc, *tables, debug=None):
        return await Recovery(tables, debug)(res.request, res, exc)

    return recover


@pytest.mark.parametrize(
    ("handlers", "text"),
    [
        ({Base: answers("base")}, "base Child"),
        ({Base: answers("base"), Child: answers("child")}, "child Child"),
        ({Child: answers("child"), Base: answers("base")}, "child Child"),
        ({Exception: answers("any")}, "any Child"),
        ({Child: passes_on, Exception: answers("any")}, "any Child"),
        ({Child: raises(Base()), Base: answers("base")}, "base Base"),
    ],
)
async def test_the_nearest_class_wins_and_may_pass_on(recovered, res, handlers, text):
    assert await recovered(Child(), handlers) is None

    assert res.text == text


async def test_a_routers_own_handler_comes_first(recovered, res):
    await recovered(Base(), {Base: answers("router")}, {Base: answers("app")})
    assert res.text == "router Base"

    await recovered(Base(), {Base: passes_on}, {Base: answers("app")})
    assert res.text == "app Base"


async def test_the_nearest_class_wins_over_the_nearest_router(recovered, res):
    await recovered(Child(), {Base: answers("router")}, {Child: answers("app")})

    assert res.text == "app Child"


async def test_what_nobody_takes_is_a_500_in_the_format_of_the_app(recovered, res):
    error = Base("secret")

    assert await recovered(error, {HTTPError: error_to_text}) is error
    assert (res.status_code, res.text) == (500, "500 Internal Server Error")


async def test_handlers_that_raise_for_each_other_come_to_an_end(recovered, res):
    error = Base()
    loop = {Base: raises(KeyError("a")), KeyError: raises(error)}

    assert await recovered(error, loop) is error
    assert res.status_code == 500
    assert res.json == {"error": "500 Internal Server Error", "status": 500}


async def test_a_format_that_fails_is_told_and_answered_plainly(recovered, res, caplog):
    error = Base()

    assert await recovered(error, {HTTPError: raises(KeyError("format"))}) is error
    assert (res.status_code, res.text) == (500, "500 Internal Server Error")
    assert "An error handler failed" in caplog.text
    assert "KeyError: 'format'" in caplog.text


async def test_a_format_may_pass_on_to_the_built_in_one(recovered, res, caplog):
    await recovered(Base(), {HTTPError: passes_on, Exception: passes_on})

    assert res.json == {"error": "500 Internal Server Error", "status": 500}
    assert caplog.text == ""


async def test_an_error_has_status_and_headers_before_its_handler_runs(recovered, res):
    async def handler(req, res, exc):
        res.text = f"{res.status_code} {res.headers['retry-after']}"

    await recovered(HTTPError(503, headers={"retry-after": "3"}), {HTTPError: handler})

    assert (res.status_code, res.text) == (503, "503 3")


async def test_content_is_forgotten_and_cookies_are_kept(recovered, res):
    res.set_cookie("a", "b")
    res.html = "half a page"
    res.status_code = 201
    await recovered(HTTPError(404))

    assert res.status_code == 404
    assert res.headers["content-type"] == "application/json"
    assert "set-cookie" in res.headers


async def test_tasks_are_for_what_went_well(recovered, res):
    res.background(print)
    await recovered(Redirect("/"))
    assert len(res._background) == 1
    assert (res.status_code, res.headers["location"]) == (302, "/")

    await recovered(HTTPError(404))
    assert res._background == ()


async def test_nothing_is_changed_once_headers_went_out(recovered, res):
    res.text = "begun"
    res.started = True
    error = HTTPError(404)

    assert await recovered(error) is error
    assert (res.status_code, res.text) == (200, "begun")
    assert await recovered(ClientDisconnect()) is None


async def test_nobody_is_there_to_be_answered(recovered, res):
    assert await recovered(ClientDisconnect()) is None

    assert res.started


async def test_an_object_that_a_handler_cannot_send_is_an_error_too(recovered, res):
    async def handler(req, res, exc):
        res.json = object()

    async def told(req, res, exc):
        res.text = str(exc)

    await recovered(Base(), {Base: handler, TypeError: told})

    assert "object" in res.text


async def test_a_page_may_be_shown_of_what_nobody_took(recovered, res):
    error = Base("x")

    assert await recovered(error, debug=lambda req, exc: f"<p>{exc}") is error
    assert (res.status_code, res.content) == (500, b"<p>x")

    await recovered(error, debug=lambda req, exc: None)
    assert res.json["status"] == 500

    await recovered(HTTPError(404), debug=lambda req, exc: "never")
    assert res.json["status"] == 404


async def test_an_error_of_starlette_is_answered_as_ours(recovered, res):
    await recovered(HTTPException(418, "tea", headers={"x-pot": "1"}))

    assert (res.status_code, res.headers["x-pot"]) == (418, "1")
    assert res.json["detail"] == "tea"


@pytest.mark.parametrize("answer", [{"a": 1}, "text", False])
async def test_what_a_handler_returns_is_not_lost_in_silence(recovered, answer):
    async def handler(req, res, exc):
        return answer

    unhandled = await recovered(Base(), {Base: handler})

    assert isinstance(unhandled, TypeError)
    assert "Error handler handler() (" in str(unhandled)
    assert f") returned {type(answer).__name__}, but it answers by" in str(unhandled)


async def test_a_handler_may_return_its_response(recovered, res):
    async def handler(req, res, exc):
        res.text = "mine"
        return res

    assert await recovered(Base(), {Base: handler}) is None
    assert res.text == "mine"


async def test_a_request_that_fails_is_gone_with_its_exception(app, ask):
    asked = []

    @app.route("/")
    async def view(req, res):
        asked.append(weakref.ref(req))
        raise ZeroDivisionError

    configure(app, STATIC_DIR=None)
    request = ask()

    gc.disable()
    try:
        with suppress(ZeroDivisionError):
            await app(request.scope, request._receive, request._send)
        assert [it() for it in asked] == [None]
    finally:
        gc.enable()
