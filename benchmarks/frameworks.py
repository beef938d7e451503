"""Who takes part, and how each is served.

An ASGI framework is called in-process and served by uvicorn. The others bring a server
of their own: their figures measure framework and server together, and are shown apart.
"""

from dataclasses import dataclass
from importlib import metadata


@dataclass(frozen=True, slots=True)
class Framework:
    """One participant; its applications are in `apps/<name>.py`.

    Attributes:
        name: As typed on the command line; also the module's name.
        title: For people.
        distribution: The package whose version is reported.
        imports: What is imported to measure import time; empty for raw ASGI.
        asgi: Whether it is an ASGI application.
    """

    name: str
    title: str
    distribution: str
    imports: str
    asgi: bool = True

    @property
    def version(self) -> str | None:
        """The installed version; `None` when it is not installed."""
        try:
            return metadata.version(self.distribution)
        except metadata.PackageNotFoundError:
            return None


FRAMEWORKS = (
    Framework("raw", "raw ASGI", "uvicorn", ""),
    Framework("bocadillo", "Bocadillo", "bocadillo-core", "bocadillo"),
    Framework("blacksheep", "BlackSheep", "blacksheep", "blacksheep"),
    Framework("falcon", "Falcon", "falcon", "falcon.asgi"),
    Framework("starlette", "Starlette", "starlette", "starlette.applications"),
    Framework("litestar", "Litestar", "litestar", "litestar"),
    Framework("fastapi", "FastAPI", "fastapi", "fastapi"),
    Framework("quart", "Quart", "quart", "quart"),
    Framework("sanic", "Sanic", "sanic", "sanic", asgi=False),
    Framework("aiohttp", "aiohttp", "aiohttp", "aiohttp.web", asgi=False),
    Framework("robyn", "Robyn", "robyn", "robyn", asgi=False),
)

RAW, OURS = "raw", "bocadillo"

_BY_NAME = {framework.name: framework for framework in FRAMEWORKS}


def framework_named(name: str) -> Framework:
    """The framework of that name.

    Raises:
        KeyError: If there is none; the message lists those that exist.
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        known = ", ".join(_BY_NAME)
        raise KeyError(f"No framework {name!r}. There are: {known}") from None
