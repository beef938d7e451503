"""Which load generator drives a server: wrk, or ours where wrk cannot."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass

from .processes import Absent, pinned_to
from .workloads import Workload

SECONDS = 0.4
"""Of one round: many short ones waver less than few long ones."""

WRK = shutil.which("wrk")


@dataclass(frozen=True, slots=True)
class Load:
    """What one round of load came to."""

    requests: int
    seconds: float


def name() -> str:
    """The load generators, for the report."""
    if WRK is None:
        return "our own `benchmarks/load.py`, because wrk is not installed"
    return "wrk; for websockets our own `benchmarks/load.py`"


def warm_up(workload: Workload, port: int, connections: int, core: int) -> None:
    """A little load that nobody counts."""
    drive_with_ours(workload, port, connections, core, seconds=0.2)


def drive(workload: Workload, port: int, connections: int, core: int) -> Load:
    """One round of load from that core."""
    if WRK is None or workload.kind == "websocket":
        return drive_with_ours(workload, port, connections, core, seconds=SECONDS)
    return drive_with_wrk(workload, port, connections, core, WRK)


def drive_with_ours(
    workload: Workload, port: int, connections: int, core: int, *, seconds: float
) -> Load:
    """One round from `load.py`."""
    command = [sys.executable, "-m", "benchmarks.load", workload.name]
    sizes = [str(port), str(connections), str(seconds)]
    return Load(**json.loads(output([*pinned_to(core), *command, *sizes])))


def drive_with_wrk(
    workload: Workload, port: int, connections: int, core: int, wrk: str
) -> Load:
    """One round from wrk."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(wrk_script(workload))
        script.flush()
        # It counts in whole seconds, unless it is interrupted.
        interrupt = ["timeout", "--preserve-status", "--signal=INT", str(SECONDS)]
        command = [wrk, "-t1", f"-c{connections}", "-d9s", "-s", script.name]
        url = f"http://127.0.0.1:{port}{workload.target}"
        report = output([*pinned_to(core), *interrupt, *command, url])
        return parse_wrk(report, workload)


def output(command: list[str]) -> str:
    """What a command prints; an error if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        words = done.stderr.strip().splitlines()
        raise Absent(f"under load: {words[-1] if words else 'no word'}")
    return done.stdout


def wrk_script(workload: Workload) -> str:
    """Method, headers and body, for wrk; it writes host and content-length itself."""
    own = ("host", "content-length")
    lines = [f"wrk.method = {json.dumps(workload.method)}"]
    lines += [
        f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}"
        for name, value in workload.headers
        if name not in own
    ]
    if workload.body:
        lines.append(f"wrk.body = {json.dumps(workload.body.decode())}")
    return "\n".join(lines) + "\n"


def parse_wrk(report: str, workload: Workload) -> Load:
    """The figures of wrk's report.

    Raises:
        Absent: If there were socket errors, or answers of another status.
    """
    total = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m)", report)
    if total is None:
        raise Absent(f"under load: no answer ({report.strip()})")
    requests = int(total[1])
    errors = re.search(r"Socket errors: .*", report)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", report)
    right = requests if workload.status >= 400 else 0
    if errors or (int(refused[1]) if refused else 0) != right:
        found = errors[0] if errors else f"{refused[1] if refused else 0} of {requests}"
        raise Absent(f"under load: wrong answers or broken connections ({found})")
    seconds = float(total[2]) * {"ms": 0.001, "s": 1, "m": 60}[total[3]]
    return Load(requests, seconds)
