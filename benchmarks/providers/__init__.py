"""Dependency injection beside other libraries, in one process and as ratios only.

    python -m benchmarks.providers [--rounds N] [--calls N]

1. chain: app value ← async generator with cleanup ← two request values ← handler.
2. diamond: app value ← async generator with cleanup ← eight values ← one value of all
   eight ← handler: ten request values.

Each cell is the CPU time of a call as a ratio to `@asynccontextmanager` and plain calls
written by hand: the median over interleaved rounds, and their middle half. A library
that is not installed (`requirements.txt`) is left out. All do the same work, which is
checked before anything is timed.
"""
