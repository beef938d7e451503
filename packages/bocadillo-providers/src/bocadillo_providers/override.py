"""`store.override(...)`: a context manager and a decorator that adds a layer."""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from inspect import iscoroutinefunction
from types import TracebackType
from typing import Any, Self, TypeVar

from .callables import Kind, kind_of, title_of
from .errors import OverrideTooLate, ProvidersError, UnknownOverride
from .graph import Graph
from .layers import Layer
from .provider import Provider
from .scope import Ambient, Scope
from .spelling import close_matches

F = TypeVar("F", bound=Callable[..., Any])


class Override:
    """Other values for some names, while a block or a decorated function runs.

    Args:
        ambient: Which sessions are open.
        known: Gives the names that can be overridden.
        replacements: Name → what provides it instead.
        everywhere: Whether it holds in all tasks and threads.
    """

    def __init__(
        self,
        ambient: Ambient,
        known: Callable[[], Iterable[str]],
        replacements: Mapping[str, Provider[Any]],
        *,
        everywhere: bool,
    ) -> None:
        self._ambient = ambient
        self._known = known
        self._replacements = replacements
        self._everywhere = everywhere
        self._layers: list[Layer] = []

    def __enter__(self) -> Self:
        """Let the override hold.

        Raises:
            UnknownOverride: If there is nothing of one of the names.
            OverrideTooLate: If a live value of the widest scope depends on one.
            GraphError: If an overriding function needs what nobody provides.
        """
        known = set(self._known())
        for name in self._replacements:
            if name not in known:
                raise UnknownOverride(_unknown(name, known))
        layer = Layer(self._replacements, self._everywhere)
        try:
            self._check(layer)
        except ProvidersError:
            self._ambient.runtime.forget(layer)
            raise
        self._ambient.runtime.push(layer)
        self._layers.append(layer)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ambient.runtime.pop(self._layers.pop())

    def __call__(self, function: F) -> F:
        """Let the override hold whenever `function` runs.

        Raises:
            TypeError: If `function` is a class, a generator or a context manager: a
                call of it is over before what is inside runs.
        """
        kind = kind_of(function)
        if isinstance(function, type) or kind not in {Kind.FUNCTION, Kind.COROUTINE}:
            what = "a class" if isinstance(function, type) else kind.text
            raise TypeError(
                f"an override cannot decorate {title_of(function)}, which is {what}: "
                "it would be over before what is inside runs; write a `with` inside"
            )
        if iscoroutinefunction(function):

            @functools.wraps(function)
            async def run_async(*args: Any, **kwargs: Any) -> Any:
                with self._again():
                    return await function(*args, **kwargs)

            return run_async  # type: ignore[return-value]

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return function(*args, **kwargs)

        return run  # type: ignore[return-value]

    def _again(self) -> "Override":
        """One of its own per call: calls may overlap."""
        return Override(
            self._ambient,
            self._known,
            self._replacements,
            everywhere=self._everywhere,
        )

    def _sessions(self) -> Iterator[Scope]:
        """The open sessions that would see it."""
        if self._everywhere:
            yield from tuple(self._ambient.sessions)
        else:
            yield from self._ambient.here().line[:1]

    def _check(self, layer: Layer) -> None:
        """Refuse what cannot work, as far as that can be told already."""
        runtime = self._ambient.runtime
        if runtime.frozen is not None:
            before = runtime.layers()
            old, new = runtime.graph_with(before), runtime.graph_with((*before, layer))
            for session in self._sessions():
                self._check_in_time(session, old, new)

    def _check_in_time(self, session: Scope, old: Graph, new: Graph) -> None:
        """Refuse if a live value was made from what would be overridden."""
        for name, key in old.names.items():
            stays = name in self._replacements or new.names[name] == key
            if key in session.values and not stays:
                node = old.nodes[key]
                names = ", ".join(map(repr, self._replacements))
                raise OverrideTooLate(
                    f"{names} cannot be overridden now: {name!r} "
                    f"({node.provider.origin}) depends on it, and is live; override "
                    f"before the session opens, or override {name!r} itself"
                )


def _unknown(name: str, known: Iterable[str]) -> str:
    near = close_matches(name, sorted(known))
    advice = f"did you mean {near[0]!r}?" if near else "declare it first"
    return f"{name!r} cannot be overridden: nobody provides it ({advice})"
