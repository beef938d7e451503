"""Put planned files on the disk, one after the other, and tell what became of each."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from .scaffold import PlannedFile


class Outcome(NamedTuple):
    """What became of a planned file.

    Attributes:
        path: Where it is, or would be.
        size: Its length in bytes.
        created: Whether it was written; otherwise another file stands there.
    """

    path: Path
    size: int
    created: bool


def write(
    planned: Iterable[PlannedFile],
    directory: Path,
    *,
    overwrite: Callable[[Path], bool],
    dry: bool = False,
) -> Iterator[Outcome]:
    """Write files, and the directories that they need.

    Args:
        planned: The files.
        directory: What their paths are relative to.
        overwrite: Asked for each file that exists, before it is replaced.
        dry: Only tell what would be done.

    Raises:
        OSError: If a file cannot be written. Those before it stay.
    """
    for file in planned:
        path = directory.joinpath(*file.path.parts)
        content = file.content.encode("utf-8")
        created = not path.exists() or overwrite(path)
        if created and not dry:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        yield Outcome(path, len(content), created)
