import pytest

from bocadillo import HTTPError, SettingsError
from bocadillo.csrf import CSRFProtection, trusted_origins

TRUSTED = ["https://app.example.net", "http://localhost:3000"]


def is_served(method="POST", *, kind="http", scheme="http", **headers):
    """Whether the app inside of the middleware is called."""
    served = []

    async def app(scope, receive, send):
        served.append(scope)

    raw = [(b"host", b"example.com")]
    for name, values in headers.items():
        key = name.replace("_", "-").encode()
        many = values if isinstance(values, list) else [values]
        raw += [(key, value.encode("latin-1")) for value in many]
    scope = {"type": kind, "method": method, "scheme": scheme, "headers": raw}
    middleware = CSRFProtection(app, trusted_origins(TRUSTED))
    try:
        middleware(scope, None, None).send(None)
    except StopIteration:
        return bool(served)
    except HTTPError as error:
        return served or error.status_code != 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_safe_methods_pass(method):
    assert is_served(method, sec_fetch_site="cross-site", origin="https://evil.example")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "ANY"])
def test_unsafe_methods_of_other_sites_do_not(method):
    assert not is_served(method, sec_fetch_site="cross-site")


def test_websockets_are_not_judged_here():
    assert is_served("GET", kind="websocket", origin="https://evil.example")


@pytest.mark.parametrize(
    ("headers", "served"),
    [
        ({}, True),
        # What browsers say of the site.
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "none"}, True),
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"sec_fetch_site": ""}, False),
        ({"sec_fetch_site": "SAME-ORIGIN"}, False),
        ({"sec_fetch_site": ["same-origin", "cross-site"]}, False),
        ({"sec_fetch_site": ["cross-site", "none"]}, False),
        # It counts more than the origin.
        ({"sec_fetch_site": "same-origin", "origin": "https://evil.example"}, True),
        ({"sec_fetch_site": "cross-site", "origin": "http://example.com"}, False),
        # The origin counts where that is not said.
        ({"origin": "http://example.com"}, True),
        ({"origin": "https://example.com"}, True),
        ({"origin": "http://EXAMPLE.com:80"}, True),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "http://a.example.com"}, False),
        ({"origin": "http://example.com.evil"}, False),
        ({"origin": "http://example.com:8000"}, False),
        ({"origin": "ftp://example.com"}, False),
        ({"origin": "http://example.com:99999999"}, False),
        ({"origin": ["http://example.com", "https://evil.example"]}, False),
        # Whom we trust always passes.
        ({"origin": "https://app.example.net"}, True),
        ({"origin": "https://APP.example.net:443"}, True),
        ({"origin": "http://localhost:3000"}, True),
        ({"origin": "https://app.example.net", "sec_fetch_site": "cross-site"}, True),
        ({"sec_fetch_site": "cross-site", "origin": "https://app.example.net"}, True),
        ({"origin": "http://app.example.net"}, False),
        ({"origin": "http://localhost:3001"}, False),
    ],
)
def test_where_a_request_comes_from_decides(headers, served):
    assert is_served(**headers) is served


def test_http_is_another_origin_than_https():
    assert is_served(scheme="https", origin="https://example.com")
    assert not is_served(scheme="https", origin="http://example.com")


@pytest.mark.parametrize(
    "origin", ["app.example.net", "https://app.example.net/", "null", ""]
)
def test_what_is_no_origin_cannot_be_trusted(origin):
    with pytest.raises(SettingsError, match="Setting CSRF_TRUSTED_ORIGINS holds"):
        trusted_origins([origin])


def test_all_cannot_be_trusted():
    with pytest.raises(SettingsError, match=r"list the origins .* CSRF = False"):
        trusted_origins(["*"])
