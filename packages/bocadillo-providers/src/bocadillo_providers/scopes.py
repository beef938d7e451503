"""The names of a store's scopes, in order."""

from collections.abc import Mapping, Sequence
from typing import Any

from .callables import Kind
from .errors import DeclarationError, UnknownScope
from .provider import Provider

_ALIASES = {"session": "app", "function": "request"}


class ScopeNames:
    """The scopes of a store by name, by alias and by place.

    Args:
        names: Their names, widest first.
        aliases: Other names for them. None: `session` for `app` and `function` for
            `request`, where those exist.
        default: The one of providers that name none; the narrowest if None.

    Attributes:
        names: Their names, widest first.
        innermost: Place of the narrowest one.

    Raises:
        DeclarationError: If there are none, or a name appears twice.
        UnknownScope: If an alias, or the default, leads to no scope.
    """

    def __init__(
        self,
        names: Sequence[str],
        aliases: Mapping[str, str] | None = None,
        default: str | None = None,
    ) -> None:
        if not names or len(set(names)) < len(names):
            raise DeclarationError(
                f"a store needs scopes, each with a name of its own: got {names!r}"
            )
        self.names = tuple(names)
        self.innermost = len(self.names) - 1
        self._aliases = _default_aliases(names) if aliases is None else dict(aliases)
        for scope in self._aliases.values():
            self.index_of(scope)
        self._default = self.innermost if default is None else self.index_of(default)

    def index_of(self, scope: str, user: str = "") -> int:
        """The place of a scope, 0 is the widest.

        Args:
            scope: Its name, or an alias.
            user: Whose scope it is to be, for the message.

        Raises:
            UnknownScope: If there is none of that name.
        """
        name = self._aliases.get(scope, scope)
        if name not in self.names:
            known = ", ".join(map(repr, (*self.names, *self._aliases)))
            raise UnknownScope(f"{user}unknown scope {scope!r}: this store has {known}")
        return self.names.index(name)

    def place_of(self, provider: Provider[Any]) -> int:
        """The place of a declaration's scope.

        Values that name none are in `request`, if there is such a scope.

        Raises:
            UnknownScope: If it names one that does not exist.
        """
        if provider.scope is not None:
            user = f"provider {provider.name!r} ({provider.origin}): "
            return self.index_of(provider.scope, user)
        if provider.kind is Kind.VALUE and "request" in self.names:
            return self.names.index("request")
        return self._default


def _default_aliases(names: Sequence[str]) -> dict[str, str]:
    return {
        alias: scope
        for alias, scope in _ALIASES.items()
        if scope in names and alias not in names
    }
