"""Time a call of each contender, in one process and in turns."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from time import process_time_ns

from ..progress import Progress, rotated
from ..table import Table
from .contenders import CONTENDERS, Call
from .domain import Pool

WORKS = ("chain", "diamond")
CALLS = 500
"""Per round: tens of milliseconds."""


def run(*, rounds: int, progress: Progress) -> Table:
    """Measure both workloads."""
    table = Table("Providers", "µs CPU per call")
    with _uncollected():
        for work in WORKS:
            asyncio.run(_measure(table, work, rounds, progress))
    return table


async def _measure(table: Table, work: str, rounds: int, progress: Progress) -> None:
    title = f"providers, {work}"
    async with AsyncExitStack() as stack:
        opened = _opened(work, stack, progress)
        calls = {name: call async for name, call in opened}
        for number in range(rounds):
            progress.show(title, round_=number + 1, rounds=rounds)
            for name in rotated(list(calls), number):
                table.record(work, name, await _micros(calls[name]))
            gc.collect()


async def _opened(
    work: str, stack: AsyncExitStack, progress: Progress
) -> AsyncIterator[tuple[str, Call]]:
    """Each contender that is installed, once it was seen to work."""
    for name, contender in CONTENDERS.items():
        pool = Pool()
        try:
            manager = asynccontextmanager(contender)(work, pool)
            call = await stack.enter_async_context(manager)
        except ImportError as exc:
            progress.note(f"{name} is left out: {exc}")
            continue
        if not await _shares(call, pool):
            progress.note(f"{name}, {work}: opens a connection for each that needs one")
        yield name, call


async def _shares(call: Call, pool: Pool) -> bool:
    """Whether all share the one connection that a call opens and closes."""
    await call()
    before = pool.opened
    connections = await call()
    if pool.opened != pool.closed:
        raise RuntimeError("a connection was not closed")
    return len(connections) == 1 and pool.opened == before + 1


async def _micros(call: Call) -> float:
    begin = process_time_ns()
    for _ in range(CALLS):
        await call()
    return (process_time_ns() - begin) / 1e3 / CALLS


@contextmanager
def _uncollected() -> Iterator[None]:
    """Garbage is collected between rounds, and not at the cost of one contender."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
