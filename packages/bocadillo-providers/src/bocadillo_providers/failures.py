"""What went wrong while values were made, in words: who needed what, and why."""

from collections.abc import Sequence

from .callables import Kind
from .errors import (
    DidNotYield,
    ResolutionError,
    ScopeNotOpen,
    SessionRequired,
    ValueNotSet,
    add_note,
)
from .graph import Node
from .plan import Plan


def explain(exc: BaseException, plan: Plan, node: Node) -> None:
    """Note on an exception which provider it comes from; once."""
    noted = any(
        note.startswith("while providing ") for note in getattr(exc, "__notes__", ())
    )
    if not noted:
        add_note(
            exc,
            f"while providing {node.name!r} ({node.provider.origin}) for "
            f"{plan.title!r}: {plan.path_to(node.key)}",
        )


def did_not_yield(node: Node) -> DidNotYield:
    """The error that a generator ended before it yielded."""
    return DidNotYield(
        f"provider {node.name!r} ({node.provider.origin}) ended without yielding a "
        "value: a generator provider yields exactly once"
    )


def not_set(plan: Plan, node: Node) -> ValueNotSet:
    """The error that nobody supplied a value."""
    if node.kind is Kind.VARIABLE:
        advice = f"call `.assign({node.name}=...)` around it"
    elif node.scope == 0:
        advice = f"pass it as `store.session({node.name}=...)`"
    else:
        scope = plan.graph.scopes[node.scope]
        advice = f"pass it as `session.scope({scope!r}, {node.name}=...)`"
    hint = f" ({node.provider.hint})" if node.provider.hint else ""
    return ValueNotSet(
        f"{node.name!r} ({node.provider.origin}) is not set, which is needed by "
        f"{plan.path_to(node.key)}: {advice}{hint}"
    )


def not_open(plan: Plan, node: Node) -> ResolutionError:
    """The error that the scope of a node is not open."""
    scope = plan.graph.scopes[node.scope]
    needs = (
        f"{plan.title} needs {node.name!r} ({node.provider.origin}), which lives in "
        f"scope {scope!r} ({plan.path_to(node.key)})"
    )
    if node.scope == 0:
        return SessionRequired(
            f"{needs}, and no session is open: write `async with store.session():` "
            "around the call"
        )
    return ScopeNotOpen(
        f"{needs}, and that is not open: write `async with session.scope({scope!r}):` "
        "around the call"
    )


def never_opened(plan: Plan, node: Node) -> ScopeNotOpen:
    """The error that a value is asked of a scope that is used without `async with`."""
    return ScopeNotOpen(
        f"{plan.title} needs {node.name!r} ({node.provider.origin}) of a scope that "
        "was never opened: use it with `async with`"
    )


def has_closed(plan: Plan, node: Node) -> ScopeNotOpen:
    """The error that a value is asked for after its scope has closed."""
    scope = plan.graph.scopes[node.scope]
    return ScopeNotOpen(
        f"{node.name!r} ({node.provider.origin}) cannot be made any more: its scope "
        f"{scope!r} has closed ({plan.path_to(node.key)}); use it before"
    )


def needs_itself(plan: Plan, node: Node) -> ResolutionError:
    """The error that a provider, while it runs, has somebody ask for its value."""
    return ResolutionError(
        f"provider {node.name!r} ({node.provider.origin}) is asked for its value "
        f"while it is being made: {plan.path_to(node.key)}"
    )


def cannot_open(names: Sequence[str], index: int, where: int, scope: object) -> str:
    """Why a scope cannot be opened in another one, and what to write.

    Args:
        names: Those of all scopes, widest first.
        index: Which one should be opened.
        where: Which one it should be opened in.
        scope: That one, open.
    """
    if where == len(names) - 1:
        return f"{scope!r} is the narrowest scope: there is none to open in it"
    if index <= where:
        return f"scope {names[index]!r} is not narrower than {scope!r}"
    return (
        f"scope {names[index]!r} needs {names[index - 1]!r}: open that one first, "
        f"with `scope.scope({names[where + 1]!r})`"
    )
