"""`bocadillo shell`: try things out, with the app at hand."""

import platform
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from bocadillo_cli.loading import inspecting
from bocadillo_cli.places import Place, app_option

if TYPE_CHECKING:
    from bocadillo import App


@click.command(
    epilog="""\b
Example:
  bocadillo shell
  >>> db = await providers.get("db")
  >>> client.get("/").json()
"""
)
@app_option
def shell(place: Place) -> None:
    """Start a Python prompt in which `await` works.

    It is IPython's, if that is installed. At hand are the app, its settings and its
    providers, and a client if bocadillo-testing is installed.
    """
    from bocadillo_cli import prompts

    with inspecting(place) as app:
        providers = prompts.Providers(app)
    names = {"app": app, "settings": app.settings, "providers": providers}
    hints = ["app", "settings", 'await providers.get("…")']
    client = _client(app)
    if client is not None:
        names["client"] = client
        hints.append('client.get("/")')
    banner = (
        f"Python {platform.python_version()}, {place}. `await` works here.\n"
        f"At hand: {', '.join(hints)}"
    )
    start = prompts.start_ipython if find_spec("IPython") else prompts.start_python
    try:
        start(names, banner, providers.close)
    finally:
        if client is not None:
            client.close()


def _client(app: "App") -> Any:
    """A client of the app, if there is a library for it."""
    if find_spec("bocadillo_testing") is None:
        return None
    from bocadillo import create_client

    return create_client(app)
