import pytest

APP = """\
from bocadillo import App, Store, configure

app = configure(App(providers=Store()))
"""


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
        ("shop:web", "Module 'shop' has no 'web'. Did you mean 'shop.web:app'?"),
        ("shop:xyz", "Module 'shop' has no 'xyz'."),
    ],
)
def test_a_missing_attribute(run, write, place, message):
    write("asgi.py", APP)
    write("other.py", "name = 1\n")
    write("shop/__init__.py", "")
    write("shop/web.py", APP)

    result = run("routes", "--app", place)

    assert result.exit_code == 1
    assert result.stderr == f"Error: {message} ({place}, from --app)\n"


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("other:name", "other:name is of type int, not an App."),
        (
            "other:make",
            (
                "other:make is of type function, not an App. If it makes one, write "
                "app = make() in its module."
            ),
        ),
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
