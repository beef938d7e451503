"""The values of providers that belong to one test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import Any, Self, TypeVar

import pytest

from bocadillo_providers import Lazy, Scope, ValueNotSet

from .client import create_client
from .lifespan import serve_here
from .providers import providers_of
from .serving import serving_of

T = TypeVar("T")

__all__ = ["Values", "values_here", "values_in_thread"]


class Keeper:
    """Holds one request scope of a served app, in one task of the app's event loop.

    Values are made and cleaned up in that task, whoever asks for them.

    Args:
        app: The application; it is being served.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._wanted: asyncio.Queue[tuple[str, asyncio.Future[Any]] | None]

    async def open(self) -> None:
        """Begin the scope."""
        self._wanted = asyncio.Queue()
        scope = self._app._session.scope("request")
        self._task = asyncio.create_task(self._run(scope))

    async def make(self, name: str) -> asyncio.Future[Any]:
        """Make the value of a provider, unless the app or this scope has it already.

        Args:
            name: Of the provider.

        Returns:
            What came of it. No exception is raised here, for some are none of this
            event loop's business: `pytest.skip()`, for example.
        """
        future = asyncio.get_running_loop().create_future()
        self._wanted.put_nowait((name, future))
        await asyncio.wait([future])
        return future

    async def close(self) -> None:
        """Clean up, in the reverse order.

        Raises:
            Exception: What a provider raised while it cleaned up.
        """
        self._wanted.put_nowait(None)
        await self._task

    async def _run(self, scope: Scope) -> None:
        async with scope:
            while (wanted := await self._wanted.get()) is not None:
                name, future = wanted
                try:
                    value = await scope.get(name)
                    future.set_result(await value if isinstance(value, Lazy) else value)
                except asyncio.CancelledError:
                    future.cancel()
                    raise
                except BaseException as exc:  # noqa: BLE001 - such as `pytest.skip`
                    if isinstance(exc, ValueNotSet):
                        exc.add_note(
                            f"Fixture {name!r} belongs to a test, and there is no "
                            "request in a test: ask the app by a client, or override "
                            "what needs the request by a fixture of its name."
                        )
                    future.set_exception(exc)


class Values:
    """What provider fixtures ask for their values.

    Args:
        app: The application; it is being served.
        portal: Reaches the event loop of the app, unless that is the test's own.
    """

    def __init__(self, app: Any, portal: Any) -> None:
        self._app = app
        self._keeper = Keeper(app)
        self._portal = portal

    def get(self, name: str) -> Any:
        """The value of a provider, for a synchronous test."""
        __tracebackhide__ = True
        self._check(name)
        return self._portal.call(self._keeper.make, name).result()

    async def obtain(self, name: str) -> Any:
        """The value of a provider, for an async test."""
        __tracebackhide__ = True
        self._check(name)
        return (await self._call(self._keeper.make, name)).result()

    async def _call(self, function: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Call a function in the event loop of the app."""
        if self._portal is None:
            return await function(*args)
        future = self._portal.start_task_soon(function, *args)
        result: T = await asyncio.wrap_future(future)
        return result

    async def __aenter__(self) -> Self:
        await self._call(self._keeper.open)
        return self

    async def __aexit__(self, *args: object) -> None:
        await self._call(self._keeper.close)

    def __enter__(self) -> Self:
        self._portal.call(self._keeper.open)
        return self

    def __exit__(self, *args: object) -> None:
        self._portal.call(self._keeper.close)

    def _check(self, name: str) -> None:
        if name not in providers_of(self._app):
            pytest.fail(
                f"Fixture {name!r} is a provider of the app that `bocadillo_app` "
                f"names, but fixture 'app' gives {self._app!r}, which has none of that "
                "name.",
                pytrace=False,
            )


@contextmanager
def values_in_thread(app: Any) -> Iterator[Values]:
    """Values for a synchronous test, from where the app is served.

    Args:
        app: The application; served for this if it is not.
    """
    with nullcontext() if serving_of(app) else create_client(app):
        portal = getattr(serving_of(app), "portal", None)
        with Values(app, portal) as values:
            yield values


@asynccontextmanager
async def values_here(app: Any) -> AsyncIterator[Values]:
    """Values for an async test: made in its loop, unless a server has its own.

    Args:
        app: The application; served for this if it is not.
    """
    serving = serving_of(app) or await serve_here(app, "a provider fixture")
    serving.join()
    try:
        async with Values(app, serving.portal) as values:
            yield values
    finally:
        if serving.leave():
            await serving.stop()
