"""`bocadillo check`: what is wrong, before anybody else finds out."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from textwrap import indent
from typing import TYPE_CHECKING, Final

import click

from bocadillo_cli.console import Failure, echo_json, json_option, plural
from bocadillo_cli.loading import CodeFailure, gathered_warnings, load_app
from bocadillo_cli.places import Place, app_option

if TYPE_CHECKING:
    from bocadillo.checks import Finding

_ALWAYS: Final = ("S019",)
"""Checks that concern an app wherever it runs: hidden routes."""

_COLORS: Final = {"error": "red", "warning": "yellow"}


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
        names = ("id", "level", "message", "hint")
        echo_json([{name: getattr(it, name) for name in names} for it in findings])
    else:
        _echo(findings, place)
    if any(finding.level == "error" for finding in findings):
        raise click.exceptions.Exit(1)


def _findings(place: Place, *, deploy: bool) -> Iterator["Finding"]:
    from bocadillo.checks import Finding, run_checks
    from bocadillo.errors import ConfigurationError
    from bocadillo.introspection import find_mistakes

    with gathered_warnings() as warnings:
        try:
            app = load_app(place)
        except Failure as exc:
            report = exc.report if isinstance(exc, CodeFailure) else ""
            yield Finding("configuration", "error", exc.message, report)
            return
    for message in warnings:
        yield Finding("configuration", "warning", message, "")
    with gathered_warnings():
        mistakes = find_mistakes(app)
        for mistake in mistakes:
            about = "routes" if isinstance(mistake, ConfigurationError) else "providers"
            yield Finding(about, "error", str(mistake), "")
        if not mistakes:
            for finding in run_checks(app, environ=os.environ):
                if deploy or finding.id in _ALWAYS:
                    yield finding


def _echo(findings: "Sequence[Finding]", place: Place) -> None:
    for finding in findings:
        level = click.style(finding.level, fg=_COLORS[finding.level], bold=True)
        click.echo(f"{finding.id} {level}: {finding.message}")
        if finding.hint:
            click.echo(indent(finding.hint.rstrip(), "    "))
        click.echo()
    counts = Counter(finding.level for finding in findings)
    told = " and ".join(plural(count, level) for level, count in counts.items())
    click.echo(f"{place}: {told or 'no problems found'}.")
