"""`bocadillo create`: start a project."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from bocadillo_cli.console import Failure
from bocadillo_cli.scaffold import TEMPLATES, BadName, plan_project
from bocadillo_cli.writer import Outcome, write


def _checked_name(_: click.Context, parameter: click.Parameter, name: str) -> str:
    try:
        plan_project(name)
    except BadName as exc:
        raise click.BadParameter(str(exc), param=parameter) from exc
    return name


@click.command(
    epilog="""\b
Example:
  bocadillo create my-app --template web
  cd my-app
  bocadillo run
"""
)
@click.argument("name", callback=_checked_name)
@click.option(
    "-d",
    "--directory",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The project's own directory.  [default: NAME]",
)
@click.option(
    "-t",
    "--template",
    type=click.Choice(list(TEMPLATES)),
    default="minimal",
    show_default=True,
    help="What the project starts from: "
    + "; ".join(f"{name}, {summary}" for name, summary in TEMPLATES.items())
    + ".",
)
@click.option("--dry", is_flag=True, help="Only show what would be written.")
@click.option(
    "--no-input", is_flag=True, help="Never ask: files that exist are skipped."
)
def create(
    name: str, directory: Path | None, template: str, *, dry: bool, no_input: bool
) -> None:
    """Start a project called NAME, in a directory of its own.

    Its package has the same name, with - replaced by _. Before a file is overwritten
    you are asked. Also known as `bocadillo new`.
    """
    directory = directory or Path(name)
    skips = dry or no_input

    def overwrite(path: Path) -> bool:
        try:
            return not skips and click.confirm(f"{path} exists. Overwrite it?")
        except click.Abort:  # the end of input, or Ctrl+C
            click.echo(err=True)
            raise Failure(
                f"Stopped before {path}, which stays as it is. With --no-input all "
                "files that exist are skipped."
            ) from None

    planned = plan_project(name, template)
    outcomes = write(planned, directory, overwrite=overwrite, dry=dry)
    for outcome in _or_failure(outcomes):
        click.echo(_describe(outcome))
    click.echo()
    if dry:
        click.echo("Nothing was written. Leave out --dry to write these files.")
    else:
        steps = ["python -m pytest", "bocadillo run"]
        if directory.resolve() != Path.cwd():
            steps.insert(0, f"cd {shlex.quote(str(directory))}")
        click.echo("\n  ".join(["Next:\n", *steps]))


def _or_failure(outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
    """Tell what cannot be written; not that nobody reads what is told (`| head`)."""
    try:
        yield from outcomes
    except OSError as exc:
        raise Failure(f"Cannot write {exc.filename}: {exc.strerror}.") from exc


def _describe(outcome: Outcome) -> str:
    if outcome.created:
        verb, size = click.style("CREATE", fg="green"), f" ({outcome.size} bytes)"
    else:
        verb, size = (
            click.style("SKIP  ", fg="yellow"),
            f" ({outcome.size} bytes, exists)",
        )
    return f"{verb} {outcome.path}{size}"
