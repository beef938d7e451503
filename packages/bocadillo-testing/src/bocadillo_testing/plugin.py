"""The pytest plugin: clients, servers and providers as fixtures. Nothing to import.

Loaded in every pytest run of its environment, so that it imports nothing heavy until
a test uses one of its fixtures. What it knows of the tests is in `suite`.
"""

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from .loading import EXAMPLE
from .running import in_async_test, suited_to
from .serving import stop_unclosed
from .suite import OVERRIDES, SERVING, Suite

if TYPE_CHECKING:
    from .asyncclient import AsyncClient
    from .client import Client
    from .live import LiveServer
    from .values import Values

_SUITE = pytest.StashKey[Suite]()


# Hooks


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the settings of the plugin."""
    parser.addini(
        "bocadillo_app",
        help="The Bocadillo app under test, as 'package.asgi:app', unless the suite "
        "defines a fixture `app`. Its providers become fixtures.",
        default="",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Prepare what is known of the suite; the app is not imported yet."""
    config.stash[_SUITE] = Suite(config)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Know the providers where fixtures are listed."""
    if session.config.option.showfixtures:
        session.config.stash[_SUITE].provider_fixtures  # noqa: B018 - makes them


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let a test have the fixtures, and the parameters, that it has by the app."""
    metafunc.config.stash[_SUITE].complete(metafunc)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let fixtures override providers, even if only the suite's own serve the app."""
    if isinstance(item, pytest.Function):
        item.config.stash[_SUITE].prepare(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, Any, Any]:
    """Suit fixtures to the test that uses them; override before the app is served."""
    __tracebackhide__ = True
    function = fixturedef.func
    try:
        suited = _suited(fixturedef, request)
    except BaseException as exc:  # noqa: BLE001 - raised by the fixture
        # pytest finishes a fixture whose function failed. If a hook fails instead, it
        # refuses to set that fixture up in any test that follows.
        suited = _raising(exc)
    if suited is function:
        return (yield)
    fixturedef.func = suited  # type: ignore[misc]
    try:
        return (yield)
    finally:
        fixturedef.func = function  # type: ignore[misc]


def _suited(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Callable[..., Any]:
    """The function to set a fixture up with, after what has to happen before."""
    if hasattr(fixturedef.func, "in_async_test"):
        return suited_to(request, fixturedef.func)
    if (
        fixturedef.argname in SERVING
        and fixturedef.scope == "function"
        and OVERRIDES not in fixturedef.argnames
        and request.config.stash[_SUITE].concerns(request.node)
    ):
        request.getfixturevalue(OVERRIDES)
    return fixturedef.func


def _raising(failure: BaseException) -> Callable[..., Any]:
    def fail(**_: Any) -> Any:
        __tracebackhide__ = True
        raise failure

    return fail


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, Any, Any]:
    """Let clients stop that nobody closed."""
    try:
        return (yield)
    finally:
        stop_unclosed()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say what to do about a fixture that does not exist."""
    report = yield
    error = call.excinfo and call.excinfo.value
    if isinstance(error, pytest.FixtureLookupError) and error.argname:
        hint = item.config.stash[_SUITE].hint(error.argname, item)
        if hint:
            report.sections.append(("Bocadillo", hint))
    return report


# Fixtures


@pytest.fixture(scope="session")
def app(request: pytest.FixtureRequest) -> Any:
    """The application that `bocadillo_app` names, unless the suite defines its own."""
    found = request.config.stash[_SUITE].app
    if found is None:
        pytest.fail(
            "Fixture 'app' does not know the application: define a fixture `app` that "
            f"returns it, or name it in pytest's configuration: {EXAMPLE}",
            pytrace=False,
        )
    return found


@pytest.fixture
def bocadillo_overrides(request: pytest.FixtureRequest, app: Any) -> Iterator[None]:
    """Fixtures with the names of providers override these while the app is served."""
    with request.config.stash[_SUITE].overridden(request, app):
        yield
        stop_unclosed()


@pytest.fixture
def live_server(app: Any, bocadillo_overrides: None) -> Iterator["LiveServer"]:
    """The app on a real server, in a thread, during the test."""
    from .live import LiveServer  # noqa: PLC0415 - heavy

    with LiveServer(app) as server:
        yield server


@pytest.fixture
def client(
    request: pytest.FixtureRequest, app: Any, bocadillo_overrides: None
) -> Iterator["Client"]:
    """A synchronous client of the app, open during the test."""
    from .client import create_client  # noqa: PLC0415 - heavy

    if (
        "live_server" in request.fixturenames
    ):  # which lets a client join, not so vice versa
        request.getfixturevalue("live_server")
    with create_client(app) as client:
        yield client


async def _async_client(
    app: Any, bocadillo_overrides: None
) -> AsyncIterator["AsyncClient"]:
    from .asyncclient import async_client  # noqa: PLC0415 - heavy

    async with async_client(app) as client:
        yield client


@pytest.fixture
@in_async_test(_async_client)
def async_client(app: Any, bocadillo_overrides: None) -> Any:
    """An asynchronous client of the app, in the event loop of the test."""
    pytest.fail(
        "Fixture 'async_client' is for async tests: write `async def`, or use fixture "
        "'client'.",
        pytrace=False,
    )


@pytest.fixture
def bocadillo_served(
    request: pytest.FixtureRequest, app: Any, bocadillo_overrides: None
) -> Any:
    """The app, served by whatever serves it in this test."""
    from .client import Client  # noqa: PLC0415 - heavy

    for name in SERVING:
        if name in request.fixturenames:
            value = request.getfixturevalue(name)
            if isinstance(value, Client) and value.app is app:
                value.start()
    return app


async def _bocadillo_values(bocadillo_served: Any) -> AsyncIterator["Values"]:
    from .values import values_here  # noqa: PLC0415 - heavy

    async with values_here(bocadillo_served) as values:
        yield values


@pytest.fixture
@in_async_test(_bocadillo_values)
def bocadillo_values(bocadillo_served: Any) -> Iterator["Values"]:
    """What provider fixtures get their values from: they belong to the test."""
    from .values import values_in_thread  # noqa: PLC0415 - heavy

    with values_in_thread(bocadillo_served) as values:
        yield values
