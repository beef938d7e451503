"""Providers in the core: which exist, what the web adds, who may name them.

The semantics are bocadillo-providers'. Here a store learns the values of a request
and of a websocket, and views, hooks and handlers become its consumers.
"""

import importlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property, update_wrapper
from operator import attrgetter
from types import ModuleType
from typing import Any, Final

from bocadillo_providers import (
    Consumer,
    Lazy,
    Registry,
    Session,
    Store,
    useprovider,
)

from .errors import ParameterError
from .inspection import (
    MISSING,
    Kind,
    describe,
    name_of,
    signature_parameters,
    with_parameters,
)
from .parameters import without_use
from .request import Request
from .response import Response
from .spelling import close_matches

__all__ = [
    "Lazy",
    "Session",
    "Store",
    "discover_providers",
    "provider",
    "useprovider",
]

registry: Final = Registry()
"""What `@provider` declares: every app's store includes it."""

provider: Final = registry.provider


def used_by(view: object) -> tuple[Any, ...]:
    """What `useprovider` asks for on a function, class or method, outermost first."""
    return tuple(getattr(view, "__useproviders__", ()))


Provided = tuple[tuple[str, object], ...]
"""Names and annotations of what is to be injected, in order."""

_HINT: Final = "use 'connection', which requests and websockets have alike"
_VALUES: Final[Mapping[str, tuple[Any, str, str]]] = {
    "req": (Request, "request", _HINT),
    "res": (Response, "request", f"a websocket has no response; {_HINT}"),
    "ws": (Any, "request", _HINT),
    "connection": (Any, "request", ""),
    "app": (Any, "app", ""),
}
"""What the web adds to a store: name, type, scope, and a hint for who lacks it."""

_APP_SCOPES: Final = ("app", "session")
_VARIADIC: Final = (Kind.VAR_POSITIONAL, Kind.VAR_KEYWORD)


def discover_providers(*modules: str | ModuleType) -> None:
    """Import modules, so that the providers they declare are registered.

    Args:
        modules: Dotted names, or modules that were imported already.

    Raises:
        ModuleNotFoundError: If there is no such module.
        TypeError: If it is neither a name nor a module.
    """
    for module in modules:
        if isinstance(module, str):
            importlib.import_module(module)
        elif not isinstance(module, ModuleType):
            raise TypeError(
                f"discover_providers() takes names of modules, not {module!r}."
            )


def app_store() -> Store:
    """A store of what `@provider` declares, now and until the app starts."""
    store = Store()
    store.include(registry)
    return store


class Injection:
    """What may be injected into the views of an app, and how.

    Args:
        store: Declares the providers. It learns the values that only the web has.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        declared = {it.name: it.provider for it in store.declared()}
        for name, (kind, scope, hint) in _VALUES.items():
            if name not in declared:
                store.value(name, kind, scope=scope, hint=hint)
        # A store that another app serves with has learnt the values before.
        makes = {name for name, it in declared.items() if it.kind.value != "value"}
        self._values = _VALUES.keys() - makes
        self._names = declared.keys() | _VALUES.keys()

    def provides(self, name: str) -> bool:
        """Whether there is a provider, or a value, of that name."""
        return name in self._names

    def names(self) -> Iterable[str]:
        """The names of all providers and values."""
        return self._names

    def unused_name(self, name: str) -> str:
        """A name like this one that nobody provides."""
        while self.provides(name := f"{name}_"):
            pass
        return name

    def named_by(
        self, function: Callable[..., Any], *, skip: int, given: Collection[str] = ()
    ) -> Provided:
        """The providers that a hook, or another function that is no view, names.

        Args:
            function: What will be called.
            skip: How many parameters come first that the caller fills.
            given: Names of those that the caller fills by name.

        Returns:
            Names and annotations, in order. A parameter with a default that nobody
            provides keeps it.

        Raises:
            ParameterError: If a parameter has neither provider nor default.
        """
        found = []
        for written in signature_parameters(function)[skip:]:
            try:
                parameter = without_use(written)
            except TypeError as exc:
                raise ParameterError(
                    f"{describe(function)} asks for {written.name!r}, {exc}."
                ) from None
            name = parameter.name
            if name in given or parameter.kind in _VARIADIC:
                continue
            if self.provides(name):
                found.append((name, parameter.annotation))
            elif parameter.default is MISSING:
                near = close_matches(name, self._names)
                hint = f" Did you mean {near[0]!r}?" if near else ""
                raise ParameterError(
                    f"{describe(function)} asks for {name!r}, which nobody "
                    f"provides.{hint}"
                )
        return tuple(found)

    def http_consumer(
        self,
        function: Callable[..., Any],
        owner: Callable[..., Any],
        provided: Provided,
        uses: Iterable[Any] = (),
        *,
        given: tuple[str, ...] = ("req", "res", "params_"),
    ) -> Consumer[..., Any]:
        """Let a function of the core have what the user's own function asks for.

        Args:
            function: `function(req, res, params_, *provided)`, made for this.
            owner: The user's function; messages name it.
            provided: Names and annotations of the providers, in order.
            uses: Providers that are evaluated although nobody names them.
            given: What the function takes before them.
        """
        return self._consumer(function, owner, given, provided, uses)

    def websocket_consumer(
        self,
        function: Callable[..., Any],
        owner: Callable[..., Any],
        provided: Provided,
        uses: Iterable[Any] = (),
    ) -> Consumer[..., Any]:
        """The same for websockets.

        Args:
            function: `function(ws, params_, *provided)`, made for this.
            owner: See above.
            provided: See above.
            uses: See above.
        """
        return self._consumer(function, owner, ("ws", "params_"), provided, uses)

    def _consumer(
        self,
        function: Callable[..., Any],
        owner: Callable[..., Any],
        given: tuple[str, ...],
        provided: Provided,
        uses: Iterable[Any],
    ) -> Consumer[..., Any]:
        # A supplied value that the user's function names, too, comes twice.
        later = [(name, kind) for name, kind in provided if name not in given]
        if len(later) < len(provided):
            names = [*given, *(name for name, _ in later)]
            places = [names.index(name) for name, _ in provided]
            function = _repeating(function, len(given), places)
        # Without its attributes: what it uses is among `uses`, in its place.
        update_wrapper(function, owner, updated=())
        # Messages tell it: a partial, and an object with a `__call__`, have none.
        function.__qualname__ = name_of(owner)
        with_parameters(function, [*((name, Any) for name in given), *later])
        return self._store.consumer(
            function, supplied=(*given, "connection"), uses=tuple(uses)
        )

    @cached_property
    def autouse(self) -> tuple[str, ...]:
        """What is evaluated for each request and websocket that reaches a view."""
        last = {
            declared.name: declared.provider
            for declared in sorted(self._store.declared(), key=attrgetter("order"))
        }
        return tuple(
            name
            for name, provider in last.items()
            if provider.autouse and provider.scope not in _APP_SCOPES
        )

    @property
    def has_app_providers(self) -> bool:
        """Whether values live as long as the app."""
        return any(
            declared.provider.scope in _APP_SCOPES and declared.name not in _VALUES
            for declared in self._store.declared()
        )

    def session(self, app: Any) -> Session:
        """A session, to be entered while the app is served."""
        return self._store.session(**({"app": app} if "app" in self._values else {}))

    def freeze(self) -> None:
        """Check the whole graph.

        Raises:
            GraphError: If there is anything wrong with it: all problems at once.
        """
        self._store.freeze()

    def handler(self, function: Callable[..., Any]) -> Consumer[..., Any]:
        """A startup or shutdown handler as a consumer: all that it names is provided.

        Raises:
            GraphError: If it is not, and the graph has been checked already.
        """
        return self._store.consumer(function, supplied=(), autouse=False)

    def values(
        self, owner: Callable[..., Any], provided: Provided
    ) -> Consumer[..., dict[str, Any]]:
        """A consumer that gives what a function names, by name.

        Args:
            owner: The function; messages name it.
            provided: Names and annotations of the providers, in order.

        Raises:
            GraphError: If one of them needs what only a request has, for example.
        """
        names = [name for name, _ in provided]

        async def gather(*values: Any) -> dict[str, Any]:
            return dict(zip(names, values, strict=True))

        update_wrapper(gather, owner, updated=())
        with_parameters(gather, provided)
        return self._store.consumer(
            gather, supplied=(), uses=used_by(owner), autouse=False
        )


def _repeating(
    function: Callable[..., Any], count: int, places: Sequence[int]
) -> Callable[..., Any]:
    """Call a function with its first values, then with those from some places."""

    def call(*values: Any) -> Any:
        return function(*values[:count], *(values[place] for place in places))

    return call
