"""The second figure: a whole server, on one core, under load from the other.

All servers of a workload stand side by side and are loaded in turn. The servers' core
is one, the load generator's another, so neither takes time from the other.
"""

import http.client
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .clients import drive, warm_up
from .frameworks import Framework
from .processes import Absent, cores, cpu_seconds, environment, memory_mb, pinned_to
from .progress import Progress, rotated
from .table import Table
from .workloads import Answer, Workload

CONNECTIONS = 64
START_LIMIT = 60.0
"""Seconds of wall time until a server answers; 1 000 routes take some a while."""


class Server:
    """One framework's server process (`serve.py`)."""

    def __init__(self, framework: Framework, workload: Workload, core: int) -> None:
        self.framework = framework
        self.workload = workload
        self.port = free_port()
        self._warm = False
        # A file, because a pipe that nobody reads stops a server that logs a lot.
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `stop`
        self._process = subprocess.Popen(
            [
                *pinned_to(core),
                *(sys.executable, "-m", "benchmarks.serve"),
                *(framework.name, workload.name, str(self.port)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._log,
            env=environment(),
        )

    def wait_until_ready(self) -> None:
        """Wait until the port answers, and check the answer, twice.

        Raises:
            Absent: If the server does not start, or answers wrongly.
        """
        deadline = time.monotonic() + START_LIMIT
        while not is_open(self.port):
            if self._process.poll() is not None:
                raise Absent(self._last_words())
            if time.monotonic() > deadline:
                raise Absent(f"no answer within {START_LIMIT:.0f} s")
            time.sleep(0.002)
        if self.workload.kind == "http":
            for _ in range(2):
                problems = self.workload.problems(self.answer())
                if problems:
                    raise Absent(f"wrong answer: {'; '.join(problems)}")

    def answer(self) -> Answer:
        """One answer, over a connection of its own.

        Raises:
            Absent: If the connection breaks.
        """
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            workload = self.workload
            headers = dict(workload.headers)
            client.request(
                workload.method, workload.target, workload.body or None, headers
            )
            response = client.getresponse()
            found = [(name.lower(), value) for name, value in response.getheaders()]
            return Answer(response.status, tuple(found), response.read())
        except (OSError, http.client.HTTPException) as exc:
            raise Absent(f"no answer: {exc!r}") from exc
        finally:
            client.close()

    def cpu_seconds(self) -> float:
        """CPU time since the process started."""
        return cpu_seconds(self._process.pid)

    def loaded(self, core: int) -> tuple[float, float]:
        """One round of load: requests per second, and CPU microseconds per request.

        The first one is preceded by a little that nobody counts.

        Raises:
            Absent: If the server broke under it.
        """
        if not self._warm:
            warm_up(self.workload, self.port, CONNECTIONS, core)
            self._warm = True
        before = self.cpu_seconds()
        load = drive(self.workload, self.port, CONNECTIONS, core)
        spent = self.cpu_seconds() - before
        return load.requests / load.seconds, spent * 1e6 / load.requests

    def memory_mb(self) -> float:
        """Resident memory."""
        return memory_mb(self._process.pid)

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._log.close()

    def _last_words(self) -> str:
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "its process ended without a word"


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_open(port: int) -> bool:
    """Whether somebody listens on that port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def servers(
    frameworks: Sequence[Framework], workload: Workload, progress: Progress
) -> Iterator[list[Server]]:
    """Servers of all frameworks that can do it, started side by side."""
    progress.show(f"{workload.title}, served: starting")
    core, _ = cores()
    started = [Server(framework, workload, core) for framework in frameworks]
    able = []
    try:
        for server in started:
            try:
                server.wait_until_ready()
            except Absent as exc:
                progress.note(f"{server.framework.title}, {workload.name}: {exc}")
            else:
                able.append(server)
        yield able
    finally:
        for server in started:
            server.stop()


def run(
    frameworks: Sequence[Framework],
    workloads: Sequence[Workload],
    *,
    rounds: int,
    progress: Progress,
) -> tuple[Table, Table]:
    """Requests per second, and the server's CPU per request."""
    speed = Table("Whole server", "requests/s")
    cost = Table("Whole server, CPU", "µs CPU per request")
    _, core = cores()
    for workload in workloads:
        if workload.kind == "stream":
            continue
        with servers(frameworks, workload, progress) as group:
            for number in range(rounds):
                title = f"{workload.title}, served"
                progress.show(title, round_=number + 1, rounds=rounds)
                for server in rotated(group, number):
                    try:
                        rate, micros = server.loaded(core)
                    except Absent as exc:
                        name = f"{server.framework.title}, {workload.name}"
                        progress.note(f"{name}: {exc}")
                        group.remove(server)
                        continue
                    speed.record(workload.name, server.framework.name, rate)
                    cost.record(workload.name, server.framework.name, micros)
    return speed, cost
