from pathlib import Path

import pytest
from starlette.datastructures import CommaSeparatedStrings

from bocadillo.defaults import SETTINGS, debug_from_environment
from bocadillo.errors import SettingsError

BOOL = ([True, False], ["yes", 1, None], "True or False")
SWITCH = (
    [True, False, {}, {"a": 1}],
    ["on", 1, None, ["a"]],
    "True, False or a dict of options",
)
TEXTS = (
    [[], ["a"], ("a", "b"), {"a"}, frozenset("a"), CommaSeparatedStrings("a, b")],
    ["a", b"a", None, [1], ["a", None], {"a": 1}, True],
    "a list of strings",
)
LIMIT = (
    [None, 0, 1, 10**12],
    [-1, 1.5, "1", True, float("inf")],
    "a whole number, 0 or more, or None for no limit",
)
SECONDS = (
    [0, 0.5, 30],
    [-1, "30", None, True, float("nan"), float("inf")],
    "a number of seconds, 0 or more",
)

TABLE = {
    "ALLOWED_HOSTS": TEXTS,
    "CORS": SWITCH,
    "CSRF": BOOL,
    "CSRF_TRUSTED_ORIGINS": TEXTS,
    "DEBUG": BOOL,
    "GZIP": BOOL,
    "GZIP_MIN_SIZE": (
        [0, 500],
        [-1, None, 1.5, "1", True],
        "a whole number of bytes, 0 or more",
    ),
    "HSTS": SWITCH,
    "MAX_BODY_SIZE": LIMIT,
    "MAX_FORM_FIELDS": LIMIT,
    "MAX_FORM_FILES": LIMIT,
    "MAX_UPLOAD_SIZE": LIMIT,
    "PLUGINS": (
        [[], [print], ["a:b"], ({print: True},)],
        ["a:b", print, {print: True}, None],
        "a list of functions, 'module:function' or dicts",
    ),
    "PROVIDER_MODULES": (TEXTS[0], TEXTS[1], "a list of module names"),
    "REDIRECT_TRAILING_SLASH": BOOL,
    "SECURITY_HEADERS": (
        SWITCH[0],
        SWITCH[1],
        "True, False or a dict of header names and values",
    ),
    "SESSIONS": SWITCH,
    "SHUTDOWN_GRACE": SECONDS,
    "SILENCED_CHECKS": (
        [[], ["S001", "S021"]],
        ["S001", [1], ["s001"], ["S1"], ["all"], None],
        "a list of check ids such as 'S001'",
    ),
    "SSE_KEEPALIVE": SECONDS,
    "STATIC_CONFIG": ([{}, {"max_age": 1}], [True, [], None], "a dict of WhiteNoise"),
    "STATIC_DIR": (
        [None, "static", Path("static")],
        ["", 1, True, ["static"], b"static"],
        "a path, or None for no static files",
    ),
    "STATIC_ROOT": (
        ["static", "/static", "static/", "/a/b-c/", "v1.0"],
        ["", "/", None, 1, "a b", "{x}", "a//b", "a?b", "é"],
        "a URL prefix such as 'static'",
    ),
    "WEBSOCKET_ORIGINS": TEXTS,
}


def test_each_setting_has_a_table_of_values():
    assert TABLE.keys() == SETTINGS.keys()


@pytest.mark.parametrize("name", SETTINGS)
def test_a_default_is_accepted(name):
    SETTINGS[name].check(name, SETTINGS[name].default)


@pytest.mark.parametrize(
    ("name", "value"), [(name, it) for name in TABLE for it in TABLE[name][0]]
)
def test_a_value_is_accepted(name, value):
    SETTINGS[name].check(name, value)


@pytest.mark.parametrize(
    ("name", "value"), [(name, it) for name in TABLE for it in TABLE[name][1]]
)
def test_a_value_is_refused_with_what_is_accepted(name, value):
    with pytest.raises(SettingsError) as caught:
        SETTINGS[name].check(name, value)

    assert f"Setting {name} must be {TABLE[name][2]}" in str(caught.value)
    assert f"not {type(value).__name__}" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "MAX_BODY_SIZE",
            -1,
            (
                "Setting MAX_BODY_SIZE must be a whole number, 0 or more, or None for "
                "no limit, not int -1."
            ),
        ),
        (
            "ALLOWED_HOSTS",
            ["example.com", 8000],
            "Setting ALLOWED_HOSTS must be a list of strings, not list with int.",
        ),
        (
            "SILENCED_CHECKS",
            ["debug"],
            (
                "Setting SILENCED_CHECKS must be a list of check ids such as 'S001', "
                "not list."
            ),
        ),
        ("GZIP", "yes", "Setting GZIP must be True or False, not str."),
    ],
)
def test_the_message_says_what_was_given(name, value, message):
    with pytest.raises(SettingsError) as caught:
        SETTINGS[name].check(name, value)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "debug"),
    [
        *((text, True) for text in ("1", "true", "True", "on", "YES", " true ")),
        *((text, False) for text in ("", "0", "false", "FALSE", "off", "no", " ")),
    ],
)
def test_the_environment_may_turn_debug_on(monkeypatch, text, debug):
    monkeypatch.setenv("BOCADILLO_DEBUG", text)

    assert debug_from_environment() is debug


def test_debug_is_off_unless_the_environment_says_so(monkeypatch):
    monkeypatch.delenv("BOCADILLO_DEBUG", raising=False)

    assert debug_from_environment() is False


def test_a_word_that_is_neither_true_nor_false_is_refused(monkeypatch):
    monkeypatch.setenv("BOCADILLO_DEBUG", "maybe")

    with pytest.raises(SettingsError, match="BOCADILLO_DEBUG must be true or false"):
        debug_from_environment()
