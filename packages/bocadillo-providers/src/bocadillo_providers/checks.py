"""Everything that is wrong with a graph, told before anything is evaluated."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from .annotations import awaited, describe, fits, given_by, resolve
from .callables import Kind, Origin
from .errors import (
    AmbiguousParameter,
    DependencyCycle,
    MissingProvider,
    Problem,
    ScopeMismatch,
    TypeMismatch,
)
from .graph import Edge, Graph, Node
from .plan import Spec, path_to, reach, split_needs
from .spelling import close_matches


class Asker(NamedTuple):
    """Who needs something: a provider or a consumer, as messages call it.

    Attributes:
        name: For `Problem.provider`.
        title: For the message: `provider 'db' (app.py:3)` or `rename()`.
        origin: Where it is declared.
        suffix: Ends messages that do not tell the place otherwise.
        function: Where its annotations are evaluated.
        edges: What it needs.
        scope: Index of the scope it is evaluated in.
    """

    name: str
    title: str
    origin: Origin
    suffix: str
    function: Callable[..., Any]
    edges: tuple[Edge, ...]
    scope: int

    def problem(self, kind: type[Problem], message: str) -> Problem:
        """One problem of this asker."""
        return kind(
            message, provider=self.name, file=self.origin.file, line=self.origin.line
        )


def provider_asker(node: Node) -> Asker:
    """A provider, as somebody who needs something."""
    origin = node.provider.origin
    return Asker(
        name=node.name,
        title=f"provider {node.name!r} ({origin})",
        origin=origin,
        suffix="",
        function=node.provider.__wrapped__,
        edges=node.edges,
        scope=node.scope,
    )


def graph_problems(graph: Graph, specs: Iterable[Spec]) -> Iterator[Problem]:
    """All problems of a graph and its consumers, each once, in declaration order."""
    circles = cycles(graph)
    found: list[tuple[int, list[Problem]]] = []
    for key, node in graph.nodes.items():
        problems = [*edge_problems(graph, provider_asker(node))]
        if key in circles:
            problems.insert(0, cycle_problem(graph, circles[key]))
        found.append((node.provider.order, problems))
    found += ((spec.order, [*consumer_problems(graph, spec)]) for spec in specs)
    # A function that is a consumer twice, as a view of two routes, has them twice.
    told: set[str] = set()
    for _, problems in sorted(found, key=itemgetter(0)):
        for problem in problems:
            if problem.message not in told:
                told.add(problem.message)
                yield problem


def edge_problems(
    graph: Graph, asker: Asker, *, known: Iterable[str] = ()
) -> Iterator[Problem]:
    """Problems of one provider or consumer with what it needs directly.

    Args:
        graph: The graph.
        asker: The provider or consumer.
        known: Names it could have asked for besides those in the graph.
    """
    for edge in asker.edges:
        if edge.missing:
            yield asker.problem(MissingProvider, _missing(graph, asker, edge, known))
        if edge.target is None:
            continue
        node = graph.nodes[edge.target]
        if node.scope > asker.scope:
            yield asker.problem(ScopeMismatch, _outlives(graph, asker, node))
        elif problem := _type_problem(asker, edge, node):
            yield asker.problem(TypeMismatch, problem)


def cycles(graph: Graph) -> Mapping[str, tuple[str, ...]]:
    """Each cycle once, by the key of its first member in declaration order."""
    place = {key: index for index, key in enumerate(graph.nodes)}
    found: dict[frozenset[str], tuple[str, ...]] = {}
    finished: set[str] = set()
    for start in graph.nodes:
        path: dict[str, Iterator[tuple[Edge, Node]]] = {}
        if start not in finished:
            path[start] = graph.targets(graph.nodes[start])
        while path:
            last = next(reversed(path))
            target = next((node.key for _, node in path[last]), None)
            if target is None:
                finished.add(last)
                del path[last]
            elif target in path:
                keys = list(path)
                circle = keys[keys.index(target) :]
                first = circle.index(min(circle, key=lambda key: place[key]))
                turned = tuple(circle[first:] + circle[:first])
                found.setdefault(frozenset(circle), turned)
            elif target not in finished:
                path[target] = graph.targets(graph.nodes[target])
    return {circle[0]: circle for circle in found.values()}


def cycle_problem(graph: Graph, circle: Sequence[str]) -> Problem:
    """The problem that some providers need each other."""
    nodes = [graph.nodes[key] for key in circle]
    path = " -> ".join(
        f"{node.name!r} ({node.provider.origin})" for node in (*nodes, nodes[0])
    )
    return provider_asker(nodes[0]).problem(
        DependencyCycle, f"{path}: break the circle, each needs the next"
    )


def consumer_problems(graph: Graph, spec: Spec) -> Iterator[Problem]:
    """Problems of one consumer: with what it needs, and with what it is supplied."""
    edges, _ = split_needs(graph, spec)
    supplied = spec.supplied or ()
    asker = Asker(
        name=spec.title,
        title=f"{spec.title}()",
        origin=spec.origin,
        suffix=f" [{spec.origin}]",
        function=spec.function,
        edges=edges,
        scope=len(graph.scopes) - 1,
    )
    for parameter in spec.parameters:
        if parameter.marker and parameter.name in supplied:
            yield asker.problem(
                AmbiguousParameter,
                f"{asker.title} marks {parameter.name!r} with use(), but its caller "
                f"supplies it: remove the marker, or rename the parameter"
                f"{asker.suffix}",
            )
    yield from edge_problems(graph, asker, known=supplied)
    if spec.supplied is not None:
        for node in reach(graph, edges, lazy=True):
            if _must_be_supplied(graph, node) and node.name not in supplied:
                yield asker.problem(
                    MissingProvider, _not_supplied(graph, spec, asker, node, edges)
                )


def _must_be_supplied(graph: Graph, node: Node) -> bool:
    return node.kind is Kind.VALUE and node.scope == len(graph.scopes) - 1


def _not_supplied(
    graph: Graph, spec: Spec, asker: Asker, node: Node, edges: Sequence[Edge]
) -> str:
    path = path_to(graph, edges, node.key, spec.title)
    declared = [name for name in spec.supplied or () if name in graph.names]
    only = advice = ""
    if declared:
        only = f", only {', '.join(map(repr, declared))}"
        advice = f": {node.provider.hint}" if node.provider.hint else ""
    return (
        f"{asker.title} needs {node.name!r}, which is not supplied here{only} "
        f"({path}){advice}{asker.suffix}"
    )


def _missing(graph: Graph, asker: Asker, edge: Edge, known: Iterable[str]) -> str:
    known = {*graph.names, *known} - {asker.name}
    near = close_matches(edge.name, sorted(known))
    if edge.name == asker.name and not asker.suffix:
        advice = ": it can only extend one of that name that was declared before"
    elif near:
        advice = f" (did you mean {near[0]!r}?)"
    else:
        advice = ": declare a provider of that name, or give the parameter a default"
    return (
        f"{asker.title} needs {edge.name!r}, which nobody provides{advice}"
        f"{asker.suffix}"
    )


def _outlives(graph: Graph, asker: Asker, node: Node) -> str:
    return (
        f"provider {asker.name!r} ({asker.origin}, {graph.scopes[asker.scope]}) cannot "
        f"use {node.name!r} ({node.provider.origin}, {graph.scopes[node.scope]}): "
        "it would outlive it"
    )


def _type_problem(asker: Asker, edge: Edge, node: Node) -> str | None:
    if edge.parameter is None:
        return None
    wanted = resolve(edge.parameter.annotation, asker.function)
    given = given_by(node.provider)
    if edge.lazy:
        inner = awaited(wanted)
        matches = inner is not None and fits(given, inner)
        gives = f"a Lazy[{describe(given)}]" if inner is None else describe(given)
    else:
        matches, gives = fits(given, wanted), describe(given)
    if matches:
        return None
    return (
        f"{asker.title} wants {edge.parameter.name}: {describe(wanted)}, but "
        f"provider {node.name!r} ({node.provider.origin}) gives {gives}"
    )
