"""`bocadillo run`: the development server."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bocadillo_cli.console import Failure, plural
from bocadillo_cli.loading import inspecting
from bocadillo_cli.places import Place, app_option

if TYPE_CHECKING:
    from socket import socket

WATCHED: Final = ("*.py", "*.html", "*.css", "[!.]*.env", ".env")


@click.command(
    epilog="""\b
Example:
  bocadillo run
  bocadillo run --port 8080
"""
)
@app_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Where to listen; 0 for any port that is free.",
)
def run(place: Place, host: str, port: int) -> None:
    """Serve the app while you work on it.

    Errors are shown in the browser, and the server starts again when a .py, .html,
    .css or .env file changes. Not for production: see `bocadillo serve`.
    """
    os.environ["BOCADILLO_DEBUG"] = "1"
    with inspecting(place) as app:
        from bocadillo.introspection import describe_routes

        count = len(describe_routes(app))
    listener = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{listener.getsockname()[1]}"
    click.echo(f"Serving {place} at {click.style(url, bold=True)}")
    click.echo(f"{plural(count, 'route')}. Reloads on changes. Ctrl+C stops.\n")
    _serve(place, listener)


def _listen(host: str, port: int) -> "socket":
    from bocadillo_cli.ports import next_free_port, open_port

    try:
        listener = open_port(host, port)
        if listener is not None:
            return listener
        free = next_free_port(host, port)
    except OSError as exc:
        raise Failure(f"Cannot listen at {host}:{port}: {exc.strerror}.") from exc
    problem = f"Port {port} is taken by another program."
    if free is None:
        raise Failure(f"{problem} Choose another one with --port.")
    if not sys.stdin.isatty():
        raise Failure(f"{problem} Port {free} is free: bocadillo run --port {free}")
    click.echo(problem)
    click.confirm(f"Use {free} instead?", default=True, abort=True)
    return _listen(host, free)


def written_by_others(directory: Path) -> list[str]:
    """Virtual environments and the like: `pip install` is no change of the app."""
    return [
        str(each)
        for each in directory.iterdir()
        if each.name == "node_modules" or (each / "pyvenv.cfg").is_file()
    ]


def _serve(place: Place, listener: "socket") -> None:
    from uvicorn import Config, Server
    from uvicorn.supervisors import ChangeReload

    config = Config(
        str(place),
        reload=True,
        reload_includes=list(WATCHED),
        reload_excludes=written_by_others(Path.cwd()),
        use_colors=False if os.environ.get("NO_COLOR") else None,
    )
    server = Server(config)
    ChangeReload(config, target=server.run, sockets=[listener]).run()
