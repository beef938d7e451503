import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo.errors import SettingsError
from bocadillo.origins import may_connect, parse_origin, parse_origins


def scope(*origins, host="example.com", scheme="ws"):
    headers = [(b"accept", b"*/*")]
    headers += [(b"origin", origin.encode("latin-1")) for origin in origins]
    if host is not None:
        headers.insert(0, (b"host", host.encode("latin-1")))
    return {"scheme": scheme, "headers": headers}


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://example.com", "https://example.com"),
        ("HTTPS://Example.COM", "https://example.com"),
        ("https://example.com:443", "https://example.com"),
        ("http://example.com:80", "http://example.com"),
        ("http://example.com:443", "http://example.com:443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("chrome-extension://abc", "chrome-extension://abc"),
    ],
)
def test_an_origin_has_one_form(text, origin):
    assert parse_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "*",
        "example.com",
        "//example.com",
        "https://",
        "https://example.com/",
        "https://example.com/path",
        "https://ada@example.com",
        "https://example.com:port",
        "https://example.com:123456",
        "https://example.com#x",
        "https://example.com?x",
        "https://a\\b",
        "https://a b",
        "https://example.com\n",
        "https://[::1",
    ],
)
def test_what_is_no_origin_has_none(text):
    assert parse_origin(text) is None


@given(st.text(max_size=50))
def test_whatever_a_client_says_is_an_origin_or_not(text):
    origin = parse_origin(text)

    assert origin is None or parse_origin(origin) == origin


def test_settings_are_put_into_one_form():
    assert parse_origins(["*", "HTTPS://A.example:443"]) == {"*", "https://a.example"}


@pytest.mark.parametrize("text", ["example.com", "https://example.com/", "null"])
def test_a_setting_that_could_never_match_is_refused(text):
    with pytest.raises(SettingsError, match=r"write scheme, host and port") as caught:
        parse_origins([text])
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", ["https://*.example.com", "*.example.com"])
def test_a_pattern_that_would_be_compared_as_a_whole_is_refused(text):
    with pytest.raises(SettingsError, match="list each of them") as caught:
        parse_origins([text], name="CSRF_TRUSTED_ORIGINS")
    assert f"CSRF_TRUSTED_ORIGINS holds {text!r}" in str(caught.value)


SAME = [
    ("http://example.com", "example.com", "ws"),
    ("http://EXAMPLE.com:80", "Example.com", "ws"),
    ("http://example.com:8000", "example.com:8000", "ws"),
    ("http://[::1]:8000", "[::1]:8000", "ws"),
    ("https://example.com", "example.com", "wss"),
    ("https://example.com", "example.com:443", "wss"),
    ("https://example.com", "example.com", "ws"),  # behind a proxy
]


@pytest.mark.parametrize(("origin", "host", "scheme"), SAME)
def test_the_same_origin_always_may_connect(origin, host, scheme):
    connecting = scope(origin, host=host, scheme=scheme)

    assert may_connect(connecting, frozenset())
    assert may_connect(connecting, frozenset(["https://other.example"]))


FOREIGN = [
    ("https://evil.example", "example.com", "ws"),
    ("https://example.com.evil.example", "example.com", "ws"),
    ("https://sub.example.com", "example.com", "ws"),
    ("https://xexample.com", "example.com", "ws"),
    ("http://example.com:8001", "example.com:8000", "ws"),
    ("http://example.com:8000", "example.com", "ws"),
    ("http://example.com", "example.com", "wss"),
    ("null", "example.com", "ws"),
    ("", "example.com", "ws"),
    ("ftp://example.com", "example.com", "ws"),
    ("https://example.com", None, "ws"),
    ("https://example.com", "", "ws"),
    ("https://example.com", "example.com/x", "ws"),
    ("https://b", "a@b", "ws"),
]


@pytest.mark.parametrize(("origin", "host", "scheme"), FOREIGN)
def test_another_origin_may_not_connect_unless_it_is_allowed(origin, host, scheme):
    connecting = scope(origin, host=host, scheme=scheme)

    assert not may_connect(connecting, frozenset())
    assert may_connect(connecting, frozenset(["*"]))


def test_an_origin_that_is_allowed_may_connect():
    allowed = frozenset(["https://friend.example"])

    assert may_connect(scope("https://Friend.example:443"), allowed)
    assert not may_connect(scope("http://friend.example"), allowed)


def test_who_is_no_browser_sends_no_origin_and_may_connect():
    assert may_connect(scope(), frozenset())


def test_of_several_origins_each_must_be_allowed():
    connecting = scope("http://example.com", "https://evil.example")

    assert not may_connect(connecting, frozenset())


@given(st.text(st.characters(max_codepoint=255), max_size=40))
def test_no_header_is_too_strange_to_be_refused(text):
    if text.lower() not in ("http://example.com", "https://example.com"):
        allowed = may_connect(scope(text), frozenset())

        assert allowed is (
            parse_origin(text) in ("http://example.com", "https://example.com")
        )
