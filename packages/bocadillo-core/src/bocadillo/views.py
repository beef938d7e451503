"""A view, compiled: convert, hooks, providers, body, view, after hooks.

`plan_call` decides once, when the app is compiled, what a view needs. What it
returns makes, when the providers' session is open, the shortest function that does
it. Nothing is looked up, inspected or decided while serving.

Knows nothing of paths, errors or sending; `dispatch` runs what is made here.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property, partial
from typing import Any, Generic, TypeVar

from msgspec import Struct

from bocadillo_providers import Consumer

from .arguments import JSONBody
from .hooks import Hooks
from .parameters import (
    Parameter,
    compile_arguments,
    compile_body,
    describe_parameters,
)
from .providers import Injection, Session
from .request import Request
from .response import Response
from .steps import Call, Step, StepCall, followed_by, hook_step, preceded_by
from .view_calls import (
    Params,
    View,
    by_position,
    compile_choice,
    compile_view,
    provided_among,
    texts_among,
)

C = TypeVar("C", bound=Callable[..., Awaitable[object]])

Finish = Callable[[Request, Response, object], Awaitable[None] | None]
"""Finishes a response while the providers of its view are still set up. What it
returns is to be awaited."""

_Bound = tuple[Callable[[Session], Call], Sequence[Consumer[..., Any]]]


class Viewed(Struct, frozen=True):
    """A view and what belongs to it, before it is compiled.

    Attributes:
        view: The user's own function or bound method.
        names: The parameters of its URL pattern.
        hooks: Those of app, routers, class and method together.
        uses: What `useprovider` asks for, of class and method together.
    """

    view: View
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


def plan_call(viewed: Viewed, injection: Injection, finish: Finish) -> Plan[Call]:
    """Decide how a view will be called.

    Raises:
        ParameterError: If one of its parameters, or a hook's, cannot be filled.
    """
    planner = _Planner(viewed, injection, finish)
    bind, consumers = planner.plan()
    return Plan(planner.parameters, bind, viewed, consumers)


class _Planner:
    """Chooses among the ways to call one view."""

    def __init__(self, viewed: Viewed, injection: Injection, finish: Finish) -> None:
        self.parameters = describe_parameters(
            viewed.view,
            skip=2,
            path=viewed.names,
            provided=injection.provides,
            known=injection.names,
        )
        self._viewed = viewed
        self._injection = injection
        self._finish = finish
        self._collect = compile_arguments(self.parameters, viewed.names)
        self._before = [hook_step(hook, injection) for hook in viewed.hooks.before]
        self._after = [hook_step(hook, injection) for hook in viewed.hooks.after]
        self._provided = provided_among(self.parameters)

    def plan(self) -> _Bound:
        """Say what makes the call, and who is given what providers make."""
        if any(hook.injected for hook in (*self._before, *self._after)):
            return self._plan_scoped()
        if self._provided or self._viewed.uses:
            return self._plan_injected()
        if self._before or self._after:
            run = followed_by(self._view.call, self._after)
            call = preceded_by(self._before, self._collect, run)
        else:
            call = self._view_alone()
        return lambda session: call, []

    @cached_property
    def _run(self) -> View:
        return compile_view(self._viewed.view, self.parameters)

    @cached_property
    def _choose(self) -> Callable[[Params], Sequence[Any]]:
        return compile_choice(self._viewed.view, self.parameters)

    @property
    def _view(self) -> Step:
        run, choose = self._run, self._choose
        return Step(
            self._viewed.view,
            lambda req, res, params, *values: run(req, res, *choose(params), *values),
            self._provided,
            self._viewed.uses,
        )

    def _view_alone(self) -> Call:
        """The call of a view with neither hooks nor providers.

        PERF: as short as they come (bench a, b, c, d, e).
        """
        if not self.parameters:
            return self._viewed.view
        body = compile_body(self.parameters)
        if not isinstance(body, JSONBody):
            return self._given_texts(self._run)
        view = by_position(self._viewed.view, self.parameters)
        return self._given_texts(view, body)

    def _plan_injected(self) -> _Bound:
        """The call of a view that names providers, while its hooks name none.

        PERF: what injects calls the view itself wherever it can, with each text as an
        argument of its own (bench g, `benchmarks.features`).
        """
        choose = self._choose
        if self._after:
            run = followed_by(self._view.call, self._after)
            given = ["req", "res", "params_"]
        else:
            # As a partial, since the consumer writes on the function what it takes.
            run = partial(self._run)
            given = ["req", "res"]
            # No provider gets them: their names are such as nobody provides.
            for place, _ in enumerate(texts_among(self.parameters)):
                given.append(self._injection.unused_name(f"text_{place}"))
        viewed = self._viewed
        consumer = self._injection.http_consumer(
            run, viewed.view, self._provided, viewed.uses, given=tuple(given)
        )
        finish = self._finish
        end: Callable[..., Awaitable[None] | None] = finish
        if len(given) > 2:
            end = lambda req, res, *values: finish(req, res, values[-1])  # noqa: E731

        def bind(session: Session) -> Call:
            # What is supplied last is the connection, which is the request.
            places = (*range(len(given)), 0)
            inject = session.bind(consumer, places=places, finish=end)
            if not (self._before or self._after):
                return self._given_texts(inject)
            hooked: StepCall = inject
            if not self._after:
                hooked = lambda req, res, params: inject(req, res, *choose(params))  # noqa: E731
            return preceded_by(self._before, self._collect, hooked)

        return bind, [consumer]

    def _given_texts(self, run: View, body: JSONBody | None = None) -> Call:
        """The call of what takes the texts by position, and this body among them."""
        texts = texts_among(self.parameters)
        if not (texts or body):
            return run
        from .text_calls import compile_text_call  # noqa: PLC0415 - by the first one

        taken = self.parameters if body else texts
        return compile_text_call(run, taken, self._collect, body)

    def _plan_scoped(self) -> _Bound:
        """The call of a view whose hooks name providers: all share one scope."""
        chain = [
            *(self._consumer(hook, _returning_nothing(hook)) for hook in self._before),
            self._consumer(self._view, self._view.call),
            *(self._consumer(hook, _returning_nothing(hook)) for hook in self._after),
        ]
        finish, collect = self._finish, self._collect

        def bind(session: Session) -> Call:
            inject = session.bind(
                *chain,
                places=(0, 1, 2, 0),
                finish=lambda req, res, params, result: finish(req, res, result),
            )
            return lambda req, res: inject(req, res, collect(req.scope))

        return bind, chain

    def _consumer(self, step: Step, call: StepCall) -> Consumer[..., Any]:
        return self._injection.http_consumer(
            partial(call), step.owner, step.provided, step.uses
        )


def _returning_nothing(hook: Step) -> StepCall:
    """A hook after which the request goes on, whatever it returned."""
    run = hook.call

    async def call(req: Request, res: Response, params: Params, *values: Any) -> None:
        await run(req, res, params, *values)

    return call
