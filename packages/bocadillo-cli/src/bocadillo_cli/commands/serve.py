"""`bocadillo serve`: the production server."""

import math
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import click

from bocadillo_cli.console import Failure
from bocadillo_cli.loading import load_app, mistakes_as_failures
from bocadillo_cli.places import Place, app_option

if TYPE_CHECKING:
    from bocadillo.config import Settings

_MARGIN: Final = 5
"""Seconds that the server gives the app beyond its own `SHUTDOWN_GRACE`."""

_NOT_STARTED: Final = 3
"""The exit code of uvicorn's own for that; ours is that of all failures."""


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="""\b
Example:
  bocadillo serve --host 0.0.0.0 --port 80 --workers 4
  bocadillo serve --log-level warning --no-access-log
""",
)
@app_option
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    envvar="WEB_CONCURRENCY",
    default=1,
    help="How many processes.  [default: $WEB_CONCURRENCY or 1]",
)
@click.option(
    "--port",
    # uvicorn would take the last 16 bits of a greater one, and not say so.
    type=click.IntRange(0, 65535),
    help="Where to listen; 0 for any port that is free.  [default: 8000]",
)
@click.argument(
    "options", nargs=-1, type=click.UNPROCESSED, metavar="[UVICORN_OPTION]..."
)
def serve(
    place: Place, workers: int, port: int | None, options: tuple[str, ...]
) -> None:
    """Serve the app in production, with uvicorn.

    Believes the headers of a proxy on this machine, and when it is told to stop
    finishes what has begun. Refuses to start in DEBUG or with an empty secret. All
    other options are uvicorn's: `uvicorn --help` lists them.
    """
    from uvicorn.main import main as uvicorn

    with mistakes_as_failures():
        app = load_app(place)
    refusals = list(_refusals(app.settings))
    if refusals:
        raise Failure("\n".join(refusals))
    colors = ["--no-use-colors"] if os.environ.get("NO_COLOR") else []
    grace = math.ceil(app.settings["SHUTDOWN_GRACE"]) + _MARGIN
    arguments = [
        str(place),
        f"--workers={workers}",
        f"--timeout-graceful-shutdown={grace}",
        "--proxy-headers",
        *colors,
        *([] if port is None else [f"--port={port}"]),
        *options,
    ]
    try:
        uvicorn.main(args=arguments, prog_name="bocadillo serve")
    except SystemExit as ended:
        # The log tells why.
        if ended.code == _NOT_STARTED:
            raise click.exceptions.Exit(1) from None
        raise


def _refusals(settings: "Settings") -> Iterator[str]:
    if settings["DEBUG"]:
        yield (
            "DEBUG is on, which shows the inside of the app to anybody. It comes from "
            f"{settings.origin('DEBUG')}: take it away there."
        )
    # That of SESSIONS was checked when the app was configured.
    if "SECRET_KEY" in settings and _is_empty(settings["SECRET_KEY"]):
        yield (
            "The secret in SECRET_KEY is empty, so anybody could forge what it signs. "
            "Make one: python -c 'import secrets; print(secrets.token_urlsafe())'"
        )


def _is_empty(secret: Any) -> bool:
    if isinstance(secret, list | tuple):
        return not secret or any(map(_is_empty, secret))
    return secret is None or not str(secret).strip()
