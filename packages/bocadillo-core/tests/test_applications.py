"""What an app is told before it starts; how it starts is in `test_lifecycle`."""

import inspect

import pytest
from starlette.testclient import TestClient

from bocadillo import App, configure
from bocadillo.errors import RouteError, SettingsError


@pytest.fixture
def app(store):
    app = App("test", providers=store)

    @app.route("/state")
    async def state(req, res): ...

    return configure(app, STATIC_DIR=None)


def test_settings_are_the_apps_own(app):
    with pytest.raises(RuntimeError, match="configured already"):
        configure(app)
    with pytest.raises(SettingsError, match=r"configure\(app\)"):
        App().settings  # noqa: B018


def test_servers_see_that_an_app_is_asgi_3(app):
    assert inspect.iscoroutinefunction(app.__call__)

    with TestClient(app.__call__) as client:
        assert client.get("/state").status_code == 200


def test_an_app_can_be_told(app):
    assert repr(app) == "<App 'test' with 1 declarations>"
    assert repr(App()) == "<App with 0 declarations>"


@pytest.mark.parametrize("wrong", [{}, [], "module:store"])
def test_providers_are_a_store(wrong):
    with pytest.raises(TypeError, match="providers must be a Store, not "):
        App(providers=wrong)


def test_lifespans_are_checked(app):
    async def coroutine(app): ...

    with pytest.raises(TypeError, match=r"async generator function .*; not 3"):
        app.lifespan(3)
    with pytest.raises(TypeError, match=r"not coroutine\(\) .*, which does not yield"):
        app.lifespan(coroutine)


def test_urls_are_built_before_and_after_the_start(app):
    assert app.url_for("state") == "/state"

    with TestClient(app):
        assert app.url_for("state") == "/state"
        with pytest.raises(RouteError, match="Did you mean 'state'"):
            app.url_for("stat")


def test_two_apps_may_serve_with_one_store(store):
    @store.provider
    async def agent(connection):
        return connection.headers["user-agent"]

    async def note(req, res, params, agent, app):
        res.headers["x-app"] = app.name

    async def view(req, res, agent):
        res.text = agent

    for name in ("first", "second"):
        app = App(name, providers=store)
        app.before(note)
        app.route("/")(view)
        configure(app, STATIC_DIR=None)

        with TestClient(app) as client:
            response = client.get("/")

        assert (response.text, response.headers["x-app"]) == ("testclient", name)
