import ast
import keyword
import re
import tomllib
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo_cli.scaffold import TEMPLATES, BadName, package_of, plan_project

templates = pytest.mark.parametrize("template", TEMPLATES)


def contents(name: str, template: str) -> dict[str, str]:
    return {str(it.path): it.content for it in plan_project(name, template)}


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("app", "app"),
        ("my-app", "my_app"),
        ("my_app", "my_app"),
        ("App2", "App2"),
        ("a", "a"),
        ("match", "match"),
    ],
)
def test_the_package_is_called_like_the_project(name, package):
    assert package_of(name) == package


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "does not make a package"),
        ("1st", "does not make a package"),
        ("my app", "does not make a package"),
        ("my.app", "does not make a package"),
        ("../app", "does not make a package"),
        ("café", "does not make a package"),
        ("class", "is a keyword of Python"),
        ("_app", "does not begin and end with a letter or digit"),
        ("app-", "does not begin and end with a letter or digit"),
        ("_", "does not begin and end with a letter or digit"),
        ("json", "would hide another one of that name"),
        ("bocadillo", "would hide another one of that name"),
        ("pytest", "would hide another one of that name"),
        ("starlette", "would hide another one of that name"),
        ("tests", "would hide another one of that name"),
    ],
)
def test_a_name_that_makes_no_package_is_refused_with_the_reason(name, reason):
    with pytest.raises(BadName) as caught:
        package_of(name)

    assert reason in str(caught.value)


@given(st.text(max_size=12))
def test_an_accepted_name_makes_a_package_and_a_distribution(name):
    try:
        package = package_of(name)
    except BadName:
        return

    assert package.isidentifier()
    assert not keyword.iskeyword(package)
    # https://packaging.python.org/en/latest/specifications/name-normalization/
    assert re.fullmatch(
        r"[A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9]", name, re.IGNORECASE | re.ASCII
    )


@templates
def test_a_project_has_what_belongs_to_one(template):
    assert {
        ".env.example",
        ".gitignore",
        "README.md",
        "my_app/__init__.py",
        "my_app/app.py",
        "my_app/asgi.py",
        "my_app/providerconf.py",
        "my_app/settings.py",
        "pyproject.toml",
    } < set(contents("my-app", template))


@templates
def test_a_project_has_tests(template):
    names = [PurePosixPath(path) for path in contents("my-app", template)]

    assert any(name.match("tests/test_*.py") for name in names)


@templates
def test_files_are_in_order_and_end_with_a_newline(template):
    files = contents("my-app", template)

    assert list(files) == sorted(files)
    assert all(content.endswith("\n") for content in files.values())


@templates
def test_no_placeholder_is_left(template):
    files = contents("my-app", template)

    text = "\n".join([*files, *files.values()])
    assert not re.search("__[A-Z]+__", text)


@templates
def test_code_can_be_parsed(template):
    for path, content in contents("my-app", template).items():
        if path.endswith(".py"):
            ast.parse(content, path)


@pytest.mark.parametrize(("name", "ignored"), [("my-app", None), ("MyApp", ["N999"])])
def test_the_name_of_a_package_may_have_capital_letters(name, ignored):
    project = tomllib.loads(contents(name, "minimal")["pyproject.toml"])

    assert project["tool"]["ruff"]["lint"].get("ignore") == ignored


@templates
def test_the_project_file_says_where_the_app_is(template):
    files = contents("my-app", template)

    project = tomllib.loads(files["pyproject.toml"])

    assert project["project"]["name"] == "my-app"
    assert project["tool"]["bocadillo"]["app"] == "my_app.asgi:app"
