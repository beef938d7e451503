"""Versions of dependencies that are known to be vulnerable."""

import importlib.metadata
import re
from collections.abc import Iterator, Mapping
from typing import Final

# Without Bocadillo's own: a vulnerability in one of these is one of every app.
_SAFE: Final[Mapping[str, tuple[int, ...]]] = {
    "starlette": (1, 10),
    "uvicorn": (0, 54),
    "httptools": (0, 8),
    "h11": (0, 16),
    "python-multipart": (0, 0, 31),
    "whitenoise": (6, 12),
    "jinja2": (3, 1, 6),
    "itsdangerous": (2, 2),
    "websockets": (13,),
    "msgspec": (0, 22),
}
"""The oldest versions in which they have been mended."""


def outdated() -> Iterator[tuple[str, str, str]]:
    """What is installed in a vulnerable version.

    Yields:
        The name, the version, and the least one that should be there.
    """
    for name, safe in _SAFE.items():
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        if numbers(version) < safe:
            yield name, version, ".".join(map(str, safe))


def numbers(version: str) -> tuple[int, ...]:
    """The numbers that a version begins with, as far as they go."""
    found: list[int] = []
    for part in version.split("."):
        digits = re.match(r"\d+", part)
        if digits is None:
            break
        found.append(int(digits[0]))
    return tuple(found)
