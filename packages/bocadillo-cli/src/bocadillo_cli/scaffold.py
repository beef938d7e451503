"""Plan a new project: a name and a template in, files with their contents out.

A template is a directory of files, named as they will be with `.template` at the end.
`__PACKAGE__` and `__PROJECT__` stand for the names, in paths and contents alike. What
is in `projects/shared` is part of every project, unless the template has the same file.

Pure but for reading the templates, which are part of this package.
"""

import keyword
import re
import sys
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

TEMPLATES: Final = {
    "minimal": "one route and one provider",
    "api": "a JSON API with models and validation",
    "web": "pages with templates, a form and a style sheet",
    "chat": "rooms to talk in, over websockets",
}
"""Name and summary of each template."""

_SUFFIX: Final = ".template"
_TAKEN: Final = frozenset(
    {
        *("bocadillo", "bocadillo_cli", "bocadillo_providers", "bocadillo_testing"),
        *("jinja2", "msgspec", "mypy", "pytest", "ruff", "starlette"),
        *("tests", "uvicorn"),
    }
)


class BadName(ValueError):
    """A project cannot be called that; the message says why."""


class PlannedFile(NamedTuple):
    """A file of a project that does not exist yet.

    Attributes:
        path: Relative to the project's directory.
        content: The whole text.
    """

    path: PurePosixPath
    content: str


def package_of(name: str) -> str:
    """The name of the package in a project called `name`.

    Raises:
        BadName: If there cannot be such a package.
    """
    package = name.replace("-", "_")
    if not (package.isidentifier() and package.isascii()):
        raise BadName(
            f"{name!r} does not make a package: use letters, digits, - and _ only, "
            "and begin with a letter, as in my-app."
        )
    if keyword.iskeyword(package):
        raise BadName(f"{name!r} is a keyword of Python, so no package can have it.")
    if not re.fullmatch("[a-z0-9].*[a-z0-9]|[a-z]", name, re.IGNORECASE):
        raise BadName(f"{name!r} does not begin and end with a letter or digit.")
    if package in _TAKEN or package in sys.stdlib_module_names:
        raise BadName(
            f"A package {package!r} would hide another one of that name, which "
            f"projects import. Call it my-{name}, for instance."
        )
    return package


def plan_project(name: str, template: str = "minimal") -> list[PlannedFile]:
    """Plan the files of a new project.

    Args:
        name: What it is called, as in `my-app`; its package is `my_app` then.
        template: One of `TEMPLATES`.

    Returns:
        The files, in order of their paths.

    Raises:
        BadName: If there cannot be a package of that name.
    """
    package = package_of(name)
    names = {
        "__PACKAGE__": package,
        "__PROJECT__": name,
        # Ruff's default is that packages are in lower case.
        "__IGNORE__": "" if package.islower() else '\nignore = ["N999"]',
        "__SUMMARY__": TEMPLATES[template],
    }
    contents = _read("shared") | _read(template)
    return [
        PlannedFile(PurePosixPath(_replace(path, names)), _replace(content, names))
        for path, content in sorted(contents.items())
    ]


def _read(directory: str) -> dict[str, str]:
    from importlib.resources import files

    root = files("bocadillo_cli").joinpath("projects", directory)
    return {
        path.removesuffix(_SUFFIX): file.read_text("utf-8")
        for path, file in _walk(root, "")
    }


def _walk(directory: "Traversable", prefix: str) -> "Iterator[tuple[str, Traversable]]":
    for entry in directory.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry


def _replace(text: str, names: dict[str, str]) -> str:
    for placeholder, name in names.items():
        text = text.replace(placeholder, name)
    return text
