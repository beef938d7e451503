import json

import pytest


def test_every_route_is_listed_in_order_of_declaration(run, shop):
    result = run("routes", "--app", "shop:app")

    assert result.exit_code == 0
    assert result.stderr == ""
    assert (
        result.stdout
        == """\
METHODS    PATTERN               VIEW              HOOKS          PROVIDERS
GET, HEAD  /                     shop.index
GET, HEAD  /api/items/{pk}       shop.Item.get     log_in, audit  pool, db, user
DELETE     /api/items/{pk}       shop.Item.delete  log_in         pool, db, user
POST       /api/items            shop.create       log_in         pool, db, user
GET, HEAD  /api/items/new        shop.new          log_in         pool, db, user
           (hidden by
           /api/items/{pk})
mount      /admin                App 'admin'
GET, HEAD  /admin/users/{name}   shop.admin_user                  pool, db

7 routes, 1 hidden.
"""
    )


def test_routes_as_data(run, shop):
    result = run("routes", "--app", "shop:app", "--json")

    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert len(found) == 7
    assert found[1] == {
        "kind": "http",
        "methods": ["GET", "HEAD"],
        "pattern": "/api/items/{pk}",
        "view": "shop.Item.get",
        "location": f"{shop}:50",
        "parameters": [
            {"name": "pk", "source": "path", "alias": "pk", "type": "int",
             "required": True},
            {"name": "limit", "source": "query", "alias": "limit", "type": "int",
             "required": False},
            {"name": "db", "source": "provider", "alias": "db", "type": None,
             "required": True},
        ],
        "before": ["shop.log_in"],
        "after": ["shop.audit"],
        "providers": ["pool", "db", "user"],
        "error_handlers": {
            "HTTPError": "error_to_json",
            "Redirect": "redirect",
            "LookupError": "not_found",
        },
        "hidden_by": None,
    }  # fmt: skip
    assert [it["hidden_by"] for it in found if it["view"] == "shop.new"] == [
        "/api/items/{pk}"
    ]


def test_all_methods_and_no_methods_are_told(run, write):
    write("app.py", """
        from bocadillo import App, Store, configure

        app = App(providers=Store())

        @app.route("/any", methods=all)
        async def anything(req, res): ...

        @app.route("/none")
        class Nothing: ...

        configure(app)
        """)  # fmt: skip

    result = run("routes")

    assert (
        result.stdout
        == """\
METHODS  PATTERN  VIEW          HOOKS  PROVIDERS
any      /any     app.anything
none     /none    app.Nothing

2 routes.
"""
    )


def test_an_app_without_routes_has_none(run, write):
    write("app.py", "from bocadillo import App, configure\napp = configure(App())\n")

    result = run("routes")

    assert (result.exit_code, result.stdout) == (0, "app:app has no routes yet.\n")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_an_app_that_could_not_start_is_a_failure(run, write, options):
    file = write("app.py", """
        from bocadillo import App, Store, configure

        app = App(providers=Store())

        @app.route("/")
        async def index(req, res, databse): ...

        configure(app)
        """)  # fmt: skip

    result = run("routes", *options)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(
        f"Error: View index() ({file}:5) asks for 'databse'"
    )
    assert "Traceback" not in result.stderr


def test_what_the_app_warns_of_is_left_to_check(run, shop, caplog):
    run("routes", "--app", "shop:app")

    assert caplog.records == []


def test_what_the_app_prints_stays_out_of_the_data(run, write):
    write("app.py", """
        from bocadillo import App, Store, configure

        print("Importing …")
        app = configure(App(providers=Store()))
        """)  # fmt: skip

    result = run("routes", "--json")

    assert (result.exit_code, result.stdout) == (0, "[]\n")
    assert result.stderr == "Importing …\n"
