"""`python -m bocadillo`: the command line, where bocadillo-cli is installed."""

import sys

try:
    from bocadillo_cli.main import main
except ModuleNotFoundError as exc:
    if exc.name not in ("bocadillo_cli", "bocadillo_cli.main"):
        raise
    sys.exit("The command line is part of bocadillo-cli: pip install bocadillo-cli")

if __name__ == "__main__":
    main()
