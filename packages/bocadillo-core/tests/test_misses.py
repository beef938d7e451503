"""What a path that leads nowhere means."""

import gc
import weakref

import pytest

from bocadillo import HTTPError, Middleware, Redirect, configure
from bocadillo.misses import miss, route_path


def scope_of(path, *, root_path="", method="GET", query=b""):
    return {
        "path": path,
        "root_path": root_path,
        "method": method,
        "query_string": query,
    }


def finds(path, method):
    """As if every path with a slash at its end had a route."""
    return ("target", {}) if path.endswith("/") else None


@pytest.mark.parametrize(
    ("path", "root_path", "below"),
    [
        ("/a", "", "/a"),
        ("/root/a", "/root", "/a"),
        ("/root/a", "/root/", "/a"),
        ("/root", "/root", ""),
        ("/root/", "/root", "/"),
        ("/rooted/a", "/root", "/rooted/a"),
        ("/a", "/root", "/a"),
    ],
)
def test_a_path_is_looked_up_below_the_root(path, root_path, below):
    assert route_path(scope_of(path, root_path=root_path)) == below


def test_other_methods_are_told():
    error = miss(frozenset({"PUT", "GET"}), scope_of("/a"), finds)

    assert isinstance(error, HTTPError)
    assert (error.status_code, error.headers) == (405, {"allow": "GET, PUT"})


@pytest.mark.parametrize(
    ("method", "status"), [("GET", 302), ("HEAD", 302), ("POST", 307), ("PUT", 307)]
)
def test_a_missing_slash_is_added(method, status):
    redirect = miss(None, scope_of("/a", method=method), finds)

    assert isinstance(redirect, Redirect)
    assert (redirect.status_code, redirect.url) == (status, "/a/")


@pytest.mark.parametrize(
    ("path", "root_path", "query", "location"),
    [
        ("/é ?#%", "", b"", "/%C3%A9%20%3F%23%25/"),
        ("/a", "", b"x=%zz&y=a+b&z=[]", "/a/?x=%zz&y=a+b&z=[]"),
        ("/a", "", b"\xff <>", "/a/?%FF%20%3C%3E"),
        ("/root/a", "/root", b"", "/root/a/"),
        ("/a", "/root", b"", "/root/a/"),
        ("/a", "/root/", b"", "/root/a/"),
        ("/\\evil.example", "", b"", "/%5Cevil.example/"),
    ],
)
def test_a_redirect_keeps_root_and_query(path, root_path, query, location):
    redirect = miss(None, scope_of(path, root_path=root_path, query=query), finds)

    assert redirect.url == location


@pytest.mark.parametrize("path", ["/a/", "//evil.example/x", "//evil.example", "///x"])
def test_no_redirect_leads_in_a_circle_or_off_the_site(path):
    assert miss(None, scope_of(path), finds) is None


@pytest.mark.parametrize(
    "find", [None, lambda path, method: None, lambda path, method: frozenset({"PUT"})]
)
def test_what_is_found_nowhere_is_a_plain_404(find):
    assert miss(None, scope_of("/a"), find) is None


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/only", "/missing", "/slash"])
async def test_a_request_that_leads_nowhere_is_gone_when_it_is_answered(app, ask, path):
    asked = []

    class Remembers(Middleware):
        async def before_dispatch(self, req, res):
            asked.append(weakref.ref(req))

    app.add_middleware(Remembers)
    app.route("/only", methods=["POST"])(view)
    app.route("/slash/")(view)
    configure(app, STATIC_DIR=None)
    request = ask(path=path)

    gc.disable()
    try:
        await app(request.scope, request._receive, request._send)
        assert request.sent[0]["status"] in (302, 404, 405)
        assert [it() for it in asked] == [None]
    finally:
        gc.enable()


async def view(req, res): ...
