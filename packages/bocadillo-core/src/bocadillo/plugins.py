"""The built-in features, one plugin each, in the one order that is safe.

A plugin is a function that takes the app. It reads `app.settings` and adds what its
feature needs; `configure` runs these first, then the user's.
"""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from .applications import App
from .providers import discover_providers

__all__ = ["use_providers", "use_static_files"]


def use_providers(app: App) -> None:
    """Register providers. Settings: `PROVIDER_MODULES`, and a `providerconf` module."""
    discover_providers(*app.settings["PROVIDER_MODULES"])
    if importlib.util.find_spec("providerconf") is not None:
        discover_providers("providerconf")


def use_static_files(app: App) -> None:
    """Serve a directory.

    Settings: `STATIC_DIR`, `STATIC_ROOT`, `STATIC_CONFIG`.
    """
    directory = app.settings["STATIC_DIR"]
    if directory is None or not Path(directory).is_dir():
        return
    from .staticfiles import static  # noqa: PLC0415 - WhiteNoise only if it is used

    files = static(directory, **app.settings["STATIC_CONFIG"])
    app.mount_first(app.settings["STATIC_ROOT"], files)


BUILT_IN_PLUGINS: Final[tuple[Callable[[App], Any], ...]] = (
    use_providers,
    use_static_files,
)
