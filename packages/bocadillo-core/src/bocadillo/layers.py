"""`Middleware` around the whole of dispatching.

It is entered from the outside in, and left from the inside out. `dispatch` enters
the layers, and leaves them where nothing fails; here is what else there is to it.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from .middleware import Middleware
from .recovery import Recovery
from .request import Request
from .response import Response
from .sending import settle

BeforeDispatch = Callable[[Request, Response], Awaitable[Response | None]]
AfterDispatch = Callable[[Request, Response], Awaitable[None]]


class Layers:
    """The middleware of an app.

    Args:
        inner: What it surrounds.
        classes: Classes and their options, the outermost last.
        recover: Handles what is raised in it.

    Attributes:
        before: What is called on the way in, in that order.
        after: What is called on the way out, in that order, by how many were entered.
    """

    def __init__(
        self,
        inner: Any,
        classes: Sequence[tuple[type[Middleware], dict[str, Any]]],
        recover: Recovery,
    ) -> None:
        self.before: list[BeforeDispatch] = []
        leaving: list[AfterDispatch] = []
        for cls, options in classes:
            inner = cls(inner, **options)
            self.before.insert(0, inner.before_dispatch)
            leaving.append(inner.after_dispatch)
        self.after = [leaving[left:] for left in range(len(leaving), -1, -1)]
        self._recover = recover

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
            left = iter(self.after[res.entered])
            res.entered = 0
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
