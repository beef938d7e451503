import logging
import sys
from types import ModuleType

import pytest

from bocadillo import App, SettingsError, configure, settings
from bocadillo.configuration import plugins_of
from bocadillo.errors import ConfigurationError


@pytest.fixture
def app():
    return App("test")


def use_one(app):
    app.state.used = [*getattr(app.state, "used", []), "one"]


def use_two(app):
    app.state.used = [*getattr(app.state, "used", []), "two"]


async def use_async(app): ...


class Plugin:
    def __call__(self, app):
        app.state.used = ["object"]


@pytest.fixture
def planted(monkeypatch):
    module = ModuleType("planted_plugins")
    module.use_one = use_one
    module.nothing = None
    monkeypatch.setitem(sys.modules, "planted_plugins", module)


def test_the_app_is_returned(app):
    assert configure(app) is app


def test_settings_come_from_an_object_and_keywords(app):
    class Source:
        PAGE_SIZE = 20
        GZIP = False

    configure(app, Source, gzip=True)

    assert app.settings.PAGE_SIZE == 20
    assert app.settings.GZIP is True
    assert app.settings.origin("PAGE_SIZE") == "Source"
    assert app.settings.origin("GZIP") == "configure()"


@pytest.mark.parametrize(
    ("source", "origin"),
    [
        ({"A": 1}, "a dict"),
        (type("Source", (), {"A": 1})(), "a Source"),
        (type("Source", (), {"A": 1}), "Source"),
    ],
)
def test_settings_may_be_passed_by_name(app, source, origin):
    configure(app, settings=source)

    assert app.settings.A == 1
    assert app.settings.origin("A") == origin


def test_an_app_is_configured_once(app):
    configure(app)

    with pytest.raises(RuntimeError, match=r"<App 'test' .* is configured already"):
        configure(app)


def test_two_apps_are_configured_apart(app):
    configure(app, A=1)
    other = configure(App(), A=2)

    assert (app.settings.A, other.settings.A) == (1, 2)


@pytest.mark.parametrize("what", [App, None, {"GZIP": True}])
def test_only_apps_are_configured(what):
    with pytest.raises(TypeError, match=r"configure\(\) takes an App first"):
        configure(what)


def test_a_refused_setting_leaves_the_app_as_it_was(app):
    with pytest.raises(SettingsError):
        configure(app, gzip="yes")

    assert configure(app, gzip=True).settings.GZIP is True


def use_and_fail(app):
    app.route("/left")(left)
    app.add_middleware(lambda app: app)
    app.marked = True
    raise KeyError("plugin")


async def left(req, res): ...


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        ({"SESSIONS": {"secret_key": ""}}, SettingsError),
        ({"STATIC_CONFIG": {"nope": 1}}, SettingsError),
        ({"GZIP": True, "PLUGINS": [use_and_fail]}, KeyError),
    ],
)
def test_an_app_that_cannot_be_configured_may_be_again(app, refused, error):
    configure(App("before"), NAME="before")
    with pytest.raises(error):
        configure(app, refused)

    assert settings.NAME == "before"
    assert not hasattr(app, "marked")
    configure(app, NAME="app", STATIC_DIR=None)
    assert settings.NAME == app.settings.NAME == "app"
    assert app._declared == app._asgi_middleware == app._built_in == []


def test_names_of_a_mapping_in_lower_case_are_told(app, caplog):
    configure(app, {"gzip": True, "mine": 1, "DEBUG": False, "debug": True, 3: 4})

    assert not app.settings.GZIP
    assert caplog.messages == [
        "Setting gzip is ignored: in a mapping, names are upper-case. Write GZIP.",
        "Setting debug is ignored: in a mapping, names are upper-case. Write DEBUG.",
    ]


def test_typos_are_logged(app, caplog):
    caplog.set_level(logging.WARNING, "bocadillo")
    configure(app, GZP=True)

    assert caplog.messages == ["Unknown setting GZP: did you mean GZIP?"]


# Plugins


@pytest.mark.parametrize(
    ("items", "used"),
    [
        ([], None),
        ([use_one], ["one"]),
        ((use_two, use_one), ["two", "one"]),
        (["planted_plugins:use_one", use_two], ["one", "two"]),
        ([{use_one: True, use_two: False}], ["one"]),
        ([{use_one: 1, "planted_plugins:use_one": "yes"}], ["one", "one"]),
        ([{"planted_plugins:missing": None}], None),
        ([Plugin()], ["object"]),
        ([{}], None),
    ],
)
@pytest.mark.usefixtures("planted")
def test_plugins_run_in_order(app, items, used):
    configure(app, PLUGINS=items)

    assert getattr(app.state, "used", None) == used


def test_plugins_run_after_the_built_in_ones_and_read_settings(app):
    from bocadillo import settings

    seen = []

    def use_x(app):
        seen.extend([settings.PAGE_SIZE, app.settings.PAGE_SIZE, len(app._built_in)])

    configure(app, PLUGINS=[use_x], PAGE_SIZE=20, GZIP=True)

    assert seen == [20, 20, 1]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (5, "Setting PLUGINS must hold functions, 'module:function' strings or dicts"),
        (None, "condition}, not NoneType: None."),
        ("planted_plugins", "holds 'planted_plugins': write 'module:function'."),
        (":use_one", "write 'module:function'."),
        ("planted_plugins:", "write 'module:function'."),
        ("nowhere.at_all:use", "there is no module 'nowhere'."),
        ("planted_plugins:use_on", "module 'planted_plugins' has no 'use_on'."),
        ("planted_plugins:nothing", "which is no function."),
        ({use_one: lambda: True}, "functions are always true. Call it there."),
    ],
)
@pytest.mark.usefixtures("planted")
def test_what_is_no_plugin_is_refused(item, message):
    with pytest.raises(SettingsError) as caught:
        list(plugins_of([item]))

    assert message in str(caught.value)


def test_an_async_plugin_is_refused():
    with pytest.raises(ConfigurationError, match=r"use_async.* is async, and nobody"):
        list(plugins_of([use_async]))


def test_what_a_plugin_misses_is_its_own_error(tmp_path, monkeypatch):
    (tmp_path / "planted_broken_plugin.py").write_text("import nowhere_at_all")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ModuleNotFoundError, match="nowhere_at_all"):
        list(plugins_of(["planted_broken_plugin:use"]))


def test_an_attribute_error_in_a_plugins_module_is_its_own(tmp_path, monkeypatch):
    (tmp_path / "planted_odd_plugin.py").write_text("import sys\nsys.nothing_there")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(AttributeError, match="nothing_there"):
        list(plugins_of(["planted_odd_plugin:use"]))
