"""The formats of errors."""

import asyncio

import pytest

from bocadillo import ExpectedAsync, HTTPError, Redirect
from bocadillo.error_handlers import (
    checked_handler,
    error_to_html,
    error_to_json,
    error_to_text,
    redirect,
)

pytestmark = pytest.mark.anyio


async def handler(req, res, exc): ...


@pytest.mark.parametrize(
    "exception",
    [BaseException, KeyboardInterrupt, asyncio.CancelledError, 3, ValueError()],
)
def test_only_exceptions_are_handled(exception):
    with pytest.raises(TypeError, match="for a subclass of Exception, not"):
        checked_handler(exception, handler)


def test_a_handler_of_a_status_says_what_to_handle():
    with pytest.raises(TypeError, match=r"not 404\. For a status, handle HTTPError"):
        checked_handler(404, handler)


def test_a_handler_is_async():
    assert checked_handler(ValueError, handler) is handler

    with pytest.raises(ExpectedAsync, match=r"Error handler print\(\).* is not async"):
        checked_handler(ValueError, print)


async def without_exception(req, res): ...


async def with_more(req, res, exc, user): ...


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (without_exception, "too many positional arguments"),
        (with_more, "missing a required argument: 'user'"),
    ],
)
def test_a_handler_takes_request_response_and_exception(wrong, problem):
    name = wrong.__name__
    with pytest.raises(TypeError, match=rf"handler {name}\(\) .* take .*: {problem}"):
        checked_handler(ValueError, wrong)


async def yielding(req, res, exc):
    yield


def test_a_handler_does_not_yield():
    with pytest.raises(ExpectedAsync, match=r"handler yielding\(\) .* yields, so call"):
        checked_handler(ValueError, yielding)


@pytest.mark.parametrize("nothing", [None, 3, "handler"])
def test_what_nobody_can_call_handles_nothing(nothing):
    with pytest.raises(ExpectedAsync, match=f"Error handler {nothing!r} is not async"):
        checked_handler(ValueError, nothing)


@pytest.mark.parametrize("detail", ["", "<b>", {"pk": "<b>"}])
async def test_json_is_the_error_itself(res, detail):
    error = HTTPError(404, detail)
    await error_to_json(res.request, res, error)

    assert res.json == error.as_json()


@pytest.mark.parametrize(
    ("detail", "text"),
    [("", ""), ("<b>", "\n<b>"), ({"pk": "<b>"}, '\n{"pk":"<b>"}')],
)
async def test_text_is_the_title_and_the_detail(res, detail, text):
    await error_to_text(res.request, res, HTTPError(404, detail))

    assert res.text == f"404 Not Found{text}"
    assert res.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("detail", "html"),
    [
        ("", ""),
        ("<b>", "<p>&lt;b&gt;</p>"),
        ({"pk": "<b>"}, "<p>{&quot;pk&quot;:&quot;&lt;b&gt;&quot;}</p>"),
    ],
)
async def test_html_is_escaped(res, detail, html):
    await error_to_html(res.request, res, HTTPError(404, detail))

    assert f"<h1>404 Not Found</h1>{html}</body>" in res.html
    assert res.headers["content-type"] == "text/html; charset=utf-8"


async def test_a_redirect_has_a_place(res):
    await redirect(res.request, res, Redirect("/a b", status_code=303))

    assert (res.status_code, res.headers["location"]) == (303, "/a%20b")
