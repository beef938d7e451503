"""What a suite of short tests takes: `python -m benchmarks.suites`."""
