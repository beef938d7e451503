"""Where figures come from: machine and versions, without names or paths."""

import os
import platform
import re
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

PATH = re.compile(r"/(?:[^\s/()'\"]+/)+(?=[^\s/()'\"]+/)")
ALSO = ("uvicorn", "uvloop", "httptools", "websockets", "msgspec", "pydantic")


def describe() -> dict[str, str]:
    """The machine in a few words."""
    return {
        "processor": _field(Path("/proc/cpuinfo"), "model name", ":"),
        "cores": f"{os.cpu_count()} cores",
        "memory": f"{_memory_gib():.0f} GiB",
        "system": _field(Path("/etc/os-release"), "PRETTY_NAME", "=").strip('"'),
        "kernel": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def versions(distributions: Iterable[str]) -> dict[str, str]:
    """Versions of what is installed of these, and of what serves them."""
    found = {}
    for name in dict.fromkeys([*distributions, *ALSO]):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def without_directories(text: str) -> str:
    """The text, in which paths have lost all but their last two parts."""
    return PATH.sub("", text)


def _field(file: Path, name: str, separator: str) -> str:
    if not file.exists():
        return sys.platform
    for line in file.read_text().splitlines():
        key, _, value = line.partition(separator)
        if key.strip() == name:
            return value.strip()
    return "unknown"


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
