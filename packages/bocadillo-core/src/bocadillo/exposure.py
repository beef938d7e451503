"""What lies in a directory of static files, and is none."""

import os
from collections.abc import Iterator
from pathlib import Path


def exposed(directory: Path) -> Iterator[Path]:
    """Code, dotfiles and links to the outside, relative to `directory`.

    `.well-known` (RFC 8615) is meant to be served, and what is below it, too.
    """
    root = directory.resolve()
    for folder, folders, files in os.walk(directory):
        for name in sorted([*folders, *files]):
            path = Path(folder, name)
            dotted = name.startswith(".") and name != ".well-known"
            outward = path.is_symlink() and not path.resolve().is_relative_to(root)
            if dotted or outward or name.endswith((".py", ".pyc")):
                yield path.relative_to(directory)
        folders[:] = [it for it in folders if it == ".well-known" or it[0] != "."]
