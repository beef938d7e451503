"""`bocadillo settings`: what holds, and who says so."""

import click

from bocadillo_cli.console import echo_json, echo_table, json_option
from bocadillo_cli.loading import inspecting
from bocadillo_cli.places import Place, app_option


@click.command(
    epilog="""\b
Example:
  bocadillo settings
  bocadillo settings --json | jq .GZIP
"""
)
@app_option
@json_option
def settings(place: Place, *, as_json: bool) -> None:
    """Show the settings that hold, and where each comes from.

    Secrets are masked: values of names with SECRET, PASSWORD, TOKEN, KEY or DSN in
    them, and credentials in URLs.
    """
    from bocadillo.config import masked

    with inspecting(place) as app:
        found = app.settings
    values = {name: masked(name, found[name]) for name in sorted(found)}
    if as_json:
        echo_json(
            {
                name: {"value": value, "origin": found.origin(name)}
                for name, value in values.items()
            }
        )
    else:
        rows = [
            (name, repr(value), found.origin(name)) for name, value in values.items()
        ]
        echo_table(("SETTING", "VALUE", "FROM"), rows)
