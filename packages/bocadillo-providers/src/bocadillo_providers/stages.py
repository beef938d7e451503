"""Which plans can be compiled, and what each of several sets up.

Usual means: the values of wider scopes are there already, nothing is lazy or
concurrent, no override or trace is active.
"""

from collections.abc import Iterator, Sequence

from .callables import Kind
from .calls import Later, Source
from .plan import Plan, Step


def is_usual(plan: Plan) -> bool:
    """Whether a plan can be compiled."""
    innermost = len(plan.graph.scopes) - 1
    fed = {name for name, _ in plan.feeds}
    return (
        innermost > 0
        and not plan.concurrent
        and not any(isinstance(source, Later) for source in _sources(plan))
        and all(
            step.node.name in fed
            for step in plan.steps
            if step.node.kind is Kind.VALUE and step.node.scope == innermost
        )
    )


def stages_of(plans: Sequence[Plan]) -> Iterator[list[Step]]:
    """What is set up in the innermost scope by each plan, and by none before it."""
    seen: set[str] = set()
    for plan in plans:
        innermost = len(plan.graph.scopes) - 1
        steps = [
            step
            for step in plan.steps
            if step.scope == innermost
            and step.kind is not Kind.VALUE
            and (step.is_variable or step.key not in seen)
        ]
        seen.update(step.key for step in steps)
        yield steps


def used_from_outside(plan: Plan) -> Iterator[Step]:
    """What a plan uses of wider scopes without taking its value."""
    innermost = len(plan.graph.scopes) - 1
    used = {edge.target for edge in plan.edges if edge.parameter is None}
    for step in plan.steps:
        if step.key in used and step.scope < innermost:
            yield step


def _sources(plan: Plan) -> Iterator[Source]:
    yield from plan.arguments.sources()
    for step in plan.steps:
        yield from step.arguments.sources()
