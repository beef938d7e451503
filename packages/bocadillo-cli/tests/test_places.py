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
