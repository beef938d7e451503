"""The steps of a view that has hooks: the hooks and the view, each ready to be called.

A step is called with the request, the response, the dictionary of the parameters that
hooks may change, and what providers made for it. `views` puts steps together.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from msgspec import Struct

from .arguments import Collect
from .hooks import Hook
from .providers import Injection, Provided, used_by
from .request import Request
from .response import Response
from .view_calls import Params

Call = Callable[[Request, Response], Awaitable[object]]
"""The compiled life of one view: convert, hooks, providers, body, view.

A view that takes nothing but the request and the response is its own."""

StepCall = Callable[..., Awaitable[object]]
"""`await call(req, res, params, *provided)`."""


class Step(Struct, frozen=True):
    """A hook, or the view with its body.

    Attributes:
        owner: The user's function, for messages.
        call: What runs it.
        provided: The providers it takes, in order.
        uses: Those that are evaluated although it does not name them.
    """

    owner: Callable[..., Any]
    call: StepCall
    provided: Provided = ()
    uses: tuple[Any, ...] = ()

    @property
    def injected(self) -> bool:
        """Whether anything must be provided for it."""
        return bool(self.provided or self.uses)


def hook_step(hook: Hook, injection: Injection) -> Step:
    """A hook, with the arguments that its decorator was given.

    Raises:
        ParameterError: If one of its parameters cannot be filled.
    """
    function, args, kwargs = hook.function, hook.args, hook.kwargs
    provided = injection.named_by(function, skip=3 + len(args), given=kwargs)
    names = [name for name, _ in provided]
    uses = used_by(function)
    if not (args or kwargs or names):
        return Step(function, function, (), uses)

    def call(
        req: Request, res: Response, params: Params, *values: Any
    ) -> Awaitable[object]:
        named = dict(zip(names, values, strict=True))
        running: Awaitable[object] = function(
            req, res, params, *args, **kwargs, **named
        )
        return running

    return Step(function, call, provided, uses)


def preceded_by(before: Sequence[Step], collect: Collect, run: StepCall) -> Call:
    """The parameters, hooks that name no providers, and what comes after them."""
    if not before:
        return lambda req, res: run(req, res, collect(req.scope))
    befores = tuple(hook.call for hook in before)

    async def call(req: Request, res: Response) -> object:
        params = collect(req.scope)
        for hook in befores:
            await hook(req, res, params)
        return await run(req, res, params)

    return call


def followed_by(run: StepCall, after: Sequence[Step]) -> StepCall:
    """The call of a view, and of its hooks that name no providers."""
    if not after:
        return run
    afters = tuple(hook.call for hook in after)

    async def call(req: Request, res: Response, params: Params, *values: Any) -> object:
        result = await run(req, res, params, *values)
        if result is None:
            for hook in afters:
                await hook(req, res, params)
        return result

    return call
