"""From a view back to a path."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from difflib import get_close_matches
from enum import Enum
from typing import Any

from .converters import compile_converter
from .declarations import Placed, Route, WebSocketRoute
from .errors import RouteError
from .inspection import describe, signature_parameters
from .patterns import Pattern
from .problems import Refused

Viewed = Route | WebSocketRoute
"""What leads to a view, and therefore from it."""


class URLs:
    """The paths of an app's views.

    Args:
        placed: The app's declarations, in order.
    """

    def __init__(self, placed: Iterable[Placed]) -> None:
        self._views: list[tuple[Viewed, Pattern]] = []
        for item in placed:
            if isinstance(item.declaration, Viewed):
                self._views.append((item.declaration, item.pattern))

    def build(self, view: Any, params: Mapping[str, Any]) -> str:
        """Return the path of a view: of its first route whose parameters fit.

        Args:
            view: The view as it was declared, or its name.
            params: Its path parameters.

        Raises:
            RouteError: If there is no such view, two have this name, or a parameter
                is missing, unknown or does not fit.
        """
        routes = self._named(view) if isinstance(view, str) else self._of(view)
        refusal: RouteError | None = None
        for route, pattern in routes:
            try:
                return pattern.build(_texts(route, pattern, params))
            except RouteError as exc:
                refusal = refusal or exc
        raise refusal or RouteError(f"{view!r} has no route.")

    def _of(self, view: Any) -> list[tuple[Viewed, Pattern]]:
        found = [item for item in self._views if item[0].declared is view]
        if not found:
            raise RouteError(f"{describe(view)} is not a view of this app.")
        return found

    def _named(self, name: str) -> list[tuple[Viewed, Pattern]]:
        found = [item for item in self._views if item[0].name == name]
        if not found:
            names = {route.name for route, _ in self._views}
            near = get_close_matches(name, names, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise RouteError(f"No view is called {name!r}.{hint}")
        owners = {id(route.declared): route.declared for route, _ in found}
        if len(owners) > 1:
            places = ", ".join(describe(owner) for owner in owners.values())
            raise RouteError(
                f"Several views are called {name!r}: {places}. "
                "Pass the view itself instead of its name."
            )
        return found


def _texts(
    route: Viewed, pattern: Pattern, params: Mapping[str, Any]
) -> dict[str, str]:
    texts = {name: _text(value) for name, value in params.items()}
    for parameter in signature_parameters(route.view):
        name = parameter.name
        if name in pattern.names and name in texts:
            try:
                convert: Callable[[str], Any] = compile_converter(parameter.annotation)
            except TypeError:
                continue
            try:
                convert(texts[name])
            except Refused as refused:
                problem = refused.problems.get("", "It does not fit.")
                raise RouteError(
                    f"Cannot build {pattern.text!r}: parameter {name!r} is "
                    f"{params[name]!r}. {problem}"
                ) from None
    return texts


def _text(value: Any) -> str:
    if isinstance(value, Enum):
        return _text(value.value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return "" if value is None else str(value)
