"""`bocadillo providers`: who needs whom."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import click

from bocadillo_cli.console import plural, relative
from bocadillo_cli.loading import inspecting
from bocadillo_cli.places import Place, app_option

Node = Mapping[str, Any]


@click.command(
    epilog="""\b
Example:
  bocadillo providers
  bocadillo providers --graph dot | dot -Tsvg > providers.svg
"""
)
@app_option
@click.option(
    "--graph",
    "style",
    type=click.Choice(["mermaid", "dot", "json"]),
    help="Print the whole graph, views included, for another program.",
)
@click.option("--json", "style", flag_value="json", help="The same as --graph json.")
def providers(place: Place, style: Literal["mermaid", "dot", "json"] | None) -> None:
    """Show the providers, and below each what it needs itself.

    One that no view, hook or handler leads to is marked as unused.
    """
    from bocadillo.introspection import draw_providers

    with inspecting(place) as app:
        graph = draw_providers(app, style or "json")
    if style is not None:
        click.echo(graph)
        return
    nodes = json.loads(graph)["providers"]
    made = [node for node in nodes if node["kind"] != "value"]
    if not made:
        click.echo(f"{place} has no providers.")
        return
    for line in _tree(nodes):
        click.echo(line)
    unused = sum(node["unused"] for node in made)
    marked = f", {unused} unused" if unused else ""
    click.echo(f"\n{plural(len(made), 'provider')}{marked}.")


def _tree(nodes: Sequence[Node]) -> Iterator[str]:
    """Those that no other provider needs, and below them what they need."""
    drawn: set[int] = set()
    needed = {id(target) for node in nodes for target in _targets(node, nodes)}
    for node in nodes:
        if id(node) not in needed and node["kind"] != "value":
            yield _label(node)
            yield from _branches(node, nodes, "", drawn)


def _branches(
    node: Node, nodes: Sequence[Node], indent: str, drawn: set[int]
) -> Iterator[str]:
    targets = _targets(node, nodes)
    for target in targets:
        last = target is targets[-1]
        again = id(target) in drawn and bool(target["needs"])
        branch = "└─ " if last else "├─ "
        yield f"{indent}{branch}{_label(target)}{'  (see above)' * again}"
        if id(target) not in drawn:
            drawn.add(id(target))
            below = indent + ("   " if last else "│  ")
            yield from _branches(target, nodes, below, drawn)


def _targets(node: Node, nodes: Sequence[Node]) -> list[Node]:
    """What a provider needs; by its own name it means the one that it extends."""
    found = []
    for name in node["needs"]:
        named = [it for it in nodes if it["name"] == name]
        found.append(named[named.index(node) + 1] if node in named else named[0])
    return found


def _label(node: Node) -> str:
    if node["kind"] == "value":
        return f"{node['name']}  {node['scope']}"
    place = relative(f"{node['file']}:{node['line']}")
    unused = "  (unused)" * node["unused"]
    return f"{node['name']}  {node['scope']}  {node['kind']}  {place}{unused}"
