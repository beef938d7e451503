"""Settings: upper-case names count. See the docs for all that there are."""

import os
from pathlib import Path

HERE = Path(__file__).parent

STATIC_DIR = HERE / "static"
PROVIDER_MODULES = ["notes.providers"]
ALLOWED_HOSTS = os.environ.get("NOTES_HOSTS", "*").split(",")

# Your own settings live here, too: `from bocadillo import settings`.
DATABASE = Path(os.environ.get("NOTES_DATABASE", "notes.sqlite3"))
