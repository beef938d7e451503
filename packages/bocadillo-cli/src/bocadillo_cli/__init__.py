"""The `bocadillo` command."""
