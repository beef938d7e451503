import json

import pytest

from bocadillo.config import SETTINGS

CONF = """\
from pathlib import Path

ALLOWED_HOSTS = ["example.com"]
DATABASE = "postgresql://ada:secret@db/shop"
TAGS = {"a"}
PLACE = Path("here")
"""
APP = """\
import conf
from bocadillo import App, Store, configure

app = configure(App(providers=Store()), conf, gzip=True, API_TOKEN="do not tell")
"""


@pytest.fixture
def app(write):
    write("conf.py", CONF)
    write("app.py", APP)


def test_each_setting_and_where_it_is_from(run, app, monkeypatch):
    monkeypatch.setenv("BOCADILLO_DEBUG", "1")

    result = run("settings")

    assert result.exit_code == 0
    assert result.stderr == ""
    header, *lines = result.stdout.splitlines()
    assert header.split() == ["SETTING", "VALUE", "FROM"]
    assert [line.split()[0] for line in lines] == sorted(
        {*SETTINGS, "API_TOKEN", "DATABASE", "PLACE", "TAGS"}
    )
    assert [line for line in lines if not line.endswith("  default")] == [
        "ALLOWED_HOSTS            ['example.com']                  conf",
        "API_TOKEN                '********'                       configure()",
        "DATABASE                 'postgresql://********@db/shop'  conf",
        "DEBUG                    True                             $BOCADILLO_DEBUG",
        "GZIP                     True                             configure()",
        "PLACE                    PosixPath('here')                conf",
        "TAGS                     {'a'}                            conf",
    ]
    assert max(map(len, lines)) <= 80


def test_settings_as_data(run, app):
    result = run("settings", "--json")

    found = json.loads(result.stdout)
    assert list(found) == sorted(found)
    assert found["ALLOWED_HOSTS"] == {"value": ["example.com"], "origin": "conf"}
    assert found["API_TOKEN"] == {"value": "********", "origin": "configure()"}
    assert found["GZIP_MIN_SIZE"] == {"value": 1024, "origin": "default"}
    assert found["TAGS"]["value"] == ["a"]
    assert found["PLACE"]["value"] == "here"
    assert "secret" not in result.stdout


def test_a_setting_that_is_refused_is_a_failure_with_its_place(run, write):
    write("app.py", """
        from bocadillo import App, configure

        app = configure(App(), gzip="yes")
        """)  # fmt: skip

    result = run("settings")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        "Error: Setting GZIP must be True or False, not str.\n  at app.py:3\n"
    )
