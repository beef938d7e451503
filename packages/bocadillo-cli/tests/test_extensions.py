import subprocess
import sys
import zipfile

import click
import pytest
from click.testing import CliRunner

from bocadillo_cli.extensions import Extensible
from bocadillo_cli.main import main

GREET = """
import click

@click.command()
@click.argument("name")
@click.option("--loud", is_flag=True)
def greet(name, loud):
    "Greet NAME."
    click.echo(f"Hello, {name}{'!' * loud}")

shout = print
"""

DETAILS = {
    "lost": "No module named 'nowhere_at_all'",
    "absent": "module 'greetings' has no attribute 'absent'",
    "crash": "division by zero",
    "shout": "<built-in function print>",
}


@pytest.fixture
def distribution(directory, write, monkeypatch):
    """A distribution with commands: one works, the others are broken."""
    write("greetings.py", GREET)
    write("crash.py", "1 / 0\n")
    write("greetings-1.2.dist-info/METADATA", "Name: greetings\nVersion: 1.2\n")
    write("greetings-1.2.dist-info/entry_points.txt", """
        [bocadillo.commands]
        greet = greetings:greet
        shout = greetings:shout
        lost = nowhere_at_all:command
        absent = greetings:absent
        crash = crash:command
        run = greetings:greet
        new = greetings:greet
        """)  # fmt: skip
    monkeypatch.syspath_prepend(directory)
    return directory


@pytest.fixture
def run(distribution):
    """Run a group like `bocadillo`, made after the distribution was installed."""
    group = Extensible("bocadillo", aliases={"new": "run"}, no_args_is_help=True)

    @group.command("run")
    def run_():
        """Run the app."""
        click.echo("running")

    return lambda *args: CliRunner().invoke(group, args, prog_name="bocadillo")


def test_help_lists_commands_without_importing_them(run):
    result = run("--help")

    assert result.exit_code == 0
    assert (
        result.stdout
        == """\
Usage: bocadillo [OPTIONS] COMMAND [ARGS]...

Options:
  --help  Show this message and exit.

Commands:
  run     Run the app.

Commands of other distributions:
  absent  From greetings 1.2.
  crash   From greetings 1.2.
  greet   From greetings 1.2.
  lost    From greetings 1.2.
  shout   From greetings 1.2.
"""
    )
    assert not {"greetings", "crash"} & set(sys.modules)


def test_a_command_of_another_distribution_works(run):
    result = run("greet", "Ada", "--loud")

    assert (result.exit_code, result.stdout) == (0, "Hello, Ada!\n")


def test_it_has_its_own_help(run):
    result = run("greet", "--help")

    assert (
        result.stdout
        == """\
Usage: bocadillo greet [OPTIONS] NAME

  Greet NAME.

Options:
  --loud
  --help  Show this message and exit.
"""
    )


def test_its_usage_errors_are_usage_errors(run):
    result = run("greet")

    assert result.exit_code == 2
    assert "Missing argument 'NAME'" in result.stderr


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("lost", "importing nowhere_at_all:command raised ModuleNotFoundError: {}"),
        ("absent", "importing greetings:absent raised AttributeError: {}"),
        ("crash", "importing crash:command raised ZeroDivisionError: {}"),
        ("shout", "greetings:shout is not a click command, but {}."),
    ],
)
@pytest.mark.parametrize("options", [[], ["--help"]])
def test_a_broken_command_is_reported_when_it_is_called(run, name, reason, options):
    result = run(name, *options)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        f"Error: Command {name!r} of greetings 1.2 is broken: "
        f"{reason.format(DETAILS[name])}\n"
    )


@pytest.mark.parametrize("name", ["run", "new"])
def test_a_built_in_command_cannot_be_replaced(run, name):
    assert run(name).stdout == "running\n"


def test_where_there_are_none_nothing_is_said_of_them():
    group = Extensible("bocadillo")
    group.extensions = {}

    result = CliRunner().invoke(group, ["--help"])

    assert "Commands of other distributions" not in result.stdout


def test_the_real_command_finds_them(distribution):
    result = subprocess.run(
        [sys.executable, "-m", "bocadillo_cli", "greet", "Ada"],
        capture_output=True, text=True, check=False, cwd=distribution,
    )  # fmt: skip

    assert (result.returncode, result.stdout) == (0, "Hello, Ada\n")


def test_a_distribution_in_an_archive_is_found(distribution, run, monkeypatch):
    archive = distribution / "archive.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for file in distribution.glob("greetings*/*"):
            made.write(file, file.relative_to(distribution))
    monkeypatch.setattr(sys, "path", [str(archive)])

    assert "greet" in run("--help").stdout


def test_built_in_commands_have_one_alias():
    context = click.Context(main)

    assert main.get_command(context, "new") is main.get_command(context, "create")
