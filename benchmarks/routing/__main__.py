"""Measure, and print three tables."""

import argparse
import gc
import statistics
from collections.abc import Callable, Iterable
from time import perf_counter

from bocadillo.matching import Matcher

from .families import FAMILIES, HOSTILE_PATHS, HOSTILE_TABLES, Family, matcher_of

SIZES = (10, 100, 1_000, 10_000)

Work = Callable[[], object]


def main() -> None:
    """Run all three benchmarks."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing")
    parser.add_argument("--rounds", type=int, default=41, help="default: %(default)s")
    rounds: int = parser.parse_args().rounds
    gc.disable()
    print_growth(rounds)
    print_hostile(max(rounds // 8, 3))
    print_compile(max(rounds // 8, 3))


def print_growth(rounds: int) -> None:
    """One path among more and more routes."""
    print("Ratio to 10 routes: median, and the middle half of the rounds\n")
    print_row("differing in", "", *(f"{size} routes" for size in SIZES[1:]))
    for family in FAMILIES:
        matchers = {size: family.matcher(size) for size in SIZES}
        for outcome in ("hit", "miss", "405"):
            works = [
                work_of(matcher, family, outcome, size)
                for size, matcher in matchers.items()
            ]
            ratios = measure(works, rounds)
            print_row(family.name, outcome, *map(spread, ratios[1:]))


def work_of(matcher: Matcher[int], family: Family, outcome: str, size: int) -> Work:
    """Look up ten paths, a hundred times."""
    paths = [family.miss] * 10 if outcome == "miss" else family.paths(size)
    method = "PUT" if outcome == "405" else "GET"
    found = {type(matcher.find(path, method)) for path in paths}
    wanted = {"hit": tuple, "miss": type(None), "405": frozenset}[outcome]
    if found != {wanted}:
        raise SystemExit(f"{family}: expected {wanted}, found {found}")

    def work() -> None:
        find = matcher.find
        for _ in range(100):
            for path in paths:
                find(path, method)

    return work


def print_hostile(rounds: int) -> None:
    """Long paths that invite backtracking."""
    tables = HOSTILE_TABLES | {
        f"10 000 routes, {family.name}": [
            family.pattern.replace("#", str(number)) for number in range(10_000)
        ]
        for family in FAMILIES
    }
    print("\nHostile paths, 8 KiB against 4 KiB: the slowest path of each table\n")
    print_row("table", "", "ratio", "ms")
    for name, texts in tables.items():
        matcher = matcher_of(texts)
        slowest = max(
            (hostile(matcher, *path, rounds=rounds) for path in HOSTILE_PATHS),
            key=lambda figures: figures[1],
        )
        print_row(name, "", f"{slowest[0]:.2f}", f"{slowest[1] * 1e3:.2f}")


def hostile(
    matcher: Matcher[int], start: str, part: str, *, rounds: int
) -> tuple[float, float]:
    """Return the ratio of 8 to 4 KiB, and the seconds that 8 KiB take."""

    def work_on(length: int) -> Work:
        path = (start + part * length)[:length]
        return lambda: matcher.find(path, "GET")

    works = [work_on(4096), work_on(8192)]
    ratio = statistics.median(measure(works, rounds)[1])
    return ratio, min(seconds(works[1]) for _ in range(rounds))


def print_compile(rounds: int) -> None:
    """From texts to a matcher, and from a matcher to its hidden routes."""
    print("\nCompiling 10 000 routes against 1 000, and finding the hidden ones\n")
    print_row("differing in", "", "compile", "s", "shadowed", "s")
    for family in FAMILIES:
        cells = []
        for prepare in (compiling, finding_hidden):
            works = [prepare(family, 1_000), prepare(family, 10_000)]
            ratios = measure(works, rounds)[1]
            cells += [f"{statistics.median(ratios):.1f}", f"{seconds(works[1]):.3f}"]
        print_row(family.name, "", *cells)


def compiling(family: Family, count: int) -> Work:
    """Parse and compile a table."""
    return lambda: family.matcher(count)


def finding_hidden(family: Family, count: int) -> Work:
    """Look for hidden routes in a compiled table."""
    matcher = family.matcher(count)
    return matcher.shadowed


def measure(works: Iterable[Work], rounds: int) -> list[list[float]]:
    """Run all in turn, and return each one's ratios to the first, by round."""
    works = list(works)
    ratios: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        times = [seconds(work) for work in works]
        for own, time in zip(ratios, times, strict=True):
            own.append(time / times[0])
    return ratios


def seconds(work: Work) -> float:
    """Time one run."""
    start = perf_counter()
    work()
    return perf_counter() - start


def spread(values: list[float]) -> str:
    """Median and quartiles."""
    low, median, high = statistics.quantiles(values, n=4)
    return f"{median:.2f} ({low:.2f}-{high:.2f})"


def print_row(name: str, kind: str, *cells: str) -> None:
    """One line of a table."""
    print(f"{name:42} {kind:5}", *(f"{cell:>18}" for cell in cells))


if __name__ == "__main__":
    main()
