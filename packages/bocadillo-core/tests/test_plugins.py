import logging
import sys
from pathlib import Path
from types import ModuleType

import pytest
from starlette.datastructures import Secret

from bocadillo import App, SettingsError, configure
from bocadillo.compilation import default_headers
from bocadillo.errors import MissingExtra
from bocadillo.plugins import BUILT_IN_PLUGINS, is_part_of

KEY = "n7Qm2Xv9Lw4Tz8Rb5Kd1Hc6Yp3Jg0FsA"


@pytest.fixture
def app():
    return App()


def configured(**settings):
    return configure(App(), **{"STATIC_DIR": None} | settings)


def refused(**settings):
    with pytest.raises(SettingsError) as caught:
        configured(**settings)
    return str(caught.value)


def layers(app):
    """The built-in middleware, from the outside in."""
    return [cls.__name__ for cls, _ in reversed(app._built_in)]


def test_features_have_one_order():
    assert [plugin.__name__ for plugin in BUILT_IN_PLUGINS] == [
        "use_allowed_hosts",
        "use_hsts",
        "use_security_headers",
        "use_cors",
        "use_csrf",
        "use_websocket_origins",
        "use_sessions",
        "use_gzip",
        "use_providers",
        "use_static_files",
    ]


def test_the_layers_are_in_order():
    app = configured(
        ALLOWED_HOSTS=["example.com"],
        HSTS=True,
        CORS=True,
        SESSIONS={"secret_key": KEY},
        GZIP=True,
    )

    assert layers(app) == [
        "AllowedHosts",
        "HTTPSOnly",
        "CORSMiddleware",
        "CSRFProtection",
        "Sessions",
        "Compression",
    ]


def test_what_is_off_costs_nothing():
    assert layers(configured()) == []
    assert layers(configured(ALLOWED_HOSTS=["a", "*"], CSRF=True)) == []
    assert layers(configured(SESSIONS={"secret_key": KEY}, CSRF=False)) == ["Sessions"]


# Options: what is accepted and what is not


@pytest.mark.parametrize(
    "settings",
    [
        {"ALLOWED_HOSTS": []},
        {"HSTS": {"max_age": 0, "preload": True, "include_subdomains": True}},
        {"HSTS": {}},
        {"CORS": {"allow_origins": ["https://example.com"], "allow_credentials": True}},
        {"CORS": {}},
        {"SECURITY_HEADERS": False},
        {"SECURITY_HEADERS": {}},
        {"SECURITY_HEADERS": {"X-Frame-Options": None, "permissions-policy": "x=()"}},
        {"SESSIONS": {"secret_key": Secret(KEY)}},
        {"SESSIONS": {"secret_key": [KEY, Secret(KEY)], "max_age": None}},
        {"SESSIONS": {"secret_key": KEY, "same_site": "strict"}},
        {"CSRF_TRUSTED_ORIGINS": ["https://example.com"]},
        {"WEBSOCKET_ORIGINS": ["https://example.com", "*"]},
        {"STATIC_CONFIG": {"max_age": None, "mimetypes": {".a": "text/plain"}}},
        {"STATIC_CONFIG": {"index_file": "i.html", "immutable_file_test": "x"}},
        {"STATIC_CONFIG": {"add_headers_function": print, "prefix": None}},
    ],
)
def test_options_are_accepted(settings):
    configured(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ALLOWED_HOSTS": ["http://a"]}, "ALLOWED_HOSTS holds 'http://a'"),
        (
            {"HSTS": {"maxage": 1}},
            "HSTS has no option 'maxage'. Did you mean 'max_age'?",
        ),
        (
            {"HSTS": {"max_age": "1"}},
            "'max_age' is not accepted: expected int, got str",
        ),
        ({"HSTS": {"max_age": -1}}, "expected int >= 0"),
        ({"HSTS": {"redirect": 1}}, "expected bool, got int"),
        ({"CORS": {"origins": []}}, "CORS has no option 'origins'."),
        ({"CORS": {"allow_origins": "*"}}, "expected list, got str"),
        ({"CORS": {"allow_origins": ["*"], "allow_credentials": True}}, "credentials"),
        ({"SECURITY_HEADERS": {"a b": "c"}}, "SECURITY_HEADERS: 'a b' cannot be"),
        ({"SECURITY_HEADERS": {"a": "b\r\nc: d"}}, "holds CR, LF"),
        ({"SECURITY_HEADERS": {"a": "b\0"}}, "holds CR, LF"),
        ({"SECURITY_HEADERS": {"a": "€"}}, "outside latin-1"),
        ({"SECURITY_HEADERS": {"connection": "close"}}, "set by the server"),
        ({"SECURITY_HEADERS": {"Content-Length": "0"}}, "different for each response"),
        ({"SECURITY_HEADERS": {"set-cookie": "a=b"}}, "different for each response"),
        ({"SECURITY_HEADERS": {"a": 1}}, "must be a string, or None"),
        ({"SECURITY_HEADERS": {1: "a"}}, "must be a string, or None"),
        (
            {"SECURITY_HEADERS": {"x-frame-option": None}},
            "has no option 'x-frame-option'. Did you mean 'x-frame-options'?",
        ),
        ({"SESSIONS": {"secret": KEY}}, "Did you mean 'secret_key'?"),
        ({"SESSIONS": {"secret_key": KEY, "max_age": 0}}, "expected int >= 1"),
        ({"SESSIONS": {"secret_key": KEY, "max_age": "1"}}, "expected int | None"),
        ({"SESSIONS": {"secret_key": KEY, "same_site": "maybe"}}, "'maybe'"),
        ({"SESSIONS": {"secret_key": KEY, "same_site": "none"}}, "https_only"),
        ({"SESSIONS": {"secret_key": KEY, "https_only": "yes"}}, "expected bool"),
        ({"SESSIONS": {"secret_key": KEY, "session_cookie": "a;b"}}, "cookie name"),
        ({"SESSIONS": {"secret_key": 5}}, "a Secret or a list of them, not int"),
        ({"SESSIONS": {"secret_key": KEY.encode()}}, "a list of them, not bytes"),
        ({"SESSIONS": {"secret_key": [KEY, 5]}}, "a list of them, not int"),
        ({"SESSIONS": {}}, "needs a secret_key, which is missing or empty"),
        ({"SESSIONS": {"secret_key": ""}}, "missing or empty"),
        ({"SESSIONS": {"secret_key": " "}}, "missing or empty"),
        ({"SESSIONS": {"secret_key": []}}, "missing or empty"),
        ({"SESSIONS": {"secret_key": None}}, "missing or empty"),
        ({"SESSIONS": {"secret_key": [KEY, Secret("")]}}, "missing or empty"),
        ({"CSRF_TRUSTED_ORIGINS": ["example.com"]}, "CSRF_TRUSTED_ORIGINS holds"),
        ({"WEBSOCKET_ORIGINS": ["example.com"]}, "WEBSOCKET_ORIGINS holds"),
        ({"STATIC_CONFIG": {"maxage": 1}}, "STATIC_CONFIG has no option 'maxage'. Did"),
        ({"STATIC_CONFIG": {"max_age": -1}}, "expected int >= 0"),
        ({"STATIC_CONFIG": {"mimetypes": {".a": 1}}}, "expected str, got int"),
        ({"STATIC_CONFIG": {"add_headers_function": 1}}, "must be a function, not int"),
        ({"STATIC_CONFIG": {"immutable_file_test": "("}}, "is no pattern"),
        ({"STATIC_CONFIG": {"immutable_file_test": 1}}, "function or a pattern"),
        ({"STATIC_DIR": __file__}, "no directory"),
        ({"PROVIDER_MODULES": ["nowhere.at_all"]}, "there is no module 'nowhere'"),
    ],
)
def test_options_are_refused(settings, message):
    assert message in refused(**settings)


def test_messages_do_not_tell_secrets():
    assert KEY not in refused(SESSIONS={"secret_key": KEY, "max_age": "x"})


# Single features


def test_security_headers_are_merged_in():
    app = configured(SECURITY_HEADERS={"X-Frame-Options": "SAMEORIGIN", "a": "b"})

    assert (b"x-frame-options", b"SAMEORIGIN") in default_headers(app.settings)
    assert (b"a", b"b") in default_headers(app.settings)


def test_the_secret_may_be_in_the_environment(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", KEY)

    assert layers(configured(SESSIONS=True)) == ["CSRFProtection", "Sessions"]

    monkeypatch.delenv("SECRET_KEY")

    assert "set the environment variable SECRET_KEY" in refused(SESSIONS=True)


def test_a_short_secret_is_warned_about(caplog):
    caplog.set_level(logging.WARNING, "bocadillo")
    configured(SESSIONS={"secret_key": [KEY, "short-one"]})

    (message,) = caplog.messages
    assert message.startswith("The secret_key of SESSIONS is shorter than 32 bytes.")
    assert "short-one" not in message


def test_sessions_need_an_extra(monkeypatch):
    for name in ("itsdangerous", "bocadillo.sessions"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.delattr("bocadillo.sessions", raising=False)
    monkeypatch.setitem(sys.modules, "itsdangerous", None)

    with pytest.raises(MissingExtra, match=r"pip install bocadillo\[sessions\]"):
        configured(SESSIONS={"secret_key": KEY})


def test_provider_modules_are_imported(tmp_path, monkeypatch):
    (tmp_path / "planted_providers.py").write_text("LOADED = True")
    monkeypatch.syspath_prepend(tmp_path)
    configured(PROVIDER_MODULES=["planted_providers"])

    assert sys.modules.pop("planted_providers").LOADED


def test_what_a_provider_module_misses_is_its_own_error(tmp_path, monkeypatch):
    (tmp_path / "planted_broken.py").write_text("import nowhere_at_all")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ModuleNotFoundError, match="nowhere_at_all"):
        configured(PROVIDER_MODULES=["planted_broken"])


def test_a_providerconf_is_imported_if_there_is_one(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "providerconf", raising=False)
    (tmp_path / "providerconf.py").write_text("LOADED = True")
    monkeypatch.syspath_prepend(tmp_path)
    configured()

    assert sys.modules.pop("providerconf").LOADED


def test_a_providerconf_may_be_there_already(monkeypatch):
    # Made by hand, it has no spec, which `find_spec` would not bear.
    monkeypatch.setitem(sys.modules, "providerconf", ModuleType("providerconf"))

    configured()


@pytest.mark.parametrize("directory", ["nowhere", Path("nowhere"), None])
def test_a_missing_static_directory_is_silent(directory, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert configured(STATIC_DIR=directory)._declared == []


def test_static_files_come_first(tmp_path):
    app = App()

    @app.route("/{}")
    async def catch_all(req, res): ...

    configure(app, STATIC_DIR=tmp_path, STATIC_ROOT="/assets/")

    assert app._declared[0].text == "/assets"


@pytest.mark.parametrize(
    ("missing", "module", "expected"),
    [
        ("a", "a", True),
        ("a", "a.b", True),
        ("a.b", "a.b", True),
        ("a.b", "a", False),
        ("a", "ab", False),
        ("c", "a.b", False),
        (None, "a", False),
    ],
)
def test_a_missing_module_may_be_a_part(missing, module, expected):
    assert is_part_of(missing, module) is expected
