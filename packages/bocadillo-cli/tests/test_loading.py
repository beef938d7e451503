import pytest

APP = """\
from bocadillo import App, Store, configure

app = configure(App(providers=Store()))
"""
ROUTES = "has no routes yet.\n"


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("asgi.py", "asgi:app"),
        ("app.py", "app:app"),
        ("shop/asgi.py", "shop.asgi:app"),
        ("app/asgi.py", "app.asgi:app"),
        ("app/__init__.py", "app:app"),
    ],
)
def test_an_app_is_found_by_the_name_of_its_file(run, write, file, place):
    write(file, APP)

    result = run("routes")

    assert (result.exit_code, result.stdout) == (0, f"{place} {ROUTES}")


def test_the_app_that_servers_import_comes_first(run, write):
    for file in ("asgi.py", "app.py", "shop/asgi.py"):
        write(file, APP)

    assert run("routes").stdout == f"asgi:app {ROUTES}"


@pytest.fixture
def everywhere(write, monkeypatch):
    """Different places named in different ways."""
    for name in ("typed", "grouped", "exported", "configured", "asgi"):
        write(f"{name}.py", APP)
    monkeypatch.setenv("BOCADILLO_APP", "exported:app")
    write("pyproject.toml", '[tool.bocadillo]\napp = "configured:app"\n')


def test_what_is_typed_comes_first(run, everywhere):
    result = run("--app", "grouped:app", "routes", "--app", "typed:app")

    assert result.stdout == f"typed:app {ROUTES}"


def test_the_option_can_stand_before_the_command(run, everywhere):
    assert run("--app", "grouped:app", "routes").stdout == f"grouped:app {ROUTES}"


def test_the_environment_comes_before_the_project_file(run, everywhere):
    assert run("routes").stdout == f"exported:app {ROUTES}"


def test_the_project_file_comes_before_names(run, everywhere, monkeypatch):
    monkeypatch.delenv("BOCADILLO_APP")

    assert run("routes").stdout == f"configured:app {ROUTES}"


def test_a_project_file_need_not_speak_of_it(run, write):
    write("pyproject.toml", '[project]\nname = "shop"\n')
    write("asgi.py", APP)

    assert run("routes").stdout == f"asgi:app {ROUTES}"


def test_an_attribute_of_an_attribute_can_be_an_app(run, write):
    write("shop.py", APP + "class apps:\n    main = app\n")

    result = run("routes", "--app", "shop:apps.main")

    assert result.stdout == f"shop:apps.main {ROUTES}"


def test_where_there_is_no_app_it_is_said_what_to_type(run, directory):
    result = run("routes")

    assert result.exit_code == 1
    assert result.stderr == (
        "Error: There is no app here: no asgi.py, no app.py, and no package with an "
        f"asgi.py in {directory}.\n"
        "Say where it is, as in --app my_app.asgi:app, or in pyproject.toml:\n\n"
        '  [tool.bocadillo]\n  app = "my_app.asgi:app"\n'
    )


def test_several_apps_are_a_question(run, write):
    for name in ("a", "b", "c", "not-a-package"):
        write(f"{name}/asgi.py", APP)

    result = run("routes")

    assert result.exit_code == 1
    assert result.stderr == (
        "Error: Which app? There are a.asgi:app, b.asgi:app and c.asgi:app. "
        "Say which one, as in --app a.asgi:app.\n"
    )


@pytest.mark.parametrize("text", ["shop", "shop:", ":app", "shop.py:app", "a b:c"])
def test_what_is_no_place_is_a_usage_error(run, directory, text):
    result = run("routes", "--app", text)

    assert result.exit_code == 2
    assert result.stderr == (
        "Usage: bocadillo routes [OPTIONS]\n"
        "Try 'bocadillo routes --help' for help.\n\n"
        f"Error: {text!r} is no place of an app: write module:attribute, as in "
        "my_app.asgi:app. (from --app)\n"
    )


def test_it_is_said_who_names_a_place(run, directory, monkeypatch):
    monkeypatch.setenv("BOCADILLO_APP", "shop")

    assert "(from $BOCADILLO_APP)" in run("routes").stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[tool", "cannot be read: "),
        ("[tool.bocadillo]\napp = 3", "must be text, not 3."),
    ],
)
def test_a_project_file_that_cannot_be_read_is_a_failure(run, write, content, message):
    file = write("pyproject.toml", content)

    result = run("routes")

    assert result.exit_code == 1
    assert str(file) in result.stderr
    assert message in result.stderr


@pytest.mark.parametrize(
    ("place", "missing"),
    [("nope:app", "nope"), ("nope.asgi:app", "nope"), ("shop.asgi:app", "shop.asgi")],
)
def test_a_missing_module(run, write, directory, place, missing):
    write("shop/__init__.py", "")

    result = run("routes", "--app", place)

    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: There is no module {missing!r} in {directory}, nor is it installed. "
        f"({place}, from --app)\n"
    )


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("asgi:ap", "Module 'asgi' has no 'ap'. Did you mean 'app'?"),
        ("asgi:nothing", "Module 'asgi' has no 'nothing'. Did you mean 'app'?"),
        ("other:nam", "Module 'other' has no 'nam'. Did you mean 'name'?"),
        ("other:xyz", "Module 'other' has no 'xyz'."),
        ("other:name.xyz", "It has no 'xyz'."),
    ],
)
def test_a_missing_attribute(run, write, place, message):
    write("asgi.py", APP)
    write("other.py", "name = 1\n")

    result = run("routes", "--app", place)

    assert result.exit_code == 1
    assert result.stderr == f"Error: {message} ({place}, from --app)\n"


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("other:name", "other:name is of type int, not an App."),
        ("other:make", "other:make is of type function, not an App."),
        ("other:App", "other:App is the class App, not an App."),
    ],
)
def test_what_is_not_an_app(run, write, place, message):
    write("other.py", "from bocadillo import App\nname = 1\ndef make(): ...\n")

    result = run("routes", "--app", place)

    assert result.exit_code == 1
    assert result.stderr == f"Error: {message} (from --app)\n"


def test_an_app_that_was_never_configured(run, write):
    write("app.py", "from bocadillo import App\n\napp = App()\n")

    result = run("routes")

    assert result.exit_code == 1
    assert result.stderr == (
        "Error: app:app was never configured: call configure(app) in the module that "
        "servers import, and name that one. (found by its name)\n"
    )


def test_an_error_in_the_users_code_has_the_users_traceback_only(run, write):
    write("shop.py", "def price():\n    return 1 / 0\n\nprice()\n")
    app = write("app.py", "import shop\n")

    result = run("routes")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert [line for line in result.stderr.splitlines() if "^" not in line] == [
        "Traceback (most recent call last):",
        f'  File "{app}", line 1, in <module>',
        "    import shop",
        f'  File "{app.with_name("shop.py")}", line 4, in <module>',
        "    price()",
        f'  File "{app.with_name("shop.py")}", line 2, in price',
        "    return 1 / 0",
        "ZeroDivisionError: division by zero",
        "",
        "Error: Importing app raised ZeroDivisionError: division by zero",
    ]


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("import nope_nope\n", "ModuleNotFoundError: No module named 'nope_nope'"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
        ("def f(:\n", "SyntaxError: invalid syntax (app.py, line 1)"),
    ],
)
def test_other_errors_in_the_users_code(run, write, code, end):
    file = write("app.py", code)

    result = run("routes")

    assert result.exit_code == 1
    assert f'File "{file}", line 1' in result.stderr
    assert "bocadillo_cli" not in result.stderr
    assert result.stderr.endswith(f"Error: Importing app raised {end}\n")


def test_a_mistake_that_bocadillo_finds_needs_no_traceback(run, write):
    write("shop/__init__.py", "")
    write("shop/views.py", """
        from bocadillo import App

        app = App()

        @app.route("/{a}/{a}")
        async def index(req, res): ...
        """)  # fmt: skip
    write("shop/asgi.py", "from .views import app\n")

    result = run("routes")

    assert result.exit_code == 1
    assert (
        result.stderr
        == """\
Error: Invalid URL pattern: parameter 'a' appears twice
  /{a}/{a}
       ^
  at shop/views.py:5
"""
    )


def test_a_mistake_outside_of_the_directory_has_no_place(run, write, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "shop_elsewhere.py").write_text(
        "from bocadillo import App, configure\nconfigure(App(), gzip='yes')\n"
    )
    write("app.py", f"""
        import sys
        sys.path.append({str(elsewhere)!r})
        """)  # fmt: skip
    run("routes")

    result = run("routes", "--app", "shop_elsewhere:app")

    assert result.stderr == ("Error: Setting GZIP must be True or False, not str.\n")
