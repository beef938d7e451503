"""`python -m bocadillo_cli` is `bocadillo`."""

from .main import main

main(prog_name="bocadillo")
