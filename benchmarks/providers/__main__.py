"""Check, measure, print a table."""

import argparse
import asyncio
import gc
import statistics
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from time import process_time

from .contenders import BASELINE, CONTENDERS, OURS, Call
from .domain import Pool

WORKS = ("chain", "diamond")
BY_HAND = (BASELINE, "AsyncExitStack by hand")

Ratios = dict[str, list[float]]


def main() -> None:
    """Run both workloads."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.providers")
    parser.add_argument("--rounds", type=int, default=41, help="default: %(default)s")
    parser.add_argument(
        "--calls", type=int, default=500, help="per round (default: %(default)s)"
    )
    options = parser.parse_args()
    gc.disable()
    tables = {
        work: asyncio.run(measure(work, options.rounds, options.calls))
        for work in WORKS
    }
    print_table(tables, options.rounds)


async def measure(work: str, rounds: int, calls: int) -> Ratios:
    """Ratios to the baseline, taken within each round."""
    async with AsyncExitStack() as stack:
        contenders: dict[str, Call] = {}
        for name, contender in CONTENDERS.items():
            pool = Pool()
            try:
                manager = asynccontextmanager(contender)(work, pool)
                call = await stack.enter_async_context(manager)
            except ImportError as exc:
                print(f"{name} is left out: {exc}")
                continue
            contenders[name] = call
            if not await is_right(call, pool):
                print(f"{work}: {name} opens a connection for each that needs one")
        ratios: Ratios = {name: [] for name in contenders}
        for _ in range(rounds):
            times = {name: await time(call, calls) for name, call in contenders.items()}
            for name, seconds in times.items():
                ratios[name].append(seconds / times[BASELINE])
            gc.collect()
        return ratios


async def is_right(call: Call, pool: Pool) -> bool:
    """Whether all share the one connection that a call opens and closes."""
    await call()
    before = pool.opened
    connections = await call()
    if pool.opened != pool.closed:
        raise RuntimeError("a connection was not closed")
    return len(connections) == 1 and pool.opened == before + 1


async def time(call: Call, calls: int) -> float:
    """CPU seconds for some calls, one after the other."""
    begin = process_time()
    for _ in range(calls):
        await call()
    return process_time() - begin


def print_table(tables: Mapping[str, Ratios], rounds: int) -> None:
    """Medians and middle halves."""
    print(f"\nCPU time of a call, as a ratio to {BASELINE}:")
    print(f"median of {rounds} interleaved rounds (middle half of the rounds)\n")
    print(f"{'':30}" + "".join(f"{work:>26}" for work in tables))
    for name in CONTENDERS:
        cells = [cell(ratios.get(name)) for ratios in tables.values()]
        print(f"{name:30}" + "".join(f"{text:>26}" for text in cells))
    for work, ratios in tables.items():
        medians = {name: statistics.median(values) for name, values in ratios.items()}
        peers = [name for name in medians if OURS not in name and name not in BY_HAND]
        if peers:
            fastest = min(peers, key=lambda name: medians[name])
            factor = medians[fastest] / medians[OURS]
            print(f"\n{work}: {factor:.1f} times faster than {fastest}, the fastest")


def cell(ratios: Sequence[float] | None) -> str:
    """`0.90 (0.88–0.91)`."""
    if not ratios:
        return "–"
    low, median, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return f"{median:.2f} ({low:.2f}–{high:.2f})"


if __name__ == "__main__":
    main()
