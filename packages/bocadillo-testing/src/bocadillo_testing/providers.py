"""Providers as fixtures: which there are, and what pytest calls.

Imports nothing but pytest: the values themselves come from `values`.
"""

from collections.abc import AsyncIterator
from inspect import Parameter, Signature, getdoc
from typing import Any

import pytest

from .running import in_async_test

__all__ = ["fixture_of", "providers_of"]


def providers_of(app: object) -> dict[str, Any]:
    """The providers of an app by name, what the web supplies to each request left out.

    Args:
        app: A Bocadillo application; any other has none.
    """
    store = getattr(app, "_store", None)
    declared = [] if store is None else store.declared()
    return {
        each.name: each.provider
        for each in sorted(declared, key=lambda each: (not each.included, each.order))
        if each.provider.kind.value != "value"
    }


def fixture_of(name: str, provider: Any) -> Any:
    """A fixture that gives the value of a provider.

    Args:
        name: Its name in the app.
        provider: The declaration.
    """

    async def provide_async(bocadillo_values: Any) -> AsyncIterator[Any]:
        __tracebackhide__ = True
        yield await bocadillo_values.obtain(name)

    @in_async_test(provide_async)
    def provide(bocadillo_values: Any) -> Any:
        __tracebackhide__ = True
        return bocadillo_values.get(name)

    function = provider.__wrapped__
    provide.__name__ = provide.__qualname__ = name
    provide.__doc__ = getdoc(function) or f"The value of provider {name!r}."
    provide.__module__ = getattr(function, "__module__", __name__)
    # Where messages of pytest point at; the signature is still that of a fixture.
    provide.__wrapped__ = function  # type: ignore[attr-defined]
    parameter = Parameter("bocadillo_values", Parameter.POSITIONAL_OR_KEYWORD)
    provide.__signature__ = Signature([parameter])  # type: ignore[attr-defined]
    return pytest.fixture(provide, name=name)
