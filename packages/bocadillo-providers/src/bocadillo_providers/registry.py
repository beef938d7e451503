"""Declarations, kept. A plugin exports a `Registry`; a `Store` is one that runs.

Nothing is resolved here: which declaration has which name in the end is settled
when a store freezes, so what a registry declares after it was included counts too.
"""

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeVar

from .callables import EMPTY, Kind, Origin
from .context import ContextProvider
from .decorators import ProviderDecorator, useprovider
from .errors import DeclarationError, DuplicateProvider, InvalidProvider
from .provider import Provider, declare_value, is_parameter_name, next_order

F = TypeVar("F", bound=Callable[..., Any] | Provider[Any])


class Declared(NamedTuple):
    """A declaration under the name it has in one store.

    Attributes:
        name: With the prefixes of all includes on the way.
        provider: The declaration.
        names: What parameters of the same registry are called → their full names;
            the declarations themselves are keys, too, those it included as well.
        included: Whether it came from another registry.
        order: When it became part of the registry.
    """

    name: str
    provider: Provider[Any]
    names: dict[str | Provider[Any], str]
    included: bool
    order: int


class _Include(NamedTuple):
    registry: "Registry"
    prefix: str
    order: int


class Registry:
    """Providers, values and context variables, declared but never evaluated.

    Args:
        prefix: Put before each name when the registry is included.
    """

    def __init__(self, prefix: str = "") -> None:
        self.prefix = _checked_prefix(prefix)
        self._own: list[Provider[Any]] = []
        self._includes: list[_Include] = []

    @property
    def provider(self) -> ProviderDecorator:
        """Declare a provider: `@registry.provider` or `@registry.provider(...)`.

        See `ProviderDecorator` for the options.
        """
        return ProviderDecorator(self._accept)

    @staticmethod
    def useprovider(*providers: str | Provider[Any]) -> Callable[[F], F]:
        """Have providers evaluated for a consumer that does not name them.

        Several of these accumulate: the outermost is evaluated first.

        Args:
            providers: Names or providers, evaluated left to right.
        """
        return useprovider(*providers)

    def value(
        self,
        name: str,
        type: Any = Any,  # noqa: A002
        scope: str | None = None,
        *,
        hint: str = "",
    ) -> None:
        """Declare a value that whoever opens a scope supplies.

        Args:
            name: What parameters call it.
            type: What it is; parameters are checked against it.
            scope: The scope whose opening supplies it: `session(**values)` for the
                widest one, `scope(name, **values)` for others. None: `request`, or
                the default scope of a store that has no scope of that name.
            hint: Added to the message when it is needed where it is not supplied.

        Raises:
            DuplicateProvider: If the name is taken.
        """
        self._accept(
            declare_value(
                name,
                Kind.VALUE,
                scope=scope,
                gives=type,
                hint=hint,
                origin=Origin.of_caller(),
            )
        )

    def create_context_provider(
        self, *names: str, default: Any = EMPTY
    ) -> ContextProvider:
        """Declare context variables that parameters can name.

        Args:
            names: What parameters call them.
            default: The value of those that nobody assigned. Without it, needing
                one of them is a `ValueNotSet`.

        Returns:
            What assigns them: `with provider.assign(user=ada): ...`.

        Raises:
            TypeError: If no name is given.
        """
        if not names:
            raise TypeError(
                'create_context_provider() takes names: create_context_provider("user")'
            )
        defaults = {} if default is EMPTY else {"default": default}
        variables = {name: ContextVar[Any](name, **defaults) for name in names}
        for name, variable in variables.items():
            self._accept(
                declare_value(
                    name,
                    Kind.VARIABLE,
                    __wrapped__=variable.get,
                    origin=Origin.of_caller(),
                )
            )
        return ContextProvider(variables)

    def include(self, registry: "Registry", prefix: str = "") -> None:
        """Take over everything another registry declares, now or later.

        What is declared here after the include replaces what was included.

        Args:
            registry: The other registry.
            prefix: Put before each of its names. Parameters of its own providers
                still find each other without the prefix.

        Raises:
            DuplicateProvider: If one of its names is taken by a declaration here.
            DeclarationError: If it includes this one itself, or is the same.
            TypeError: If it is no registry.
        """
        if not isinstance(registry, Registry):
            raise TypeError(f"include() takes a Registry, not {registry!r}")
        if registry._reaches(self):
            raise DeclarationError(
                f"{registry!r} cannot be included in {self!r}: that would have no "
                "end, as it is the same or includes it already"
            )
        self._accept_include(registry, _checked_prefix(prefix))

    def has_provider(self, name: str) -> bool:
        """Tell whether something of that name is declared, included ones too."""
        return name in self.names()

    def names(self) -> list[str]:
        """The names of all that is declared, included ones too."""
        return [*{declared.name: None for declared in self.declared()}]

    def empty(self) -> bool:
        """Tell whether nothing is declared, includes counted."""
        return not self.names()

    def declared(self) -> Iterator[Declared]:
        """Everything declared here and in what is included, unordered."""
        included = [each for include in self._includes for each in _included(include)]
        names: dict[str | Provider[Any], str] = {
            **{each.provider: each.name for each in included},
            **{provider: provider.name for provider in self._own},
            **{provider.name: provider.name for provider in self._own},
        }
        for provider in self._own:
            yield Declared(provider.name, provider, names, False, provider.order)
        yield from included

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self.names())} providers>"

    def _reaches(self, other: "Registry") -> bool:
        """Tell whether it is, or includes, another one."""
        inner = (include.registry for include in self._includes)
        return self is other or any(each._reaches(other) for each in inner)

    def _accept_include(self, registry: "Registry", prefix: str) -> None:
        include = _Include(registry, prefix + registry.prefix, next_order())
        own = {provider.name: provider for provider in self._own}
        for declared in _included(include):
            if declared.name in own:
                check_replaces(declared, own[declared.name])
        self._includes.append(include)

    def _accept(self, provider: Provider[Any]) -> Provider[Any]:
        """Keep a declaration, if its name is free or may be taken."""
        for other in self._own:
            if other.name == provider.name:
                check_replaces(
                    Declared(provider.name, provider, {}, False, provider.order), other
                )
        self._own.append(provider)
        return provider


def check_replaces(second: Declared, first: Provider[Any]) -> None:
    """Refuse a second declaration of a name, unless it says that it is meant so.

    Raises:
        DuplicateProvider: If it neither replaces nor extends the first.
    """
    if not (second.provider.replace or second.provider.extends):
        raise DuplicateProvider(
            f"provider {second.name!r} ({second.provider.origin}) is already declared "
            f"at {first.origin}: rename one of them, pass replace=True, or take "
            f"{second.name!r} as a parameter to extend it"
        )


def _checked_prefix(prefix: str) -> str:
    """A prefix with which names can begin.

    Raises:
        InvalidProvider: If no parameter can have such a name.
    """
    if prefix and not is_parameter_name(f"{prefix}name"):
        raise InvalidProvider(f"no parameter can have a name with prefix {prefix!r}")
    return prefix


def _included(include: _Include) -> Iterator[Declared]:
    for declared in include.registry.declared():
        names = {name: include.prefix + full for name, full in declared.names.items()}
        yield Declared(
            include.prefix + declared.name,
            declared.provider,
            names,
            included=True,
            order=max(declared.order, include.order),
        )
