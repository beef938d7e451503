"""`python -m bocadillo`: the command line, where bocadillo-cli is installed."""

import sys

try:
    from bocadillo_cli.main import main
except ModuleNotFoundError as exc:
    if exc.name != "bocadillo_cli":
        raise
    sys.exit("The command line is part of bocadillo-cli: pip install bocadillo-cli")

if __name__ == "__main__":
    main()
