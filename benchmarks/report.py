"""Results as Markdown: figures, ratios, goals, and where they are from."""

from collections.abc import Callable, Iterable, Sequence

from .frameworks import FRAMEWORKS, RAW, framework_named
from .goals import verdicts
from .providers.contenders import BASELINE
from .results import Results
from .table import Spread, Table
from .workloads import WORKLOADS

LETTERS = {workload.name: workload.letter for workload in WORKLOADS}
MESSAGES = ("stream", "websocket")


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table: the first column left, the others right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float) -> str:
    """Three digits that matter."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def with_spread(spread: Spread | None) -> str:
    """A median and half the width of the middle half of the rounds, if it has any."""
    if spread is None or spread.low == spread.high:
        return median(spread)
    return f"{number(spread.median)} ±{number((spread.high - spread.low) / 2)}"


def median(spread: Spread | None) -> str:
    """A median."""
    return "–" if spread is None else number(spread.median)


def title_of(framework: str) -> str:
    """A framework's name; a star if it brings its own server."""
    found = framework_named(framework)
    return found.title if found.asgi else f"{found.title} \\*"


def in_order(table: Table) -> list[str]:
    """The table's frameworks: those on the same server first."""
    present = set(table.frameworks)
    return [framework.name for framework in FRAMEWORKS if framework.name in present]


Cell = Callable[[Table, str, str], str]


def figure_cell(table: Table, column: str, framework: str) -> str:
    """The figure with its spread."""
    return with_spread(table.figure(column, framework))


def ratio_cell(table: Table, column: str, framework: str) -> str:
    """The ratio to raw ASGI."""
    return median(table.ratio(column, framework, RAW))


def block(table: Table, columns: Sequence[str], cell: Cell) -> str:
    """One row per framework, one column per workload."""
    present = [column for column in columns if column in table.columns]
    head = ["", *(LETTERS.get(column, column) for column in present)]
    rows = (
        [title_of(name), *(cell(table, column, name) for column in present)]
        for name in in_order(table)
    )
    return grid(head, rows)


def in_process(results: Results) -> str:
    """Cost per request without a server."""
    table = results.table("in-process")
    columns = [name for name in table.columns if name not in MESSAGES]
    return _two_blocks(table, columns)


def messages(results: Results) -> str:
    """Chunks of a stream and messages of a websocket."""
    table = results.table("in-process")
    return _two_blocks(table, MESSAGES, unit="µs CPU per chunk or message")


def server(results: Results) -> str:
    """Whole servers."""
    speed, cost = results.table("server"), results.table("server-cpu")
    if not speed.columns:
        return ""
    return "\n\n".join(
        [
            "Requests per second, × raw ASGI on uvicorn (more is better):",
            block(speed, list(speed.columns), ratio_cell),
            "CPU time of the server per request, × raw (less is better):",
            block(cost, list(cost.columns), ratio_cell),
            "Requests per second:",
            block(speed, list(speed.columns), figure_cell),
            f"\\* on its own server, not uvicorn. Load: {results.load}.",
        ]
    )


def routing(results: Results) -> str:
    """Cost by number of routes."""
    cost, ready = results.table("routing"), results.table("ready")
    return "\n\n".join(
        [
            f"{cost.unit}:",
            block(cost, list(cost.columns), figure_cell),
            "Seconds of CPU from import to the first answer, by number of routes:",
            block(ready, list(ready.columns), figure_cell),
        ]
    )


def footprint(results: Results) -> str:
    """Import, memory, start."""
    names = {"import": "import, ms", "memory": "idle, MB", "start": "300 routes, ms"}
    tables = [(name, results.table(name)) for name in names]
    present = [
        framework.name
        for framework in FRAMEWORKS
        if any(framework.name in table.frameworks for _, table in tables)
    ]
    rows = (
        [
            title_of(name),
            *(figure_cell(table, column, name) for column, table in tables),
        ]
        for name in present
    )
    return grid(["", *names.values()], rows)


def providers(results: Results) -> str:
    """Calls with injected values."""
    table = results.table("providers")
    works = list(table.columns)
    rows = (
        [name, *(with_spread(table.ratio(work, name, BASELINE)) for work in works)]
        for name in table.frameworks
    )
    return f"CPU time of a call, × the same by hand:\n\n{grid(['', *works], rows)}"


def goals(results: Results) -> str:
    """Each goal, and whether it is met."""
    rows = (
        [
            f"{LETTERS.get(verdict.workload, verdict.workload)}",
            verdict.what,
            f"{'≤' if verdict.at_most else '≥'} {verdict.limit:g}",
            number(verdict.measured),
            "yes" if verdict.held else "**no**",
            number(verdict.limit_of_raw) if verdict.limit_of_raw else "",
            verdict.asked,
        ]
        for verdict in verdicts(results)
    )
    head = ["", "figure", "goal", "measured", "met", "raw ASGI itself", "asks, × raw"]
    return grid(head, rows)


def origin(results: Results) -> str:
    """Machine and versions."""
    machine = results.machine
    names = ("processor", "cores", "memory", "system", "kernel", "python")
    found = [
        f"Taken on {results.taken}: {', '.join(machine[name] for name in names)}.",
        ", ".join(f"{name} {version}" for name, version in results.versions.items())
        + ".",
    ]
    found += [f"- {note}" for note in results.notes]
    return "\n\n".join(found[:2]) + "\n" + "".join(f"\n{line}" for line in found[2:])


def legend() -> str:
    """What the letters stand for."""
    named = [w for w in WORKLOADS if w.letter != w.name]
    return " · ".join(f"**{w.letter}** {w.title}" for w in named)


SECTIONS: dict[str, tuple[str, Callable[[Results], str], str]] = {
    "in-process": ("In-process", in_process, "in-process"),
    "messages": ("Streams and websockets", messages, "in-process"),
    "server": ("Whole server", server, "server"),
    "routing": ("Routing", routing, "routing"),
    "footprint": ("Import, memory, start", footprint, "import"),
    "providers": ("Providers", providers, "providers"),
}
"""By name: heading, what writes it, the table it cannot do without."""


def markdown(results: Results) -> str:
    """The whole report, without what was not measured."""
    parts = ["# Benchmark results", origin(results), legend()]
    for heading, write, needed in SECTIONS.values():
        if needed in results.tables and (text := write(results)):
            parts += [f"## {heading}", text]
    if any(verdicts(results)):
        parts += ["## Goals", goals(results)]
    return "\n\n".join(parts) + "\n"


def _two_blocks(
    table: Table, columns: Sequence[str], *, unit: str | None = None
) -> str:
    if not set(columns) & set(table.columns):
        return ""
    return "\n\n".join(
        [
            f"{unit or table.unit}, median of the rounds ± half their middle half:",
            block(table, columns, figure_cell),
            "The same, × raw ASGI:",
            block(table, columns, ratio_cell),
        ]
    )
