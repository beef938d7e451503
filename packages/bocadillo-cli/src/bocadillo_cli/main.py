"""The whole command: `bocadillo`."""

import click

from .commands.check import check
from .commands.create import create
from .commands.explain import explain
from .commands.providers import providers
from .commands.routes import routes
from .commands.run import run
from .commands.serve import serve
from .commands.settings import settings
from .commands.shell import shell
from .commands.version import show_version
from .extensions import Extensible


@click.group(
    cls=Extensible,
    aliases={"new": "create"},
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Example:
  bocadillo create my-app
  cd my-app
  bocadillo run
""",
)
@click.option(
    "-V",
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=show_version,
    help="Show the versions of what is installed.",
)
@click.option(
    "--app", metavar="MODULE:ATTRIBUTE", help="Where the app is, for every command."
)
@click.pass_context
def main(context: click.Context, app: str | None) -> None:
    """Create, run and look into applications made with Bocadillo."""
    context.obj = {"app": app}


for command in (
    create,
    run,
    serve,
    routes,
    explain,
    providers,
    check,
    shell,
    settings,
):
    main.add_command(command)
