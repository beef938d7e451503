"""Write the reference page of the command line from the commands themselves.

    hatch run python scripts/cli_reference.py

Run it after a command has changed; a test tells when that was forgotten.
"""

from collections.abc import Iterator
from pathlib import Path

import click

from bocadillo_cli.main import main

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "cli.md"
COLUMNS = 80

INTRODUCTION = """\
# Command line

What `--help` says of each command. [The guide](../guide/cli.md) shows them at work.

Every command exits with 0 when all is well, with 1 after a failure, and with 2 if it
was typed wrongly. Colours appear on a terminal only, and never if `NO_COLOR` is set.
"""


def page() -> str:
    """The whole page, as Markdown."""
    return "\n".join([INTRODUCTION, *_sections()])


def _sections() -> Iterator[str]:
    root = _context(main, "bocadillo")
    yield _section("bocadillo", root)
    for name, command in main.commands.items():
        yield _section(f"bocadillo {name}", _context(command, name, root))


def _context(
    command: click.Command, name: str, parent: click.Context | None = None
) -> click.Context:
    return click.Context(
        command,
        info_name=name,
        parent=parent,
        terminal_width=COLUMNS,
        **command.context_settings,
    )


def _section(title: str, context: click.Context) -> str:
    text = click.unstyle(context.command.get_help(context))
    return f"## {title}\n\n```text\n{text}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
