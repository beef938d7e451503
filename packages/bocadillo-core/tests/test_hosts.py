import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo import HTTPError, SettingsError
from bocadillo.hosts import (
    AllowedHosts,
    _parsed,
    compile_hosts,
    host_and_port,
    host_of,
)

ALLOWED = ["example.com", "*.example.org", "localhost", "[::1]", "127.0.0.1"]


def scope(*hosts, kind="http", more=()):
    headers = [(b"host", host.encode("latin-1")) for host in hosts]
    return {"type": kind, "headers": [*more, *headers]}


def is_served(scope):
    """Whether the app inside of the middleware is called."""
    served = []

    async def app(scope, receive, send):
        served.append(scope)

    middleware = AllowedHosts(app, compile_hosts(ALLOWED))
    try:
        middleware(scope, None, None).send(None)
    except StopIteration:
        return bool(served)
    except HTTPError as error:
        return served or error.status_code != 400


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "EXAMPLE.com",
        "example.com.",
        "example.com:8000",
        "example.com.:80",
        "a.example.org",
        "a.b.EXAMPLE.org",
        "localhost:",
        "[::1]",
        "[::1]:8000",
        "127.0.0.1:80",
    ],
)
def test_our_hosts_are_served(host):
    assert is_served(scope(host))
    assert is_served(scope(host, kind="websocket"))


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "exampleXcom",
        "a.example.com",
        "a.example.com.evil",
        "example.com.evil",
        "example.com..",
        "example.org",
        ".example.org",
        "::1",
        "[::2]",
        "example.com:80:80",
        "example.com:a",
        "example.com:123456",
        "example.com/",
        "me@example.com",
        "example.com, evil",
        "example.comé",
        " example.com",
        "example.com evil",
        "[example.com]",
        "example.com#",
        "example.com?",
    ],
)
def test_other_hosts_are_not(host):
    assert not is_served(scope(host))
    assert not is_served(scope(host, kind="websocket"))


def test_one_host_has_to_be_named():
    assert not is_served(scope())
    assert not is_served(scope("example.com", "example.com"))
    assert not is_served(scope("example.com", "evil.example"))


def test_what_a_proxy_says_is_not_looked_at():
    forwarded = (b"x-forwarded-host", b"example.com")

    assert not is_served(scope("evil.example", more=[forwarded]))
    assert is_served(
        scope("example.com", more=[(b"x-forwarded-host", b"evil.example")])
    )


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("Example.com:8000", ("example.com", "8000")),
        ("example.com.", ("example.com", "")),
        ("[::1]:80", ("[::1]", "80")),
        (".", (".", "")),
        ("a b", (None, "")),
    ],
)
def test_host_and_port_are_told_apart(host, expected):
    assert host_and_port(scope(host)) == expected
    assert host_of(scope(host)) == expected[0]


def test_what_is_too_long_for_a_host_is_read_and_not_kept():
    kept = _parsed.cache_info().currsize
    name = "a" * 300

    assert host_and_port({"headers": [(b"host", f"{name}:8".encode())]}) == (name, "8")
    assert _parsed.cache_info().currsize == kept


def test_names_may_be_written_in_any_case_and_with_a_dot():
    allows = compile_hosts(["Example.COM.", "*.Example.ORG"])

    assert allows("example.com")
    assert allows("a.example.org")


def test_no_host_is_served_where_none_is_listed():
    assert not compile_hosts([])("example.com")


@pytest.mark.parametrize(
    "name",
    [
        "https://example.com",
        "example.com:8000",
        "example.com/",
        "",
        "*.",
        "a*.example",
        "::1",
        "*",
        ".example.com",
        "münchen.example",
        "a b",
        "exa\nmple.com",
    ],
)
def test_a_name_that_could_never_match_is_refused(name):
    with pytest.raises(SettingsError, match="ALLOWED_HOSTS holds"):
        compile_hosts([name])


@given(st.text(st.characters(max_codepoint=255), max_size=30))
def test_whatever_is_allowed_is_one_of_ours(text):
    if is_served(scope(text)):
        name = text.lower().rpartition(":")[0] if ":" in text else text.lower()
        name = text.lower() if text.startswith("[") and text.endswith("]") else name
        name = name.removesuffix(".")
        assert name in ALLOWED or name.endswith(".example.org")
