import sys

import pytest

from bocadillo_testing.loading import load_app

APP = "async def app(scope, receive, send): ..."


def test_a_module_is_looked_for_in_the_directory(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "bocadillo_example_app.py").write_text(APP)
    assert load_app("bocadillo_example_app:app", tmp_path).__name__ == "app"
    assert sys.path[-1] == str(tmp_path)
    del sys.modules["bocadillo_example_app"]


def test_the_path_of_python_comes_first(tmp_path):
    (tmp_path / "json.py").write_text(APP)
    with pytest.raises(pytest.UsageError, match="module 'json' has no 'app'"):
        load_app("json:app", tmp_path)
    assert str(tmp_path) not in sys.path


@pytest.mark.parametrize("name", ["shop", ":app", "shop:", ":"])
def test_what_is_no_name_of_an_app_is_refused(tmp_path, name):
    with pytest.raises(pytest.UsageError, match="is no app: write bocadillo_app = "):
        load_app(name, tmp_path)


def test_a_module_that_is_not_found_is_told_with_the_directory(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(pytest.UsageError, match="no module 'bocadillo_nothing'") as c:
        load_app("bocadillo_nothing.asgi:app", tmp_path)
    assert str(tmp_path) in str(c.value)


def test_a_module_that_a_module_does_not_find_is_its_own_trouble(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "bocadillo_example_bad.py").write_text("import bocadillo_nothing\n")
    with pytest.raises(ModuleNotFoundError, match="bocadillo_nothing"):
        load_app("bocadillo_example_bad:app", tmp_path)


@pytest.mark.parametrize(
    ("attribute", "what"),
    [
        ("create_app", r"<function create_app .* If it makes an app, call it"),
        ("App", r"<class .*App'>, which does not take \(scope, receive, send\)"),
        ("LOG", r"\[\]"),
    ],
)
def test_what_cannot_be_an_app_is_told_before_any_test(
    tmp_path, monkeypatch, attribute, what
):
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "bocadillo_example_no_app", raising=False)
    (tmp_path / "bocadillo_example_no_app.py").write_text(
        "from bocadillo import App\nLOG = []\ndef create_app(): return App()\n"
    )
    with pytest.raises(pytest.UsageError, match=f"is no app but {what}"):
        load_app(f"bocadillo_example_no_app:{attribute}", tmp_path)
