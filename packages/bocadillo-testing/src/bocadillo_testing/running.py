"""How fixtures run in a test: synchronously, or in the event loop of an async one.

A fixture that can do both is a plain function which carries its async form. What runs
the async form is what runs the test: anyio's plugin, or pytest-asyncio in any mode.
"""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import Any, TypeVar

import pytest

__all__ = ["in_async_test", "is_async", "is_for_anyio", "suited_to"]

F = TypeVar("F", bound=Callable[..., Any])
AsyncForm = Callable[..., AsyncIterator[Any]]


def in_async_test(form: AsyncForm) -> Callable[[F], F]:
    """Give a fixture function the form it has in async tests.

    Args:
        form: An async generator function with the same parameters.
    """

    def give(function: F) -> F:
        function.in_async_test = form  # type: ignore[attr-defined]
        return function

    return give


def is_async(item: pytest.Function) -> bool:
    """Whether a test runs in an event loop."""
    function = getattr(item.obj, "hypothesis", item.obj)
    return iscoroutinefunction(getattr(function, "inner_test", function))


def is_for_anyio(config: pytest.Config, function: Callable[..., Any]) -> bool:
    """Whether a fixture function is async, and anyio's plugin is the one to run it.

    It does so in synchronous tests too, if they have a backend.

    Args:
        config: Of the session.
        function: The function.
    """
    plugins = config.pluginmanager
    if not plugins.hasplugin("anyio"):
        return False
    if plugins.hasplugin("asyncio"):
        mode = config.getoption("asyncio_mode") or config.getini("asyncio_mode")
        if mode == "auto" or hasattr(function, "_force_asyncio_fixture"):
            return False
    return iscoroutinefunction(function) or isasyncgenfunction(function)


def suited_to(
    request: pytest.FixtureRequest, function: Callable[..., Any]
) -> Callable[..., Any]:
    """The form of a fixture function that the test which asks for it can run.

    Args:
        request: The request for the fixture.
        function: Carries its async form.
    """
    item = request.node
    if not is_async(item):
        return function
    form: AsyncForm = function.in_async_test  # type: ignore[attr-defined]
    pytest_asyncio = sys.modules.get("pytest_asyncio")
    if pytest_asyncio is not None and pytest_asyncio.is_async_test(item):
        return _for_pytest_asyncio(pytest_asyncio, item, form)
    if "anyio_backend" not in request.fixturenames:
        pytest.fail(
            f"Fixture {request.fixturename!r} needs an event loop, and nothing runs "
            f"the async test {item.name!r} in one: mark it with @pytest.mark.anyio, "
            'or set anyio_mode = "auto" in pytest\'s configuration.',
            pytrace=False,
        )
    return form


def _for_pytest_asyncio(
    pytest_asyncio: Any, item: pytest.Function, form: AsyncForm
) -> Callable[..., Iterator[Any]]:
    """A plain generator function that pytest-asyncio calls with its loop set.

    It would run the async form itself, but so would anyio's plugin in "auto" mode.
    """

    def run(**kwargs: Any) -> Iterator[Any]:
        loop = sys.modules["asyncio"].get_event_loop()
        running = form(**kwargs)
        yield loop.run_until_complete(anext(running))
        loop.run_until_complete(anext(running, None))

    mark = item.get_closest_marker("asyncio")
    options = {} if mark is None else mark.kwargs
    pytest_asyncio.fixture(
        run,
        loop_scope=options.get("loop_scope")
        or options.get("scope")
        or item.config.getini("asyncio_default_test_loop_scope"),
    )
    return run
