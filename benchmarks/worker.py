"""The child process that runs one application of one framework, alone.

One process per application: what a framework leaves in memory, patches or caches cannot
touch its neighbours. Orders and answers are lines of JSON on standard input and output:

    (none)                  ->  {"problems": [of its answer], "ready": CPU seconds}
    {"calibrate": seconds}  ->  {"counts": {workload: requests that take so long}}
    {"measure": workload}   ->  {"micros": CPU µs per unit above an empty application}

Several workloads may share an application: a route that is hit, and one that is not.
"""

import asyncio
import gc
import importlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from time import process_time
from typing import IO

import uvloop

from .asgi import ASGIApp
from .exchange import Client, start
from .workloads import Workload, workload_named


def build(framework: str, workload: Workload) -> ASGIApp:
    """The framework's application for that workload.

    Raises:
        NotImplementedError: If its module has none.
    """
    module = importlib.import_module(f"benchmarks.apps.{framework}")
    factory: Callable[..., ASGIApp] | None = getattr(module, workload.factory, None)
    if factory is None:
        raise NotImplementedError(f"{framework} has no {workload.factory}()")
    return factory() if workload.routes is None else factory(workload.routes)


class Bench:
    """One application, started and checked, on uvicorn's event loop.

    Attributes:
        problems: What is wrong with its answers, in words.
        ready: CPU seconds until they were checked.
    """

    def __init__(self, framework: str, workloads: Sequence[Workload]) -> None:
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self._counts: dict[str, int] = {}
        started = process_time()
        app = build(framework, workloads[0])
        state = self._runner.run(start(app))
        self._clients = {
            workload.name: Client(app, workload, state) for workload in workloads
        }
        self.problems = [
            f"{name}: {problem}"
            for name, client in self._clients.items()
            for problem in self._runner.run(client.problems())
        ]
        self.ready = process_time() - started

    def calibrate(self, seconds: float) -> dict[str, int]:
        """How many requests of each workload take about `seconds` of CPU."""
        for name, client in self._clients.items():
            count = 1
            while (taken := self._runner.run(client.time(count))) < seconds * 1e9 / 2:
                count *= 2
            self._counts[name] = max(1, round(count * seconds * 1e9 / taken))
        return self._counts

    def measure(self, workload: str) -> float:
        """CPU microseconds per unit, above an application that does nothing."""
        client, count = self._clients[workload], self._counts[workload]
        gc.collect()
        taken = self._runner.run(client.time(count))
        nothing = self._runner.run(client.time_empty(count))
        return (taken - nothing) / 1_000 / count / client.workload.units


def serve(orders: IO[str], answers: IO[str], framework: str, *names: str) -> None:
    """Obey until the orders end."""

    def say(**answer: object) -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    try:
        bench = Bench(framework, [workload_named(name) for name in names])
    except (ImportError, NotImplementedError) as exc:
        return say(absent=str(exc))
    say(problems=bench.problems, ready=bench.ready)
    for line in orders:
        match json.loads(line):
            case {"calibrate": seconds}:
                say(counts=bench.calibrate(seconds))
            case {"measure": workload}:
                say(micros=bench.measure(workload))
    return None


if __name__ == "__main__":
    # What a framework prints must not be taken for an answer.
    private = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin, private, *sys.argv[1:])
    # Some frameworks leave threads behind that would wait for ever.
    private.flush()
    os._exit(0)
