"""What users raise, and what it says."""

from http import HTTPStatus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import URL

from bocadillo.errors import (
    ClientDisconnect,
    ClientLeft,
    ConfigurationError,
    ExpectedAsync,
    HTTPError,
    Outcome,
    ParameterError,
    Redirect,
    RouteError,
    UnknownSetting,
    WebSocketDisconnect,
    status_phrase,
)


@pytest.mark.parametrize("status", [404, HTTPStatus.NOT_FOUND])
def test_an_error_has_code_phrase_and_title(status):
    error = HTTPError(status)

    assert (error.status_code, error.status_phrase) == (404, "Not Found")
    assert type(error.status_code) is int
    assert error.title == str(error) == "404 Not Found"
    assert repr(error) == "HTTPError(404, detail='')"


@pytest.mark.parametrize(
    ("status", "phrase"),
    [
        (413, "Content Too Large"),
        (414, "URI Too Long"),
        (416, "Range Not Satisfiable"),
        (422, "Unprocessable Content"),
        (418, "I'm a Teapot"),
    ],
)
def test_phrases_are_those_of_rfc_9110_on_every_python(status, phrase):
    assert status_phrase(status).lower() == phrase.lower()


def test_the_title_of_an_unknown_code_is_the_number():
    assert HTTPError(499).title == "499"
    assert HTTPError(499).as_json() == {"error": "499", "status": 499}


@pytest.mark.parametrize("status", ["404", 404.0, None, True, 99, 600, 0, -1, 10**9])
def test_another_status_is_a_type_error(status):
    with pytest.raises(TypeError, match="int or HTTPStatus between 100 and 599, not"):
        HTTPError(status)


@pytest.mark.parametrize("status", [100, 599])
def test_the_first_and_the_last_status_are_fine(status):
    assert HTTPError(status).status_code == status


@pytest.mark.parametrize("detail", ["No.", {"pk": "Must be a number."}, ["a", "b"]])
def test_the_detail_is_in_the_body(detail):
    assert HTTPError(400, detail).as_json() == {
        "error": "400 Bad Request",
        "status": 400,
        "detail": detail,
    }


def test_an_empty_detail_is_left_out():
    assert HTTPError(400, detail="").as_json() == {
        "error": "400 Bad Request",
        "status": 400,
    }


def test_an_error_has_headers_of_its_own():
    headers = {"retry-after": "3"}
    error = HTTPError(503, headers=headers)
    headers.clear()

    assert error.headers == {"retry-after": "3"}


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"x-a": "a\r\nx-b: b"}, ValueError),
        ({"x-a\n": "a"}, ValueError),
        ({"x-a": "\0"}, ValueError),
        ({"x-a": "€"}, ValueError),
        ({"x a": "a"}, ValueError),
        ({"connection": "close"}, ValueError),
        ({"transfer-encoding": "gzip"}, ValueError),
        ({"content-length": "few"}, ValueError),
        ({"retry-after": 5}, TypeError),
    ],
)
def test_headers_of_an_error_are_checked_where_they_are_written(headers, kind):
    with pytest.raises(kind):
        HTTPError(400, headers=headers)


@pytest.mark.parametrize(
    ("options", "status"),
    [({}, 302), ({"permanent": True}, 301), ({"status_code": 303}, 303)],
)
def test_a_redirect_has_a_status(options, status):
    assert Redirect("/login", **options).status_code == status


@pytest.mark.parametrize("status", [200, 300, 304, 404])
def test_a_redirect_needs_a_redirecting_status(status):
    with pytest.raises(ValueError, match="use 301, 302, 303, 307 or 308"):
        Redirect("/", status_code=status)


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("/a?b=c#d", "/a?b=c#d"),
        ("next", "next"),
        ("?page=2", "?page=2"),
        ("https://example.com/a", "https://example.com/a"),
        ("//example.com/a", "//example.com/a"),
        (" /a ", "/a"),
        ("/a b", "/a%20b"),
        ("/a%20b", "/a%20b"),
        ("/café", "/caf%C3%A9"),
        ("http://bücher.example/ü", "http://xn--bcher-kva.example/%C3%BC"),
        (r"/\evil.example", "/%5Cevil.example"),
        (URL("http://example.com/a"), "http://example.com/a"),
    ],
)
def test_a_redirect_leads_to_a_url(url, location):
    assert Redirect(url).url == location


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "ftp://example.com",
        "mailto:a@example.com",
    ],
)
def test_a_redirect_leads_to_no_other_scheme(url):
    with pytest.raises(ValueError, match="only http, https and relative URLs"):
        Redirect(url)


CONTROLS = ["/a\r\nx: y", "/a\n", "java\tscript:a", "/\0", "/\x7f"]


@pytest.mark.parametrize("url", CONTROLS)
def test_a_redirect_holds_no_control_characters(url):
    with pytest.raises(ValueError, match="control characters"):
        Redirect(url)


@pytest.mark.parametrize("url", ["http://[::1", "http://[x]/"])
def test_a_redirect_to_no_url_is_an_error(url):
    with pytest.raises(ValueError, match="Cannot redirect to"):
        Redirect(url)


@pytest.mark.parametrize("url", [None, b"/a", 3])
def test_a_redirect_needs_text(url):
    with pytest.raises(TypeError, match="a URL is a str"):
        Redirect(url)


@given(st.text(max_size=40))
@settings(max_examples=80)
def test_a_redirect_is_plain_ascii_or_refused(text):
    try:
        url = Redirect(text).url
    except ValueError:
        return
    assert url.isascii()
    assert not any(character.isspace() or ord(character) < 33 for character in url)


def test_mistakes_are_of_the_types_that_python_would_raise():
    assert issubclass(RouteError, TypeError)
    assert issubclass(ParameterError, TypeError)
    assert issubclass(ExpectedAsync, TypeError)
    assert issubclass(UnknownSetting, (AttributeError, KeyError))
    assert str(UnknownSetting("There is no setting 'X'.")) == "There is no setting 'X'."


def test_outcomes_are_no_mistakes():
    assert issubclass(HTTPError, Outcome)
    assert issubclass(Redirect, Outcome)
    assert not issubclass(Outcome, ConfigurationError)


def test_a_client_that_left_is_gone_in_both_vocabularies():
    error = ClientLeft(1006, "")

    assert isinstance(error, WebSocketDisconnect)
    assert isinstance(error, ClientDisconnect)
    assert error.code == 1006
