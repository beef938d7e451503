"""The whole command: `bocadillo`."""

import click

from .commands.create import create
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
def main() -> None:
    """Create, run and look into applications made with Bocadillo."""


main.add_command(create)
