"""Open a file whose path may come from a client.

Every path that does not lead to a readable, regular file answers the same 404,
whatever the reason: the answer tells nothing about what exists elsewhere. Opening
never waits for anybody (a FIFO would) and never touches a device.

Blocking: call it in a thread.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .errors import HTTPError

__all__ = [
    "StrPath",
    "confined",
    "is_below",
    "is_plain",
    "not_found_if_missing",
    "open_regular",
]

StrPath = str | os.PathLike[str]

# Absent on some systems: `O_BINARY` anywhere but on Windows, the others there.
_FLAGS: Final = os.O_RDONLY | sum(
    getattr(os, name, 0)
    for name in ("O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NOINHERIT", "O_NONBLOCK")
)

# What a path can be wrong with. Others, such as too many open files, are a trouble
# of the server, and a 404 would hide it.
_MISSING: Final = {
    errno.EACCES,
    errno.EINVAL,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENODEV,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.ENXIO,
    errno.EPERM,
}


@contextmanager
def not_found_if_missing() -> Iterator[None]:
    """Turn whatever a path can be wrong with into one `HTTPError(404)`.

    Raises:
        OSError: If the server is at fault, as when too many files are open.
    """
    try:
        yield
    except OSError as exc:
        if exc.errno not in _MISSING:
            raise
        raise HTTPError(404) from exc
    except ValueError as exc:  # NUL, or characters that no file name can hold
        raise HTTPError(404) from exc


def is_plain(path: str) -> bool:
    """Whether a relative path is free of `..`, empty segments and dotfiles.

    `.well-known` (RFC 8615) is no dotfile here.
    """
    return all(
        segment and (segment[0] != "." or segment == ".well-known")
        for segment in path.replace(os.sep, "/").split("/")
    )


def is_below(path: str, root: str) -> bool:
    """Whether a path lies below another, or is it; both must be real paths."""
    return os.path.commonpath([root, path]) == root


def confined(path: StrPath, root: StrPath) -> str:
    """Find the real path of a file below `root`.

    Args:
        path: Relative to `root`, and plain (see `is_plain`).
        root: A directory; it may itself be reached by symbolic links.

    Raises:
        FileNotFoundError: If the path is not plain, or leaves the root, be it by
            a symbolic link.
        ValueError: If no file can have this name.
    """
    if is_plain(os.fspath(path)):
        below = os.path.realpath(root)
        real = os.path.realpath(Path(below, path))
        if is_below(real, below):
            return real
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)


def open_regular(path: StrPath) -> tuple[int, os.stat_result]:
    """Open a regular file for reading.

    Returns:
        Its descriptor, which the caller closes, and what the file is like.

    Raises:
        OSError: If there is no such file, or it is not a regular one.
    """
    # NOTE: asked before opening too, as that alone does things to a device or FIFO.
    _expect_regular(Path(path).stat(), path)
    descriptor = os.open(path, _FLAGS)
    try:
        found = os.fstat(descriptor)
        _expect_regular(found, path)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor, found


def _expect_regular(found: os.stat_result, path: StrPath) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EISDIR, "Not a regular file", path)
