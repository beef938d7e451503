"""What the tests and the app know of each other.

A `Suite` finds the app, makes fixtures of its providers, and tells which fixtures of
the tests override one. The app is imported when a test needs it, not before.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from functools import cached_property
from types import ModuleType
from typing import Any, Final

import pytest

from .loading import EXAMPLE, load_app
from .providers import fixture_of, providers_of
from .running import is_for_anyio

__all__ = ["OVERRIDES", "SERVING", "Suite"]

SERVING: Final = ("live_server", "client", "async_client")
"""Fixtures that serve the app, in the order in which a test gets them."""

OVERRIDES: Final = "bocadillo_overrides"
"""The fixture that overrides providers before the app is served."""


class Suite:
    """The tests of a pytest session, and the app they are of.

    Args:
        config: Of the session.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @property
    def _app_name(self) -> str:
        return str(self._config.getini("bocadillo_app"))

    @cached_property
    def app(self) -> Any:
        """The app that `bocadillo_app` names; `None` if it is not set.

        Raises:
            UsageError: If there is no such app.
        """
        return (
            load_app(self._app_name, self._config.rootpath) if self._app_name else None
        )

    # Fixtures of providers

    @cached_property
    def provider_fixtures(self) -> frozenset[str]:
        """The providers that are fixtures; to ask for them makes them so.

        Raises:
            UsageError: If `bocadillo_app` names no app.
        """
        providers = self._called()
        taken = {name for name in providers if self._is_taken(name)}
        if taken:
            self._warn_of(taken)
        # A conftest at the top overrides a provider for all tests: its fixture is the
        # one that they get.
        top = self._fixtures.session
        names = frozenset(
            name for name in providers.keys() - taken if not self._visible(name, top)
        )
        holder = ModuleType("bocadillo_provider_fixtures")
        for name in names:
            setattr(holder, f"of_{name}", fixture_of(name, providers[name]))
        self._config.pluginmanager.register(holder, holder.__name__)
        return names

    def _called(self) -> dict[str, Any]:
        return {
            name: provider
            for name, provider in providers_of(self.app).items()
            if provider.kind.is_called
        }

    def complete(self, metafunc: pytest.Metafunc) -> None:
        """Give a test the fixtures, and the parameters, that it has by the app.

        Args:
            metafunc: The test, while it is collected.

        Raises:
            CollectError: If `bocadillo_app` names no app.
        """
        names = metafunc.fixturenames
        parametrized = _parametrized(metafunc.definition)
        known = {*metafunc._arg2fixturedefs, *parametrized, "request"}
        unknown = [name for name in names if name not in known]
        serves = not set(SERVING).isdisjoint(names)
        if serves or unknown or self._may_ask(metafunc):
            try:
                self._add(metafunc, [*self.provider_fixtures.intersection(unknown)])
            except pytest.UsageError as exc:
                raise pytest.Collector.CollectError(str(exc)) from exc
        made: frozenset[str] = vars(self).get("provider_fixtures", frozenset())
        provided = serves or not made.isdisjoint(names)
        if provided:
            self._add_overriding(metafunc)
        by_hand = self._app_name and "app" in names
        if (provided or by_hand) and "anyio_backend" not in parametrized:
            self._choose_asyncio(metafunc)

    def _may_ask(self, metafunc: pytest.Metafunc) -> bool:
        """Whether a test, or a fixture of the suite, has `request` to ask for others.

        Those of pytest and of plugins ask for none that they do not know.
        """
        if not self._app_name or "request" not in metafunc.fixturenames:
            return False
        fixtures = (
            self._own(name, metafunc.definition) for name in metafunc.fixturenames
        )
        return "request" in metafunc.definition._fixtureinfo.argnames or any(
            fixture and "request" in fixture.argnames for fixture in fixtures
        )

    def _add(self, metafunc: pytest.Metafunc, names: list[str]) -> None:
        """Tell pytest of fixtures that it did not know when it began with a test."""
        for name in names:
            if name in metafunc._arg2fixturedefs:
                continue
            if name not in metafunc.fixturenames:
                metafunc.fixturenames.append(name)
            fixtures = self._visible(name, metafunc.definition)
            if fixtures:
                metafunc._arg2fixturedefs[name] = fixtures
                self._add(metafunc, list(fixtures[-1].argnames))

    def _add_overriding(self, metafunc: pytest.Metafunc) -> None:
        """Have a test know the fixtures that override, though it does not name them.

        So it has their parameters, and anyio's plugin runs those that are async.
        """
        for name in self._overridable(self.app):
            if self._own(name, metafunc.definition) is not None:
                runner = self._is_for_anyio(name, metafunc.definition)
                self._add(metafunc, [name, "anyio_backend"] if runner else [name])

    def _is_for_anyio(self, name: str, node: Any) -> bool:
        """Whether a fixture, or one that it needs, is async and run by anyio's plugin.

        Args:
            name: Of the fixture.
            node: Who gets it.
        """
        # One that takes its own name gets the one before it.
        needed, seen = [(name, 1)], set()
        while needed:
            name, place = needed.pop()
            fixtures = self._visible(name, node)
            if (name, place) in seen or place > len(fixtures):
                continue
            seen.add((name, place))
            fixture = fixtures[-place]
            if is_for_anyio(self._config, fixture.func):
                return True
            needed += [
                (other, place + 1 if other == name else 1) for other in fixture.argnames
            ]
        return False

    def _choose_asyncio(self, metafunc: pytest.Metafunc) -> None:
        """Run async tests on asyncio only, unless the suite chooses itself."""
        fixtures = metafunc._arg2fixturedefs.get("anyio_backend")
        if fixtures and fixtures[-1].func.__module__ == "anyio.pytest_plugin":
            asyncio_only = pytest.mark.parametrize(
                "anyio_backend", ["asyncio"], indirect=True, scope="module"
            )
            metafunc.definition.add_marker(asyncio_only)

    # Fixtures that override

    def prepare(self, item: pytest.Function) -> None:
        """Give a test the fixtures that it needs for those that override.

        Args:
            item: The test, before it is set up.
        """
        if OVERRIDES not in item.fixturenames and self.concerns(item):
            item.fixturenames.append(OVERRIDES)
        # pytest forgets what no argument leads to, except for its parameters.
        if "anyio_backend" in _parameters(item).keys() - {*item.fixturenames}:
            item.fixturenames.append("anyio_backend")

    def concerns(self, item: pytest.Function) -> bool:
        """Whether a test uses fixtures of the suite itself that serve an app."""
        names = [name for name in SERVING if name in item.fixturenames]
        if not any(self._own(name, item) for name in names):
            return False
        return bool(self._app_name) or (
            "app" in item.fixturenames and self._own("app", item) is not None
        )

    @contextmanager
    def overridden(self, request: pytest.FixtureRequest, app: Any) -> Iterator[None]:
        """Override the providers that have a fixture of the suite, or a parameter.

        Args:
            request: For a fixture of the test.
            app: The application.
        """
        values = dict(self._values(request, app))
        if not values:
            yield
            return
        from .overrides import override_providers  # noqa: PLC0415 - heavy

        override = override_providers(app, **values)
        try:
            override.__enter__()
        except Exception as exc:
            exc.add_note(
                f"While overriding by fixtures of these names: {', '.join(values)}. If "
                "a fixture of a wider scope serves the app already, narrow that one."
            )
            raise
        try:
            yield
        finally:
            override.__exit__(None, None, None)

    def _values(
        self, request: pytest.FixtureRequest, app: Any
    ) -> Iterator[tuple[str, Any]]:
        item = request.node
        parameters = _parameters(item)
        for name in self._overridable(app):
            fixture = self._own(name, item)
            if fixture is None:
                if name in parameters:
                    yield name, parameters[name]
                continue
            if fixture.params and name not in parameters:
                pytest.fail(
                    f"Fixture {name!r} has parameters and overrides a provider, which "
                    "is not known when tests are collected: name it among the "
                    f"arguments of {item.originalname}(), or set {EXAMPLE} in "
                    "pytest's configuration.",
                    pytrace=False,
                )
            try:
                yield name, request.getfixturevalue(name)
            except pytest.FixtureLookupError as exc:
                if not exc.argname or not self._visible(exc.argname, item):
                    raise
                # It exists: so it needs itself.
                raise pytest.fail.Exception(
                    f"Fixture {name!r} overrides the provider of that name, so it is "
                    "needed before the app is served; but it uses fixtures for which "
                    "the app must be served: a client, a server, or a provider. Rename "
                    "it, or let it do without them.",
                    pytrace=False,
                ) from None

    def _overridable(self, app: object) -> list[str]:
        return [name for name in providers_of(app) if name not in (*SERVING, "app")]

    # What pytest knows

    def hint(self, name: str, item: pytest.Item) -> str:
        """What to do about a fixture that does not exist; empty if we cannot know.

        Args:
            name: Of the fixture.
            item: The test that needs it.
        """
        if "bocadillo_providers" not in sys.modules or self._visible(name, item):
            return ""
        if not self._app_name:
            return (
                f"If {name!r} is a provider, name its app in pytest's configuration, "
                f"so that its providers become fixtures: {EXAMPLE}"
            )
        providers = self._called()
        near = get_close_matches(name, providers, n=1)
        meant = f" Did you mean {near[0]!r}?" if near else ""
        return (
            f"{name!r} is no provider of {self._app_name} either.{meant} Its providers "
            f"are: {', '.join(sorted(providers))}."
        )

    @property
    def _fixtures(self) -> Any:
        """Where pytest keeps its fixtures."""
        return self._config.pluginmanager.get_plugin("funcmanage")

    def _visible(self, name: str, node: Any) -> list[Any]:
        """The fixtures of a name that a node sees, the one it gets last."""
        return list(self._fixtures.getfixturedefs(name, node) or ())

    def _own(self, name: str, node: Any) -> Any:
        """The fixture that a node gets by a name, if the suite itself defines it."""
        for fixture in self._visible(name, node)[-1:]:
            if not self._is_of_plugin(fixture) and not _is_of_provider(fixture):
                return fixture
        return None

    def _is_taken(self, name: str) -> bool:
        visible = self._visible(name, self._fixtures.session)
        return name == "request" or any(map(self._is_of_plugin, visible))

    def _is_of_plugin(self, fixture: Any) -> bool:
        manager = self._config.pluginmanager
        return fixture.func.__module__ in {
            getattr(plugin, "__name__", type(plugin).__module__)
            for name, plugin in manager.list_name_plugin()
            if plugin is not None and not name.endswith("conftest.py")
        }

    def _warn_of(self, taken: set[str]) -> None:
        worker = getattr(self._config, "workerinput", {"workerid": "gw0"})
        if worker["workerid"] == "gw0":
            self._config.issue_config_time_warning(
                pytest.PytestWarning(
                    f"Providers of {self._app_name} that are no fixtures, because "
                    "pytest or a plugin has fixtures of these names: "
                    f"{', '.join(sorted(taken))}. Rename them to use them in tests."
                ),
                stacklevel=2,
            )


def _is_of_provider(fixture: Any) -> bool:
    return hasattr(fixture.func, "in_async_test")


def _parameters(item: pytest.Item) -> dict[str, Any]:
    """The parameters of one test by name, those of its fixtures included."""
    return dict(getattr(getattr(item, "callspec", None), "params", {}))


def _parametrized(node: pytest.Item) -> set[str]:
    """The names that marks give parameters to."""
    names: set[str] = set()
    for mark in node.iter_markers("parametrize"):
        given = mark.args[0] if mark.args else mark.kwargs["argnames"]
        names.update(given.replace(" ", "").split(",") if type(given) is str else given)
    return names
