import copy
import logging
import pickle
from types import ModuleType, SimpleNamespace

import pytest

from bocadillo import config
from bocadillo.config import SETTINGS, LazySettings, Settings, collect, warn_of_typos
from bocadillo.errors import SettingsError, UnknownSetting


@pytest.fixture
def registry(monkeypatch):
    """As in a process where no app was configured yet."""
    registry = config._Registry()
    monkeypatch.setattr(config, "registry", registry)
    return registry


@pytest.fixture
def proxy():
    return LazySettings()


# One app's


def test_a_setting_is_read_in_each_way():
    settings = Settings({"PAGE_SIZE": 20})

    assert (
        settings.PAGE_SIZE == settings["PAGE_SIZE"] == settings.get("PAGE_SIZE") == 20
    )
    assert "PAGE_SIZE" in settings
    assert "OTHER" not in settings
    assert settings.get("OTHER") is None
    assert settings.get("OTHER", 5) == 5


@pytest.mark.parametrize("name", SETTINGS)
def test_defaults_are_visible(name, monkeypatch):
    monkeypatch.delenv("BOCADILLO_DEBUG", raising=False)
    settings = Settings({})

    assert name in settings
    assert settings[name] == SETTINGS[name].default
    assert not settings.given(name)
    assert settings.origin(name) == "default"


def test_iterating_gives_defaults_and_own_settings():
    settings = Settings({"OWN": 1})

    assert set(settings) == {*SETTINGS, "OWN"}
    assert len(settings) == len(SETTINGS) + 1


def test_a_change_of_a_default_stays_in_its_app():
    Settings({})["ALLOWED_HOSTS"].append("example.com")

    assert Settings({})["ALLOWED_HOSTS"] == ["*"]


def test_an_unknown_setting_is_an_attribute_error_and_a_key_error():
    settings = Settings({"PAGE_SIZE": 20})

    with pytest.raises(UnknownSetting) as caught:
        settings["PAGE_SIZ"]
    assert str(caught.value) == (
        "There is no setting 'PAGE_SIZ'. Did you mean PAGE_SIZE?"
    )
    with pytest.raises(KeyError, match="There is no setting 'NOTHING'"):
        settings["NOTHING"]
    assert not hasattr(settings, "NOTHING")


def test_settings_are_read_only():
    settings = Settings({})

    with pytest.raises(AttributeError, match=r"pass GZIP=… to configure\(\)"):
        settings.GZIP = True
    with pytest.raises(AttributeError, match="read-only"):
        del settings.GZIP


def test_what_is_not_accepted_is_refused():
    with pytest.raises(SettingsError, match="Setting GZIP must be True or False"):
        Settings({"GZIP": "yes"})


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))]
)
def test_a_copy_is_read_only_too_and_knows_what_was_set(again):
    copied = again(Settings({"PAGES": [1]}, {"PAGES": "a file"}))

    assert copied.PAGES == [1]
    assert copied.origin("PAGES") == "a file"
    assert not copied.given("GZIP")
    with pytest.raises(AttributeError, match="read-only"):
        copied.PAGES = []


def test_what_is_no_name_is_not_found():
    settings = Settings({})

    with pytest.raises(UnknownSetting, match=r"^There is no setting 3\.$"):
        settings[3]
    assert settings.get(3, "no") == "no"


def test_names_are_offered_where_one_types():
    assert {"PAGE_SIZE", "GZIP", "get"} <= {*dir(Settings({"PAGE_SIZE": 20}))}


def test_origins_are_told(monkeypatch):
    monkeypatch.setenv("BOCADILLO_DEBUG", "1")
    settings = Settings({"A": 1, "B": 2}, {"B": "myproject.settings"})

    assert settings.origin("A") == "configure()"
    assert settings.origin("B") == "myproject.settings"
    assert settings.origin("DEBUG") == "$BOCADILLO_DEBUG"
    assert settings.given("DEBUG")
    assert settings.DEBUG is True


def test_a_setting_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("BOCADILLO_DEBUG", "1")
    settings = Settings({"DEBUG": False})

    assert settings.DEBUG is False
    assert settings.origin("DEBUG") == "configure()"


def test_repr_shows_what_was_set_without_secrets():
    settings = Settings(
        {
            "B": 1,
            "API_TOKEN": "planted",
            "DATABASES": [{"PASSWORD": "planted", "url": "pg://me:planted@db/x"}],
        }
    )

    assert repr(settings) == (
        "Settings(API_TOKEN='********', "
        "B=1, DATABASES=[{'PASSWORD': '********', 'url': 'pg://********@db/x'}])"
    )


def test_settings_without_values_have_no_hidden_attributes():
    bare = object.__new__(Settings)

    with pytest.raises(AttributeError):
        getattr(bare, "_values")  # noqa: B009 - it is read for its error


# Collecting


class Base:
    INHERITED = 1
    lower = 2
    Mixed = 3
    _HIDDEN = 4
    S3_BUCKET = "five"


def module():
    made = ModuleType("myproject.settings")
    vars(made).update(vars(Base))
    made.INHERITED = 1
    return made


@pytest.mark.parametrize(
    "source",
    [
        Base,
        Base(),
        type("Derived", (Base,), {})(),
        SimpleNamespace(INHERITED=1, lower=2, Mixed=3, _HIDDEN=4, S3_BUCKET="five"),
        {
            "INHERITED": 1,
            "lower": 2,
            "Mixed": 3,
            "_HIDDEN": 4,
            "S3_BUCKET": "five",
            6: 7,
        },
        module(),
    ],
)
def test_upper_case_names_count(source):
    assert collect(source, {}) == {"INHERITED": 1, "S3_BUCKET": "five"}


def test_keywords_win_in_any_case():
    assert collect({"GZIP": False, "A": 1}, {"gzip": True, "Cors": True}) == {
        "GZIP": True,
        "A": 1,
        "CORS": True,
    }
    assert collect(None, {}) == {}


def test_a_keyword_may_be_given_once():
    with pytest.raises(SettingsError, match="Setting GZIP is given twice"):
        collect(None, {"gzip": True, "GZIP": False})


@pytest.mark.parametrize("source", ["myproject.settings", b"", 1, 1.5, [], (), set()])
def test_what_can_hold_no_settings_is_refused(source):
    with pytest.raises(SettingsError) as caught:
        collect(source, {})

    assert str(caught.value) == (
        "Settings are read from a module, an object or a mapping, not from "
        f"{type(source).__name__}. Import a module, and pass it as it is."
    )


@pytest.mark.parametrize(
    ("name", "messages"),
    [
        ("GZP", ["Unknown setting GZP: did you mean GZIP?"]),
        ("SESSION", ["Unknown setting SESSION: did you mean SESSIONS?"]),
        ("ALLOWED_HOST", ["Unknown setting ALLOWED_HOST: did you mean ALLOWED_HOSTS?"]),
        ("GZIP", []),
        ("DATABASE", []),
    ],
)
def test_names_that_are_nearly_known_are_logged(name, messages, caplog):
    caplog.set_level(logging.WARNING, "bocadillo")
    warn_of_typos({name: "planted"})

    assert caplog.messages == messages


# The proxy


def test_reading_before_any_app_is_configured_names_the_setting(registry, proxy):
    for read in (
        lambda: proxy.PAGE_SIZE,
        lambda: proxy["PAGE_SIZE"],
        lambda: proxy.get("PAGE_SIZE", 1),
        lambda: "PAGE_SIZE" in proxy,
    ):
        with pytest.raises(
            SettingsError, match="Cannot read setting PAGE_SIZE: no app"
        ):
            read()
    assert repr(proxy) == "<settings: not configured>"


def test_the_app_configured_last_counts_outside_of_any(registry, proxy):
    registry.add(Settings({"A": 1}))
    assert not registry.several
    registry.add(Settings({"A": 2}))

    assert registry.several
    assert proxy.A == proxy["A"] == proxy.get("A") == 2
    assert proxy.get("B", 3) == 3
    assert "A" in proxy
    assert "B" not in proxy
    assert repr(proxy) == "Settings(A=2)"


def test_the_proxy_has_the_names_of_the_app_it_reads(registry, proxy):
    assert "GZIP" not in dir(proxy)
    with pytest.raises(SettingsError, match=r"no app was configured yet"):
        list(proxy)

    registry.add(Settings({"OWN": 1}))

    assert {*proxy} == {*SETTINGS, "OWN"}
    assert dict(proxy)["OWN"] == 1
    assert {"OWN", "get"} <= {*dir(proxy)}


def test_the_app_at_hand_comes_first(registry, proxy):
    registry.add(Settings({"A": 1}))
    token = config.current.set(Settings({"A": 2}))
    try:
        assert proxy.A == 2
        assert repr(proxy) == "Settings(A=2)"
    finally:
        config.current.reset(token)


def test_while_two_apps_are_served_somebody_has_to_be_at_hand(registry, proxy):
    one, two = Settings({"A": 1}), Settings({"A": 2})
    registry.add(one)
    registry.add(two)
    registry.served += [one, two]

    with pytest.raises(SettingsError, match="setting A: 2 apps are being served"):
        proxy["A"]
    registry.served.remove(one)
    assert proxy.A == 2


def test_apps_that_share_their_settings_count_as_one(registry, proxy):
    settings = Settings({"A": 1})
    registry.add(settings)
    registry.served += [settings, settings]

    assert proxy.A == 1


def test_the_proxy_is_read_only_and_has_no_hidden_attributes(proxy):
    with pytest.raises(AttributeError, match=r"pass GZIP=… to configure\(\)"):
        proxy.GZIP = True
    assert not hasattr(proxy, "_ipython_display_")
    assert not hasattr(proxy, "__wrapped__")
