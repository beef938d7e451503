"""The command line: `python -m benchmarks --help`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import clients, footprint, inprocess, instructions, machine, profiling, server
from .docs import write_page
from .frameworks import FRAMEWORKS, OURS, RAW, Framework, framework_named
from .pictures import pictures
from .progress import Progress
from .providers import calls, contenders
from .report import markdown
from .results import Results
from .team import team
from .workloads import WORKLOADS, Workload, workload_named

MODES = ("in-process", "server", "routing", "footprint", "providers")
ROUNDS, SERVER_ROUNDS = 15, 5
RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "performance.md"


def parser() -> argparse.ArgumentParser:
    """All commands and options."""
    main = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = main.add_subparsers(dest="command", required=True)

    run = commands.add_parser("run", help="measure, and write tables and charts")
    run.add_argument("--workloads", type=workloads, default=WORKLOADS, metavar="A,B")
    run.add_argument("--frameworks", type=frameworks, default=FRAMEWORKS, metavar="A,B")
    run.add_argument("--mode", type=modes, default=MODES, metavar="|".join(MODES))
    run.add_argument("--rounds", type=rounds, default=ROUNDS, help="in-process rounds")
    run.add_argument(
        "--server-rounds", type=rounds, default=SERVER_ROUNDS, help="of 0.4 s each"
    )
    run.add_argument(
        "--output",
        type=Path,
        help="a directory; a complete run writes to benchmarks/results, others nowhere",
    )
    run.set_defaults(do=do_run)

    report = commands.add_parser("report", help="write report and page again")
    report.set_defaults(do=lambda _: write(Results.load_from(RESULTS), RESULTS))

    count = commands.add_parser(
        "instructions", help="count CPU instructions (valgrind)"
    )
    count.add_argument(
        "--workloads", type=workloads, default=instructions.GUARDED, metavar="A,B"
    )
    count.add_argument("--framework", type=framework, default=framework_named(OURS))
    count.add_argument("--write", action="store_true", help="make it the baseline")
    count.set_defaults(do=do_instructions)

    profile = commands.add_parser("profile", help="show where the time goes")
    profile.add_argument("workload", type=workload)
    profile.add_argument("--framework", type=framework, default=framework_named(OURS))
    profile.add_argument("--perf", action="store_true", help="in C, by Linux perf")
    profile.set_defaults(do=do_profile)
    return main


def workload(name: str) -> Workload:
    """One workload's name from the command line."""
    try:
        return workload_named(name)
    except KeyError as exc:
        raise argparse.ArgumentTypeError(exc.args[0]) from None


def workloads(names: str) -> tuple[Workload, ...]:
    """Names with commas between them."""
    return tuple(workload(name) for name in names.split(","))


def framework(name: str) -> Framework:
    """One framework's name from the command line."""
    try:
        return framework_named(name)
    except KeyError as exc:
        raise argparse.ArgumentTypeError(exc.args[0]) from None


def frameworks(names: str) -> tuple[Framework, ...]:
    """Names with commas between them; raw ASGI, the base of all ratios, always."""
    chosen = {framework(name) for name in [RAW, *names.split(",")]}
    return tuple(one for one in FRAMEWORKS if one in chosen)


def rounds(number: str) -> int:
    """How many: one is the least that has a figure."""
    if not number.isdecimal() or int(number) == 0:
        raise argparse.ArgumentTypeError(f"Not a number of rounds: {number!r}")
    return int(number)


def modes(names: str) -> tuple[str, ...]:
    """Modes with commas between them."""
    chosen = tuple(names.split(","))
    for name in chosen:
        if name not in MODES:
            known = ", ".join(MODES)
            raise argparse.ArgumentTypeError(f"No mode {name!r}. There are: {known}")
    return chosen


def do_run(options: argparse.Namespace) -> int:
    """Measure, print the report, and write it where it belongs."""
    progress = Progress()
    chosen: tuple[Framework, ...] = tuple(
        one for one in options.frameworks if one.name == OURS or one.version
    )
    for one in set(options.frameworks) - set(chosen):
        progress.note(f"{one.title} is not installed")
    distributions = [one.distribution for one in chosen]
    if "providers" in options.mode:
        distributions += contenders.DISTRIBUTIONS
    versions = machine.versions(distributions)
    results = Results(machine.describe(), versions, clients.name())
    measure(results, chosen, options, progress)
    results.notes = progress.notes
    print(markdown(results))
    if options.output or is_complete(options, chosen):
        write(results, options.output or RESULTS)
    return 0


def is_complete(options: argparse.Namespace, chosen: Sequence[Framework]) -> bool:
    """Whether a run may take the place of the published one: with all, and as long."""
    asked = options.workloads, tuple(chosen), options.mode
    is_as_long = options.rounds >= ROUNDS and options.server_rounds >= SERVER_ROUNDS
    return asked == (WORKLOADS, FRAMEWORKS, MODES) and is_as_long


def measure(
    results: Results,
    chosen: Sequence[Framework],
    options: argparse.Namespace,
    progress: Progress,
) -> None:
    """Fill the tables of the chosen modes."""
    tables = results.tables
    asgi = [one for one in chosen if one.asgi]
    with team(asgi, [workload_named("text")], progress):
        pass  # all bytecode is compiled now, which starts and imports must not pay
    rounds = options.rounds
    if "in-process" in options.mode:
        tables["in-process"] = inprocess.run(
            asgi, options.workloads, rounds=rounds, progress=progress
        )
    if "routing" in options.mode:
        tables["routing"], tables["ready"] = inprocess.run_routing(
            asgi, rounds=min(rounds, 9), progress=progress
        )
    if "footprint" in options.mode:
        found = footprint.run(chosen, rounds=min(rounds, 7), progress=progress)
        tables["import"], tables["memory"], tables["start"] = found
    if "providers" in options.mode:
        tables["providers"] = calls.run(rounds=rounds, progress=progress)
    if "server" in options.mode:
        tables["server"], tables["server-cpu"] = server.run(
            chosen, options.workloads, rounds=options.server_rounds, progress=progress
        )


def write(results: Results, directory: Path) -> int:
    """Write data, report and charts; into the documentation too if they are ours."""
    results.save(directory)
    (directory / "results.md").write_text(markdown(results))
    for name, drawing in pictures(results).items():
        (directory / name).write_text(drawing)
    if directory == RESULTS:
        write_page(PAGE, results)
    return 0


def do_instructions(options: argparse.Namespace) -> int:
    """Count, compare with the baseline; fail if anything grew by more than 3 %.

    Raises:
        SystemExit: If what is to be the baseline is not ours.
    """
    is_ours = options.framework.name == OURS
    if options.write and not is_ours:
        raise SystemExit(f"The baseline is {framework_named(OURS).title}'s.")
    counts = instructions.count(options.framework, options.workloads)
    baseline = instructions.read_baseline() if is_ours else None
    grown = instructions.changes(counts, baseline["counts"] if baseline else {})
    new = "      new" if is_ours else ""
    for name, value in counts.items():
        change = f" {grown[name]:+8.1%}" if name in grown else new
        print(f"{name:12} {value:10,}{change}")
    if is_ours and baseline is None:
        print(f"No baseline for {instructions.python()}: nothing to compare with.")
    if options.write:
        instructions.write_baseline(counts)
        return 0
    return int(any(change > instructions.TOLERANCE for change in grown.values()))


def do_profile(options: argparse.Namespace) -> int:
    """Print where the time of a workload goes."""
    show = profiling.perf if options.perf else profiling.profile
    print(show(options.framework, options.workload))
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run a command; without one, `run`."""
    if not arguments or arguments[0] not in (
        "run",
        "report",
        "instructions",
        "profile",
    ):
        wants_help = bool(arguments) and arguments[0] in ("-h", "--help")
        arguments = arguments if wants_help else ["run", *arguments]
    options = parser().parse_args(arguments)
    code: int = options.do(options)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
