"""`bocadillo explain`: what would become of a request."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from bocadillo_cli.console import columns, echo_json, json_option, relative, wrap
from bocadillo_cli.loading import inspecting
from bocadillo_cli.places import Place, app_option

from .routes import as_data, is_required, methods_of, type_of

if TYPE_CHECKING:
    from bocadillo.arguments import Parameter
    from bocadillo.errors import HTTPError, Redirect
    from bocadillo.introspection import Explanation, RouteInfo


def _checked_method(_: click.Context, parameter: click.Parameter, method: str) -> str:
    if not (method.isascii() and method.replace("-", "").isalpha()):
        raise click.BadParameter(
            f"{method!r} is no method, such as GET or POST.", param=parameter
        )
    return method.upper()


def _checked_path(_: click.Context, parameter: click.Parameter, path: str) -> str:
    if not path.startswith("/"):
        raise click.BadParameter(
            f"{path!r} does not begin with a slash, as in /items/4?limit=2.",
            param=parameter,
        )
    return path


@click.command(
    epilog="""\b
Example:
  bocadillo explain GET /items/4?limit=2
"""
)
@click.argument("method", callback=_checked_method)
@click.argument("path", callback=_checked_path)
@app_option
@json_option
def explain(method: str, path: str, place: Place, *, as_json: bool) -> None:
    """Tell what would become of a request, without running any of it.

    Shows what it passes, in order: middleware, the route, its parameters, hooks and
    providers; and who handles errors. If nothing matches, the nearest route. For a
    websocket, METHOD is WEBSOCKET.
    """
    from bocadillo.introspection import explain as explained

    with inspecting(place) as app:
        explanation = explained(app, method, path)
    if as_json:
        echo_json({"method": method, "path": path, **_as_data(explanation)})
        return
    click.echo(f"{method} {path}\n")
    for label, text in _lines(explanation):
        first, *more = wrap(text, columns() - 14)
        click.echo(f"  {label:<12}{first}")
        for line in more:
            click.echo(f"{'':<16}{line}")


def _lines(explanation: "Explanation") -> "Iterator[tuple[str, str]]":
    """Labels and texts, in the order in which things happen."""
    yield from _listed("middleware", explanation.middleware)
    route, outcome = explanation.route, explanation.outcome
    if route is not None:
        yield "route", f"{methods_of(route)} {route.pattern}"
    if explanation.inner is not None and route is not None:
        yield "app", route.view
        yield from _lines(explanation.inner)
        return
    if outcome is not None:
        yield from _listed("answer", _describe_outcome(outcome))
    if explanation.nearest is not None:
        near = explanation.nearest
        yield "nearest", f"{methods_of(near.route)} {near.route.pattern}"
        yield from _listed("", near.differences)
    if route is not None and outcome is None:
        yield from _route_lines(route, explanation)


def _route_lines(
    route: "RouteInfo", explanation: "Explanation"
) -> "Iterator[tuple[str, str]]":
    parameters = [_describe_parameter(it, explanation) for it in route.parameters]
    yield from _listed("parameters", parameters)
    yield from _listed("before", route.before)
    yield from _listed("providers", _aligned(route))
    where = f" ({relative(route.location)})" if route.location else ""
    yield "view", route.view + where
    yield from _listed("after", route.after)
    handlers = route.error_handlers.items()
    yield from _listed(
        "errors",
        [f"{error}: {name}" for error, name in handlers],
    )


def _aligned(route: "RouteInfo") -> "Iterator[str]":
    width = max((len(it.name) for it in route.providers), default=0)
    for it in route.providers:
        needs = f", needs {', '.join(it.needs)}" if it.needs else ""
        place = relative(it.location)
        yield f"{it.name:{width}}  {it.scope:<7}  {it.kind} ({place}){needs}"


def _describe_parameter(parameter: "Parameter", explanation: "Explanation") -> str:
    kind = type_of(parameter)
    text = f"{parameter.name} ({kind})" if kind else parameter.name
    text += f" from the {parameter.source}"
    if parameter.alias != parameter.name:
        text += f", called {parameter.alias}"
    if parameter.name in explanation.params:
        return f"{text}, {explanation.params[parameter.name]!r}"
    return text if is_required(parameter) else f"{text}, else {parameter.default!r}"


def _describe_outcome(outcome: "HTTPError | Redirect") -> "Iterator[str]":
    from bocadillo.errors import Redirect

    if isinstance(outcome, Redirect):
        yield f"{outcome.status_code}, a redirect to {outcome.url}"
    else:
        allowed = outcome.headers.get("allow")
        yield outcome.title + (f": the path answers {allowed}" if allowed else "")
        if isinstance(outcome.detail, dict):
            for name, problem in outcome.detail.items():
                yield f"{name}: {problem}"


def _listed(label: str, texts: Any) -> "Iterator[tuple[str, str]]":
    for number, text in enumerate(texts):
        yield label if number == 0 else "", text


def _as_data(explanation: "Explanation") -> dict[str, Any]:
    route, outcome = explanation.route, explanation.outcome
    near = explanation.nearest
    data: dict[str, Any] = {
        "middleware": explanation.middleware,
        "route": route and as_data(route),
        "params": explanation.params,
        "providers": [asdict(it) for it in route.providers] if route else [],
        "status": getattr(outcome, "status_code", None),
        "detail": getattr(outcome, "detail", None) or None,
        "redirect": getattr(outcome, "url", None),
        "nearest": near and {**as_data(near.route), "differences": near.differences},
    }
    if explanation.inner is not None:
        data["mounted"] = _as_data(explanation.inner)
    return data
