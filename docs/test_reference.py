"""Every public name has its place in the reference, every setting in its table."""

import re
from ast import literal_eval
from importlib import import_module
from pathlib import Path

import pytest

from bocadillo.config import SETTINGS
from bocadillo.defaults import DEBUG_VARIABLE

DOCS = Path(__file__).parent
PAGES = [*DOCS.glob("reference/*.md"), DOCS / "providers" / "reference.md"]
TEXT = "\n".join(page.read_text("utf-8") for page in PAGES)
DIRECTIVES = set(re.findall(r"^::: (\S+)$", TEXT, re.MULTILINE))
MODULES = ["bocadillo", "bocadillo_providers", "bocadillo_testing"]

SETTINGS_PAGE = (DOCS / "guide" / "settings.md").read_text("utf-8")
_, _, TABLE = SETTINGS_PAGE.partition("\n## All settings\n")
ROW = re.compile(r"^\| `([A-Z_]+)` \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)

# Each name, and the default as it is written.
SETTING_ROWS = ROW.findall(TABLE)

# Where the module's own page has all of them.
WHOLE = {
    "bocadillo.errors": "bocadillo.errors",
    "bocadillo_providers.errors": "bocadillo_providers.errors",
}


def is_documented(module: str, name: str) -> bool:
    value = getattr(import_module(module), name)
    home = getattr(value, "__module__", "")
    return (
        f"{module}.{name}" in DIRECTIVES
        or (home in WHOLE and home in DIRECTIVES)
        or f"`{module}.{name}`" in TEXT
    )


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (module, name)
        for module in MODULES
        for name in import_module(module).__all__
        if name != "__version__"
    ],
)
def test_every_public_name_is_in_the_reference(module, name):
    assert is_documented(module, name)


@pytest.mark.parametrize("directive", sorted(DIRECTIVES))
def test_the_reference_names_only_what_exists(directive):
    module, _, name = directive.rpartition(".")
    try:
        import_module(directive)
    except ModuleNotFoundError:
        assert hasattr(import_module(module), name)


def test_the_table_of_settings_has_all_of_them_in_order():
    assert [name for name, _ in SETTING_ROWS] == sorted(SETTINGS)


@pytest.mark.parametrize("name", [name for name in SETTINGS if name != "DEBUG"])
def test_the_table_of_settings_tells_the_default(name):
    written = dict(SETTING_ROWS)[name].strip("`")

    assert repr(literal_eval(written)) == repr(SETTINGS[name].default)


def test_the_table_of_settings_tells_where_debug_comes_from():
    written = f"`{DEBUG_VARIABLE}`, else `{SETTINGS['DEBUG'].default}`"

    assert dict(SETTING_ROWS)["DEBUG"] == written
