"""What happens when a consumer is called: which providers, in which order.

A plan is made once per consumer and graph, and never changes.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from .callables import Kind, Origin, Parameter, kind_of
from .calls import NO_ARGUMENTS, Arguments, Given, Kept, Later, Made, Source, arrange
from .graph import Edge, Graph, Node
from .provider import Provider

Finish = Callable[[Any], Awaitable[object] | None]
"""What comes after the last call: takes what it returned, may give what to await."""


class Spec(NamedTuple):
    """A consumer, as declared.

    Attributes:
        function: What is called in the end.
        parameters: Its parameters.
        supplied: Names that the caller gives; None if any may be.
        uses: What it uses without naming it as a parameter.
        title: What messages call it.
        origin: Where it is declared.
        order: Grows with each declaration.
        autouse: Whether it uses the autouse providers.
    """

    function: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    supplied: tuple[str, ...] | None
    uses: tuple[str | Provider[Any], ...]
    title: str
    origin: Origin
    order: int
    autouse: bool


class Step(NamedTuple):
    """One provider to evaluate.

    Attributes:
        node: The provider in its graph.
        arguments: How it is called.
        key: What its value is kept by.
        scope: Index of its scope.
        kind: How its value is made.
        is_variable: Whether it is read anew each time it is needed.
    """

    node: Node
    arguments: Arguments
    key: str
    scope: int
    kind: Kind
    is_variable: bool

    @classmethod
    def of(cls, graph: Graph, node: Node) -> "Step":
        """The step that evaluates a node."""
        sources = _edge_sources(graph, node.edges, node.name)
        return cls(
            node,
            arrange(node.provider.parameters, sources),
            node.key,
            node.scope,
            node.kind,
            node.kind is Kind.VARIABLE,
        )


# PERF: no method more than is used; a data class takes a millisecond to make
# (benchmark of the import).
@dataclass(eq=False, repr=False, match_args=False)
class Plan:
    """How a consumer, or something else that needs values, gets them.

    Attributes:
        graph: What it was made from.
        title: Who needs the values, for messages.
        edges: What is needed: autouse providers, used ones, parameters.
        steps: What to evaluate, each after what it needs.
        callers: Parameters that the caller binds.
        arguments: How the consumer is called.
        function: What is called in the end.
        awaits: Whether it is a coroutine function.
        feeds: Values of the innermost scope that the caller gives, with their place
            among what it gives.
    """

    graph: Graph
    title: str
    edges: tuple[Edge, ...]
    steps: tuple[Step, ...]
    callers: tuple[Parameter, ...] = ()
    arguments: Arguments = NO_ARGUMENTS
    function: Callable[..., Any] = tuple
    awaits: bool = False
    feeds: tuple[tuple[str, int], ...] = ()

    @cached_property
    def concurrent(self) -> bool:
        """Whether some steps may run concurrently."""
        return len(self.batches) < len(self.steps)

    @cached_property
    def batches(self) -> tuple[tuple[Step, ...], ...]:
        """The steps, those together that may run concurrently.

        A concurrent one waits until something needs it, so that as many as possible
        have come together by then.
        """
        batches: list[tuple[Step, ...]] = []
        waiting: dict[str, Step] = {}
        for step in self.steps:
            if any(edge.target in waiting for edge in step.node.edges):
                batches.append(tuple(waiting.values()))
                waiting.clear()
            if step.node.provider.concurrent:
                waiting[step.node.key] = step
            else:
                batches.append((step,))
        return (*batches, tuple(waiting.values())) if waiting else tuple(batches)

    @property
    def reached(self) -> Iterator[Node]:
        """All nodes it may evaluate, the lazy ones included."""
        return reach(self.graph, self.edges, lazy=True)

    def path_to(self, key: str) -> str:
        """`db <- repo <- rename`: how the plan comes to need a node."""
        return path_to(self.graph, self.edges, key, self.title)


def path_to(graph: Graph, edges: Sequence[Edge], key: str, title: str) -> str:
    """`db <- repo <- rename`: how some edges lead to a node."""
    parents: dict[str, str | None] = {}
    rest: list[tuple[str, str | None]] = [
        (edge.target, None) for edge in reversed(edges) if edge.target
    ]
    while rest:
        target, parent = rest.pop()
        if target not in parents:
            parents[target] = parent
            needs = [node.key for _, node in graph.targets(graph.nodes[target])]
            rest += [(need, target) for need in reversed(needs)]
    names = []
    step: str | None = key
    while step is not None:
        names.append(graph.nodes[step].name)
        step = parents.get(step)
    return " <- ".join([*names, title])


def split_needs(
    graph: Graph, spec: Spec
) -> tuple[tuple[Edge, ...], tuple[Parameter, ...]]:
    """What a consumer gets from the graph, and what from its caller."""
    callers = []
    filled = []
    for parameter in spec.parameters:
        if parameter.variadic or (spec.supplied and parameter.name in spec.supplied):
            callers.append(parameter)
        elif parameter.marker or parameter.name in graph.names:
            filled.append(parameter)
        elif spec.supplied is None or parameter.optional:
            callers.append(parameter)
        else:
            filled.append(parameter)
    uses = (*graph.autouse, *spec.uses) if spec.autouse else spec.uses
    return graph.edges_of(filled, spec.function, uses), tuple(callers)


def plan_consumer(graph: Graph, spec: Spec) -> Plan:
    """The plan of a consumer called with what `Plan.callers` takes."""
    edges, callers = split_needs(graph, spec)
    given = {parameter.name: index for index, parameter in enumerate(callers)}
    return _plan(graph, spec, edges, callers, given)


def plan_bound(graph: Graph, spec: Spec) -> Plan:
    """The plan of a consumer called with what it declares as supplied, in order.

    Its `callers` are those that nobody fills.
    """
    edges, callers = split_needs(graph, spec)
    given = {name: index for index, name in enumerate(spec.supplied or ())}
    left = tuple(
        each for each in callers if each.name not in given and each.needs_argument
    )
    return _plan(graph, spec, edges, left, given)


def plan_nodes(graph: Graph, keys: Iterable[str], title: str) -> Plan:
    """The plan to have some nodes evaluated."""
    edges = tuple(Edge(graph.nodes[key].name, None, key) for key in keys)
    return Plan(graph, title, edges, steps_to(graph, edges))


def plan_lazy(graph: Graph, key: str, title: str) -> Plan:
    """The plan to have a node evaluated when it is awaited, made at the first time."""
    plan: Plan | None = graph.lazies.get((key, title))
    if plan is None:
        plan = graph.lazies[key, title] = plan_nodes(graph, [key], title)
    return plan


def steps_to(graph: Graph, edges: Iterable[Edge]) -> tuple[Step, ...]:
    """What to evaluate for some edges: depth first, each after what it needs."""
    steps = graph.steps
    for node in (nodes := [*reach(graph, edges)]):
        if node.key not in steps:
            steps[node.key] = Step.of(graph, node)
    return tuple(steps[node.key] for node in nodes if node.kind is not Kind.CONSTANT)


def reach(graph: Graph, edges: Iterable[Edge], *, lazy: bool = False) -> Iterator[Node]:
    """The nodes some edges lead to, each after those it needs.

    Args:
        graph: The graph.
        edges: Where to start.
        lazy: Whether to follow lazy edges too.
    """

    def followed(edges: Iterable[Edge]) -> Iterator[str]:
        return (
            edge.target for edge in edges if edge.target and (lazy or not edge.lazy)
        )

    seen: set[str] = set()
    path: list[tuple[Node | None, Iterator[str]]] = [(None, followed(edges))]
    while path:
        node, rest = path[-1]
        key = next(rest, None)
        if key is None:
            path.pop()
            if node is not None:
                yield node
        elif key not in seen:
            seen.add(key)
            path.append((graph.nodes[key], followed(graph.nodes[key].edges)))


def source_of(graph: Graph, edge: Edge, title: str) -> Source:
    """Where the value of an edge with a target is read."""
    node = graph.nodes[edge.target]  # type: ignore[index]
    if edge.lazy:
        return Later(graph, node.key, node.scope, title)
    if node.kind is Kind.CONSTANT:
        return Kept(node.provider.__wrapped__())
    return Made(node.key, node.scope)


def _plan(
    graph: Graph,
    spec: Spec,
    edges: tuple[Edge, ...],
    callers: tuple[Parameter, ...],
    given: Mapping[str, int],
) -> Plan:
    sources: dict[str, Source] = {
        name: Given(index) for name, index in given.items()
    } | _edge_sources(graph, edges, spec.title)
    return Plan(
        graph,
        spec.title,
        edges,
        steps_to(graph, edges),
        callers,
        arrange(spec.parameters, sources),
        spec.function,
        kind_of(spec.function) is Kind.COROUTINE,
        tuple((name, given[name]) for name in given if _is_fed(graph, name)),
    )


def _is_fed(graph: Graph, name: str) -> bool:
    node = graph.find(name)
    innermost = len(graph.scopes) - 1
    return node is not None and node.kind is Kind.VALUE and node.scope == innermost


def _edge_sources(graph: Graph, edges: Sequence[Edge], title: str) -> dict[str, Source]:
    return {
        edge.parameter.name: source_of(graph, edge, title)
        for edge in edges
        if edge.parameter is not None and edge.target is not None
    }
