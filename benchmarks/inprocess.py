"""The main figure: what an application costs per request, without a server.

`await app(scope, receive, send)` in a loop, CPU time above an empty application. CPU
time, so that other processes on the machine cost a framework nothing; short interleaved
rounds, so that what they do to caches and clocks hits everybody.
"""

from collections.abc import Mapping, Sequence

from .frameworks import Framework
from .processes import Absent
from .progress import Progress, rotated
from .table import Table
from .team import Worker, team
from .workloads import ROUTE_COUNTS, Workload, last_route, no_route

ROUND_SECONDS = 0.02


def run(
    frameworks: Sequence[Framework],
    workloads: Sequence[Workload],
    *,
    rounds: int,
    progress: Progress,
) -> Table:
    """Measure each workload of each ASGI framework."""
    table = Table("In-process", "µs CPU per request")
    for workload in workloads:
        with team(frameworks, [workload], progress) as workers:
            _measure(table, {workload.name: workload}, workers, rounds, progress)
    return table


def run_routing(
    frameworks: Sequence[Framework], *, rounds: int, progress: Progress
) -> tuple[Table, Table]:
    """What the last route and a miss cost by number of routes; CPU until ready."""
    cost = Table("Routing", "µs CPU per request")
    ready = Table("Routing, until the first answer", "s CPU")
    for count in ROUTE_COUNTS:
        columns = {
            f"{count:,} hit": last_route(count),
            f"{count:,} miss": no_route(count),
        }
        with team(frameworks, list(columns.values()), progress) as workers:
            for worker in workers:
                ready.record(f"{count:,}", worker.framework.name, worker.ready)
            _measure(cost, columns, workers, rounds, progress)
    return cost, ready


def _measure(
    table: Table,
    columns: Mapping[str, Workload],
    workers: list[Worker],
    rounds: int,
    progress: Progress,
) -> None:
    title = next(iter(columns.values())).title
    for worker in workers:
        worker.calibrate(ROUND_SECONDS)
    for number in range(rounds):
        progress.show(title, round_=number + 1, rounds=rounds)
        for column, workload in columns.items():
            for worker in rotated(workers, number):
                try:
                    micros = worker.measure(workload.name)
                except Absent as exc:
                    progress.note(f"{worker.framework.title}, {workload.name}: {exc}")
                    workers.remove(worker)
                    continue
                table.record(column, worker.framework.name, micros)
