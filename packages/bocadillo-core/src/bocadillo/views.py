"""A view, compiled: convert, hooks, providers, body, view, after hooks.

`plan_call` decides once, when the app is compiled, what a view needs. What it
returns makes, when the providers' session is open, the shortest function that does
it. Nothing is looked up, inspected or decided while serving.

Knows nothing of paths, errors or sending; `dispatch` runs what is made here.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct

from bocadillo_providers import Consumer

from .arguments import JSONBody
from .asgi import Scope
from .hooks import Hook, Hooks
from .json import encode
from .parameters import (
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
"""Route parameters by name, converted in place before the view runs."""

Call = Callable[[Request, Response, Params], Awaitable[object]]
"""The compiled life of one view: convert, hooks, providers, body, view."""

Complete = Callable[[Request, Response, object], Awaitable[None]]
"""Finishes a response while the providers of its view are still set up."""

Convert = Callable[[Scope, Params], None]
"""Converts path parameters and adds those from query, headers and cookies."""

StepCall = Callable[..., Awaitable[object]]
"""`await call(req, res, params, *provided)`."""

_Bound = tuple[Callable[[Session], Call], Sequence[Consumer[..., Any]]]

_FROM_PARAMS = (Source.PATH, Source.QUERY, Source.HEADER, Source.COOKIE)


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
    """

    owner: Callable[..., Any]
    call: StepCall
    provided: Provided = ()
    uses: tuple[Any, ...] = ()

    @property
    def injected(self) -> bool:
        """Whether anything must be provided for it."""
        return bool(self.provided or self.uses)


def plan_call(viewed: Viewed, injection: Injection, complete: Complete) -> Plan[Call]:
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
    convert = compile_arguments(parameters)
    view = _view_step(viewed, parameters)
    before = [_hook_step(hook, injection) for hook in viewed.hooks.before]
    after = [_hook_step(hook, injection) for hook in viewed.hooks.after]
    if any(hook.injected for hook in (*before, *after)):
        bind, consumers = _plan_scoped(
            convert, before, view, after, injection=injection, complete=complete
        )
    elif view.injected:
        bind, consumers = _plan_injected(
            convert, before, view, after, injection=injection, complete=complete
        )
    else:
        call = _around(convert, before, view.call, after)
        bind, consumers = lambda session: call, []
    return Plan(parameters, bind, viewed, consumers)


def _view_step(viewed: Viewed, parameters: Sequence[Parameter]) -> Step:
    injected = [p for p in parameters if p.source is Source.PROVIDER]
    provided = tuple((p.name, p.annotation) for p in injected)
    call = _view_call(viewed, parameters, provided)
    return Step(viewed.view, call, provided, viewed.uses)


def _view_call(
    viewed: Viewed, parameters: Sequence[Parameter], provided: Provided
) -> StepCall:
    """The shortest function that calls the view with what it takes."""
    view, hooks = viewed.view, viewed.hooks
    names = [p.name for p in parameters if p.source in _FROM_PARAMS]
    read_body = compile_body(parameters)
    if not parameters:
        return lambda req, res, params: view(req, res)
    if len(parameters) == 1 and isinstance(read_body, JSONBody):
        # PERF: the most common body, without a dict on the way (bench e).
        return _body_call(view, read_body)
    given_all = set(viewed.names) <= set(names) and not (hooks.before or hooks.after)
    if len(names) == len(parameters) and given_all:
        # PERF: `params` holds just what the view takes (bench c).
        return lambda req, res, params: view(req, res, **params)
    if provided == _positional(parameters):
        # PERF: no dict is made (bench g).
        return lambda req, res, params, *values: view(req, res, *values)
    provided_names = [name for name, _ in provided]

    async def call(req: Request, res: Response, params: Params, *values: Any) -> object:
        arguments = {name: params[name] for name in names}
        arguments.update(zip(provided_names, values, strict=True))
        if read_body is not None:
            arguments.update(await read_body(req))
        return await view(req, res, **arguments)

    return call


def _body_call(view: Callable[..., Awaitable[object]], body: JSONBody) -> StepCall:
    name, decode = body.name, body.decode

    async def call(req: Request, res: Response, params: Params) -> object:
        return await view(req, res, **{name: decode(await req.body())})

    return call


def _positional(parameters: Sequence[Parameter]) -> Provided:
    return tuple((p.name, p.annotation) for p in parameters if not p.keyword_only)


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
    convert: Convert | None,
    before: Sequence[Step],
    run: StepCall,
    after: Sequence[Step],
) -> Call:
    """The call of a view whose hooks name no providers."""
    if convert is None and not before and not after:
        return run
    befores = tuple(hook.call for hook in before)
    afters = tuple(hook.call for hook in after)
    if convert is not None and not before and not after:
        # PERF: a coroutine less (bench c).
        def call_converted(
            req: Request, res: Response, params: Params
        ) -> Awaitable[object]:
            convert(req.scope, params)
            return run(req, res, params)

        return call_converted

    async def call(req: Request, res: Response, params: Params) -> object:
        if convert is not None:
            convert(req.scope, params)
        for hook in befores:
            await hook(req, res, params)
        result = await run(req, res, params)
        if result is None:
            for hook in afters:
                await hook(req, res, params)
        return result

    return call


def _plan_injected(
    convert: Convert | None,
    before: Sequence[Step],
    view: Step,
    after: Sequence[Step],
    *,
    injection: Injection,
    complete: Complete,
) -> _Bound:
    """The call of a view that names providers, while its hooks name none."""
    run = view.call
    afters = tuple(hook.call for hook in after)

    async def consume(
        req: Request, res: Response, params_: Params, *values: Any
    ) -> None:
        result = await run(req, res, params_, *values)
        if result is None:
            for hook in afters:
                await hook(req, res, params_)
        if result is None and res._content is None:
            res._content = encode(res._json)
        elif result is not None or res._content.__class__ is not bytes:
            await complete(req, res, result)

    consumer = injection.http_consumer(consume, view.owner, view.provided, view.uses)

    def bind(session: Session) -> Call:
        inject = session.bind(consumer)
        run = lambda req, res, params: inject(req, res, params, req)  # noqa: E731
        return _around(convert, before, run, ())

    return bind, [consumer]


def _plan_scoped(
    convert: Convert | None,
    before: Sequence[Step],
    view: Step,
    after: Sequence[Step],
    *,
    injection: Injection,
    complete: Complete,
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
        async def call(req: Request, res: Response, params: Params) -> None:
            if convert is not None:
                convert(req.scope, params)
            async with injection.request_scope(session, req, res) as scope:
                for hook in befores:
                    await scope.call(hook, req, res, params)
                result = await scope.call(viewing, req, res, params)
                if result is None:
                    for hook in afters:
                        await scope.call(hook, req, res, params)
                await complete(req, res, result)

        return call

    return bind, [*befores, viewing, *afters]
