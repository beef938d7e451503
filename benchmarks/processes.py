"""What Linux says of a process, and which cores are used for what."""

import contextlib
import functools
import os
import tempfile
from pathlib import Path


class Absent(Exception):
    """This framework cannot take part in this workload; the message says why."""


def cpu_seconds(pid: int) -> float:
    """CPU time of all living threads of a process.

    NOTE: `RLIMIT_CPU` would be a simpler limit, but while it is set the process's own
    CPU clock moves in scheduler ticks: rounds of 20 ms came out as multiples of 5 ms.
    """
    nanoseconds = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            nanoseconds += int((task / "schedstat").read_text().split()[0])
    return nanoseconds / 1e9


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    line = next(line for line in lines if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def cores() -> tuple[int, int]:
    """The servers' core and the load's: the same one if there is but one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


def pinned_to(core: int) -> list[str]:
    """The start of a command that shall run on one core."""
    return ["taskset", "--cpu-list", str(core)]


def environment() -> dict[str, str]:
    """For children: the same hashes each time, and bytecode that is compiled once.

    Packages may be installed with or without bytecode, and the environment may forbid
    to write it; without a place of our own, imports would be compared with compiling.
    """
    ours = {"PYTHONHASHSEED": "0", "PYTHONPYCACHEPREFIX": _bytecode().name}
    theirs = os.environ.items()
    return {k: v for k, v in theirs if k != "PYTHONDONTWRITEBYTECODE"} | ours


@functools.cache
def _bytecode() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="bytecode-")
