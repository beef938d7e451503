"""The value of one `Set-Cookie`."""

import re
from datetime import UTC, datetime, timedelta, timezone
from http.cookies import SimpleCookie

import pytest

from bocadillo.cookies import format_cookie, must_be_secure

DEFAULTS = {
    "max_age": None,
    "expires": None,
    "path": "/",
    "domain": None,
    "secure": False,
    "httponly": True,
    "samesite": "lax",
    "partitioned": False,
}


def cookie(name="a", value="b", **options):
    return format_cookie(name, value, **DEFAULTS | options)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "a=b; Path=/; HttpOnly; SameSite=Lax"),
        ({"httponly": False, "samesite": None, "path": None}, "a=b"),
        ({"secure": True}, "a=b; Path=/; Secure; HttpOnly; SameSite=Lax"),
        ({"samesite": "STRICT"}, "a=b; Path=/; HttpOnly; SameSite=Strict"),
        ({"max_age": 5}, "a=b; Max-Age=5; Path=/; HttpOnly; SameSite=Lax"),
        (
            {"max_age": timedelta(minutes=1)},
            "a=b; Max-Age=60; Path=/; HttpOnly; SameSite=Lax",
        ),
        (
            {"domain": "example.com", "path": "/x y"},
            "a=b; Domain=example.com; Path=/x y; HttpOnly; SameSite=Lax",
        ),
        (
            {"secure": True, "samesite": "none", "partitioned": True},
            "a=b; Path=/; Secure; HttpOnly; SameSite=None; Partitioned",
        ),
    ],
)
def test_a_cookie_is_written(options, text):
    assert cookie(**options) == text


@pytest.mark.parametrize(
    "expires",
    [
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001 - counts as UTC
        datetime(2026, 1, 2, 5, 4, 5, tzinfo=timezone(timedelta(hours=2))),
        "Fri, 02 Jan 2026 03:04:05 GMT",
    ],
)
def test_a_date_is_written_as_http_writes_it(expires):
    assert "; Expires=Fri, 02 Jan 2026 03:04:05 GMT;" in cookie(expires=expires)


@pytest.mark.parametrize("expires", [0, timedelta(0)])
def test_seconds_count_from_now(expires):
    before = datetime.now(UTC).replace(microsecond=0)
    text = cookie(expires=expires).split("; ")[1].removeprefix("Expires=")
    moment = datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)

    assert before <= moment <= datetime.now(UTC)


@pytest.mark.parametrize("value", ["b", "", "a b", 'a"b', "a;b", "a,b", "é", "a\\b"])
def test_a_value_is_read_back(value):
    parsed = SimpleCookie(cookie(value=value).partition("; Path")[0])

    assert parsed["a"].value == value


@pytest.mark.parametrize(
    ("name", "value", "options", "problem"),
    [
        ("", "b", {}, "cannot be a cookie name"),
        ("a b", "b", {}, "cannot be a cookie name"),
        ("a=", "b", {}, "cannot be a cookie name"),
        ("a\r\n", "b", {}, "cannot be a cookie name"),
        ("a", "b\r\nx: y", {}, "holds control characters"),
        ("a", "b\0", {}, "holds control characters"),
        ("a", "€", {}, "outside latin-1"),
        ("a", "b", {"path": "/;x"}, "The path of cookie 'a'"),
        ("a", "b", {"path": "/é"}, "The path of cookie 'a'"),
        ("a", "b", {"domain": "a\n"}, "The domain of cookie 'a'"),
        ("a", "b", {"expires": "a;b"}, "The expires of cookie 'a'"),
        ("a", "b", {"expires": 10**20}, "No date is so far away"),
        ("a", "b", {"samesite": "some"}, "'lax', 'strict', 'none' or None"),
        ("a", "b", {"samesite": "none"}, "so it must be secure"),
        ("a", "b", {"partitioned": True}, "so it must be secure"),
        ("__Secure-a", "b", {}, "must be secure, as its name says"),
        ("__host-a", "b", {}, "must be secure, as its name says"),
        ("__Host-a", "b", {"secure": True, "path": "/x"}, "must have path='/' and"),
        ("__Host-a", "b", {"secure": True, "path": None}, "must have path='/' and"),
        ("__Host-a", "b", {"secure": True, "domain": "a.b"}, "and no domain"),
    ],
)
def test_what_browsers_drop_or_could_misread_is_refused(name, value, options, problem):
    with pytest.raises(ValueError, match=re.escape(problem)):
        cookie(name, value, **options)


@pytest.mark.parametrize(("name", "value"), [(3, "b"), ("a", 3), ("a", None)])
def test_what_is_no_text_is_refused(name, value):
    with pytest.raises(TypeError, match="must be a str"):
        cookie(name, value)


@pytest.mark.parametrize(
    ("name", "samesite", "partitioned", "secure"),
    [
        ("a", "lax", False, False),
        ("a", None, False, False),
        ("a", "None", False, True),
        ("a", "lax", True, True),
        ("__HOST-a", "lax", False, True),
        ("__Secure-a", "lax", False, True),
    ],
)
def test_some_cookies_are_dropped_unless_secure(name, samesite, partitioned, secure):
    assert must_be_secure(name, samesite, partitioned=partitioned) is secure
