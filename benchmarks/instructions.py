"""Count the CPU instructions of a request: a guard that repeats exactly.

valgrind's callgrind counts them in a simulated processor. With one hash seed and the
garbage collector off, the same code gives the same count, whatever else the machine is
doing, so a change of a few percent is a fact and can fail a build. Streams alone look
at the clock, to let others have a turn: up to 3 % on a slow machine.

The child runs its workload between two calls of `marshal.dumps`: callgrind writes its
counters whenever it sees that function of CPython. Only writing bytecode calls it too,
so the child writes none, and another number of dumps than expected is an error.
"""

import asyncio
import gc
import json
import marshal
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypedDict

from .exchange import Client, start
from .frameworks import Framework
from .processes import environment
from .worker import build
from .workloads import WORKLOADS, Workload, workload_named

BASELINE = Path(__file__).parent / "instructions.json"
TOLERANCE = 0.03
GUARDED = WORKLOADS
REQUESTS = 200
WARM_UP = 50
MARK = "PyMarshal_WriteObjectToString"
MARKS = 3


class Baseline(TypedDict):
    """What `instructions.json` holds."""

    python: str
    counts: dict[str, int]


def python() -> str:
    """Counts compare on the same interpreter and architecture only."""
    return f"{platform.python_implementation()} {platform.python_version()}, " + (
        platform.machine()
    )


def count(framework: Framework, workloads: Sequence[Workload]) -> dict[str, int]:
    """Instructions per unit of each workload, above an empty application.

    Raises:
        RuntimeError: If valgrind is not installed, or the child failed.
    """
    if shutil.which("valgrind") is None:
        raise RuntimeError(
            "valgrind is not installed (on Debian: apt install valgrind)"
        )
    # PERF: as many processors as there are; what they count does not depend on it.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = pool.map(partial(_count_one, framework), workloads)
    return {
        workload.name: counted
        for workload, counted in zip(workloads, counts, strict=True)
    }


def _count_one(framework: Framework, workload: Workload) -> int:
    """Count in a process of its own: apps beside it would cost a request something."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "counts"
        done = subprocess.run(
            [
                *("valgrind", "--tool=callgrind", f"--dump-before={MARK}"),
                f"--callgrind-out-file={file}",
                *(sys.executable, "-m", "benchmarks.instructions"),
                *(framework.name, workload.name),
            ],
            capture_output=True,
            text=True,
            check=False,
            env={**environment(), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        if done.returncode:
            raise RuntimeError(f"The counted run failed: {done.stderr[-1000:]}")
        dumps = len(list(file.parent.glob("counts.*")))
        if dumps != MARKS:
            raise RuntimeError(f"callgrind wrote {dumps} dumps instead of {MARKS}")
        app, nothing = (total(Path(f"{file}.{mark}").read_text()) for mark in (2, 3))
    return round((app - nothing) / requests_of(workload) / workload.units)


def total(dump: str) -> int:
    """The instructions of one dump of callgrind.

    Raises:
        ValueError: If the dump has none.
    """
    found = re.search(r"^(?:totals|summary): (\d+)", dump, re.MULTILINE)
    if found is None:
        raise ValueError("callgrind wrote a dump without a total")
    return int(found[1])


def requests_of(workload: Workload) -> int:
    """How many requests are counted: many chunks or messages are in one."""
    return max(1, REQUESTS // workload.units)


def changes(counts: dict[str, int], known: dict[str, int]) -> dict[str, float]:
    """By how much each workload grew (0.02 is 2 %), for those known before."""
    return {
        name: value / known[name] - 1 for name, value in counts.items() if name in known
    }


def read_baseline() -> Baseline | None:
    """The stored counts, if they were taken on this interpreter."""
    if not BASELINE.exists():
        return None
    baseline: Baseline = json.loads(BASELINE.read_text())
    return baseline if baseline["python"] == python() else None


def write_baseline(counts: dict[str, int]) -> None:
    """Store counts; those of other workloads stay if the interpreter is the same."""
    known = read_baseline()
    merged = {**(known["counts"] if known else {}), **counts}
    baseline = Baseline(python=python(), counts=merged)
    BASELINE.write_text(json.dumps(baseline, indent=1) + "\n")


async def _counted(framework: str, workload: Workload) -> None:
    app = build(framework, workload)
    client = Client(app, workload, await start(app))
    requests = requests_of(workload)
    await client.time(max(2, WARM_UP // workload.units))
    await client.time_empty(WARM_UP)
    marshal.dumps(None)
    await client.time(requests)
    marshal.dumps(None)
    await client.time_empty(requests)
    marshal.dumps(None)


if __name__ == "__main__":
    gc.disable()
    asyncio.run(_counted(sys.argv[1], workload_named(sys.argv[2])))
