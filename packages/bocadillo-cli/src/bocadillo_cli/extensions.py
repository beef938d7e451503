"""Commands of other distributions, by the entry-point group `bocadillo.commands`.

    [project.entry-points."bocadillo.commands"]
    greet = "my_distribution.commands:greet"    # a click command

Help lists their names only. A command is imported when it is called, so one that is
broken harms no other.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from .console import Failure

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP: Final = "bocadillo.commands"


class Extensible(click.Group):
    """A group of commands that other distributions add to.

    Built-in commands cannot be replaced.

    Args:
        aliases: Other names for commands: found, but not listed.
    """

    def __init__(
        self, *args: Any, aliases: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._aliases = dict(aliases or {})

    @cached_property
    def extensions(self) -> "dict[str, EntryPoint]":
        """Entry points by name, sorted; of several with one name the first found."""
        if not any(_has_extensions(Path(place)) for place in sys.path):
            return {}
        from importlib.metadata import entry_points

        found: dict[str, EntryPoint] = {}
        for entry in entry_points(group=GROUP):
            if entry.name not in self.commands and entry.name not in self._aliases:
                found.setdefault(entry.name, entry)
        return dict(sorted(found.items()))

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Parse; without colours if the environment says `NO_COLOR` (no-color.org)."""
        if os.environ.get("NO_COLOR"):
            extra.setdefault("color", False)
        return super().make_context(*args, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the built-in commands, as they were added, then of the others."""
        return [*self.commands, *self.extensions]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command; that of another distribution is not imported yet."""
        name = self._aliases.get(cmd_name, cmd_name)
        if name in self.commands:
            return self.commands[name]
        if name in self.extensions:
            return Extension(self.extensions[name])
        return None

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """List the commands, and apart from them those of other distributions."""
        width = max(map(len, self.list_commands(ctx)), default=0)
        limit = formatter.width - 6 - width
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name.ljust(width), command.get_short_help_str(limit))
                    for name, command in self.commands.items()
                ]
            )
        if self.extensions:
            with formatter.section("Commands of other distributions"):
                formatter.write_dl(
                    [
                        (name.ljust(width), f"From {_origin(entry)}.")
                        for name, entry in self.extensions.items()
                    ]
                )


class Extension(click.Command):
    """Stands for a command of another distribution until it is called.

    Args:
        entry: Where the command is.
    """

    def __init__(self, entry: "EntryPoint") -> None:
        super().__init__(entry.name, help=f"From {_origin(entry)}.")
        self._entry = entry

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Import the command and parse with it.

        Raises:
            Failure: If it cannot be imported, or is no command.
        """
        return self._load().make_context(*args, **extra)

    def _load(self) -> click.Command:
        entry = self._entry
        try:
            command = entry.load()
        except Exception as exc:
            raise Failure(
                f"Command {entry.name!r} of {_origin(entry)} is broken: importing "
                f"{entry.value} raised {type(exc).__name__}: {exc}"
            ) from exc
        if not isinstance(command, click.Command):
            raise Failure(
                f"Command {entry.name!r} of {_origin(entry)} is broken: {entry.value} "
                f"is not a click command, but {command!r}."
            )
        return command


def _has_extensions(place: Path) -> bool:
    """Whether distributions that are installed there may have commands.

    Most often none has. To see that takes a fraction of the time that it takes to
    import `importlib.metadata`, which would be half of what `bocadillo --help` does.
    """
    if place.is_file():  # an archive: not ours to open
        return True
    with suppress(OSError):  # there is no such directory
        for entry in place.iterdir():
            if entry.name.lower().endswith((".dist-info", "egg-info")):
                with suppress(OSError):  # it has no entry points
                    if GROUP.encode() in (entry / "entry_points.txt").read_bytes():
                        return True
    return False


def _origin(entry: "EntryPoint") -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
