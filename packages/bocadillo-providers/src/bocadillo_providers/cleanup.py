"""Undo what was set up: every cleanup, last first, whatever the others do.

`Exit` is one thing to clean up; `unwind` runs a list of them. An exception goes
through the cleanups as it would through nested `with` blocks, except that none of
them can swallow it.
"""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import AsyncGeneratorType
from typing import Any, NoReturn

from .callables import Kind
from .errors import YieldedTwice, add_note
from .provider import Provider
from .yields import is_protected

Shield = Callable[[], AbstractContextManager[Any]]
"""Makes a context manager that protects awaits from cancellation."""


class Exit:
    """What is left to do for a value that was set up.

    Args:
        provider: Whose value it is.
        handle: Its suspended generator, or its context manager.
    """

    __slots__ = ("handle", "provider")

    def __init__(self, provider: Provider[Any], handle: Any) -> None:
        self.provider = provider
        self.handle = handle

    async def leave(self, failure: BaseException | None) -> None:
        """Clean up, after `failure` if that is not None.

        Raises:
            YieldedTwice: If a generator yields again.
        """
        thrown = failure if self.receives else None
        match self.provider.kind:
            case Kind.GENERATOR:
                await self._leave_generator(thrown)
            case Kind.ASYNC_GENERATOR:
                await self._leave_async_generator(thrown)
            case Kind.CONTEXT_MANAGER:
                self.handle.__exit__(*_details(failure))
            case _:
                await self.handle.__aexit__(*_details(failure))

    @property
    def receives(self) -> bool:
        """Whether an exception of the value's user is raised at the `yield`."""
        receives = self.provider.receives
        return is_protected(self.handle) if receives is None else receives

    async def _leave_async_generator(self, failure: BaseException | None) -> None:
        generator: AsyncGeneratorType[Any, Any] = self.handle
        try:
            if failure is None:
                await generator.__anext__()
            else:
                await generator.athrow(failure)
        except StopAsyncIteration:
            return
        await refuse_second_yield(self.provider, generator)

    async def _leave_generator(self, failure: BaseException | None) -> None:
        try:
            if failure is None:
                next(self.handle)
            else:
                self.handle.throw(failure)
        except StopIteration:
            return
        await refuse_second_yield(self.provider, self.handle)


async def refuse_second_yield(provider: Provider[Any], generator: Any) -> NoReturn:
    """End a generator that yielded again, and tell.

    Raises:
        YieldedTwice: Always.
    """
    try:
        if provider.kind is Kind.GENERATOR:
            generator.close()
        else:
            await generator.aclose()
    finally:
        raise YieldedTwice(
            f"provider {provider.name!r} ({provider.origin}) yielded a second time: a "
            "generator provider yields exactly once, what follows is its cleanup"
        )


async def unwind(
    exits: list[Exit],
    failure: BaseException | None,
    shield: Shield | None = None,
) -> tuple[BaseException | None, list[Exception]]:
    """Run cleanups, last first, until none is left.

    Args:
        exits: What to clean up, in order of set-up; it is emptied.
        failure: Why: the exception that ended the use of the values, if one did.
        shield: Protects awaits, if given.

    Returns:
        The exception that should propagate now, and those with which cleanups
        failed by themselves.
    """
    handled = sys.exception()
    failures: list[Exception] = []
    while exits:
        exit_ = exits.pop()
        traceback = None if failure is None else failure.__traceback__
        try:
            if shield is not None and exit_.provider.kind.is_async:
                with shield():
                    await exit_.leave(failure)
            else:
                await exit_.leave(failure)
        except BaseException as raised:  # noqa: BLE001 - it is returned
            if raised is failure or _wraps_stop(raised, failure):
                raised.with_traceback(traceback) if raised is failure else None
                continue
            note = cleaning_up(exit_.provider)
            if isinstance(raised, Exception):
                if isinstance(failure, KeyboardInterrupt | SystemExit):
                    add_note(failure, f"{note}: {raised!r}")
                    continue
                add_note(raised, note)
                if failures and exit_.receives:
                    failures.pop()  # it was handled: this one takes its place
                failures.append(raised)
            _chain(raised, failure, handled)
            failure = raised
    return failure, failures


def cleaning_up(provider: Provider[Any]) -> str:
    """The note on an exception that a cleanup raised."""
    return f"while cleaning up {provider.name!r} ({provider.origin})"


def raise_again(failure: BaseException) -> NoReturn:
    """Raise an exception without touching the context it has."""
    context = failure.__context__
    try:
        raise failure
    finally:
        set_context(failure, context)
        del failure, context  # or the traceback would hold itself


def set_context(exc: BaseException, context: BaseException | None) -> None:
    """Say during what an exception was raised, whatever its class says to that."""
    vars(BaseException)["__context__"].__set__(exc, context)


def _chain(
    raised: BaseException, failure: BaseException | None, handled: BaseException | None
) -> None:
    """Give `raised` the context that it would have in nested `with` blocks.

    Python has set it to what was being handled when the cleanups began, at the end
    of the chain; that is not the failure of the cleanup before.
    """
    link = raised
    while link.__context__ is not None and link.__context__ is not handled:
        if link.__context__ is failure:
            return
        link = link.__context__
    seen = failure
    while seen is not None:
        if seen is raised:
            return
        seen = seen.__context__
    set_context(link, failure)


def _wraps_stop(raised: BaseException, failure: BaseException | None) -> bool:
    """Whether a generator turned the `Stop…Iteration` thrown into it around."""
    stops = (StopIteration, StopAsyncIteration)
    return (
        isinstance(failure, stops)
        and isinstance(raised, RuntimeError)
        and raised.__cause__ is failure
    )


def _details(failure: BaseException | None) -> tuple[Any, Any, Any]:
    if failure is None:
        return None, None, None
    return type(failure), failure, failure.__traceback__
