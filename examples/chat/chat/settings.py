"""Settings: upper-case names count. See the docs for all that there are."""

from pathlib import Path

STATIC_DIR = Path(__file__).parent / "static"
