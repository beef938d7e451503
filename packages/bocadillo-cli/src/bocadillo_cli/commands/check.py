"""`bocadillo check`: what is wrong, before anybody else finds out."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from textwrap import indent
from typing import TYPE_CHECKING

import click

from bocadillo_cli.console import Failure, echo_json, json_option, plural
from bocadillo_cli.loading import (
    CodeFailure,
    Place,
    app_option,
    gathered_warnings,
    load_app,
)

if TYPE_CHECKING:
    from bocadillo import App

_COLORS = {"error": "red", "warning": "yellow"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong.

    Attributes:
        id: What silences it in the setting `SILENCED_CHECKS`, such as `S001`.
        level: `error` or `warning`.
        message: A sentence.
        hint: What to do about it; may be empty.
    """

    id: str
    level: str
    message: str
    hint: str = ""


@click.command(
    epilog="""\b
Example:
  bocadillo check
  bocadillo check --deploy --json
"""
)
@app_option
@click.option(
    "--deploy", is_flag=True, help="Check too whether it is safe to serve in public."
)
@json_option
def check(place: Place, *, deploy: bool, as_json: bool) -> None:
    """Look for mistakes in the configuration, providers and routes.

    Ends with exit code 1 if there are errors; warnings alone are none. What is listed
    in the setting SILENCED_CHECKS is left out.
    """
    findings = list(_findings(place, deploy=deploy))
    if as_json:
        echo_json([asdict(finding) for finding in findings])
    else:
        _echo(findings, place)
    if any(finding.level == "error" for finding in findings):
        raise click.exceptions.Exit(1)


def _findings(place: Place, *, deploy: bool) -> Iterator[Finding]:
    with gathered_warnings() as warnings:
        try:
            app = load_app(place)
        except Failure as exc:
            report = exc.report if isinstance(exc, CodeFailure) else ""
            yield Finding("configuration", "error", exc.message, report)
            return
    found = [Finding("configuration", "warning", message) for message in warnings]
    with gathered_warnings():
        found += _mistakes(app)
        if deploy:
            found += _deploy_findings(app)
    silenced = app.settings["SILENCED_CHECKS"]
    yield from (finding for finding in found if finding.id not in silenced)


def _mistakes(app: "App") -> Iterator[Finding]:
    from bocadillo.errors import ConfigurationError
    from bocadillo.introspection import describe_routes, find_mistakes

    mistakes = find_mistakes(app)
    for mistake in mistakes:
        about = "routes" if isinstance(mistake, ConfigurationError) else "providers"
        yield Finding(about, "error", str(mistake))
    if mistakes:
        return
    for route in describe_routes(app):
        if route.hidden_by is not None:
            yield Finding(
                "S019",
                "error",
                f"Route {route.pattern!r} ({route.view}) can never match: "
                f"{route.hidden_by!r}, declared earlier, answers all its requests.",
                "Declare the more specific route first.",
            )


def _deploy_findings(app: "App") -> Iterator[Finding]:
    from bocadillo.checks import run_checks

    for it in run_checks(app, environ=os.environ):
        if it.id != "S019":  # found above
            yield Finding(it.id, it.level, it.message, it.hint)


def _echo(findings: Sequence[Finding], place: Place) -> None:
    for finding in findings:
        level = click.style(finding.level, fg=_COLORS.get(finding.level), bold=True)
        click.echo(f"{finding.id} {level}: {finding.message}")
        if finding.hint:
            click.echo(indent(finding.hint.rstrip(), "    "))
        click.echo()
    counts = Counter(finding.level for finding in findings)
    told = " and ".join(plural(count, level) for level, count in counts.items())
    click.echo(f"{place}: {told or 'no problems found'}.")
