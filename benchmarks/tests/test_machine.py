import platform

import pytest
from benchmarks.frameworks import FRAMEWORKS
from benchmarks.machine import describe, versions, without_directories


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "0.1 /a/deep/bocadillo/dispatch.py:1(serve)",
            "0.1 bocadillo/dispatch.py:1(serve)",
        ),
        ("cannot import 'x' (/a/b/c/d.py)", "cannot import 'x' (c/d.py)"),
        ("1 / 2 requests/s", "1 / 2 requests/s"),
        ('File "/a/b/c.py", line 3', 'File "b/c.py", line 3'),
    ],
)
def test_paths_lose_their_directories(text, shown):
    assert without_directories(text) == shown


def test_the_machine_is_described_without_names_or_paths():
    described = describe()

    assert set(described) == {
        "processor",
        "cores",
        "memory",
        "system",
        "kernel",
        "python",
    }
    assert platform.node() not in " ".join(described.values())
    assert not any(value.startswith("/") for value in described.values())


def test_what_is_not_installed_has_no_version():
    assert versions([]).keys() <= {
        "uvicorn",
        "uvloop",
        "httptools",
        "websockets",
        "msgspec",
        "pydantic",
    }
    distributions = [framework.distribution for framework in FRAMEWORKS]
    assert set(versions(distributions)) <= {*distributions, *versions([])}
