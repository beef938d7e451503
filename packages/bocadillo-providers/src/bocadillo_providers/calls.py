"""How a callable gets its arguments, settled before the first call."""

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from .callables import Parameter
from .graph import Graph
from .markers import Lazy


class Home(Protocol):
    """An open scope, as a source sees it."""

    values: dict[str, Any]

    def lazy(self, graph: Graph, key: str, title: str) -> Lazy[Any]:
        """What gets a value of the scope when it is awaited."""
        ...


Line = Sequence[Any]
"""Each a `Home`, or None where a scope is not open: the widest first."""


class Given(NamedTuple):
    """The caller gives it.

    Attributes:
        place: Its number among what the caller gives.
    """

    place: int

    def read(self, line: Line, given: Sequence[Any]) -> Any:
        """The argument's value."""
        return given[self.place]


class Made(NamedTuple):
    """A value that was made before."""

    key: str
    scope: int

    def read(self, line: Line, given: Sequence[Any]) -> Any:
        """The argument's value."""
        return line[self.scope].values[self.key]


class Later(NamedTuple):
    """A `Lazy`; `title` is who gets it, for messages."""

    graph: Graph
    key: str
    scope: int
    title: str

    def read(self, line: Line, given: Sequence[Any]) -> Any:
        """The argument's value."""
        return line[self.scope].lazy(self.graph, self.key, self.title)


class Kept(NamedTuple):
    """A value known already: a default, or an override."""

    value: Any

    def read(self, line: Line, given: Sequence[Any]) -> Any:
        """The argument's value."""
        return self.value


Source = Given | Made | Later | Kept
"""Where one argument comes from."""


_NOTHING: Mapping[str, Any] = {}


class Arguments(NamedTuple):
    """What a callable is called with.

    Attributes:
        positional: Passed by position, wherever possible.
        star: Passed as `*args`.
        named: Passed by name.
        star_star: Passed as `**kwargs`.
    """

    positional: tuple[Source, ...]
    star: Source | None
    named: tuple[tuple[str, Source], ...]
    star_star: Source | None

    def read(
        self, line: Line, given: Sequence[Any]
    ) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """The arguments' values."""
        positional = [source.read(line, given) for source in self.positional]
        if self.star is not None:
            positional += self.star.read(line, given)
        if not self.named and self.star_star is None:
            return positional, _NOTHING
        named = {name: source.read(line, given) for name, source in self.named}
        if self.star_star is not None:
            named |= self.star_star.read(line, given)
        return positional, named

    def sources(self) -> Iterator[Source]:
        """All of them."""
        yield from self.positional
        yield from (source for _, source in self.named)
        yield from (source for source in (self.star, self.star_star) if source)


NO_ARGUMENTS = Arguments((), None, (), None)


def arrange(
    parameters: Iterable[Parameter], sources: Mapping[str, Source]
) -> Arguments:
    """Arrange where parameters come from; those not in `sources` keep defaults."""
    positional: list[Source] = []
    named: list[tuple[str, Source]] = []
    star = star_star = None
    used = 0
    for parameter in parameters:
        source = sources.get(parameter.name)
        match parameter.kind:
            case inspect.Parameter.VAR_POSITIONAL:
                star = source
            case inspect.Parameter.VAR_KEYWORD:
                star_star = source
            case inspect.Parameter.KEYWORD_ONLY:
                if source is not None:
                    named.append((parameter.name, source))
            case _:
                positional.append(source or Kept(parameter.default))
                used = len(positional) if source else used
    if star is None:
        del positional[used:]
    return Arguments(tuple(positional), star, tuple(named), star_star)
