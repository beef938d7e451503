import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from bocadillo_cli.main import main

HELP = Path(__file__).parent / "help"
COMMANDS = list(main.commands)

HEAVY = {
    "asyncio", "bocadillo", "importlib.metadata", "jinja2", "logging", "msgspec",
    "starlette", "uvicorn",
}  # fmt: skip


def bocadillo(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, *args],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "80", **environment},
    )


@pytest.mark.parametrize("command", ["", *COMMANDS])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_is_as_in_the_file(run, command, option):
    result = run(*filter(None, [command, option]))

    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout == (HELP / f"{command or 'bocadillo'}.txt").read_text("utf-8")


@pytest.mark.parametrize("command", ["bocadillo", *COMMANDS])
def test_help_has_an_example_and_fits_into_80_columns(command):
    lines = (HELP / f"{command}.txt").read_text("utf-8").splitlines()

    assert "  Example:" in lines
    assert max(map(len, lines)) <= 80


def test_without_a_command_there_is_help(run):
    result = run()

    assert result.exit_code == 2
    assert result.stderr == (HELP / "bocadillo.txt").read_text("utf-8")


def test_an_unknown_command_is_a_usage_error(run):
    result = run("rotues")

    assert result.exit_code == 2
    assert "No such command 'rotues'" in result.stderr


def test_help_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from bocadillo_cli.main import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "print(*sys.modules, file=sys.stderr)"
    )

    imported = bocadillo("-c", code).stderr.split()

    assert "click" in imported
    assert not HEAVY & set(imported)


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_versions_are_told(run, option):
    result = run(option)

    assert result.exit_code == 0
    lines = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert list(lines) == [
        "bocadillo",
        "bocadillo-core",
        "bocadillo-providers",
        "bocadillo-testing",
        "bocadillo-cli",
        "Python",
        "Starlette",
        "uvicorn",
    ]
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", lines["bocadillo-cli"])
    assert lines["Python"] == ".".join(map(str, sys.version_info[:3]))
    assert lines["Starlette"] == version("starlette")
    assert lines["uvicorn"] == version("uvicorn")


def test_what_is_not_installed_is_said_to_be_so():
    code = (
        "import sys\n"
        "sys.modules['bocadillo_testing'] = None\n"
        "from bocadillo_cli.main import main\n"
        "main(['--version'])"
    )

    result = bocadillo("-c", code)

    assert "bocadillo-testing    not installed\n" in result.stdout


def test_distributions_without_metadata_are_not_installed():
    code = (
        "import sys\n"
        "from bocadillo_cli.commands import version\n"
        "from bocadillo_cli.main import main\n"
        "sys.path[:] = [each for each in sys.path if 'site-packages' not in each]\n"
        "main(['--version'])"
    )

    result = bocadillo("-c", code)

    assert "uvicorn              not installed\n" in result.stdout


def test_the_package_can_be_run():
    result = bocadillo("-m", "bocadillo_cli", "--help")

    assert result.returncode == 0
    assert result.stdout == (HELP / "bocadillo.txt").read_text("utf-8")


def test_shells_can_complete_commands():
    result = bocadillo(
        "-m", "bocadillo_cli",
        _BOCADILLO_COMPLETE="bash_complete", COMP_WORDS="bocadillo pro", COMP_CWORD="1",
    )  # fmt: skip

    assert result.stdout == "plain,providers\n"


def test_shells_can_complete_options_where_there_is_no_app(directory):
    result = bocadillo(
        "-m", "bocadillo_cli",
        _BOCADILLO_COMPLETE="bash_complete",
        COMP_WORDS="bocadillo routes --js", COMP_CWORD="2",
    )  # fmt: skip

    assert result.stdout == "plain,--json\n"


@pytest.mark.parametrize(
    ("environment", "color"), [({}, True), ({"NO_COLOR": "1"}, False)]
)
def test_colors_are_for_terminals_unless_the_environment_says_no(
    run, monkeypatch, environment, color
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    # `color=True` has click think that it writes to a terminal.
    on_terminal = run("create", "my-app", "--dry", color=True)

    assert ("\x1b[" in on_terminal.stdout) is color
    assert "\x1b[" not in run("create", "my-app", "--dry").stdout
