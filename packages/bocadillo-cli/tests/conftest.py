"""What the tests of the command share: a runner, in an empty directory."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bocadillo_cli.main import main


@pytest.fixture
def directory(tmp_path, monkeypatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(directory, monkeypatch):
    """Run `bocadillo` on a terminal of 80 columns, as in `run("create", "my-app")`."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*args: str, answers: str = "", **options) -> Result:
        return CliRunner().invoke(
            main, args, input=answers, prog_name="bocadillo", **options
        )

    return run
