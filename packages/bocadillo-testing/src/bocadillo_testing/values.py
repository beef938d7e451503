"""The values of providers that belong to one test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import Any

import pytest

from bocadillo_providers import Lazy, Scope, ValueNotSet

from .client import create_client
from .lifespan import serve_here
from .providers import providers_of
from .serving import serving_of

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

    async def get(self, name: str) -> Any:
        """The value of a provider: of the app, or made for this scope.

        Args:
            name: Of the provider.

        Raises:
            Exception: What the provider raised.
        """
        __tracebackhide__ = True
        future = asyncio.get_running_loop().create_future()
        self._wanted.put_nowait((name, future))
        return await future

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
        keeper: Holds the scope of the test.
        portal: Reaches the event loop of the app, unless that is the test's own.
    """

    def __init__(self, app: Any, keeper: Keeper, portal: Any) -> None:
        self._app = app
        self._keeper = keeper
        self._portal = portal

    def get(self, name: str) -> Any:
        """The value of a provider, for a synchronous test."""
        __tracebackhide__ = True
        self._check(name)
        return self._portal.call(self._keeper.get, name)

    async def obtain(self, name: str) -> Any:
        """The value of a provider, for an async test."""
        __tracebackhide__ = True
        self._check(name)
        if self._portal is None:
            return await self._keeper.get(name)
        future = self._portal.start_task_soon(self._keeper.get, name)
        return await asyncio.wrap_future(future)

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
        portal: Any = getattr(serving_of(app), "portal", None)
        keeper = Keeper(app)
        portal.call(keeper.open)
        try:
            yield Values(app, keeper, portal)
        finally:
            portal.call(keeper.close)


@asynccontextmanager
async def values_here(app: Any) -> AsyncIterator[Values]:
    """Values for an async test: made in its loop, unless a server has its own.

    Args:
        app: The application; served for this if it is not.
    """
    serving = serving_of(app) or await serve_here(app, "a provider fixture")
    serving.join()
    portal = serving.portal
    keeper = Keeper(app)

    async def call(function: Callable[[], Awaitable[None]]) -> None:
        if portal is None:
            await function()
        else:
            await asyncio.wrap_future(portal.start_task_soon(function))

    try:
        await call(keeper.open)
        try:
            yield Values(app, keeper, portal)
        finally:
            await call(keeper.close)
    finally:
        if serving.leave():
            await serving.stop()
