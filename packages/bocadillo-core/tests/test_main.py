"""`python -m bocadillo`."""

import runpy
import sys

import pytest


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    """What was imported before would be found without its package."""
    for name in [name for name in sys.modules if name.startswith("bocadillo_cli")]:
        monkeypatch.delitem(sys.modules, name)


@pytest.fixture
def install(monkeypatch, tmp_path):
    """Have a command line: `install(code)` gives its main module."""

    def install(code):
        (tmp_path / "bocadillo_cli").mkdir()
        (tmp_path / "bocadillo_cli" / "__init__.py").touch()
        (tmp_path / "bocadillo_cli" / "main.py").write_text(code)
        monkeypatch.syspath_prepend(tmp_path)

    yield install
    for name in [name for name in sys.modules if name.startswith("bocadillo_cli")]:
        del sys.modules[name]


@pytest.mark.parametrize("missing", ["bocadillo_cli", "bocadillo_cli.main"])
def test_what_is_missing_is_said(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)

    with pytest.raises(SystemExit, match="pip install bocadillo-cli"):
        runpy.run_module("bocadillo", run_name="__main__")


def test_the_command_line_is_run(install):
    install("def main(): raise SystemExit('it ran')")

    with pytest.raises(SystemExit, match="it ran"):
        runpy.run_module("bocadillo", run_name="__main__")


def test_importing_it_runs_nothing(install):
    install("def main(): raise SystemExit('it ran')")

    assert callable(runpy.run_module("bocadillo.__main__")["main"])


def test_what_the_command_line_lacks_is_said_by_python(install):
    install("import no_such_library")

    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        runpy.run_module("bocadillo", run_name="__main__")
