"""Where the time of one request goes: its Python frames, a profile, or perf's view.

Frames are counted, so they repeat exactly; the profile's times carry its own overhead
and are good for comparing lines of one listing only; perf sees the interpreter and C
extensions from outside.
"""

import asyncio
import cProfile
import io
import pstats
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType

from .exchange import Client, start
from .frameworks import Framework
from .machine import without_directories
from .worker import build
from .workloads import Workload, workload_named

REQUESTS = 20_000
WARM_UP = 200
LINES = 30
OUTER = 2
"""How deep the benchmark's own loop calls the application."""


async def warm_client(framework: str, workload: Workload) -> Client:
    """A started application that has answered a few hundred requests."""
    app = build(framework, workload)
    client = Client(app, workload, await start(app))
    await client.time(WARM_UP)
    return client


def profile(framework: Framework, workload: Workload) -> str:
    """The frames of one request, and a profile of many."""
    return asyncio.run(_profile(framework.name, workload))


async def _profile(framework: str, workload: Workload) -> str:
    client = await warm_client(framework, workload)
    frames = await frames_of(client)
    profiler = cProfile.Profile()
    requests = max(1, REQUESTS // workload.units)
    with profiler:
        await client.time(requests)
    listing = io.StringIO()
    pstats.Stats(profiler, stream=listing).sort_stats("tottime").print_stats(LINES)
    parts = [
        f"{len(frames)} frames of one warm request, those of the benchmark left out",
        *frames[: LINES * 2],
        "",
        f"{requests:,} requests, by time in the function itself",
        without_directories(listing.getvalue()),
    ]
    return "\n".join(parts)


async def frames_of(client: Client) -> list[str]:
    """Every Python frame that one request starts or resumes, indented by depth."""
    frames: list[str] = []
    own = Path(__file__).parent
    depth = -OUTER

    def watch(frame: FrameType, event: str, argument: object) -> None:
        nonlocal depth
        if event == "call":
            code = frame.f_code
            file = Path(code.co_filename)
            if file.parent != own:
                where = f"{file.name}:{code.co_firstlineno}"
                frames.append(f"  {'· ' * depth}{code.co_qualname}  ({where})")
            depth += 1
        elif event == "return":
            depth -= 1

    sys.setprofile(watch)
    try:
        await client.time(1)
    finally:
        sys.setprofile(None)
    return frames


def perf(framework: Framework, workload: Workload) -> str:
    """The functions in which the processor spends its time, C ones included.

    Raises:
        RuntimeError: If perf is not installed or not allowed.
    """
    if shutil.which("perf") is None:
        raise RuntimeError("perf is not installed (on Debian: apt install linux-perf)")
    with tempfile.TemporaryDirectory() as directory:
        data = str(Path(directory) / "perf.data")
        own = [sys.executable, "-m", "benchmarks.profiling"]
        command = [*own, framework.name, workload.name]
        _run(["perf", "record", "-q", "-F", "4000", "-o", data, "--", *command])
        options = ["--stdio", "--no-children", "--percent-limit", "0.7"]
        return _run(["perf", "report", "-q", "-i", data, *options])


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


async def _burn(framework: str, workload: Workload) -> None:
    client = await warm_client(framework, workload)
    await client.time(REQUESTS * 10 // workload.units)


if __name__ == "__main__":
    asyncio.run(_burn(sys.argv[1], workload_named(sys.argv[2])))
