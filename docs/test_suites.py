"""Pages about testing show a suite, file by file: run it as pytest runs one."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ["docs/guide/testing.md", "packages/bocadillo-testing/README.md"]

FILE = re.compile(
    r"^```\w+\n# (?P<name>\S+\.\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


def files_of(page: str) -> dict[str, str]:
    """The blocks that begin with the name of a file, those of one file together."""
    files: dict[str, str] = {}
    for block in FILE.finditer((ROOT / page).read_text("utf-8")):
        files[block["name"]] = files.get(block["name"], "") + block["text"]
    return files


@pytest.mark.parametrize("page", PAGES)
def test_the_suite_of_a_page_passes(page, pytester):
    pytest.importorskip("bocadillo_testing")
    files = files_of(page)
    for name, text in files.items():
        (pytester.path / name).write_text(text, "utf-8")
    tests = re.findall(r"(?m)^(?:async )?def test_", "\n".join(files.values()))

    # pytest-asyncio, where it is installed, wants settings of its own.
    result = pytester.runpytest_subprocess("-W", "error", "-p", "no:asyncio")

    # A test with parameters is more than one.
    assert result.parseoutcomes().keys() == {"passed"}
    assert result.parseoutcomes()["passed"] >= len(tests)


def test_the_program_of_the_guide_runs(pytester):
    for name, text in files_of(PAGES[0]).items():
        (pytester.path / name).write_text(text, "utf-8")

    assert pytester.runpython("check.py").ret == 0
