"""Start and stop: an app's own contexts, and the lifespans of what it mounts.

Nothing here knows routes or providers; `lifecycle` puts the parts in order.
See https://asgi.readthedocs.io/en/latest/specs/lifespan.html.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import wraps
from types import AsyncGeneratorType, TracebackType
from typing import Any, Final

from .asgi import ASGIApp, Message, Receive, Scope, Send
from .inspection import describe, is_async, refusal_of

logger = logging.getLogger("bocadillo.lifespan")

Lifespan = Callable[[Any], AbstractAsyncContextManager[Mapping[str, Any] | None]]
"""Takes the app, gives a context that is open while the app is served."""

EVENTS = ("startup", "shutdown")

PATIENCE_SECONDS: Final = 10.0
"""How long a mounted app may take to start or stop before somebody is told."""

_ANSWERS: Final = {
    f"lifespan.{event}.{outcome}"
    for event in EVENTS
    for outcome in ("complete", "failed")
}


def as_lifespan(function: Callable[[Any], Any]) -> Lifespan:
    """Accept an async generator function, or what gives an async context manager.

    Raises:
        TypeError: If it is neither: at once if that can be told, else at startup.
    """
    if not callable(function):
        raise _no_lifespan(repr(function))
    if is_async(function):
        raise _no_lifespan(f"{describe(function)}, which does not yield")
    if problem := refusal_of(function, ("app",)):
        raise _no_lifespan(f"{describe(function)}: {problem}")

    @wraps(function, updated=())
    def hold(app: Any) -> AbstractAsyncContextManager[Any]:
        # What comes back is asked, not the function: `asynccontextmanager` passes its
        # own off as the generator function that it wraps.
        context = function(app)
        if isinstance(context, AbstractAsyncContextManager):
            return _Held(context)
        if isinstance(context, AsyncIterator):
            return _Held(asynccontextmanager(lambda: context)(), context)
        given = type(context).__name__
        raise _no_lifespan(f"{describe(function)}, which gives {given}")

    return hold


class _Held(AbstractAsyncContextManager[Any]):
    """A context that learns what went wrong, but cannot swallow it.

    Args:
        context: What is held.
        generator: What it was made of. As with a provider, a `yield` in a `try` or
            `with` receives what went wrong, and a bare one is resumed whatever
            happened: what stands after it is cleanup.
    """

    def __init__(
        self,
        context: AbstractAsyncContextManager[Any],
        generator: AsyncIterator[Any] | None = None,
    ) -> None:
        self._context = context
        self._generator = generator

    async def __aenter__(self) -> Any:
        return await self._context.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(self._generator, AsyncGeneratorType):
            from bocadillo_providers.yields import is_protected  # noqa: PLC0415 - late

            if not is_protected(self._generator):
                kind = exc = traceback = None
        await self._context.__aexit__(kind, exc, traceback)


def checked_state(given: object, lifespan: Lifespan) -> Mapping[str, Any]:
    """What a lifespan adds to `req.state`.

    Args:
        given: What it has yielded.
        lifespan: For the message.

    Raises:
        TypeError: If that is neither nothing nor a mapping.
    """
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return given
    raise TypeError(
        "A lifespan yields nothing, or a mapping for req.state; "
        f"{describe(lifespan)} yields {type(given).__name__}."
    )


def _no_lifespan(given: str) -> TypeError:
    return TypeError(
        "A lifespan is an async generator function that takes the app and yields "
        f"once, or returns an async context manager; not {given}."
    )


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
async def running(
    app: ASGIApp, state: dict[str, Any], *, patience: float = PATIENCE_SECONDS
) -> AsyncIterator[None]:
    """Run the lifespan of a mounted ASGI app around a block.

    An app that raises before it answers has no lifespan: that is how the
    specification lets it say so.

    Args:
        app: What is mounted.
        state: What the parent's lifespan has given; the app may add to it.
        patience: Seconds until a startup that takes longer is told of, and a shutdown
            that does is cancelled.

    Raises:
        RuntimeError: If the app says that its startup, or shutdown, failed.
    """
    conversation = _Conversation(app, state, patience)
    try:
        await conversation.start_up()
        try:
            yield
        finally:
            await conversation.shut_down()
    finally:
        await conversation.end()


class _Conversation:
    """What is said between an app and its server of starting and stopping."""

    def __init__(self, app: ASGIApp, state: dict[str, Any], patience: float) -> None:
        self._app = app
        self._patience = patience
        self._events: asyncio.Queue[Message] = asyncio.Queue()
        self._answers: asyncio.Queue[Message | None] = asyncio.Queue()
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": state,
        }
        self._task = asyncio.create_task(self._hold(scope))

    async def start_up(self) -> None:
        self._events.put_nowait({"type": "lifespan.startup"})
        while not await self._answered("startup"):
            name = describe(self._app)
            logger.warning("Still waiting for the startup of mounted app %s", name)

    async def shut_down(self) -> None:
        if self._task.done():
            return
        self._events.put_nowait({"type": "lifespan.shutdown"})
        if not await self._answered("shutdown"):
            logger.error(
                "Mounted app %s did not shut down within %g seconds; it is cancelled.",
                describe(self._app),
                self._patience,
            )

    async def end(self) -> None:
        """See that nothing of it is left."""
        self._task.cancel()
        await asyncio.wait([self._task], timeout=self._patience)

    async def _hold(self, scope: dict[str, Any]) -> None:
        try:
            await self._app(scope, self._events.get, self._take)
        except Exception as exc:
            # Raising is how an app says that it has no lifespan. But one that has
            # asked what there is to do may well have failed in doing it.
            level = logging.DEBUG if self._events.qsize() else logging.WARNING
            name = describe(self._app)
            logger.log(level, "Mounted app %s left its lifespan", name, exc_info=exc)
        finally:
            self._answers.put_nowait(None)

    async def _take(self, message: Message) -> None:
        if message["type"] not in _ANSWERS:
            raise RuntimeError(f"Unexpected message {message['type']!r} in a lifespan.")
        self._answers.put_nowait(message)

    async def _answered(self, event: str) -> bool:
        """Wait for an answer; says whether it came, or there will be none.

        Raises:
            RuntimeError: If it says that the event failed.
        """
        try:
            async with asyncio.timeout(self._patience):
                answer = await self._answers.get()
        except TimeoutError:
            return False
        if answer is not None and answer["type"] == f"lifespan.{event}.failed":
            raise RuntimeError(
                f"The {event} of mounted app {describe(self._app)} failed: "
                f"{answer.get('message') or 'it gave no reason'}"
            )
        return True


def with_state(app: ASGIApp, state: dict[str, Any]) -> ASGIApp:
    """Give each request a copy of a state, under a server that knows none."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", state.copy())
        await app(scope, receive, send)

    return serve
