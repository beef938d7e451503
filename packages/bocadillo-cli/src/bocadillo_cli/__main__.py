"""`python -m bocadillo_cli` is `bocadillo`."""

from .main import main

if __name__ == "__main__":
    main(prog_name="bocadillo")
