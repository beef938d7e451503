"""Other values for some names, for a while: here, or everywhere.

An override is a `Layer`. Those that hold at some place make another graph, see
`overridden`; the store keeps it for as long as they hold.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .checks import cycle_problem, cycles, edge_problems, provider_asker
from .errors import GraphError
from .graph import Edge, Graph, Node
from .provider import Provider, next_order


@dataclass(eq=False, repr=False, match_args=False)
class Layer:
    """The replacements of one override that holds.

    Attributes:
        replacements: Name → what provides it instead.
        everywhere: Whether it holds in all tasks and threads.
        order: Grows with each layer: later ones win.
    """

    replacements: Mapping[str, Provider[Any]]
    everywhere: bool
    order: int = field(default_factory=next_order)


def overridden(graph: Graph, layers: Sequence[Layer]) -> Graph:
    """The graph in which layers hold, each upon those before.

    Raises:
        GraphError: If an overriding function has problems: it needs what nobody
            provides, or what lives in a narrower scope.
    """
    for layer in layers:
        graph = _override(graph, layer)
        nodes = [graph.nodes[graph.names[name]] for name in layer.replacements]
        problems = [
            problem
            for node in nodes
            for problem in edge_problems(graph, provider_asker(node))
        ]
        problems += [cycle_problem(graph, circle) for circle in cycles(graph).values()]
        if problems:
            raise GraphError(problems)
    return graph


def _override(graph: Graph, layer: Layer) -> Graph:
    mark = f"#{layer.order}"
    replaced = {graph.names[name]: name for name in layer.replacements}
    taken = {key: f"{key}={mark}" for key in replaced}
    moved = {key: f"{key}{mark}" for key in _dependants(graph, replaced)}

    def key_now(key: str) -> str:
        return taken.get(key) or moved.get(key, key)

    def edge_now(edge: Edge) -> Edge:
        return edge._replace(target=edge.target and key_now(edge.target))

    nodes: dict[str, Node] = {}
    for key, node in graph.nodes.items():
        edges = tuple(map(edge_now, node.edges))
        own = moved.get(key, key)
        nodes[own] = node._replace(key=own, edges=edges) if key in moved else node
        if name := replaced.get(key):
            # It is evaluated when, and for whom, the one it replaces would be.
            provider = replace(
                layer.replacements[name],
                name=name,
                lazy=node.provider.lazy,
                autouse=node.provider.autouse,
            )
            edges = graph.edges_of(
                provider.parameters, provider.__wrapped__, provider.uses
            )
            edges = tuple(
                # Its own name is what it replaces.
                edge._replace(target=own) if edge.name == name else edge_now(edge)
                for edge in edges
            )
            nodes[taken[key]] = Node(taken[key], name, provider, node.scope, edges)
    names = {name: key_now(key) for name, key in graph.names.items()}
    origins = {each: key_now(key) for each, key in graph.origins.items()}
    return Graph(nodes, names, graph.scopes, origins)


def _dependants(graph: Graph, keys: Iterable[str]) -> set[str]:
    """Keys of the nodes that need one of some others, however far."""
    users: dict[str, list[str]] = {}
    for node in graph.nodes.values():
        for _, target in graph.targets(node):
            users.setdefault(target.key, []).append(node.key)
    found: set[str] = set()
    rest = list(keys)
    while rest:
        for user in users.get(rest.pop(), ()):
            if user not in found:
                found.add(user)
                rest.append(user)
    return found
