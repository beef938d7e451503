"""Bocadillo beside other frameworks: the same work, timed in the same run.

Everything is a ratio to a raw ASGI function that does the work by hand, because times
of a shared machine mean nothing alone. Start with `python -m benchmarks run --help`;
method and limits are in docs/explanation/performance.md.
"""
