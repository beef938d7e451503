"""The goals Bocadillo set itself, and whether a run meets them.

Set before the figures were known; a goal that is missed stays in the table.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from .frameworks import FRAMEWORKS, OURS, RAW
from .providers import contenders
from .results import Results
from .table import Table

LIMITS = {
    "text": (3.3, 2.3),
    "json": (2.0, 4.0),
    "path": (2.2, 3.7),
    "query": (2.0, 3.0),
    "body": (1.9, 2.8),
    "routes": (2.6, 3.0),
    "inject": (1.8, 4.5),
    "cleanup": (2.3, 4.5),
    "middleware": (2.0, 3.0),
    "missing": (2.8, 5.0),
    "list": (1.15, 2.2),
}
"""By workload: at most this many times raw; this many times faster than any peer."""

PEERS = tuple(
    framework.name
    for framework in FRAMEWORKS
    if framework.asgi and framework.name not in (RAW, OURS)
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One goal beside what was measured.

    Attributes:
        workload: Its column.
        what: The figure.
        limit: The goal.
        measured: The figure's median.
        at_most: Whether the goal is an upper bound.
        limit_of_raw: What raw ASGI reaches, where the goal compares with a peer: no
            framework can do better.
        asked: What the goal then asks for, × raw: nobody can be below 1 in cost, nor
            above 1 in requests.
    """

    workload: str
    what: str
    limit: float
    measured: float
    at_most: bool = True
    limit_of_raw: float | None = None
    asked: str = ""

    @property
    def held(self) -> bool:
        """Whether the goal is met."""
        if self.at_most:
            return self.measured <= self.limit
        return self.measured >= self.limit


def verdicts(results: Results) -> Iterator[Verdict]:
    """Every goal that this run has the figures for."""
    yield from _in_process(results.table("in-process"))
    yield from _served(results)
    yield from _routing(results)
    yield from _footprint(results)
    yield from _providers(results)


def fastest_peer(table: Table, column: str, *, more_is_better: bool) -> str | None:
    """The best of the ASGI frameworks that are not ours; `None` without any."""
    figures = {
        name: figure.median
        for name in PEERS
        if (figure := table.figure(column, name)) is not None
    }
    if not figures:
        return None
    best = max if more_is_better else min
    return best(figures, key=lambda name: figures[name])


def _to_raw(
    table: Table, column: str, what: str, limit: float, *, at_most: bool = True
) -> Iterator[Verdict]:
    ratio = table.ratio(column, OURS, RAW)
    if ratio:
        yield Verdict(column, what, limit, ratio.median, at_most)


def _to_peer(
    table: Table, column: str, what: str, limit: float, *, more_is_better: bool
) -> Iterator[Verdict]:
    peer = fastest_peer(table, column, more_is_better=more_is_better)
    if peer is None:
        return
    ours, raw = (
        table.ratio(column, one, peer)
        if more_is_better
        else table.ratio(column, peer, one)
        for one in (OURS, RAW)
    )
    if ours and raw:
        of_raw = raw.median
        ratio = limit / of_raw if more_is_better else of_raw / limit
        asked = f"{'≥' if more_is_better else '≤'} {ratio:.2f}"
        yield Verdict(column, what, limit, ours.median, False, of_raw, asked)


def _in_process(table: Table) -> Iterator[Verdict]:
    for column, (limit, advantage) in LIMITS.items():
        yield from _to_raw(table, column, "in-process, × raw", limit)
        what = "in-process, × faster than any peer"
        yield from _to_peer(table, column, what, advantage, more_is_better=False)
    for column, limit in (("stream", 1.1), ("websocket", 1.8)):
        yield from _to_raw(table, column, "in-process, × raw", limit)


def _served(results: Results) -> Iterator[Verdict]:
    speed, cost = results.table("server"), results.table("server-cpu")
    for column in LIMITS:
        yield from _to_raw(cost, column, "server CPU, × raw", 1.15)
        what = "requests/s, × raw"
        yield from _to_raw(speed, column, what, 0.88, at_most=False)
        what = "requests/s, × the fastest peer"
        yield from _to_peer(speed, column, what, 1.3, more_is_better=True)
    what = "round trips/s, × raw"
    yield from _to_raw(speed, "websocket", what, 0.97, at_most=False)


def _routing(results: Results) -> Iterator[Verdict]:
    cost = results.table("routing")
    for outcome in ("hit", "miss"):
        few = cost.figure(f"10 {outcome}", OURS)
        many = cost.figure(f"10,000 {outcome}", OURS)
        if few and many:
            what = f"{outcome}: of 10,000 routes × of 10"
            yield Verdict("routing", what, 1.2, many.median / few.median)
    ready = results.table("ready").figure("10,000", OURS)
    if ready:
        yield Verdict("routing", "10,000 routes ready, s", 3.0, ready.median)


def _footprint(results: Results) -> Iterator[Verdict]:
    imports = results.table("import").ratio("import", OURS, "starlette")
    if imports:
        yield Verdict("import", "CPU, × Starlette", 1.3, imports.median)
    memory = results.table("memory")
    ours, theirs = memory.figure("memory", OURS), memory.figure("memory", "starlette")
    if ours and theirs:
        more = ours.median - theirs.median
        yield Verdict("memory", "MB more than Starlette", 3.0, more)
    start = results.table("start").ratio("start", OURS, "starlette")
    if start:
        yield Verdict("start", "300 routes, CPU, × Starlette", 2.0, start.median)


def _providers(results: Results) -> Iterator[Verdict]:
    table = results.table("providers")
    for work in table.columns:
        ratio = table.ratio(work, contenders.OURS, contenders.BASELINE)
        if ratio:
            what = f"a call, {work}, × the same by hand"
            yield Verdict("providers", what, 1.0, ratio.median)
