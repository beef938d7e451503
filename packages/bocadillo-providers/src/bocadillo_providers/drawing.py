"""The graph and its plans as text, for people and for tools. Evaluates nothing."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from .annotations import UNKNOWN, describe, given_by
from .calls import Arguments, Given, Later, Made, Source
from .graph import Edge, Graph, GraphFormat, Node
from .plan import Plan, Spec, plan_consumer, reach, split_needs


class User(NamedTuple):
    """A consumer in a picture: what it is called, and what it needs."""

    spec: Spec
    edges: tuple[Edge, ...]

    @property
    def title(self) -> str:
        """`rename()`."""
        return f"{self.spec.title}()"


class Picture:
    """A graph and who uses it.

    Args:
        graph: The graph; it may have problems.
        specs: The consumers.
    """

    def __init__(self, graph: Graph, specs: Iterable[Spec]) -> None:
        self.graph = graph
        self.users = [User(spec, split_needs(graph, spec)[0]) for spec in specs]

    def unused(self) -> list[str]:
        """Names of providers that no consumer leads to, in declaration order."""
        used = {
            node.key
            for user in self.users
            for node in reach(self.graph, user.edges, lazy=True)
        }
        return [
            node.name
            for node in self.graph.named()
            if node.kind.is_called
            and not node.provider.autouse
            and node.key not in used
        ]

    def dependants(self, key: str) -> list[str]:
        """Names of all that need a node, however far: providers, then consumers."""
        needing = [
            node.name
            for node in self.graph.named()
            if node.key != key and self._leads_to(node.edges, key)
        ]
        users = [user.title for user in self.users if self._leads_to(user.edges, key)]
        return needing + users

    def draw(self, form: GraphFormat) -> str:
        """The whole graph.

        Raises:
            ValueError: If there is no such format.
        """
        drawings: dict[str, Callable[[], Iterator[str]]] = {
            "tree": self._tree,
            "mermaid": self._mermaid,
            "dot": self._dot,
            "json": self._json,
        }
        if form not in drawings:
            known = ", ".join(drawings)
            raise ValueError(f"unknown graph format {form!r}: there are {known}")
        return "\n".join(drawings[form]())

    def explain(self, name: str) -> str | None:
        """All about one provider, or what a call of one consumer does.

        Returns:
            Text; None if there is none of that name.
        """
        node = self.graph.find(name)
        if node is not None:
            return "\n".join(self._explain_node(node))
        for user in self.users:
            if name in (user.spec.title, user.title):
                plan = plan_consumer(self.graph, user.spec)
                return draw_plan(plan, user.spec.origin)
        return None

    def _leads_to(self, edges: Iterable[Edge], key: str) -> bool:
        return any(node.key == key for node in reach(self.graph, edges, lazy=True))

    def _explain_node(self, node: Node) -> Iterator[str]:
        provider = node.provider
        given = given_by(provider)
        gives = "" if given is UNKNOWN else f", gives {describe(given)}"
        yield f"{node.name}: {node.kind.value}{gives}"
        yield f"declared at {provider.origin}, scope {self._scope(node)!r}"
        marks = [
            mark
            for mark in ("lazy", "autouse", "concurrent")
            if getattr(provider, mark)
        ]
        if marks:
            yield ", ".join(marks)
        yield "needs:" if node.edges else "needs nothing"
        yield from self._branches(node.edges, "  ", set())
        users = self.dependants(node.key)
        yield f"needed by: {', '.join(users)}" if users else "needed by nobody"

    def _tree(self) -> Iterator[str]:
        drawn: set[str] = set()
        for user in self.users:
            yield f"{user.title}  {user.spec.origin}"
            yield from self._branches(user.edges, "", drawn)
        unused = self.unused()
        inner = {
            target.key
            for node in self.graph.nodes.values()
            for _, target in self.graph.targets(node)
        }
        for node in self.graph.named():
            if node.name in unused and node.key not in inner:
                yield f"{self._label(node)}  (unused)"
                yield from self._branches(node.edges, "", drawn)

    def _branches(
        self, edges: Sequence[Edge], indent: str, drawn: set[str]
    ) -> Iterator[str]:
        """What some edges lead to; what was drawn before is not drawn again."""
        shown = [edge for edge in edges if edge.target or edge.missing]
        for edge in shown:
            last = edge is shown[-1]
            branch = f"{indent}{'└─ ' if last else '├─ '}"
            below = f"{indent}{'   ' if last else '│  '}"
            if edge.target is None:
                yield f"{branch}{edge.name}  (missing)"
                continue
            node = self.graph.nodes[edge.target]
            again = node.key in drawn and bool(node.edges)
            lazy = "  lazy" * edge.lazy
            yield f"{branch}{self._label(node)}{lazy}{'  (see above)' * again}"
            if node.key not in drawn:
                drawn.add(node.key)
                yield from self._branches(node.edges, below, drawn)

    def _label(self, node: Node) -> str:
        origin = node.provider.origin
        return f"{node.name}  {self._scope(node)}  {node.kind.value}  {origin}"

    def _ids(self) -> tuple[dict[str, str], list[str]]:
        """What nodes, by key, and users are called in a picture: each differently."""
        taken: set[str] = {"end"}  # which means something to Mermaid

        def free(name: str) -> str:
            while name in taken:
                name += "_"
            taken.add(name)
            return name

        nodes = {node.key: free(node.name) for node in self.graph.nodes.values()}
        return nodes, [free(user.spec.title.replace(".", "_")) for user in self.users]

    def _arrows(self) -> Iterator[tuple[str, str, bool]]:
        """From, to, lazy: each by what it is called in the picture."""
        ids, user_ids = self._ids()
        for node in self.graph.nodes.values():
            for edge, target in self.graph.targets(node):
                yield ids[node.key], ids[target.key], edge.lazy
        for user, id_ in zip(self.users, user_ids, strict=True):
            for edge in user.edges:
                if edge.target is not None:
                    yield id_, ids[edge.target], edge.lazy

    def _mermaid(self) -> Iterator[str]:
        ids, user_ids = self._ids()
        yield "flowchart LR"
        for user, id_ in zip(self.users, user_ids, strict=True):
            yield f'    {id_}(["{user.title}"])'
        for key, id_ in ids.items():
            node = self.graph.nodes[key]
            yield f'    {id_}["{node.name}<br><i>{self._scope(node)}</i>"]'
        for source, target, lazy in self._arrows():
            yield f"    {source} {'-.->' if lazy else '-->'} {target}"

    def _dot(self) -> Iterator[str]:
        ids, user_ids = self._ids()
        yield "digraph providers {"
        yield "    rankdir=LR;"
        for user, id_ in zip(self.users, user_ids, strict=True):
            yield f'    "{id_}" [label={json.dumps(user.title)}, shape=oval];'
        for key, id_ in ids.items():
            node = self.graph.nodes[key]
            label = json.dumps(f"{node.name}\n{self._scope(node)}")
            yield f'    "{id_}" [label={label}, shape=box];'
        for source, target, lazy in self._arrows():
            yield f'    "{source}" -> "{target}"{" [style=dashed]" * lazy};'
        yield "}"

    def _scope(self, node: Node) -> str:
        return self.graph.scopes[node.scope]

    def _json(self) -> Iterator[str]:
        unused = self.unused()
        providers = [
            {
                "name": node.name,
                "scope": self._scope(node),
                "kind": node.kind.value,
                "file": node.provider.origin.file,
                "line": node.provider.origin.line,
                "lazy": node.provider.lazy,
                "autouse": node.provider.autouse,
                "unused": node.name in unused,
                "needs": [edge.name for edge in node.edges if edge.target],
            }
            for node in self.graph.nodes.values()
        ]
        consumers = [
            {
                "name": user.spec.title,
                "file": user.spec.origin.file,
                "line": user.spec.origin.line,
                "needs": [edge.name for edge in user.edges if edge.target],
            }
            for user in self.users
        ]
        content = {
            "scopes": list(self.graph.scopes),
            "providers": providers,
            "consumers": consumers,
        }
        yield json.dumps(content, indent=2)


def draw_plan(plan: Plan, origin: object) -> str:
    """What a call does, one line per step, in the order it is done."""
    callers = [parameter.name for parameter in plan.callers]
    rows: list[tuple[str, str]] = []
    exits: list[str] = []
    for step in plan.steps:
        node = step.node
        call = f"{node.name}({_arguments(plan, step.arguments, callers)})"
        made = f"{node.name} = {call}" if node.kind.is_called else node.name
        scope = plan.graph.scopes[node.scope]
        rows.append((made, f"{scope}, {node.kind.value}, {node.provider.origin}"))
        is_inner = node.scope == len(plan.graph.scopes) - 1
        if is_inner and (node.kind.is_generator or "manager" in node.kind.value):
            exits.append(node.name)
    width = max((len(made) for made, _ in rows), default=0)
    return "\n".join(
        [
            f"{plan.title}({', '.join(callers)})  {origin}",
            *(f"  {made:{width}}  # {comment}" for made, comment in rows),
            f"  {plan.title}({_arguments(plan, plan.arguments, callers)})",
            *(f"  clean up {name}" for name in reversed(exits)),
        ]
    )


def _arguments(plan: Plan, arguments: Arguments, callers: Sequence[str]) -> str:
    def show(source: Source) -> str:
        match source:
            case Given(index):
                return callers[index]
            case Made(key):
                return plan.graph.nodes[key].name
            case Later(key=key):
                return f"lazy {plan.graph.nodes[key].name}"
        return "..."

    parts = [show(source) for source in arguments.positional]
    if arguments.star:
        parts.append(f"*{show(arguments.star)}")
    parts += (f"{name}={show(source)}" for name, source in arguments.named)
    if arguments.star_star:
        parts.append(f"**{show(arguments.star_star)}")
    return ", ".join(parts)
