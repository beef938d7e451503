"""What is public is what is documented, and nothing else."""

import importlib
import subprocess
import sys

import pytest

import bocadillo

DOCUMENTED = [
    "App",
    "ClientDisconnect",
    "ExpectedAsync",
    "HTTPError",
    "Middleware",
    "Redirect",
    "Request",
    "Response",
    "Router",
    "SettingsError",
    "Templates",
    "WebSocket",
    "WebSocketDisconnect",
    "Body",
    "Cookie",
    "File",
    "Form",
    "Header",
    "Lazy",
    "Query",
    "Store",
    "UploadFile",
    "configure",
    "discover_providers",
    "hooks",
    "provider",
    "server_event",
    "settings",
    "static",
    "useprovider",
    "__version__",
]

MODULES = [
    "applications",
    "checks",
    "config",
    "constants",
    "error_handlers",
    "errors",
    "hooks",
    "middleware",
    "plugins",
    "request",
    "response",
    "routing",
    "sse",
    "staticfiles",
    "templates",
    "websockets",
]


def test_all_is_what_is_documented():
    assert sorted(bocadillo.__all__) == sorted(DOCUMENTED)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_each_name_can_be_imported(name):
    assert getattr(bocadillo, name) is not None


@pytest.mark.parametrize("module", MODULES)
def test_each_public_module_says_what_is_public(module):
    public = importlib.import_module(f"bocadillo.{module}")

    assert public.__doc__
    assert all(hasattr(public, name) for name in public.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nope'"):
        bocadillo.nope  # noqa: B018


def test_what_testing_adds_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "bocadillo_testing", None)

    with pytest.raises(ImportError, match="pip install bocadillo-testing"):
        bocadillo.create_client  # noqa: B018 - asking for it raises


def test_a_failure_inside_of_testing_is_shown_as_it_is(monkeypatch, tmp_path):
    (tmp_path / "bocadillo_testing.py").write_text("import no_such_library")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "bocadillo_testing", raising=False)

    with pytest.raises(ModuleNotFoundError, match="No module named 'no_such_library'"):
        bocadillo.create_client  # noqa: B018 - asking for it raises


def test_what_testing_adds_is_what_it_has(monkeypatch, tmp_path):
    (tmp_path / "bocadillo_testing.py").write_text("create_client = 'it'")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "bocadillo_testing", raising=False)

    assert bocadillo.create_client == "it"


def test_modules_with_providers_are_imported(monkeypatch, tmp_path):
    (tmp_path / "providers_of_a_shop.py").write_text("imported = True")
    monkeypatch.syspath_prepend(tmp_path)

    bocadillo.discover_providers(bocadillo, "providers_of_a_shop")

    assert sys.modules.pop("providers_of_a_shop").imported


def test_a_module_with_providers_that_is_not_there_is_an_error():
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        bocadillo.discover_providers("no_such_module")
    with pytest.raises(TypeError, match=r"takes names of modules, not 5\.$"):
        bocadillo.discover_providers(5)


def test_names_that_are_imported_late_are_listed_as_well():
    done = subprocess.run(
        [sys.executable, "-c", "import bocadillo; print(*dir(bocadillo))"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert set(done.stdout.split()) >= set(DOCUMENTED) <= {*dir(bocadillo)}


@pytest.mark.parametrize(
    "module", ["checks", "sse", "staticfiles", "templates", "websockets"]
)
def test_a_module_that_is_imported_late_is_an_attribute_as_well(module):
    code = f"import bocadillo; print(bocadillo.{module}.__name__)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == f"bocadillo.{module}"
    assert bocadillo.__getattr__(module).__name__ == f"bocadillo.{module}"
