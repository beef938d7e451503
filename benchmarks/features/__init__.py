"""What the built-in features cost: `python -m benchmarks.features`."""
