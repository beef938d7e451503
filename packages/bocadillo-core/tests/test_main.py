"""`python -m bocadillo`."""

import runpy
import sys

import pytest


@pytest.mark.parametrize("missing", ["bocadillo_cli", "bocadillo_cli.main"])
def test_what_is_missing_is_said(monkeypatch, missing):
    # What was imported before would be found without its package.
    for name in [name for name in sys.modules if name.startswith("bocadillo_cli")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)

    with pytest.raises(SystemExit, match="pip install bocadillo-cli"):
        runpy.run_module("bocadillo", run_name="__main__")
