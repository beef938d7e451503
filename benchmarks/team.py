"""Workers, one process per framework, and the orders given to them."""

import json
import selectors
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .frameworks import Framework
from .processes import Absent, cpu_seconds, environment
from .progress import Progress
from .workloads import Workload

CPU_LIMIT = 25.0
"""Seconds of CPU until the first answer: 10,000 routes take some frameworks longer."""


class Worker:
    """One child process (`worker.py`) and its pipe."""

    def __init__(self, framework: Framework, workloads: Sequence[Workload]) -> None:
        self.framework = framework
        self.ready = 0.0
        names = [workload.name for workload in workloads]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", framework.name, *names],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )

    def wait_until_ready(self) -> None:
        """Wait for the application's first answer.

        Raises:
            Absent: If there is none, or a wrong one.
        """
        answer = self._answer(limited=True)
        if "absent" in answer:
            raise Absent(answer["absent"])
        if answer["problems"]:
            raise Absent(f"wrong answer: {'; '.join(answer['problems'])}")
        self.ready = answer["ready"]

    def calibrate(self, seconds: float) -> None:
        """Choose how many requests make a round of about `seconds`."""
        self._ask(calibrate=seconds)

    def measure(self, workload: str) -> float:
        """One round of a workload: CPU microseconds per unit."""
        micros: float = self._ask(measure=workload)["micros"]
        return micros

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _ask(self, **order: object) -> dict[str, Any]:
        if self._process.stdin is None:
            raise RuntimeError("The worker was started without a pipe")
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self, *, limited: bool = False) -> dict[str, Any]:
        if self._process.stdout is None:
            raise RuntimeError("The worker was started without a pipe")
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not selector.select(timeout=0.25):
                if limited and cpu_seconds(self._process.pid) > CPU_LIMIT:
                    raise Absent(f"needs more than {CPU_LIMIT:.0f} s to start")
        line = self._process.stdout.readline()
        if not line:
            raise Absent(f"its process ended with status {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def team(
    frameworks: Sequence[Framework], workloads: Sequence[Workload], progress: Progress
) -> Iterator[list[Worker]]:
    """Workers of all frameworks that can do it, started side by side.

    Args:
        frameworks: Who should take part.
        workloads: What one application of each is asked.
        progress: Told who cannot, and why.
    """
    progress.show(f"{workloads[0].title}: starting")
    started = [Worker(framework, workloads) for framework in frameworks]
    able = []
    try:
        for worker in started:
            try:
                worker.wait_until_ready()
            except Absent as exc:
                progress.note(f"{worker.framework.title}, {workloads[0].name}: {exc}")
            else:
                able.append(worker)
        yield able
    finally:
        for worker in started:
            worker.stop()
