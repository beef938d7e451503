import inspect

import pytest

from bocadillo import App, configure
from bocadillo.checks import CHECKS, run_checks

SECRET = "n7Qm2Xv9Lw4Tz8Rb5Kd1Hc6Yp3Jg0FsA"
SAFE = {
    "ALLOWED_HOSTS": ["example.com"],
    "SESSIONS": {"secret_key": SECRET, "https_only": True},
    "STATIC_DIR": None,
}


def found(environ=None, routes=(), **settings):
    """The ids of what is wrong with an app that is otherwise safe."""
    app = App()
    for pattern in routes:

        async def view(req, res): ...

        app.route(pattern)(view)
    configure(app, SAFE | settings)
    return [it.id for it in run_checks(app, environ=environ or {})]


def sessions(**options):
    return {"SESSIONS": {"secret_key": SECRET, "https_only": True} | options}


def test_a_safe_app_has_no_findings():
    assert found() == []


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("S001", {"DEBUG": True}),
        ("S002", {"ALLOWED_HOSTS": ["*"]}),
        ("S003", sessions(secret_key="short")),
        ("S003", sessions(secret_key=[SECRET, "a" * 40])),
        ("S003", sessions(secret_key="change-me-" * 5)),
        ("S004", sessions(https_only=False)),
        ("S004", sessions(same_site="none")),
        ("S005", {"CORS": {"allow_origins": ["*"]}}),
        ("S005", {"CORS": {"allow_origin_regex": "^.*$"}}),
        ("S005", {"CORS": {"allow_origin_regex": r"https?://.+"}}),
        ("S006", {"HSTS": {"max_age": 60}}),
        ("S007", {"SECURITY_HEADERS": False}),
        ("S007", {"SECURITY_HEADERS": {"x-frame-options": None}}),
        ("S008", {"MAX_BODY_SIZE": None}),
        ("S011", {"SHUTDOWN_GRACE": 0}),
        ("S015", {"WEBSOCKET_ORIGINS": ["*"]}),
        ("S016", {"CSRF": False}),
        ("S017", {"GZIP": True}),
    ],
)
def test_a_setting_that_is_not_safe_is_found(name, settings):
    assert found(**settings) == [name]


@pytest.mark.parametrize(
    "settings",
    [
        {"SESSIONS": False, "CSRF": False, "GZIP": True, "WEBSOCKET_ORIGINS": ["*"]},
        {"CORS": True},
        {"CORS": {"allow_origins": ["https://example.com"]}},
        {"CORS": {"allow_origin_regex": r"https://.+\.example\.com"}},
        {"HSTS": True},
        {"HSTS": {"max_age": 60, "redirect": False}},
        {"SECURITY_HEADERS": {"x-frame-options": "SAMEORIGIN"}},
    ],
)
def test_a_setting_that_is_safe_is_not(settings):
    assert found(**settings) == []


def test_sessions_take_their_secret_from_the_environment(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "a" * 32)

    assert found({"SECRET_KEY": "a" * 32}, SESSIONS=True) == ["S003", "S004"]


def test_help_on_checks_shows_nothing_of_the_environment():
    assert inspect.signature(run_checks).parameters["environ"].default is None


def test_trusting_every_proxy_is_found():
    assert found({"FORWARDED_ALLOW_IPS": "*"}) == ["S009"]
    assert found({"FORWARDED_ALLOW_IPS": "127.0.0.1"}) == []


def test_what_is_no_static_file_is_found(tmp_path):
    static = tmp_path / "static"
    static.mkdir()
    (static / "style.css").touch()

    assert found(STATIC_DIR=static) == []

    (static / ".env").touch()

    assert found(STATIC_DIR=static) == ["S012"]
    assert found(STATIC_DIR=tmp_path / "absent") == []


def test_an_old_dependency_is_found(monkeypatch):
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.0.1")

    assert set(found()) == {"S014"}


def test_dependencies_that_are_not_installed_are_not_asked_for(monkeypatch):
    import importlib.metadata

    def absent(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", absent)

    assert found() == []


def test_a_hidden_route_is_found():
    assert found(routes=["/{name}", "/about"]) == ["S019"]


def test_a_hidden_class_is_found_once():
    class View:
        async def get(self, req, res): ...

        async def post(self, req, res): ...

    app = App()
    app.route("/{name}", methods=all)(View().get)
    app.route("/about")(View)

    assert [it.id for it in run_checks(configure(app, SAFE), environ={})] == ["S019"]


def test_debug_routes_are_found():
    assert found(routes=["/docs", "/documents"]) == ["S020"]


@pytest.mark.parametrize(
    ("host", "ids"),
    [
        *[(it, ["S021"]) for it in ("0.0.0.0", "::", "192.0.2.1", "example.com")],
        *[(it, []) for it in ("", "127.0.0.1", "::1", "localhost")],
    ],
)
def test_root_on_a_public_address_is_found(monkeypatch, host, ids):
    monkeypatch.setattr("os.geteuid", lambda: 0)

    assert found({"UVICORN_HOST": host}) == ids


def test_another_user_may_listen_in_public(monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    assert found({"UVICORN_HOST": "0.0.0.0"}) == []


def test_what_is_silenced_is_left_out():
    assert found(DEBUG=True, SILENCED_CHECKS=["S001"]) == []


def test_each_check_has_a_level():
    assert {level for level, _ in CHECKS.values()} == {"error", "warning"}
