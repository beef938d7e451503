"""Find the target of a path and a method.

The contract is "the first declared route that matches path and method wins", whatever
its shape, and it holds exactly. What decides the winner lives in this file; a `Tree`
finds the routes among which to decide, without trying them one by one.

Routes that match the same paths share a table of methods in which the winners stand
since it was compiled. A path without parameters has a table of its own, in which the
patterns that match it have their say too, so that a request for it is one look-up.

Pure: no ASGI, no I/O, no settings.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Generic, TypeVar

from msgspec import Struct

from .cutting import Cut, cuts_of, positions_in
from .literals import sort_by_length
from .patterns import Pattern, parse_pattern
from .segments import cut_at_slashes
from .tree import Tree

T = TypeVar("T")
A = TypeVar("A")

Params = dict[str, str]
"""Route parameters by name, as they stand in the decoded path."""

Found = tuple[T, Params] | frozenset[str] | None
"""A target and the parameters; else the methods of the path, `None` if it has none."""


class Route(Struct, Generic[T], frozen=True):
    """One declared route or mount."""

    pattern: Pattern
    """Which paths it matches; of a mount the prefix, which has no parameters."""

    methods: frozenset[str] | None
    """Which methods it matches, in upper case; `None` for all."""

    target: T
    """What a match leads to."""

    mount: bool = False
    """Whether it matches the prefix with a slash, and all below, instead."""

    bare: bool = False
    """Of a mount, whether it has the prefix without a slash, unless a route has it."""

    @property
    def prefix(self) -> str:
        """What the paths of a mount begin with."""
        return self.pattern.text.rstrip("/") + "/"

    @property
    def sample(self) -> str:
        """A path that the route matches."""
        return self.prefix if self.mount else self.pattern.sample

    def params(self, path: str) -> Params:
        """Return the parameters in a path that the route matches."""
        return (not self.mount and self.pattern.match(path)) or {}

    def hides(self, later: "Route[T]") -> bool:
        """Tell whether this route leaves nothing to one that is declared later.

        A yes is certain. So is a no, unless both have a wildcard.
        """
        if self.methods is not None and (
            later.methods is None or not later.methods <= self.methods
        ):
            return False
        if self.mount:
            start = later.prefix if later.mount else later.pattern.literals[0]
            return start.startswith(self.prefix)
        if later.mount:
            below = parse_pattern(later.prefix + "{}")
            prefix = parse_pattern(later.prefix)
            return self.pattern.covers(prefix) and self.pattern.covers(below)
        return self.pattern.covers(later.pattern)


class Matcher(Generic[T]):
    """Routes, compiled.

    Args:
        routes: In the order of their declaration. Mounts are among them.
    """

    def __init__(self, routes: Iterable[Route[T]]) -> None:
        self._routes = tuple(routes)
        self._tree: Tree[_Shape[T]] = Tree()
        self._fixed: dict[str, _Shape[T]] = {}
        shapes: dict[object, _Shape[T]] = {}
        placed: list[tuple[Route[T], _Shape[T]]] = []
        for order, route in enumerate(self._routes):
            pattern = route.pattern
            key = route.prefix if route.mount else (pattern.literals, pattern.wildcard)
            if key not in shapes:
                shapes[key] = _Shape()
                self._place(route, shapes[key])
                placed.append((route, shapes[key]))
            places = positions_in(pattern), cuts_of(pattern)
            shapes[key].append(_Hit(route, order, *places))
        self._place_bare_prefixes()
        literal = (
            (route.pattern.head, shape)
            for route, shape in placed
            if not route.mount and route.pattern.gap is None and route.pattern.names
        )
        # One without any winner: it has `search` look for all that fit.
        self._sorts = sort_by_length(literal, walk=_Shape())
        self._literals = {path: self._settle(path) for path in self._fixed}
        self.plain: dict[str, dict[str, T]] = {
            path: {
                method: target
                for method, (target, params) in winners.by_method.items()
                if not params
            }
            for path, winners in self._literals.items()
        }
        """Targets of paths that a route has literally, by method, but for those that
        come with parameters or with any method: `find` has them all, and `search` all
        other paths."""

    def find(self, path: str, method: str) -> Found[T]:
        """Find the first declared route that matches a path and a method.

        The cost does not grow with the number of routes, and with the length of the
        path by no more than reading it takes, whatever is in it.

        Args:
            path: The decoded path.
            method: In upper case.

        Returns:
            The target and a new dictionary of the parameters; else the methods of all
            routes of the path, which may be an empty set; `None` if it has no route.
        """
        winners = self._literals.get(path)
        if winners is not None:
            answer = winners.by_method.get(method, winners.otherwise)
            if isinstance(answer, frozenset):
                return answer
            target, fixed = answer
            return target, fixed.copy() if fixed else {}
        return self.search(path, method)

    def search(self, path: str, method: str) -> Found[T]:  # noqa: C901, PLR0911 - see PERF
        """Do what `find` does, for a path that no route has literally."""
        # PERF: one frame as long as one shape only comes into question, which is so in
        # most tables (benchmarks/routing).
        segments = path.split("/")
        sorts = self._sorts.get(len(segments), ())
        if sorts is None or segments[0]:
            return self._search_all(path, segments, method)
        shape = None
        for pick, shapes in sorts:
            found = shapes.get(pick(segments))
            if found is not None:
                if shape is not None:
                    return self._search_all(path, segments, method)
                shape = found
        if self._tree.open is not None:
            wild = self._tree.find_open(segments)
            if wild:
                fits = wild if shape is None else self._tree.find(segments)
                return self._decide(path, segments, method, fits)
        if shape is None:
            return None
        hit = shape.by_method.get(method)
        if hit is None:
            other = shape.otherwise
            if isinstance(other, frozenset):
                return self._search_all(path, segments, method)
            hit = other
        params = {}
        for name, position in hit.positions:
            params[name] = text = segments[position]
            if not text:
                return None
        return hit.route.target, params

    def _search_all(self, path: str, segments: list[str], method: str) -> Found[T]:
        return self._decide(path, segments, method, self._tree.find(segments))

    def shadowed(self) -> list[tuple[Route[T], Route[T]]]:
        """Return the routes that can never match because one earlier route hides them.

        Returns:
            Pairs of a hidden route and the first route that hides it, in the order of
            declaration. A route that only several others hide together is left out.
        """
        pairs = []
        for order, route in enumerate(self._routes):
            first: _Hit[T] | None = None
            for shape in self._shapes_of(route.sample):
                for hit in shape.hits.values():
                    limit = order if first is None else first.order
                    if hit.order < limit and hit.route.hides(route):
                        first = hit
            if first is not None:
                pairs.append((route, first.route))
        return pairs

    def _place(self, route: Route[T], shape: "_Shape[T]") -> None:
        pattern = route.pattern
        if route.mount:
            head = cut_at_slashes([route.prefix.removesuffix("/")])
            self._tree.add_below(head, shape)
        elif pattern.gap is not None:
            self._tree.add_gap(pattern.head, pattern.gap, pattern.tail, shape)
        elif pattern.names:
            self._tree.add(pattern.head, shape)
        else:
            self._fixed[pattern.text] = shape

    def _place_bare_prefixes(self) -> None:
        for order, route in enumerate(self._routes):
            path = route.prefix.removesuffix("/")
            if route.bare and path and path not in self._fixed:
                self._fixed[path] = _Shape()
                self._fixed[path].append(_Hit(route, order, (), ()))

    def _settle(self, path: str) -> "_Winners[tuple[T, Params]]":
        """Let all routes that match a path without parameters decide who wins."""
        hits = [hit for shape in self._shapes_of(path) for hit in shape.hits.values()]
        winners: _Winners[tuple[T, Params]] = _Winners()
        for hit in sorted(hits, key=attrgetter("order")):
            answer = hit.route.target, hit.route.params(path)
            winners.add(hit.route.methods, answer)
        return winners

    def _shapes_of(self, path: str) -> "list[_Shape[T]]":
        shapes = self._tree.find(path.split("/"))
        if path in self._fixed:
            shapes.append(self._fixed[path])
        return shapes

    def _decide(
        self,
        path: str,
        segments: list[str],
        method: str,
        shapes: "Sequence[_Shape[T]]",
    ) -> Found[T]:
        """Choose among several shapes that match a path."""
        first: _Hit[T] | None = None
        allowed: frozenset[str] | None = None
        for shape in shapes:
            hit = shape.by_method.get(method, shape.otherwise)
            if isinstance(hit, frozenset):
                allowed = hit if allowed is None else allowed | hit
            elif first is None or hit.order < first.order:
                first = hit
        if first is None:
            return allowed
        if first.cuts is None:
            return first.route.target, first.route.params(path)
        params = {}
        for name, where, text in first.cuts:
            params[name] = "/".join(segments[where])[text]
        return first.route.target, params


class _Hit(Struct, Generic[T], frozen=True):
    """A route in its place among the others."""

    route: Route[T]
    order: int
    positions: tuple[tuple[str, int], ...]
    """Which segments the parameters are, if they are whole segments."""
    cuts: tuple[Cut, ...] | None
    """Where the parameters are, if there is never a choice."""


class _Winners(Generic[A]):
    """Who wins for which method, among routes that match the same paths."""

    __slots__ = ("by_method", "otherwise")

    def __init__(self) -> None:
        self.by_method: dict[str, A] = {}
        self.otherwise: A | frozenset[str] = frozenset()
        """The winner for all other methods; else the methods that have one."""

    def add(self, methods: frozenset[str] | None, answer: A) -> None:
        """Add a route that was declared after those added before."""
        if not isinstance(self.otherwise, frozenset):
            return
        if methods is None:
            self.otherwise = answer
            return
        self.otherwise |= methods
        for method in methods:
            self.by_method.setdefault(method, answer)


class _Shape(_Winners[_Hit[T]]):
    """Routes that match the same paths."""

    __slots__ = ("hits",)

    def __init__(self) -> None:
        super().__init__()
        self.hits: dict[frozenset[str] | None, _Hit[T]] = {}
        """The first route of each set of methods; others have nothing to add."""

    def append(self, hit: _Hit[T]) -> None:
        """Add a route that was declared after those added before."""
        self.hits.setdefault(hit.route.methods, hit)
        self.add(hit.route.methods, hit)
