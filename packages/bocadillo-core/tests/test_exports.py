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
        bocadillo.create_client  # noqa: B018


def test_names_that_are_imported_late_are_listed_as_well():
    done = subprocess.run(
        [sys.executable, "-c", "import bocadillo; print(*dir(bocadillo))"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert set(done.stdout.split()) >= set(DOCUMENTED) <= {*dir(bocadillo)}


@pytest.mark.parametrize("module", ["sse", "staticfiles", "templates", "websockets"])
def test_a_module_that_is_imported_late_is_an_attribute_as_well(module):
    code = f"import bocadillo; print(bocadillo.{module}.__name__)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == f"bocadillo.{module}"
    assert bocadillo.__getattr__(module).__name__ == f"bocadillo.{module}"
