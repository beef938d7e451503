"""A scope while it is open: its values, who is making one, what to clean up."""

from collections.abc import Awaitable, Sequence
from functools import partial
from time import perf_counter
from types import CoroutineType
from typing import Any

from .cleanup import Exit, raise_again, unwind
from .errors import CleanupError
from .failures import (
    did_not_yield,
    explain,
    has_closed,
    needs_itself,
    not_open,
    not_set,
)
from .graph import Graph, Node
from .markers import Lazy
from .plan import Plan, Step, plan_nodes, source_of
from .provider import Kind
from .runtime import Runtime
from .waiting import Turn, gather


class Values:
    """The values of one scope, made when they are needed and kept until it closes.

    Args:
        runtime: The store's.
        index: Which scope it is, 0 is the widest.
        outer: The wider scopes that are open, by index; None for those that are not.
        values: What was supplied, by name.
    """

    def __init__(
        self,
        runtime: Runtime,
        index: int,
        outer: Sequence["Values | None"],
        values: dict[str, Any],
    ) -> None:
        self.runtime = runtime
        self.index = index
        self.values = values
        self.exits: list[Exit] = []
        self.closed = True
        missing = (None,) * (index - len(outer))
        self.line: tuple[Values | None, ...] = (*outer, *missing, self)
        self._turns: dict[str, Turn] = {}

    async def evaluate(self, plan: Plan) -> None:
        """Make the values of a plan that are not there yet."""
        for batch in plan.batches:
            if len(batch) == 1:
                await self._ensure(plan, batch[0])
            else:
                await gather([partial(self._ensure, plan, step) for step in batch])

    async def run(self, plan: Plan, given: Sequence[Any]) -> Any:
        """Call a consumer with its values and with what its caller gives."""
        await self.evaluate(plan)
        args, named = plan.arguments.read(self.line, given)  # type: ignore[arg-type]
        result = plan.function(*args, **named)
        # NOTE: what a plain function returns is awaited if it is a coroutine, so that
        # it runs while its values live.
        waits = plan.awaits or type(result) is CoroutineType
        return await result if waits else result

    async def obtain(self, plan: Plan) -> Any:
        """The value of the one node that a plan is for.

        Raises:
            ScopeNotOpen: If this scope has closed.
        """
        (edge,) = plan.edges
        if self.closed:
            raise has_closed(plan, plan.graph.nodes[edge.target or ""])
        await self.evaluate(plan)
        return source_of(plan.graph, edge, plan.title).read(self.line, ())

    def lazy(self, graph: Graph, key: str, title: str) -> Lazy[Any]:
        """The value of a node, to be made when it is awaited."""

        def obtain() -> Awaitable[Any]:
            return self.obtain(plan_nodes(graph, [key], title))

        return Lazy(obtain, partial(self.values.__contains__, key))

    async def close(self, failure: BaseException | None) -> None:
        """Clean everything up.

        Args:
            failure: What ended the use of the values, if anything failed.

        Raises:
            BaseException: If something else than `failure` should propagate now.
        """
        self.closed = True
        outcome, failures = await unwind(self.exits, failure, self.runtime.shield)
        self.values.clear()
        session_succeeded = self.index == 0 and failure is None
        if session_succeeded and len(failures) > 1 and isinstance(outcome, Exception):
            raise CleanupError(f"{len(failures)} cleanups failed", failures)
        if outcome is not None and outcome is not failure:
            raise_again(outcome)

    async def _ensure(self, plan: Plan, step: Step) -> None:
        """Have the value of one step made, if it is not there."""
        node = step.node
        home = self.line[node.scope] if node.scope < len(self.line) else None
        if home is None:
            raise not_open(plan, node)
        if node.kind is Kind.VARIABLE:
            home.values[node.key] = home._read_variable(plan, node)
        elif node.key not in home.values:
            await home._build(plan, step)

    async def _build(self, plan: Plan, step: Step) -> None:
        """Make a value, unless another task does: then wait for it.

        If the other one fails or is cancelled, it is our turn.
        """
        key = step.node.key
        while key not in self.values:
            if self.closed:
                raise has_closed(plan, step.node)
            mine = Turn()
            turn = self._turns.setdefault(key, mine)
            if turn is not mine:
                if turn.mine:
                    raise needs_itself(plan, step.node)
                await turn.wait()
                continue
            try:
                if key not in self.values:  # made between our two questions
                    self.values[key] = await self._make(plan, step)
            finally:
                del self._turns[key]
                mine.end()

    async def _make(self, plan: Plan, step: Step) -> Any:
        """Evaluate a provider, and remember how to clean up."""
        node = step.node
        began = perf_counter()
        if node.kind is Kind.VALUE:
            raise not_set(plan, node)
        args, named = step.arguments.read(self.line, ())  # type: ignore[arg-type]
        try:
            made = node.provider.__wrapped__(*args, **named)
            value, handle = await _set_up(node, made)
        except Exception as exc:
            explain(exc, plan, node)
            raise
        if handle is not None:
            self.exits.append(Exit(node.provider, handle))
            if self.closed:  # it closed meanwhile: nobody else would clean up
                await self.close(None)
                raise has_closed(plan, node)
        for trace in self.runtime.active and self.runtime.traces():
            trace.add(node.name, plan.path_to(node.key), began)
        return value

    def _read_variable(self, plan: Plan, node: Node) -> Any:
        try:
            return node.provider.__wrapped__()
        except LookupError:
            raise not_set(plan, node) from None


async def _set_up(node: Node, made: Any) -> tuple[Any, Any]:
    """The value of what a provider returned, and what is to be cleaned up."""
    match node.kind:
        case Kind.FUNCTION:
            return made, None
        case Kind.COROUTINE:
            return await made, None
        case Kind.ASYNC_GENERATOR:
            try:
                return await made.__anext__(), made
            except StopAsyncIteration:
                raise did_not_yield(node) from None
        case Kind.GENERATOR:
            try:
                return next(made), made
            except StopIteration:
                raise did_not_yield(node) from None
        case Kind.CONTEXT_MANAGER:
            return made.__enter__(), made
        case _:
            return await made.__aenter__(), made
