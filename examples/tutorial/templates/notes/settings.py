"""Settings: upper-case names count. See the docs for all that there are."""

from pathlib import Path

HERE = Path(__file__).parent

STATIC_DIR = HERE / "static"
