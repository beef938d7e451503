"""What a framework costs before it has served anything: import, memory, start."""

import subprocess
import sys
from collections.abc import Sequence

from .frameworks import Framework
from .processes import environment
from .progress import Progress, rotated
from .server import servers
from .table import Table
from .workloads import last_route, workload_named

IMPORT = """\
from time import process_time
started = process_time()
import {module}
print(process_time() - started)
"""

START_ROUTES = 300


def run(
    frameworks: Sequence[Framework], *, rounds: int, progress: Progress
) -> tuple[Table, Table, Table]:
    """CPU of the import, memory of an idle server, CPU until 300 routes answer."""
    imports = Table("Import", "ms CPU")
    for number in range(rounds):
        progress.show("import", round_=number + 1, rounds=rounds)
        for framework in rotated(frameworks, number):
            seconds = import_seconds(framework.imports) if framework.imports else None
            if seconds is not None:
                imports.record("import", framework.name, seconds * 1_000)
    memory = Table("Idle server", "MB resident")
    start = Table(f"Start with {START_ROUTES} routes", "ms CPU")
    # PERF: a round starts all servers; three are enough for figures this steady.
    for _ in range(min(rounds, 3)):
        with servers(frameworks, workload_named("text"), progress) as group:
            for server in group:
                memory.record("memory", server.framework.name, server.memory_mb())
        with servers(frameworks, last_route(START_ROUTES), progress) as group:
            for server in group:
                seconds = server.cpu_seconds()
                start.record("start", server.framework.name, seconds * 1_000)
    return imports, memory, start


def import_seconds(module: str) -> float | None:
    """CPU seconds of an import in a fresh process; `None` if it is not installed.

    Bytecode is cached after the first round: the median shows a warm import.
    """
    done = subprocess.run(
        [sys.executable, "-c", IMPORT.format(module=module)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    return None if done.returncode else float(done.stdout.split()[-1])
