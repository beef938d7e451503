"""A view, compiled: convert, hooks, providers, body, view, after hooks.

`plan_call` decides once, when the app is compiled, what a view needs. What it
returns makes, when the providers' session is open, the shortest function that does
it. Nothing is looked up, inspected or decided while serving.

Knows nothing of paths, errors or sending; `dispatch` runs what is made here.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from inspect import iscoroutinefunction
from typing import Any, Generic, TypeVar

from msgspec import Struct

from bocadillo_providers import Consumer

from .arguments import TEXTS, JSONBody
from .hooks import Hook, Hooks
from .inspection import takes_by_position
from .parameters import (
    Collect,
    Parameter,
    Source,
    compile_arguments,
    compile_body,
    describe_parameters,
)
from .providers import Injection, Provided, Session, used_by
from .request import Request
from .response import Response

C = TypeVar("C", bound=Callable[..., Awaitable[object]])

Params = dict[str, Any]
"""Route, query, header and cookie parameters, converted; hooks may change them."""

Call = Callable[[Request, Response], Awaitable[object]]
"""The compiled life of one view: convert, hooks, providers, body, view.

A view that takes nothing but the request and the response is its own."""

Finish = Callable[[Request, Response, object], Awaitable[None] | None]
"""Finishes a response while the providers of its view are still set up. What it
returns is to be awaited."""

StepCall = Callable[..., Awaitable[object]]
"""`await call(req, res, params, *provided)`."""

_Bound = tuple[Callable[[Session], Call], Sequence[Consumer[..., Any]]]


class Viewed(Struct, frozen=True):
    """A view and what belongs to it, before it is compiled.

    Attributes:
        view: The user's own function or bound method.
        names: The parameters of its URL pattern.
        hooks: Those of app, routers, class and method together.
        uses: What `useprovider` asks for, of class and method together.
    """

    view: Callable[..., Awaitable[object]]
    names: Sequence[str]
    hooks: Hooks
    uses: tuple[Any, ...] = ()


class Plan(Struct, Generic[C], frozen=True):
    """A view, ready but for the providers' session.

    Attributes:
        parameters: What the view takes and from where: also for documents and tools.
        bind: Makes the call, given the open session.
        viewed: The view and its hooks, if there is one: for tools.
        consumers: Who is given what providers make, in order: likewise.
    """

    parameters: Sequence[Parameter]
    bind: Callable[[Session], C]
    viewed: Viewed | None = None
    consumers: Sequence[Consumer[..., Any]] = ()


class Step(Struct, frozen=True):
    """A hook, or the view with its body.

    Attributes:
        owner: The user's function, for messages.
        call: What runs it.
        provided: The providers it takes, in order.
        uses: Those that are evaluated although it does not name them.
        takes_provided_only: Whether it takes these, by position, and no more.
    """

    owner: Callable[..., Any]
    call: StepCall
    provided: Provided = ()
    uses: tuple[Any, ...] = ()
    takes_provided_only: bool = False

    @property
    def injected(self) -> bool:
        """Whether anything must be provided for it."""
        return bool(self.provided or self.uses)


def plan_call(viewed: Viewed, injection: Injection, finish: Finish) -> Plan[Call]:
    """Decide how a view will be called.

    Raises:
        ParameterError: If one of its parameters, or a hook's, cannot be filled.
    """
    parameters = describe_parameters(
        viewed.view,
        skip=2,
        path=viewed.names,
        provided=injection.provides,
        known=injection.names,
    )
    collect = compile_arguments(parameters, viewed.names)
    view = _view_step(viewed, parameters)
    before = [_hook_step(hook, injection) for hook in viewed.hooks.before]
    after = [_hook_step(hook, injection) for hook in viewed.hooks.after]
    if any(hook.injected for hook in (*before, *after)):
        bind, consumers = _plan_scoped(
            collect, before, view, after, injection=injection, finish=finish
        )
    elif view.injected:
        bind, consumers = _plan_injected(
            collect, before, view, after, injection=injection, finish=finish
        )
    else:
        alone = None if before or after else _view_alone(viewed, parameters, collect)
        call = alone or _around(collect, before, view.call, after)
        bind, consumers = lambda session: call, []
    return Plan(parameters, bind, viewed, consumers)


def _view_alone(
    viewed: Viewed, parameters: Sequence[Parameter], collect: Collect
) -> Call | None:
    """The call of a view with neither hooks nor providers, of one of the usual shapes.

    PERF: as short as they come (bench a, b, c, d, e).
    """
    view = viewed.view
    if not parameters:
        return view
    body = compile_body(parameters)
    if body is not None and not isinstance(body, JSONBody):
        return None
    if takes_by_position(view) and not any(it.keyword_only for it in parameters):
        from .text_calls import compile_text_call  # noqa: PLC0415 - by the first one

        return compile_text_call(view, parameters, collect, body)
    if body is None and {it.name for it in parameters}.issuperset(viewed.names):
        return lambda req, res: view(req, res, **collect(req.scope))
    return None


def _view_step(viewed: Viewed, parameters: Sequence[Parameter]) -> Step:
    injected = [p for p in parameters if p.source is Source.PROVIDER]
    provided = tuple((p.name, p.annotation) for p in injected)
    call = _view_call(viewed.view, parameters, provided)
    is_lean = (
        len(provided) == len(parameters)
        and not any(p.keyword_only for p in parameters)
        and takes_by_position(viewed.view)
        and iscoroutinefunction(viewed.view)
    )
    return Step(viewed.view, call, provided, viewed.uses, is_lean)


def _view_call(
    view: Callable[..., Awaitable[object]],
    parameters: Sequence[Parameter],
    provided: Provided,
) -> StepCall:
    """What calls the view when all that it takes is there, but for the body."""
    read_body = compile_body(parameters)
    collected = [p.name for p in parameters if p.source in TEXTS]
    provided_names = [name for name, _ in provided]

    async def call(req: Request, res: Response, params: Params, *values: Any) -> object:
        try:
            arguments = {name: params[name] for name in collected}
        except KeyError:  # a hook has taken one away: that of the view's own default
            arguments = {name: params[name] for name in collected if name in params}
        arguments.update(zip(provided_names, values, strict=True))
        if read_body is not None:
            arguments.update(await read_body(req))
        return await view(req, res, **arguments)

    return call


def _hook_step(hook: Hook, injection: Injection) -> Step:
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


def _around(
    collect: Collect,
    before: Sequence[Step],
    run: StepCall,
    after: Sequence[Step],
) -> Call:
    """The call of a view whose hooks name no providers."""
    befores = tuple(hook.call for hook in before)
    run = _followed_by(run, after)

    async def call(req: Request, res: Response) -> object:
        params = collect(req.scope)
        for hook in befores:
            await hook(req, res, params)
        return await run(req, res, params)

    return call


def _followed_by(run: StepCall, after: Sequence[Step]) -> StepCall:
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


def _plan_injected(
    collect: Collect,
    before: Sequence[Step],
    view: Step,
    after: Sequence[Step],
    *,
    injection: Injection,
    finish: Finish,
) -> _Bound:
    """The call of a view that names providers, while its hooks name none."""
    is_lean = view.takes_provided_only and not (before or after)
    if is_lean:
        # PERF: the view itself, and nothing collected for it (bench g). As a partial,
        # since the consumer writes on the function what it takes.
        run: StepCall = partial(view.owner)
        given: tuple[str, ...] = ("req", "res")
        end: Callable[..., Awaitable[None] | None] = finish
    else:
        run = _followed_by(view.call, after)
        given = ("req", "res", "params_")
        end = lambda req, res, params, result: finish(req, res, result)  # noqa: E731

    consumer = injection.http_consumer(
        run, view.owner, view.provided, view.uses, given=given
    )

    def bind(session: Session) -> Call:
        # What is supplied last is the connection, which is the request.
        inject = session.bind(consumer, places=(*range(len(given)), 0), finish=end)
        if is_lean:
            return inject
        if before:
            return _around(collect, before, inject, ())
        return lambda req, res: inject(req, res, collect(req.scope))

    return bind, [consumer]


def _plan_scoped(
    collect: Collect,
    before: Sequence[Step],
    view: Step,
    after: Sequence[Step],
    *,
    injection: Injection,
    finish: Finish,
) -> _Bound:
    """The call of a view whose hooks name providers: all share one scope."""

    def consumer(step: Step) -> Consumer[..., Any]:
        run = step.call

        def consume(req: Request, res: Response, params_: Params, *values: Any) -> Any:
            return run(req, res, params_, *values)

        return injection.http_consumer(consume, step.owner, step.provided, step.uses)

    befores = [consumer(hook) for hook in before]
    viewing = consumer(view)
    afters = [consumer(hook) for hook in after]

    def bind(session: Session) -> Call:
        async def call(req: Request, res: Response) -> None:
            params = collect(req.scope)
            async with injection.request_scope(session, req, res) as scope:
                for hook in befores:
                    await scope.call(hook, req, res, params)
                result = await scope.call(viewing, req, res, params)
                if result is None:
                    for hook in afters:
                        await scope.call(hook, req, res, params)
                later = finish(req, res, result)
                if later is not None:
                    await later

        return call

    return bind, [*befores, viewing, *afters]
