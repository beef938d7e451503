"""Values that live in context variables: set by the caller, seen by its tasks."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any


class ContextProvider:
    """Context variables that parameters can name.

    Made by `create_context_provider`. A name that nobody assigned has the default,
    if one was given; else whoever needs it gets `ValueNotSet`.
    """

    def __init__(self, variables: Mapping[str, ContextVar[Any]]) -> None:
        self._variables = dict(variables)

    @contextmanager
    def assign(self, **values: Any) -> Iterator[None]:
        """Set values, in the current context, until the block ends.

        Args:
            values: Values by name. If one of the names is unknown, none is set.

        Raises:
            TypeError: If a name is not one of this context provider's.
        """
        unknown = values.keys() - self._variables.keys()
        if unknown:
            raise TypeError(
                f"assign() got {', '.join(sorted(map(repr, unknown)))}; this context "
                f"provider has {', '.join(map(repr, self._variables))}"
            )
        before = {name: self._variables[name].set(values[name]) for name in values}
        try:
            yield
        finally:
            for name, token in before.items():
                self._variables[name].reset(token)

    def __repr__(self) -> str:
        return f"<ContextProvider {', '.join(self._variables)}>"
