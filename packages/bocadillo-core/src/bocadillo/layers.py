"""`Middleware` around the whole of dispatching.

It is entered from the outside in, and left from the inside out. `dispatch` enters
the layers, and leaves them where nothing fails; here is what else there is to it.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from .middleware import Middleware
from .recovery import Recovery
from .request import Request
from .response import AfterDispatch, Response
from .sending import settle

BeforeDispatch = Callable[[Request, Response], Awaitable[Response | None]]


class Layers:
    """The middleware of an app.

    Args:
        inner: What it surrounds.
        classes: Classes and their options, the outermost last.
        recover: Handles what is raised in it.

    PERF: what a class leaves to `Middleware` does nothing, and is never called.

    Attributes:
        before: What is called on the way in, in that order.
        after: What is called on the way out, in that order, by how many of `before` let
            the request pass.
    """

    def __init__(
        self,
        inner: Any,
        classes: Sequence[tuple[type[Middleware], dict[str, Any]]],
        recover: Recovery,
    ) -> None:
        outermost_first: list[Middleware] = []
        for cls, options in classes:
            inner = cls(inner, **options)
            outermost_first.insert(0, inner)
        self.before: list[BeforeDispatch] = []
        self.after: list[Sequence[AfterDispatch]] = []
        entered: list[AfterDispatch] = []
        for layer in outermost_first:
            if _is_own(layer.before_dispatch):
                self.before.append(layer.before_dispatch)
                self.after.append(tuple(entered))  # for it may end the request
            if _is_own(layer.after_dispatch):
                entered.insert(0, layer.after_dispatch)
        self.after.append(tuple(entered))
        self._recover = recover

    def __bool__(self) -> bool:
        """Whether there is anything to call."""
        return any([self.before, *self.after])

    async def end_early(self, res: Response, ended: object) -> None:
        """End a request for which `before_dispatch` returned something.

        Raises:
            TypeError: If it was not the response.
        """
        if ended is not res:
            raise TypeError(
                f"before_dispatch returned {type(ended).__name__}: return `res` to end "
                "the request, or nothing to go on."
            )
        await settle(res)

    async def leave(
        self, req: Request, res: Response, left: Iterator[AfterDispatch] | None = None
    ) -> Exception | None:
        """Run `after_dispatch` of those that were entered; gives what is unhandled.

        Args:
            req: The request.
            res: The response.
            left: Those that are left, if not all are.
        """
        if left is None:
            left, res.leaving = iter(res.leaving), ()
        while True:
            try:
                for after in left:
                    await after(req, res)
                    if type(res._content) is not bytes and not res.started:
                        await settle(res)
            except Exception as exc:  # noqa: BLE001 - as if the view had raised it
                unhandled = await self._recover(req, res, exc)
                if unhandled is not None:
                    return unhandled
            else:
                return None


def _is_own(callback: Callable[..., object]) -> bool:
    """Whether a class has written it, or an instance, instead of `Middleware`."""
    function = getattr(callback, "__func__", callback)
    return function not in (Middleware.before_dispatch, Middleware.after_dispatch)
