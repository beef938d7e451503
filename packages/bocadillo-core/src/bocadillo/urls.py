"""From a view back to a path."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any

import msgspec

from .converters import compile_converter
from .declarations import Placed, Route, WebSocketRoute
from .errors import RouteError
from .inspection import describe, signature_parameters
from .patterns import Pattern
from .problems import Refused
from .spelling import close_matches

Viewed = Route | WebSocketRoute
"""What leads to a view, and therefore from it."""


class URLs:
    """The paths of an app's views.

    Args:
        placed: The app's declarations, in order.
    """

    def __init__(self, placed: Iterable[Placed]) -> None:
        self._by_view: dict[int, list[_WayBack]] = {}
        self._by_name: dict[str, list[_WayBack]] = {}
        for item in placed:
            route = item.declaration
            if isinstance(route, Viewed):
                way = _WayBack(route, item.pattern)
                self._by_view.setdefault(id(route.declared), []).append(way)
                self._by_name.setdefault(route.name, []).append(way)

    def build(self, view: Any, params: Mapping[str, Any]) -> str:
        """Return the path of a view: of its first route whose parameters fit.

        Args:
            view: The view as it was declared, or its name.
            params: Its path parameters.

        Raises:
            RouteError: If there is no such view, two have this name, or a parameter
                is missing, unknown or does not fit.
        """
        ways = self._named(view) if isinstance(view, str) else self._of(view)
        texts = {name: _text(value) for name, value in params.items()}
        refusals = []
        for way in ways:
            try:
                return way.build(texts, params)
            except RouteError as exc:
                refusals.append(exc)
        # Of a route whose parameters are these, it is the values that do not fit.
        meant = [way.has(texts) for way in ways]
        raise refusals[meant.index(True) if any(meant) else 0]

    def _of(self, view: Any) -> "list[_WayBack]":
        # A bound method is another object each time that it is looked up.
        found = self._by_view.get(id(view)) or [
            way
            for ways in self._by_view.values()
            for way in ways
            if way.route.declared == view
        ]
        if not found:
            raise RouteError(f"{describe(view)} is not a view of this app.")
        return found

    def _named(self, name: str) -> "list[_WayBack]":
        found = self._by_name.get(name, [])
        if not found:
            near = close_matches(name, self._by_name)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise RouteError(f"No view is called {name!r}.{hint}")
        owners = {id(way.route.declared): way.route.declared for way in found}
        if len(owners) > 1:
            places = ", ".join(describe(owner) for owner in owners.values())
            raise RouteError(
                f"Several views are called {name!r}: {places}. "
                "Pass the view itself instead of its name."
            )
        return found


class _WayBack:
    """One route, from its view to its path.

    Args:
        route: The route as it was declared.
        pattern: Its whole pattern, the prefixes of routers included.
    """

    def __init__(self, route: Viewed, pattern: Pattern) -> None:
        self.route = route
        self._pattern = pattern
        # Made when the first URL is: most routes are never asked for theirs.
        self._converters: dict[str, Callable[[str], Any]] | None = None

    def has(self, names: Collection[str]) -> bool:
        """Whether these are the names of its parameters."""
        return set(names) == set(self._pattern.names)

    def build(self, texts: Mapping[str, str], params: Mapping[str, Any]) -> str:
        """The path; `texts` are `params` as they stand in it.

        Raises:
            RouteError: If a parameter is missing, unknown or does not fit.
        """
        if self._converters is None:
            self._converters = self._compiled()
        for name, convert in self._converters.items():
            if name in texts:
                try:
                    convert(texts[name])
                except Refused as refused:
                    problem = refused.problems.get("", "It does not fit.")
                    raise RouteError(
                        f"Cannot build {self._pattern.text!r}: parameter {name!r} is "
                        f"{params[name]!r}. {problem}"
                    ) from None
        return self._pattern.build(texts)

    def _compiled(self) -> dict[str, Callable[[str], Any]]:
        converters: dict[str, Callable[[str], Any]] = {}
        for parameter in signature_parameters(self.route.view):
            if parameter.name in self._pattern.names:
                try:
                    convert = compile_converter(parameter.annotation)
                except TypeError:  # it is passed as the text that it is
                    continue
                converters[parameter.name] = convert
        return converters


def _text(value: Any) -> str:
    match value:
        case Enum():
            return _text(value.value)
        case bool():
            return "true" if value else "false"
        case date() | datetime() | time():
            return value.isoformat()
        case timedelta():
            return str(msgspec.to_builtins(value))
    return "" if value is None else str(value)
