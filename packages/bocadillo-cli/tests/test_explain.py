import json

import pytest


def test_a_request_that_a_route_answers(run, shop):
    result = run("explain", "get", "/api/items/4?limit=2", "--app", "shop:app")

    assert result.exit_code == 0
    assert result.stderr == ""
    assert (
        result.stdout
        == """\
GET /api/items/4?limit=2

  middleware  shop.Timing
  route       GET, HEAD /api/items/{pk}
  parameters  pk (int) from the path, '4'
              limit (int) from the query, else 10
              db from the provider
  before      shop.log_in
  providers   pool  app      async generator (shop.py:8)
              db    request  async generator (shop.py:13), needs pool
              user  request  coroutine (shop.py:18), needs req, db
  view        shop.Item.get (shop.py:50)
  after       shop.audit
  errors      HTTPError: error_to_json
              Redirect: redirect
              LookupError: not_found
"""
    )


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ("GET /api/itmes/4", """\
  middleware  shop.Timing
  answer      404 Not Found
  nearest     GET, HEAD /api/items/{pk}
              'itmes' is not 'items'
"""),
        ("GET /zzz", """\
  middleware  shop.Timing
  answer      404 Not Found
  nearest     GET, HEAD /
              the route has no '/zzz' at its end
"""),
        ("PUT /api/items", """\
  middleware  shop.Timing
  answer      405 Method Not Allowed: the path answers POST
"""),
        ("GET /admin", """\
  middleware  shop.Timing
  answer      302, a redirect to /admin/
"""),
        ("GET /api/items/x?limit=y", """\
  middleware  shop.Timing
  route       GET, HEAD /api/items/{pk}
  answer      400 Bad Request
              pk: Must be a number.
              limit: Must be a number.
"""),
        ("GET /admin/user/ada", """\
  middleware  shop.Timing
  route       mount /admin
  app         App 'admin'
  answer      404 Not Found
  nearest     GET, HEAD /admin/users/{name}
              'user' is not 'users'
"""),
        ("GET /admin/users/ada", """\
  middleware  shop.Timing
  route       mount /admin
  app         App 'admin'
  route       GET, HEAD /admin/users/{name}
  parameters  name from the path, 'ada'
              db from the provider
  providers   pool  app      async generator (shop.py:8)
              db    request  async generator (shop.py:13), needs pool
  view        shop.admin_user (shop.py:68)
  errors      HTTPError: error_to_json
              Redirect: redirect
"""),
    ],
)  # fmt: skip
def test_what_becomes_of_other_requests(run, shop, request_, told):
    result = run("explain", *request_.split(), "--app", "shop:app")

    assert result.exit_code == 0
    assert result.stdout == f"{request_}\n\n{told}"


def test_an_alias_is_told(run, write):
    write("app.py", """
        from typing import Annotated
        from bocadillo import App, Header, Store, configure

        app = App(providers=Store())

        @app.route("/")
        async def index(req, res, it: Annotated[str, Header(alias="user-agent")]): ...

        configure(app)
        """)  # fmt: skip

    result = run("explain", "GET", "/")

    assert "it (str) from the header, called user-agent\n" in result.stdout


def test_what_is_too_long_for_a_line_is_wrapped(run, write):
    write("app.py", """
        from bocadillo import App, Store, configure

        store = Store()

        @store.provider
        async def current_customer(req, res, connection, app): ...

        app = App(providers=store)

        @app.route("/")
        async def index(req, res, current_customer): ...

        configure(app)
        """)  # fmt: skip

    result = run("explain", "GET", "/")

    assert (
        """\
  providers   current_customer  request  coroutine (app.py:5), needs req, res,
                connection, app
"""
        in result.stdout
    )


def test_an_explanation_as_data(run, shop):
    result = run("explain", "get", "/api/items/4", "--app", "shop:app", "--json")

    routes = json.loads(run("routes", "--app", "shop:app", "--json").stdout)
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "method": "GET",
        "path": "/api/items/4",
        "middleware": ["shop.Timing"],
        "route": routes[1],
        "params": {"pk": "4"},
        "providers": [
            {"name": "pool", "scope": "app", "kind": "async generator",
             "location": f"{shop}:8", "needs": []},
            {"name": "db", "scope": "request", "kind": "async generator",
             "location": f"{shop}:13", "needs": ["pool"]},
            {"name": "user", "scope": "request", "kind": "coroutine",
             "location": f"{shop}:18", "needs": ["req", "db"]},
        ],
        "status": None,
        "detail": None,
        "redirect": None,
        "nearest": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        ("/zzz", "status", 404),
        ("/api/items/x", "detail", {"pk": "Must be a number."}),
        ("/admin", "redirect", "/admin/"),
    ],
)
def test_an_outcome_as_data(run, shop, path, key, value):
    result = run("explain", "GET", path, "--app", "shop:app", "--json")

    assert json.loads(result.stdout)[key] == value


def test_the_nearest_route_of_a_mounted_app_as_data(run, shop):
    result = run("explain", "GET", "/admin/user/x", "--app", "shop:app", "--json")

    nearest = json.loads(result.stdout)["mounted"]["nearest"]
    assert nearest["pattern"] == "/admin/users/{name}"
    assert nearest["differences"] == ["'user' is not 'users'"]


def test_a_path_without_a_slash_is_a_usage_error(run, shop):
    result = run("explain", "GET", "items", "--app", "shop:app")

    assert result.exit_code == 2
    assert result.stderr == (
        "Usage: bocadillo explain [OPTIONS] METHOD PATH\n"
        "Try 'bocadillo explain --help' for help.\n\n"
        "Error: Invalid value for 'PATH': 'items' does not begin with a slash, as in "
        "/items/4?limit=2.\n"
    )


@pytest.mark.parametrize("method", ["", " ", "GET ", "/items", "G\u00c9T"])
def test_what_is_no_method_is_a_usage_error(run, shop, method):
    result = run("explain", method, "/items", "--app", "shop:app")

    assert result.exit_code == 2
    assert result.stderr.endswith(
        f"Error: Invalid value for 'METHOD': {method!r} is no method, such as GET or "
        "POST.\n"
    )
