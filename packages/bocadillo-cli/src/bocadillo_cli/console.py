"""How the command speaks: tables, data, and the end of a command that failed."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click


class Failure(click.ClickException):
    """Something is wrong with what the user has, not with how they typed it.

    Ends the command with exit code 1 and the message, without a traceback.
    """

    exit_code = 1


json_option: Final = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, for programs."
)
"""The option of commands whose output is data; its parameter is `as_json`."""


def echo_json(data: Any) -> None:
    """Print data for programs."""
    import json

    click.echo(json.dumps(data, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, set | frozenset) else str(value)


def plural(count: int, noun: str) -> str:
    """`1 route`, `2 routes`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def columns() -> int:
    """How wide a line may be: 80 characters unless the terminal says otherwise."""
    import shutil

    return shutil.get_terminal_size().columns


def echo_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows below headers, in columns as wide as they need to be.

    What does not fit into the terminal is wrapped inside its column.
    """
    widths = _fit(list(zip(headers, *rows, strict=True)), columns())
    for number, row in enumerate((headers, *rows)):
        cells = [wrap(text, width) for text, width in zip(row, widths, strict=True)]
        for line in range(max(map(len, cells))):
            parts = [
                (cell[line] if line < len(cell) else "").ljust(width)
                for cell, width in zip(cells, widths, strict=True)
            ]
            click.secho("  ".join(parts).rstrip(), bold=number == 0 or None)


def _fit(table: Sequence[Sequence[str]], width: int) -> list[int]:
    """Widths of columns: as needed, else the widest ones are narrowed."""
    widths = [max(map(len, column)) for column in table]
    least = [max(_longest_word(cell) for cell in column) for column in table]
    while sum(widths) + 2 * (len(widths) - 1) > width:
        shrinkable = [at for at, needed in enumerate(least) if widths[at] > needed]
        if not shrinkable:
            break
        widths[max(shrinkable, key=widths.__getitem__)] -= 1
    return widths


def _longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most that many characters, unless a single word is longer."""
    import textwrap

    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    return lines or [""]


def relative(location: str) -> str:
    """A `file:line` as it is read from the working directory, if it is below it."""
    return location.removeprefix(f"{Path.cwd()}{os.sep}")
