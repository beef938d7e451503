"""Which charts are drawn from results."""

from collections.abc import Mapping

from .chart import Series, dot_plot, line_plot
from .frameworks import FRAMEWORKS, OURS, RAW
from .results import Results
from .table import Table
from .workloads import ROUTE_COUNTS, WORKLOADS

LABELS = {workload.name: workload.title for workload in WORKLOADS}


def pictures(results: Results) -> dict[str, str]:
    """File names and SVG of all charts that this run has figures for."""
    drawn = {}
    if "in-process" in results.tables:
        table = results.tables["in-process"]
        drawn["in-process.svg"] = dot_plot(
            "The cost of a request, without a server",
            "CPU time as a multiple of a raw ASGI function that does the same by hand. "
            "Logarithmic; further left is better.",
            _rows(table),
            _ratios(table),
            logarithmic=True,
            ours=OURS,
        )
    if "server" in results.tables:
        table = results.tables["server"]
        drawn["server.svg"] = dot_plot(
            "Requests per second of a whole server",
            "As a multiple of raw ASGI on uvicorn, one core. Further right is better. "
            "Rings: on their own server, not uvicorn.",
            _rows(table),
            _ratios(table),
            logarithmic=False,
            ours=OURS,
        )
    if "routing" in results.tables:
        table = results.tables["routing"]
        drawn["routing.svg"] = line_plot(
            "The cost of the last route, by the number of routes",
            "CPU time per request in µs, without a server. Both scales logarithmic.",
            ROUTE_COUNTS,
            _medians(table, {f"{count:,} hit": str(count) for count in ROUTE_COUNTS}),
            ours=OURS,
        )
    return drawn


def _rows(table: Table) -> Mapping[str, str]:
    return {column: LABELS.get(column, column) for column in table.columns}


def _ratios(table: Table) -> list[Series]:
    found = []
    for framework in FRAMEWORKS:
        ratios = {
            column: ratio.median
            for column in table.columns
            if (ratio := table.ratio(column, framework.name, RAW)) is not None
        }
        if ratios:
            ring = not framework.asgi
            found.append(Series(framework.name, framework.title, ratios, hollow=ring))
    return found


def _medians(table: Table, columns: Mapping[str, str]) -> list[Series]:
    found = []
    for framework in FRAMEWORKS:
        values = {
            key: figure.median
            for column, key in columns.items()
            if (figure := table.figure(column, framework.name)) is not None
        }
        if values:
            found.append(Series(framework.name, framework.title, values))
    return found
