"""Start and stop: an app's own contexts, and the lifespans of what it mounts.

Nothing here knows routes or providers; `applications` puts the parts in order.
See https://asgi.readthedocs.io/en/latest/specs/lifespan.html.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from .asgi import ASGIApp, Message
from .inspection import describe, is_async_generator_function

logger = logging.getLogger("bocadillo.lifespan")

Lifespan = Callable[[Any], AbstractAsyncContextManager[Mapping[str, Any] | None]]
"""Takes the app, gives a context that is open while the app is served."""

EVENTS = ("startup", "shutdown")


def as_lifespan(function: Callable[[Any], Any]) -> Lifespan:
    """Accept an async generator function or an async context manager.

    Raises:
        TypeError: If it is neither callable nor an async generator function.
    """
    if not callable(function):
        raise TypeError(
            f"A lifespan must be an async generator function that takes the app, "
            f"not {function!r}."
        )
    if is_async_generator_function(function):
        return asynccontextmanager(function)
    return function


def checked_event(event: str, handler: object) -> None:
    """Refuse a handler that would never run.

    Raises:
        ValueError: If there is no such event.
        TypeError: If the handler is not callable.
    """
    if event not in EVENTS:
        raise ValueError(f"There is no event {event!r}: use 'startup' or 'shutdown'.")
    if not callable(handler):
        raise TypeError(f"A handler of {event!r} must be callable, not {handler!r}.")


@asynccontextmanager
async def running(app: ASGIApp, state: dict[str, Any]) -> AsyncIterator[None]:
    """Run the lifespan of a mounted ASGI app around a block.

    An app that raises before it answers has no lifespan: that is how the
    specification lets it say so.

    Raises:
        RuntimeError: If the app says that its startup, or shutdown, failed.
    """
    events: asyncio.Queue[Message] = asyncio.Queue()
    answers: asyncio.Queue[Message | None] = asyncio.Queue()

    async def serve() -> None:
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": state,
        }
        try:
            await app(scope, events.get, answers.put)
        except Exception as exc:  # noqa: BLE001 - its way to say it has no lifespan
            logger.debug("%r ended its lifespan with %r", app, exc)
        finally:
            answers.put_nowait(None)

    async def tell(event: str) -> bool:
        await events.put({"type": f"lifespan.{event}"})
        answer = await answers.get()
        if answer is not None and answer["type"] == f"lifespan.{event}.failed":
            await task
            raise RuntimeError(
                f"The {event} of mounted app {describe(app)} failed: "
                f"{answer.get('message') or 'it gave no reason'}"
            )
        return answer is not None

    task = asyncio.create_task(serve())
    try:
        supported = await tell("startup")
        yield
        if supported:
            await tell("shutdown")
            await task
    finally:
        task.cancel()
