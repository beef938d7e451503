import subprocess
import sys

import pytest

from bocadillo_providers.__main__ import load_store, main

SOURCE = """
from bocadillo_providers import Store

store = Store()
nothing = 5

@store.provider
def db(): ...

@store.provider
def forgotten(): ...

@store.consumer
def view(db): ...

class broken:
    store = Store()

broken.store.provider(lambda nothing: 1, name="repo")
"""


@pytest.fixture(autouse=True)
def module(tmp_path, monkeypatch):
    (tmp_path / "worker_of_test_main.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield "worker_of_test_main"
    sys.modules.pop("worker_of_test_main", None)


def test_check_lists_what_is_unused(module, capsys):
    assert main([f"{module}:store", "check"]) == 0
    assert capsys.readouterr().out == (
        "<Store: 2 providers, frozen>: no problems\nunused: forgotten\n"
    )


def test_check_tells_all_problems(module, capsys):
    assert main([f"{module}:broken.store", "check"]) == 1
    assert "1. missing: provider 'repo' (worker_of_test_main" in capsys.readouterr().err


def test_graph_draws(module, capsys):
    assert main([f"{module}:store", "graph", "--format", "mermaid"]) == 0
    assert capsys.readouterr().out.startswith("flowchart LR\n")


def test_explain_tells_about_a_name(module, capsys):
    assert main([f"{module}:store", "explain", "db"]) == 0
    assert "needed by: view()" in capsys.readouterr().out
    assert main([f"{module}:store", "explain", "dbb"]) == 1
    assert "did you mean 'db'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("worker_of_test_main", "write it as module:store"),
        ("no_such_module:store", "No module named 'no_such_module'"),
        ("worker_of_test_main:stoer", "has no attribute 'stoer'"),
        ("worker_of_test_main:nothing", "it is 5, not a Store"),
    ],
)
def test_what_cannot_be_loaded_is_a_usage_error(path, text, capsys):
    with pytest.raises(SystemExit) as caught:
        main([path, "check"])

    assert caught.value.code == 2
    assert text in capsys.readouterr().err


def test_a_store_is_loaded_by_its_path(module):
    assert load_store(f"{module}:store").has_provider("db")


def test_it_runs_as_a_module(module):
    done = subprocess.run(
        [sys.executable, "-m", "bocadillo_providers", f"{module}:store", "check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "no problems" in done.stdout
