"""The values of an open scope: who makes them, and what is to be cleaned up."""

from collections.abc import Awaitable, Sequence
from functools import partial
from time import perf_counter
from types import CoroutineType
from typing import Any

from .callables import Kind
from .calls import Line
from .cleanup import Exit, raise_again, unwind
from .errors import CleanupError
from .failures import (
    did_not_yield,
    explain,
    has_closed,
    needs_itself,
    never_opened,
    not_open,
    not_set,
)
from .graph import Graph, Node
from .markers import Lazy
from .plan import Finish, Plan, Step, plan_lazy, source_of
from .runtime import Runtime
from .waiting import Turn, current_task, gather


class Values:
    """The values of one scope, made when they are needed and kept until it closes.

    Args:
        runtime: The store's.
        index: Which scope it is, 0 is the widest.
        parent: The next wider scope that is open, or what stands there if none is.
        values: What was supplied, by name.

    Attributes:
        live: None before it is opened, itself while it is open, then its parent.
        line: The open scopes by index, from the widest to this one; None for those
            that are not open.
        exits: What is to be cleaned up, in order of set-up.
        turns: Who makes which value now.
    """

    def __init__(
        self,
        runtime: Runtime,
        index: int,
        parent: Any,
        values: dict[str, Any],
    ) -> None:
        self.runtime = runtime
        self.index = index
        self.values = values
        self.exits: list[Exit] = []
        self.parent = parent
        self.live: Any = None
        outer = parent.line[:index]
        missing = [None] * (index - len(outer))
        self.line: tuple[Any, ...] = (*outer, *missing, self)
        self.turns: dict[str, Turn] = {}

    @property
    def closed(self) -> bool:
        """Whether nothing can be made here: not yet, or no longer."""
        return self.live is not self

    @property
    def is_new(self) -> bool:
        """Whether it was never opened."""
        return self.live is None

    async def evaluate(self, plan: Plan) -> None:
        """Make the values of a plan that are not there yet.

        Raises:
            SessionRequired: If one lives in the widest scope, which is not open.
            ScopeNotOpen: If one lives in another scope that is not open.
        """
        line, owner = self.line, current_task()
        for step in plan.steps if not plan.concurrent else ():
            home = line[step.scope]
            if home is None or step.key not in home.values or step.is_variable:
                await self._build(plan, step, owner)
        for batch in plan.batches if plan.concurrent else ():
            await gather([partial(self._build, plan, step) for step in batch])

    async def run(
        self,
        plans: Sequence[Plan],
        given: Sequence[Any],
        finish: Finish | None,
    ) -> Any:
        """Call consumers (see `Session.bind`) with what their caller gives."""
        result = None
        for plan in plans:
            await self.evaluate(plan)
            result = await invoke(plan, self.line, given)
            if result is not None:
                break
        later = None if finish is None else finish(result)
        if later is not None:
            await later
        return result

    async def obtain(self, plan: Plan) -> Any:
        """The value of the one node that a plan is for.

        Raises:
            ScopeNotOpen: If this scope has closed.
        """
        (edge,) = plan.edges
        if self.closed:
            node = plan.graph.nodes[edge.target or ""]
            raise (never_opened if self.is_new else has_closed)(plan, node)
        await self.evaluate(plan)
        return source_of(plan.graph, edge, plan.title).read(self.line, ())

    def lazy(self, graph: Graph, key: str, title: str) -> Lazy[Any]:
        """The value of a node, to be made when it is awaited."""

        def obtain() -> Awaitable[Any]:
            return self.obtain(plan_lazy(graph, key, title))

        if graph.nodes[key].kind is Kind.CONSTANT:  # an override has its value
            return Lazy(obtain, lambda: True)
        return Lazy(obtain, partial(self.values.__contains__, key))

    async def close(self, failure: BaseException | None) -> None:
        """Clean everything up.

        Args:
            failure: What ended the use of the values, if anything failed.

        Raises:
            BaseException: If something else than `failure` should propagate now.
        """
        self.live = self.parent
        self.values.clear()
        if not self.exits:
            return
        outcome, failures = await unwind(self.exits, failure, self.runtime.shield)
        session_succeeded = self.index == 0 and failure is None
        if session_succeeded and len(failures) > 1 and isinstance(outcome, Exception):
            raise CleanupError(f"{len(failures)} cleanups failed", failures)
        if outcome is not None and outcome is not failure:
            raise_again(outcome)

    async def _build(self, plan: Plan, step: Step, owner: object | None = None) -> None:
        """Make a value in its scope, unless another task does: then wait for it.

        If the other one fails or is cancelled, it is our turn.
        """
        home = self.line[step.scope]
        if home is None:
            raise not_open(plan, step.node)
        key, values, turns = step.key, home.values, home.turns
        if step.is_variable:
            values[key] = read_variable(plan, step)
            return
        mine = Turn(owner or current_task())
        while key not in values:
            if home.closed:
                raise has_closed(plan, step.node)
            turn = turns.setdefault(key, mine)
            if turn is not mine:
                if turn.owner is mine.owner:
                    raise needs_itself(plan, step.node)
                await turn.wait()
                continue
            try:
                # It may have been made, in another thread, between our two questions.
                values[key] = (
                    values[key] if key in values else await home._make(plan, step)
                )
            finally:
                del turns[key]
                mine.end()

    async def _make(self, plan: Plan, step: Step) -> Any:
        """Evaluate a provider, and remember how to clean up."""
        node, kind = step.node, step.kind
        if kind is Kind.VALUE:
            raise not_set(plan, node)
        args, named = step.arguments.read(self.line, ())
        began = perf_counter()
        handle = None
        try:
            value = node.provider.__wrapped__(*args, **named)
            if kind is Kind.COROUTINE:
                value = await value
            elif kind is not Kind.FUNCTION:
                handle = value
                value = await _set_up(node, handle)
        except Exception as exc:
            explain(exc, plan, node)
            raise
        if handle is not None:
            done = Exit(node.provider, handle)
            if self.closed:  # it closed meanwhile: nobody else would clean up
                await unwind([done], None, self.runtime.shield)
                raise has_closed(plan, node)
            self.exits.append(done)
        if self.runtime.active:
            for trace in self.runtime.traces():
                trace.add(node.name, plan.path_to(node.key), began)
        return value


async def invoke(plan: Plan, line: Line, given: Sequence[Any]) -> Any:
    """Call a consumer whose values have been made."""
    args, named = plan.arguments.read(line, given)
    result = plan.function(*args, **named)
    # NOTE: what a plain function returns is awaited if it is a coroutine, so that it
    # runs while its values live.
    if plan.awaits or type(result) is CoroutineType:
        return await result
    return result


async def _set_up(node: Node, handle: Any) -> Any:
    """The value of a generator or of a context manager.

    Raises:
        DidNotYield: If the generator ends instead.
    """
    match node.kind:
        case Kind.ASYNC_GENERATOR:
            value = await anext(handle, handle)
        case Kind.GENERATOR:
            value = next(handle, handle)
        case Kind.ASYNC_CONTEXT_MANAGER:
            return await handle.__aenter__()
        case _:
            return handle.__enter__()
    if value is handle:
        raise did_not_yield(node)
    return value


def read_variable(plan: Plan, step: Step) -> Any:
    """The value that a context variable has here.

    Raises:
        ValueNotSet: If it has none.
    """
    try:
        return step.node.provider.__wrapped__()
    except LookupError:
        raise not_set(plan, step.node) from None
