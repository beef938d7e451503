"""What may be asked of a scope: checked and put into plans, before it is done."""

from collections.abc import Sequence
from typing import Any

from .callables import Kind, Origin
from .calls import Line
from .errors import MissingProvider, SyncResolutionError
from .failures import not_open
from .generated import UNSET
from .graph import Graph
from .plan import Plan, plan_nodes
from .provider import Provider
from .runtime import Runtime
from .spelling import close_matches


def start_plan(runtime: Runtime) -> Plan:
    """What a session evaluates when it opens."""
    graph = runtime.graph()
    keys = [
        node.key
        for node in graph.named()
        if node.scope == 0 and node.kind.is_called and not node.provider.lazy
    ]
    return plan_nodes(graph, keys, "the session")


def require_sync(plan: Plan, line: Line) -> None:
    """Refuse a plan that awaits.

    Raises:
        SyncResolutionError: Naming the path to what is async.
    """
    for step in plan.steps:
        node = step.node
        home = line[node.scope] if node.scope < len(line) else None
        if node.kind.is_async and not (home and node.key in home.values):
            raise SyncResolutionError(
                f"{plan.title} cannot be called synchronously: provider {node.name!r} "
                f"({node.provider.origin}) is async ({plan.path_to(node.key)}); "
                "await it instead"
            )
    if plan.awaits:
        raise SyncResolutionError(
            f"{plan.title} cannot be called synchronously: it is async itself; "
            "await it instead"
        )


def complete(plan: Plan, given: Sequence[Any], line: Line) -> Sequence[Any]:
    """What a caller gives, and where it left something out what the scopes have.

    Raises:
        TypeError: If no open scope has it either.
    """
    if not any(each is UNSET for each in given):
        return given
    found = list(given)
    for index, parameter in enumerate(plan.callers):
        if given[index] is UNSET:
            having = [
                home.values for home in line if home and parameter.name in home.values
            ]
            if not having:
                raise TypeError(
                    f"{plan.title}() is called without {parameter.name!r}, and no "
                    "open scope has a value of that name"
                )
            found[index] = having[-1][parameter.name]
    return found


def supplied_values(
    runtime: Runtime, index: int, values: dict[str, Any]
) -> dict[str, Any]:
    """Check what somebody supplies who opens a scope.

    Raises:
        TypeError: If one of the names was not declared for that scope.
    """
    graph = runtime.base()
    scope = runtime.scopes.names[index]
    for name in values:
        node = graph.find(name)
        if node is None or node.kind is not Kind.VALUE or node.scope != index:
            raise TypeError(_no_value_of(graph, scope, name))
    return dict(values)


def _no_value_of(graph: Graph, scope: str, name: str) -> str:
    """Why a name is no value of a scope, and what to write."""
    node = graph.find(name)
    if node is not None and node.kind is not Kind.VALUE:
        return (
            f"scope {scope!r} got {name!r}, which a provider makes "
            f"({node.provider.origin}): to replace it, use `store.override({name}=...)`"
        )
    if node is not None:
        home = graph.scopes[node.scope]
        return f"scope {scope!r} got {name!r}, a value of scope {home!r}: pass it there"
    values = [each.name for each in graph.named() if each.kind is Kind.VALUE]
    near = close_matches(name, values)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return (
        f"scope {scope!r} got {name!r}, which is not declared as a value of "
        f"it{hint}: write `store.value({name!r}, scope={scope!r})`"
    )


def plan_to_get(runtime: Runtime, index: int, wanted: Provider[Any] | str) -> Plan:
    """The plan to get one value in a scope.

    Raises:
        MissingProvider: If there is none of that name.
        ScopeNotOpen: If it lives in a narrower scope.
    """
    graph = runtime.graph()
    key = graph.key_of(wanted)
    if key is None:
        raise missing(graph, wanted if isinstance(wanted, str) else wanted.name)
    plan = plan_nodes(graph, [key], "get()")
    if graph.nodes[key].scope > index:
        raise not_open(plan, graph.nodes[key])
    return plan


def missing(graph: Graph, name: str) -> MissingProvider:
    """The error that somebody asks for a name by hand that nobody provides."""
    near = close_matches(name, sorted(graph.names))
    advice = f" (did you mean {near[0]!r}?)" if near else ": declare it first"
    origin = Origin.of_caller(3)
    return MissingProvider(
        f"{name!r} is asked for, which nobody provides{advice}",
        provider=name,
        file=origin.file,
        line=origin.line,
    )
