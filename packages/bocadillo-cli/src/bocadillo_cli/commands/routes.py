"""`bocadillo routes`: the compiled table."""

from typing import TYPE_CHECKING, Any

import click

from bocadillo_cli.console import echo_json, echo_table, json_option, plural
from bocadillo_cli.loading import inspecting
from bocadillo_cli.places import Place, app_option

if TYPE_CHECKING:
    from bocadillo.arguments import Parameter
    from bocadillo.introspection import RouteInfo


@click.command(
    epilog="""\b
Example:
  bocadillo routes
  bocadillo routes --json | jq -r '.[].pattern'
"""
)
@app_option
@json_option
def routes(place: Place, *, as_json: bool) -> None:
    """Show what is served.

    Routes are listed in order of their declaration: of those that match a request
    the first wins. One that can never match is marked as hidden.
    """
    from bocadillo.introspection import describe_routes

    with inspecting(place) as app:
        found = describe_routes(app)
    if as_json:
        echo_json([as_data(route) for route in found])
    elif not found:
        click.echo(f"{place} has no routes yet.")
    else:
        headers = ("METHODS", "PATTERN", "VIEW", "HOOKS", "PROVIDERS")
        echo_table(headers, [_row(route) for route in found])
        hidden = sum(route.hidden_by is not None for route in found)
        marked = f", {hidden} hidden" if hidden else ""
        click.echo(f"\n{plural(len(found), 'route')}{marked}.")


def as_data(route: "RouteInfo") -> dict[str, Any]:
    """A route, for programs."""
    return {
        "kind": route.kind,
        "methods": route.methods,
        "pattern": route.pattern,
        "view": route.view,
        "location": route.location,
        "parameters": [
            {
                "name": it.name,
                "source": it.source,
                "alias": it.alias,
                "type": type_of(it),
                "required": is_required(it),
            }
            for it in route.parameters
        ],
        "before": route.before,
        "after": route.after,
        "providers": [it.name for it in route.providers],
        "error_handlers": route.error_handlers,
        "hidden_by": route.hidden_by,
    }


def type_of(parameter: "Parameter") -> str | None:
    """The type of a parameter as it was written, or nearly so."""
    from bocadillo.annotations import name_type
    from bocadillo.inspection import MISSING

    annotation = parameter.annotation
    return None if annotation is MISSING else name_type(annotation)


def is_required(parameter: "Parameter") -> bool:
    """Whether there is nothing that stands in for a value."""
    from bocadillo.inspection import MISSING

    return parameter.default is MISSING


def methods_of(route: "RouteInfo") -> str:
    """What a route answers, for people."""
    if route.kind != "http":
        return route.kind
    return "any" if route.methods is None else ", ".join(route.methods) or "none"


def _row(route: "RouteInfo") -> tuple[str, ...]:
    hidden = f" (hidden by {route.hidden_by})" if route.hidden_by else ""
    hooks = (name.rpartition(".")[2] for name in (*route.before, *route.after))
    providers = (it.name for it in route.providers)
    return (
        methods_of(route),
        route.pattern + hidden,
        route.view,
        ", ".join(hooks),
        ", ".join(providers),
    )
