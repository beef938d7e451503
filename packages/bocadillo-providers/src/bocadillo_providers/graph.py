"""Who needs whom: declarations resolved to nodes, by name.

A graph is immutable. Overriding gives another graph, in which what is replaced, and
everything that depends on it, has other keys: values are kept by key, so those made
under an override never mix with the others.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple

from .annotations import wants_lazy
from .callables import Kind, Parameter
from .provider import Provider
from .registry import Declared, check_replaces
from .scopes import ScopeNames

Claim = tuple[Provider[Any], str | None]
"""A declaration, and the full name that it has in a store."""

GraphFormat = Literal["tree", "mermaid", "dot", "json"]
"""How a graph can be drawn."""


class Edge(NamedTuple):
    """That something is needed.

    Attributes:
        name: The name it is asked for by.
        parameter: The parameter that asks; None if `useprovider` does.
        target: Key of the node that fills it; None if nothing does.
        lazy: Whether it is filled with a `Lazy`.
    """

    name: str
    parameter: Parameter | None
    target: str | None
    lazy: bool = False

    @property
    def missing(self) -> bool:
        """Whether nothing fills it, although something must."""
        return self.target is None and not (self.parameter and self.parameter.optional)


class Node(NamedTuple):
    """A provider or value in its place in the graph.

    Attributes:
        key: What its value is kept by; unique in the graph.
        name: What it is called.
        provider: The declaration.
        scope: Index of its scope, 0 is the widest.
        edges: What it needs, in order of evaluation.
    """

    key: str
    name: str
    provider: Provider[Any]
    scope: int
    edges: tuple[Edge, ...] = ()

    @property
    def kind(self) -> Kind:
        """How its value is made."""
        return self.provider.kind


class Graph:
    """All nodes of a store.

    Args:
        nodes: By key, in declaration order.
        names: Name → key of the node that has it.
        scopes: Names of the scopes, widest first.
        origins: A declaration and its full name → key of what it has become: its node,
            or that of its replacement. With None for the name: the last one, if its
            registry was included more than once.

    Attributes:
        steps: What plans have settled about the evaluation of nodes, by key.
        lazies: The plans of what is evaluated when it is awaited, by key and title.
    """

    def __init__(
        self,
        nodes: Mapping[str, Node],
        names: Mapping[str, str],
        scopes: Sequence[str],
        origins: Mapping[Claim, str],
    ) -> None:
        self.nodes = nodes
        self.names = names
        self.scopes = scopes
        self.origins = origins
        self.steps: dict[str, Any] = {}
        self.lazies: dict[tuple[str, str], Any] = {}

    @cached_property
    def autouse(self) -> tuple[str, ...]:
        """Names of the providers that every consumer uses, in declaration order."""
        return tuple(node.name for node in self.named() if node.provider.autouse)

    def find(self, name: str) -> Node | None:
        """The node of a name, if there is one."""
        key = self.names.get(name)
        return None if key is None else self.nodes[key]

    def key_of(
        self, wanted: "str | Provider[Any]", name: str | None = None
    ) -> str | None:
        """The key of a provider or of a name; None if there is no such node.

        Args:
            wanted: The provider, or a full name.
            name: The full name of the provider, for who knows it.
        """
        if isinstance(wanted, Provider):
            key = self.origins.get((wanted, name))
            return key or self.names.get(wanted.name)
        return self.names.get(wanted)

    def targets(self, node: Node) -> Iterator[tuple[Edge, Node]]:
        """What a node needs and has."""
        for edge in node.edges:
            if edge.target is not None:
                yield edge, self.nodes[edge.target]

    def named(self) -> Iterator[Node]:
        """Nodes that a name leads to, in declaration order."""
        keys = set(self.names.values())
        return (node for node in self.nodes.values() if node.key in keys)

    def edges_of(
        self,
        parameters: Iterable[Parameter],
        function: Callable[..., Any],
        uses: Iterable["str | Provider[Any]"] = (),
        find: Callable[["str | Provider[Any]"], str | None] | None = None,
    ) -> tuple[Edge, ...]:
        """Resolve what a function needs.

        Args:
            parameters: Those that may be filled.
            function: The function, where its annotations are evaluated.
            uses: What it uses besides.
            find: Resolves a name or a provider to a key.
        """
        find = find or self.key_of
        edges = [
            Edge(wanted if isinstance(wanted, str) else wanted.name, None, find(wanted))
            for wanted in uses
        ]
        for parameter in parameters:
            marker = parameter.marker
            wanted = (marker and marker.target) or parameter.name
            key = find(wanted)
            lazy = key is not None and (
                self.nodes[key].provider.lazy
                or wants_lazy(parameter.annotation, function)
            )
            name = wanted if isinstance(wanted, str) else wanted.name
            edges.append(Edge(name, parameter, key, lazy))
        return tuple(edges)


def build_graph(declared: Iterable[Declared], scopes: ScopeNames) -> Graph:
    """Settle which declaration has which name, and resolve what each needs.

    Args:
        declared: Everything declared, in any order.
        scopes: The names of the scopes.

    Raises:
        DuplicateProvider: If two claim a name.
        UnknownScope: If a declaration is in a scope that does not exist.
    """
    declared = sorted(declared, key=lambda each: each.order)
    chains = _chains(declared)
    nodes: dict[str, Node] = {}
    places: dict[str, tuple[Declared, str | None]] = {}
    for chain in chains:
        for above, each in enumerate(reversed(chain)):
            key = each.name + "'" * above
            below = each.name + "'" * (above + 1) if each is not chain[0] else None
            place = scopes.place_of(each.provider)
            nodes[key] = Node(key, each.name, each.provider, place)
            places[key] = each, below
    names = {node.name: key for key, node in nodes.items() if "'" not in key}
    keys = {(node.provider, node.name): key for key, node in nodes.items()}
    origins: dict[Claim, str] = {}
    for each in declared:
        key = keys.get((each.provider, each.name), names[each.name])
        origins[each.provider, each.name] = origins[each.provider, None] = key
    graph = Graph(nodes, names, scopes.names, origins)
    for key, (each, below) in places.items():
        nodes[key] = nodes[key]._replace(edges=_edges(graph, each, below))
    return graph


def _edges(graph: Graph, each: Declared, below: str | None) -> tuple[Edge, ...]:
    """What a declaration needs; its own name is the one it extends."""
    provider = each.provider

    def find(wanted: str | Provider[Any]) -> str | None:
        if wanted == provider.name:
            return below
        if isinstance(wanted, Provider):
            return graph.key_of(wanted, each.names.get(wanted))
        return graph.key_of(each.names.get(wanted, wanted))

    return graph.edges_of(
        provider.parameters, provider.__wrapped__, provider.uses, find
    )


def _chains(declared: Sequence[Declared]) -> list[list[Declared]]:
    """Per name the declaration that has it, after those that it extends.

    In declaration order, as what is given.
    """
    chains: dict[str, list[Declared]] = {}
    for each in declared:
        chain = chains.setdefault(each.name, [])
        if any(each.provider is other.provider for other in chain):
            continue  # the same registry, included on two ways
        if chain and not chain[-1].included:
            check_replaces(each, chain[-1].provider)
        if not each.provider.extends:
            chain.clear()
        chain.append(each)
    return sorted(chains.values(), key=lambda chain: chain[-1].order)
