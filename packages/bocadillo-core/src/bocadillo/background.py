"""Run what a view wants done after its response.

Each task has a scope of its own for the providers that it names. Plain functions run
in a thread, since they may block. A task that fails is logged, and the next one runs.
"""

import logging
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Sequence,
)
from functools import partial
from types import CodeType
from typing import Any

from starlette.concurrency import run_in_threadpool

from bocadillo_providers import Consumer

from .inspection import describe, has_signature, is_async
from .logs import request_id
from .providers import Injection, Session
from .request import Request
from .response import Task

logger = logging.getLogger("bocadillo.background")

_Values = Consumer[..., dict[str, Any]]
"""Gives what a function names, by name."""

_Shape = tuple[CodeType, bool, int, frozenset[str]]
"""A function's code, whether it is bound, and what it is given."""


class Background:
    """Runs tasks with the providers of an app.

    Args:
        injection: Who provides what.
        session: The open session.
    """

    def __init__(self, injection: Injection, session: Session) -> None:
        self._injection = injection
        self._session = session
        # Tasks are often defined in a view, anew for each request, but from the
        # same code: that is what decides which providers they name.
        self._consumers: dict[_Shape, _Values | None] = {}

    async def run(self, req: Request, tasks: Sequence[Task]) -> None:
        """Run tasks in order; never raises."""
        for function, args, kwargs in tasks:
            try:
                await self._run(function, args, kwargs)
            except Exception:
                logger.exception(
                    "Background task %s of request %s failed",
                    describe(function),
                    request_id(req.scope),
                )

    async def _run(
        self,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
    ) -> None:
        values = self._values_of(function, len(args), frozenset(kwargs))
        call: Callable[..., Awaitable[object]] = partial(function, *args, **kwargs)
        if not is_async(function):
            call = partial(run_in_threadpool, call)
        if values is None:
            await _finish(function, await call())
            return
        async with self._session.scope("request") as scope:
            await _finish(function, await call(**await scope.call(values)))

    def _values_of(
        self, function: Callable[..., Any], count: int, given: frozenset[str]
    ) -> _Values | None:
        code = getattr(function, "__code__", None)
        if code is None or hasattr(function, "__wrapped__"):
            # Of an object or a wrapper, others with other parameters may share it.
            return self._found(function, count, given)
        is_bound = getattr(function, "__self__", None) is not None
        key = (code, is_bound, count, given)
        if key not in self._consumers:
            self._consumers[key] = self._found(function, count, given)
        return self._consumers[key]

    def _found(
        self, function: Callable[..., Any], count: int, given: frozenset[str]
    ) -> _Values | None:
        if not has_signature(function):
            return None
        found = self._injection.named_by(function, skip=count, given=given)
        return self._injection.values(function, found) if found else None


async def _finish(function: Callable[..., Any], result: object) -> None:
    """Do what a function has left to be done.

    Raises:
        TypeError: If it yields: then nothing of it ran.
    """
    if isinstance(result, Coroutine):
        await result
    elif isinstance(result, Generator | AsyncGenerator):
        raise TypeError(
            f"{describe(function)} yields, so nothing of it ran: write a background "
            "task as a function that returns."
        )
