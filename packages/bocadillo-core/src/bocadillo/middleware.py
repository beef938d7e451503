"""Middleware in the manner of views: callbacks around the whole of dispatching.

For middleware that must see every ASGI message, write an ASGI class instead; both
are added with `app.add_middleware`.

Only the base class and its checks live here; `dispatch` runs the callbacks.
"""

import logging
from typing import Any, Final

from .errors import ExpectedAsync, ParameterError
from .inspection import (
    describe,
    is_async,
    must_not_yield,
    refusal_of,
    required_parameters,
)
from .request import Request
from .response import Response

__all__ = ["Middleware"]

_CALLBACKS: Final = ("before_dispatch", "after_dispatch")

logger = logging.getLogger("bocadillo.app")


class Middleware:
    """Base class of middleware that works on `req` and `res`.

    Args:
        inner: What this middleware surrounds: the next one, or the app.
        kwargs: Whatever `add_middleware` was given; a subclass names its own.

    Raises:
        ExpectedAsync: When a subclass is made whose callbacks are not async.
        ParameterError: Likewise, if they take something else.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in _CALLBACKS:
            callback = getattr(cls, name)
            must_not_yield("", callback, "What comes after is for after_dispatch.")
            if not is_async(callback):
                raise ExpectedAsync(
                    f"{describe(callback)} is not async. "
                    f"Write `async def {name}(self, req, res): ...`."
                )
            written = next(vars(it)[name] for it in cls.__mro__ if name in vars(it))
            is_method = not isinstance(written, staticmethod | classmethod)
            given = ("self", "req", "res") if is_method else ("req", "res")
            if problem := refusal_of(callback, given):
                raise ParameterError(
                    f"{describe(callback)} does not take what it is given: {problem}. "
                    f"Write `async def {name}(self, req, res): ...`."
                )

    def __init__(self, inner: Any, **kwargs: Any) -> None:
        self.inner = inner
        self.kwargs = kwargs

    async def before_dispatch(self, req: Request, res: Response) -> Response | None:
        """Called before a request is dispatched.

        Returns:
            `res` to end the request with what it holds; `None` to go on.
        """

    async def after_dispatch(self, req: Request, res: Response) -> None:
        """Called when the outcome is a response, a handled error's included."""


def warn_if_idle(middleware: type[Middleware]) -> None:
    """Log that a class defines no callback: a misspelt one is never called."""
    if all(getattr(middleware, it) is getattr(Middleware, it) for it in _CALLBACKS):
        logger.warning(
            "Middleware %s does nothing: it has neither before_dispatch() nor "
            "after_dispatch().",
            describe(middleware),
        )


def check_asgi_middleware(middleware: Any) -> None:
    """Refuse what could not surround an ASGI app.

    Raises:
        TypeError: If it is not callable, or is itself an ASGI app.
        ValueError: If it is a class of the outdated ASGI 2 kind.
    """
    if not callable(middleware):
        raise TypeError(
            f"Middleware must be a class, not {middleware!r}: a subclass of "
            "bocadillo.Middleware, or an ASGI class."
        )
    if not isinstance(middleware, type):
        if required_parameters(middleware) == 3:
            raise TypeError(
                f"{describe(middleware)} takes a request, so it is an ASGI app, not "
                "middleware: give a class, or a function, that takes the app which it "
                "surrounds, and returns such an app."
            )
        return
    if not any("__call__" in vars(each) for each in middleware.__mro__):
        raise TypeError(
            f"{describe(middleware)} is no middleware: its objects cannot be called. "
            "Derive it from bocadillo.Middleware, or write "
            "`async def __call__(self, scope, receive, send)`."
        )
    # With `self`. ASGI 2 parted the scope from `receive` and `send`.
    if required_parameters(middleware.__call__) in (2, 3):
        raise ValueError(
            f"{describe(middleware)} is ASGI2 middleware: its `__call__` does not take "
            "all three. Write it for ASGI3: (scope, receive, send), as in "
            "`async def __call__(self, scope, receive, send)`."
        )
