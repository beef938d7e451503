import pytest

from bocadillo import HTTPError, Redirect
from bocadillo.https import HSTS, YEAR, HTTPSOnly, secure_url


def scope(path="/", *, host=b"example.com", kind="http", scheme=None, **more):
    return {
        "type": kind,
        "path": path,
        "headers": [(b"host", host)] if host is not None else [],
        **({"scheme": scheme} if scheme else {}),
        **more,
    }


def serve(scope, hsts=None, headers=()):
    """The messages that are sent, by an app that sends these headers."""
    sent = []

    async def send(message):
        sent.append(message)

    async def app(scope, receive, send):
        await send(
            {"type": "http.response.start", "status": 200, "headers": list(headers)}
        )
        await send({"type": "http.response.body", "body": b""})

    try:
        HTTPSOnly(app, hsts or HSTS())(scope, None, send).send(None)
    except StopIteration:
        return sent


@pytest.mark.parametrize(
    ("options", "header"),
    [
        ({}, b"max-age=31536000"),
        ({"max_age": 60}, b"max-age=60"),
        ({"include_subdomains": True}, b"max-age=31536000; includeSubDomains"),
        (
            {"include_subdomains": True, "preload": True},
            b"max-age=31536000; includeSubDomains; preload",
        ),
    ],
)
def test_the_header_says_for_how_long(options, header):
    assert HSTS(**options).header == header
    assert YEAR == 31_536_000


def test_https_says_that_it_will_stay():
    start, _ = serve(scope(scheme="https"))

    assert start["headers"] == [(b"strict-transport-security", b"max-age=31536000")]


def test_what_the_view_says_wins():
    own = (b"strict-transport-security", b"max-age=0")
    start, _ = serve(scope(scheme="https"), headers=[own])

    assert start["headers"] == [own]


def test_http_is_served_where_nothing_is_redirected():
    start, _ = serve(scope(scheme="http"), HSTS(redirect=False))

    assert start["headers"] == []


@pytest.mark.parametrize("scheme", ["http", None])
def test_http_is_redirected(scheme):
    with pytest.raises(Redirect) as caught:
        serve(scope("/a", scheme=scheme))

    assert caught.value.status_code == 308
    assert caught.value.url == "https://example.com/a"


@pytest.mark.parametrize("scheme", ["ws", None])
def test_websockets_are_redirected_to_wss(scheme):
    with pytest.raises(HTTPError) as caught:
        serve(scope("/a", kind="websocket", scheme=scheme) | {"scheme": "ws"})

    assert caught.value.status_code == 308
    assert caught.value.headers == {"location": "wss://example.com/a"}


def test_secure_websockets_are_served():
    assert len(serve(scope(kind="websocket", scheme="wss"))) == 2


@pytest.mark.parametrize(
    ("made", "url"),
    [
        (scope("/"), "https://example.com/"),
        (scope("/", host=b"EXAMPLE.com."), "https://example.com/"),
        (scope("/", host=b"example.com:80"), "https://example.com/"),
        (scope("/", host=b"example.com:8000"), "https://example.com:8000/"),
        (scope("/", host=b"[::1]:8000"), "https://[::1]:8000/"),
        (scope("/é b"), "https://example.com/%C3%A9%20b"),
        (scope("/é", raw_path=b"/%C3%A9;x=1"), "https://example.com/%C3%A9;x=1"),
        (scope("/a", raw_path=b"/\xe9"), "https://example.com/%E9"),
        (scope("/a", query_string=b"b=c&d=%20"), "https://example.com/a?b=c&d=%20"),
        (
            scope("/a", query_string=b"u=https://x?y"),
            "https://example.com/a?u=https://x?y",
        ),
        (scope("/a", query_string=b"\xe9\r\n"), "https://example.com/a?%E9%0D%0A"),
        (scope("//evil.example"), "https://example.com//evil.example"),
        (scope("/\\evil.example"), "https://example.com/%5Cevil.example"),
        (scope("@evil.example"), "https://example.com/@evil.example"),
        (scope(".evil.example/x"), "https://example.com/.evil.example/x"),
        (scope("*"), "https://example.com/*"),
        (scope("/", kind="websocket"), "wss://example.com/"),
    ],
)
def test_path_and_query_are_kept(made, url):
    assert secure_url(made) == url


@pytest.mark.parametrize("host", [None, b"", b"a b", b"evil/path", b"me@evil"])
def test_there_has_to_be_a_host(host):
    with pytest.raises(HTTPError) as caught:
        serve(scope(host=host))

    assert caught.value.status_code == 400
