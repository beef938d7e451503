import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo import App, SettingsError, Store, configure, settings
from bocadillo_providers import OverrideTooLate, UnknownOverride
from bocadillo_testing import (
    create_client,
    override_env,
    override_providers,
    override_settings,
)

NAME = "BOCADILLO_TESTING_EXAMPLE"


@pytest.fixture
def shop():
    store = Store()
    app = App("shop", providers=store)
    configure(app, page_size=10, shutdown_grace=3)

    @store.provider
    def mailer():
        return "real"

    @store.provider(scope="app")
    def pool():
        return "real pool"

    @app.route("/")
    async def index(req, res, mailer, pool):
        res.json = [mailer, pool, settings.PAGE_SIZE]

    return app


# override_env


@pytest.mark.parametrize("before", [None, "before"])
def test_a_variable_is_set_and_restored(monkeypatch, before):
    monkeypatch.delenv(NAME, raising=False)
    if before is not None:
        monkeypatch.setenv(NAME, before)
    with override_env(NAME, "now"):
        assert os.environ[NAME] == "now"
    assert os.environ.get(NAME) == before


def test_variables_can_be_named_as_arguments(monkeypatch):
    monkeypatch.setenv(NAME, "before")
    with override_env(BOCADILLO_TESTING_EXAMPLE="now", BOCADILLO_TESTING_OTHER="2"):
        assert os.environ[NAME] == "now"
        assert os.environ["BOCADILLO_TESTING_OTHER"] == "2"
    assert os.environ[NAME] == "before"
    assert "BOCADILLO_TESTING_OTHER" not in os.environ


def test_none_removes_a_variable(monkeypatch):
    monkeypatch.setenv(NAME, "before")
    with override_env(NAME, None):
        assert NAME not in os.environ
    assert os.environ[NAME] == "before"


def test_a_variable_is_restored_after_an_exception(monkeypatch):
    monkeypatch.setenv(NAME, "before")
    with pytest.raises(ZeroDivisionError), override_env(NAME, "now"):
        1 / 0  # noqa: B018
    assert os.environ[NAME] == "before"


@given(st.lists(st.sampled_from([None, "", "a", "b"])))
def test_nested_overrides_restore_each_other(values):
    def nest(values):
        before = os.environ.get(NAME)
        if values:
            with override_env(NAME, values[0]):
                assert os.environ.get(NAME) == values[0]
                nest(values[1:])
                assert os.environ.get(NAME) == values[0]
        assert os.environ.get(NAME) == before

    nest(values)


def test_one_override_can_hold_several_times():
    override = override_env(NAME, "now")
    for _ in range(2):
        with override, override:
            assert os.environ[NAME] == "now"
        assert NAME not in os.environ


def test_it_decorates_functions():
    @override_env(NAME, "now")
    def read(suffix):
        return os.environ[NAME] + suffix

    assert read("!") == "now!"
    assert NAME not in os.environ
    assert read.__name__ == "read"


async def test_it_decorates_async_functions():
    @override_env(NAME, "now")
    async def read():
        return os.environ[NAME]

    reading = read()
    assert NAME not in os.environ
    assert await reading == "now"
    assert NAME not in os.environ


def test_it_decorates_nothing_that_runs_later():
    class TestShop:
        pass

    def generator():
        yield

    async def async_generator():
        yield

    with pytest.raises(TypeError, match=r"TestShop, which is a class: .*`with`"):
        override_env(API_KEY="test")(TestShop)
    for decorated in (generator, async_generator):
        with pytest.raises(TypeError, match=r"which is a generator: .*`with`"):
            override_env(API_KEY="test")(decorated)


@pytest.mark.parametrize("refused", [{"A=B": "1"}, {"": "1"}, {"A": "a\0b"}])
def test_no_variable_is_left_if_the_system_refuses_another(monkeypatch, refused):
    monkeypatch.delenv("BOCADILLO_FIRST", raising=False)
    with pytest.raises((ValueError, OSError)):
        override_env(BOCADILLO_FIRST="1", **refused).__enter__()
    assert "BOCADILLO_FIRST" not in os.environ


def test_a_name_without_value_is_pointed_at():
    with pytest.raises(TypeError, match=r"override_env\('A'\) has no value"):
        override_env("A")


def test_a_value_that_is_no_text_is_pointed_at():
    with pytest.raises(TypeError, match="write A='1', not A=1"):
        override_env(A=1)


# override_settings


def test_a_setting_is_changed_and_restored(shop):
    with create_client(shop) as client:
        with override_settings(shop, PAGE_SIZE=2):
            assert client.get("/").json()[2] == 2
            assert shop.settings["PAGE_SIZE"] == shop.settings.PAGE_SIZE == 2
        assert client.get("/").json()[2] == 10


def test_settings_are_named_in_any_case_and_may_be_new(shop):
    with override_settings(shop, page_size=2, theme="dark"):
        assert shop.settings["PAGE_SIZE"] == 2
        assert shop.settings["THEME"] == "dark"
    assert "THEME" not in shop.settings


def test_overrides_of_settings_nest(shop):
    with override_settings(shop, PAGE_SIZE=2):
        with override_settings(shop, PAGE_SIZE=3):
            assert shop.settings.PAGE_SIZE == 3
        assert shop.settings.PAGE_SIZE == 2


def test_a_setting_of_bocadillo_that_is_read_while_serving_can_be_changed(shop):
    with override_settings(shop, SHUTDOWN_GRACE=1):
        assert shop.settings.SHUTDOWN_GRACE == 1
    assert shop.settings.SHUTDOWN_GRACE == 3


@pytest.mark.parametrize("name", ["GZIP", "ALLOWED_HOSTS", "PLUGINS", "max_body_size"])
def test_a_setting_that_counts_only_at_configure_says_so(shop, name):
    with pytest.raises(SettingsError) as caught:
        override_settings(shop, **{name: 1})
    assert f"Setting {name.upper()} cannot be overridden" in str(caught.value)
    assert "when the app is configured" in str(caught.value)


def test_a_value_of_the_wrong_type_is_refused(shop):
    with pytest.raises(SettingsError, match="SHUTDOWN_GRACE must be a number"):
        override_settings(shop, SHUTDOWN_GRACE="soon")


def test_a_name_that_is_nearly_known_is_logged(shop, caplog):
    override_settings(shop, SHUTDOWN_GRACES=1)
    assert "did you mean SHUTDOWN_GRACE?" in caplog.text


def test_an_app_without_settings_says_so():
    with pytest.raises(SettingsError, match="configure"):
        override_settings(App(), A=1).__enter__()


# override_providers


def test_a_provider_is_replaced_in_the_served_app(shop):
    with create_client(shop) as client:
        with override_providers(shop, mailer="fake"):
            assert client.get("/").json()[0] == "fake"
        assert client.get("/").json()[0] == "real"


def test_it_is_the_same_as_the_method_of_the_app(shop):
    with create_client(shop) as client, shop.override(mailer="fake"):
        assert client.get("/").json()[0] == "fake"


def test_an_app_value_is_replaced_before_the_app_starts(shop):
    with override_providers(shop, pool="fake pool"), create_client(shop) as client:
        assert client.get("/").json()[1] == "fake pool"


def test_providers_can_be_replaced_by_a_decorator(shop):
    @override_providers(shop, mailer="fake")
    def ask():
        with create_client(shop) as client:
            return client.get("/").json()[0]

    assert ask() == "fake"


def test_an_unknown_provider_is_refused(shop):
    with pytest.raises(UnknownOverride, match="did you mean 'mailer'"):
        override_providers(shop, mailr="fake").__enter__()


def test_a_store_of_its_own_can_be_overridden(shop):
    store = Store()

    @store.provider(scope="app")
    def pool():
        return "real"

    @store.consumer
    def read(pool):
        return pool

    with override_providers(store, pool="fake"), store.session_sync():
        assert read.call_sync() == "fake"


def test_a_value_that_others_were_made_of_comes_too_late(shop):
    @shop._store.provider(scope="app")
    def connections(pool):
        return [pool]

    with create_client(shop), pytest.raises(OverrideTooLate):
        override_providers(shop, pool="fake").__enter__()


@pytest.mark.parametrize("override", [override_providers, override_settings])
def test_what_is_no_app_cannot_be_overridden(override):
    with pytest.raises(TypeError, match=r"override_\w+\(\) takes an App first, not 3"):
        override(3, mailer=None)
