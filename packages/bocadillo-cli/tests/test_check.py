import json

import pytest

GOOD = """\
from bocadillo import App, Store, configure

app = configure(App(providers=Store()), ALLOWED_HOSTS=["example.com"])
"""


@pytest.fixture
def hidden(write):
    """An app with a route that can never match."""
    write("app.py", """
        from bocadillo import App, Store, configure

        app = App(providers=Store())

        @app.route("/{page}")
        async def page(req, res, page): ...

        @app.route("/about")
        async def about(req, res): ...

        silenced = []
        """)  # fmt: skip
    write("asgi.py", "from app import *\nconfigure(app, SILENCED_CHECKS=silenced)\n")


HIDDEN = """\
S019 error: Route '/about' can never match: '/{page}', declared earlier, answers all its requests.
    Declare the more specific route first.

"""  # noqa: E501


@pytest.mark.parametrize("options", [[], ["--deploy"]])
def test_an_app_without_problems(run, write, options):
    write("app.py", GOOD)

    result = run("check", *options)

    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout == "app:app: no problems found.\n"


def test_no_problems_as_data(run, write):
    write("app.py", GOOD)

    result = run("check", "--json")

    assert (result.exit_code, result.stdout) == (0, "[]\n")


def test_a_hidden_route_is_an_error(run, hidden):
    result = run("check")

    assert result.exit_code == 1
    assert result.stderr == ""
    assert result.stdout == f"{HIDDEN}asgi:app: 1 error.\n"


def test_a_check_can_be_silenced(run, hidden, write):
    write("asgi.py", "from app import *\nconfigure(app, SILENCED_CHECKS=['S019'])\n")

    result = run("check")

    assert (result.exit_code, result.stdout) == (0, "asgi:app: no problems found.\n")


def test_deploy_checks_too_whether_it_is_safe_in_public(run, hidden):
    result = run("check", "--deploy")

    assert result.exit_code == 1
    assert result.stdout == (
        "S002 warning: ALLOWED_HOSTS allows every host, so links may be built for an "
        "attacker's.\n"
        '    List yours: configure(app, allowed_hosts=["example.com"]).\n\n'
        f"{HIDDEN}asgi:app: 1 warning and 1 error.\n"
    )


def test_the_environment_counts_in_public(run, write, monkeypatch):
    write("app.py", GOOD)
    monkeypatch.setenv("BOCADILLO_DEBUG", "1")

    assert "S001 error" not in run("check").stdout
    assert run("check", "--deploy").stdout.startswith("S001 error: ")


def test_a_likely_typo_of_a_setting_is_a_warning_which_is_no_failure(run, write):
    write("app.py", """
        from bocadillo import App, Store, configure

        app = configure(App(providers=Store()), GZPI=True)
        """)  # fmt: skip

    result = run("check")

    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout == (
        "configuration warning: Unknown setting GZPI: did you mean GZIP?\n\n"
        "app:app: 1 warning.\n"
    )


def test_a_wrong_setting_is_an_error(run, write):
    write("app.py", """
        from bocadillo import App, configure

        app = configure(App(), gzip="yes")
        """)  # fmt: skip

    result = run("check")

    assert result.exit_code == 1
    assert result.stdout == (
        "configuration error: Setting GZIP must be True or False, not str.\n"
        "  at app.py:3\n\n"
        "app:app: 1 error.\n"
    )


def test_all_problems_of_routes_and_providers_come_together(run, write):
    file = write("app.py", """
        from bocadillo import App, Store, configure

        store = Store()

        @store.provider
        async def db(databse): ...

        app = App(providers=store)

        @app.route("/")
        async def index(req, res, sesion): ...

        configure(app)
        """)  # fmt: skip

    result = run("check", "--json")

    assert result.exit_code == 1
    first, second = json.loads(result.stdout)
    assert (first["id"], first["level"]) == ("routes", "error")
    assert first["message"].startswith(f"View index() ({file}:10) asks for 'sesion'")
    assert (second["id"], second["level"]) == ("providers", "error")
    assert second["message"].startswith("provider 'db' (app.py:5) needs 'databse'")


def test_an_error_in_the_users_code_has_its_traceback(run, write):
    file = write("app.py", "1 / 0\n")

    result = run("check")

    assert result.exit_code == 1
    assert [line for line in result.stdout.splitlines() if "~" not in line] == [
        "configuration error: Importing app raised ZeroDivisionError: division by zero",
        "    Traceback (most recent call last):",
        f'      File "{file}", line 1, in <module>',
        "        1 / 0",
        "    ZeroDivisionError: division by zero",
        "",
        "app:app: 1 error.",
    ]


def test_each_wrong_view_is_a_finding_of_its_own(run, write):
    write("app.py", """
        from bocadillo import App, Store, configure

        app = configure(App(providers=Store()))

        @app.route("/")
        async def index(req, res, titel): ...

        @app.websocket_route("/chat")
        async def chat(ws, rom): ...
        """)  # fmt: skip

    result = run("check")

    assert result.exit_code == 1
    first, second, last = result.stdout.split("\n\n")
    assert first.startswith("routes error: View index() ")
    assert second.startswith("routes error: View chat() ")
    assert last == "app:app: 2 errors.\n"


def test_findings_as_data(run, hidden):
    result = run("check", "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == [
        {
            "id": "S019",
            "level": "error",
            "message": "Route '/about' can never match: '/{page}', declared earlier, "
            "answers all its requests.",
            "hint": "Declare the more specific route first.",
        }
    ]
