"""The tutorial, as a reader follows it: copy each page's files, type its commands.

A block with a title is a file, which the page includes from `examples`; a line after a
`$` is a command, and what follows it is what it prints.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from difflib import SequenceMatcher
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from bocadillo import App, create_client

ROOT = Path(__file__).parents[1]
FINAL = ROOT / "examples" / "notes"

FILE = re.compile(
    r'^ *```\w+ title="(?P<name>[^"]+)".*\n *--8<-- "(?P<source>[^"]+)"', re.MULTILINE
)
MARKS = re.compile(r' hl_lines="[^"]*"')
CONSOLE = re.compile(r"^```console\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def pages() -> list[Path]:
    """The pages in the order of the navigation."""
    navigation = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]
    (tutorial,) = (each["Tutorial"] for each in navigation if "Tutorial" in each)
    return [
        ROOT / "docs" / (each if isinstance(each, str) else next(iter(each.values())))
        for each in tutorial
    ]


def copy_files(page: Path, project: Path) -> None:
    for file in FILE.finditer(page.read_text("utf-8")):
        target = project / file["name"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file["source"], target)


def commands_of(page: Path) -> list[tuple[str, str]]:
    """Each command, and what the page says that it prints."""
    blocks = CONSOLE.finditer(page.read_text("utf-8"))
    parts = "".join(block["text"] for block in blocks).split("$ ")[1:]
    return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts]


def curl(client, arguments: list[str]) -> str:
    """What curl would print."""
    method, url, body = "GET", "", None
    words = iter(arguments)
    for word in words:
        match word:
            case "-s":
                pass
            case "-X":
                method = next(words)
            case "--json":
                method, body = "POST", next(words)
            case _:
                url = word
    headers = {"content-type": "application/json"} if body else {}
    path = url.removeprefix("http://127.0.0.1:8000")
    return client.request(method, path, content=body, headers=headers).text


def answer(client, command: str) -> str:
    words = shlex.split(command)
    if "|" not in words:
        return curl(client, words[1:])
    pipe = words.index("|")
    _, wanted = words[pipe + 1 :]
    lines = curl(client, words[1:pipe]).splitlines(keepends=True)
    return "".join(line for line in lines if wanted in line)


def run(command: str, project: Path) -> str:
    environment = dict(os.environ, NO_COLOR="1")
    words = shlex.split(command)
    while "=" in words[0]:
        name, _, environment[name] = words.pop(0).partition("=")
    words[0:1] = [sys.executable, "-m", "bocadillo_cli"]
    done = subprocess.run(
        words, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def load_app() -> App:
    """The app as it is now; earlier states of its modules are forgotten."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "notes"]:
        del sys.modules[name]
    return import_module("notes.asgi").app


@pytest.fixture
def own_modules(monkeypatch):
    """Leave the example that other tests have imported in its place."""
    kept = {name: sys.modules[name] for name in sys.modules if name.startswith("notes")}
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield
    for name in [name for name in sys.modules if name.startswith("notes")]:
        del sys.modules[name]
    sys.modules.update(kept)


@pytest.mark.usefixtures("as_a_page", "own_modules")
@pytest.mark.parametrize("number", range(2, 9), ids=lambda n: pages()[n - 1].stem)
def test_a_page_prints_what_it_says(project, number):
    for page in pages()[:number]:
        copy_files(page, project)
    page = pages()[number - 1]
    commands = commands_of(page)

    with create_client(load_app(), raise_server_exceptions=False) as client:
        for command, output in commands:
            printed = answer(client, command).replace("\r\n", "\n")

            assert TIME.sub("", printed).strip("\n") == TIME.sub("", output).strip("\n")

    assert commands or page.stem in ("live-updates", "websockets")


@pytest.mark.usefixtures("as_a_page", "own_modules")
def test_the_mistake_on_the_page_of_the_database_is_told_as_it_says(project):
    for page in pages()[:6]:
        copy_files(page, project)
    views = project / "notes" / "app.py"
    head, listing, rest = views.read_text("utf-8").partition("async def get(")
    mistaken = rest.replace("notes: Notes", "ntoes: Notes", 1)
    views.write_text(head + listing + mistaken, "utf-8")

    with pytest.raises(TypeError) as caught, create_client(load_app()):
        pass

    message = str(caught.value).replace(f"{project}{os.sep}", "")
    assert message in pages()[5].read_text("utf-8").replace("\n", " ")


def test_the_tutorial_arrives_at_the_example(project):
    for page in pages():
        copy_files(page, project)

    ours = {path.relative_to(project) for path in project.rglob("*.*")}
    ignored = shutil.ignore_patterns("__pycache__", "*.sqlite3*", "README.md")
    shutil.copytree(FINAL, project / "final", ignore=ignored)
    final = project / "final"
    theirs = {path.relative_to(final) for path in final.rglob("*.*")}
    assert ours == theirs
    for name in ours:
        assert (project / name).read_bytes() == (FINAL / name).read_bytes(), name


def test_its_suite_passes_and_its_checks_say_what_the_page_says(project):
    for page in pages():
        copy_files(page, project)

    for command, output in commands_of(pages()[-1]):
        assert run(command, project) == output
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    suite = subprocess.run(
        command, cwd=project, capture_output=True, text=True, check=False
    )
    passed = re.search(r"\d+ passed", suite.stdout)
    assert suite.returncode == 0, suite.stdout
    assert passed[0] in (ROOT / "docs/tutorial/tests.md").read_text("utf-8")


def changed(old: str, new: str) -> str:
    """The lines of `new` that are not in `old`, as `hl_lines` has them."""
    before, after = (
        (ROOT / name).read_text("utf-8").splitlines() for name in (old, new)
    )
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    ranges = []
    for kind, _, _, start, end in steps:
        numbers = [number for number in range(start, end) if after[number].strip()]
        if kind in ("insert", "replace") and numbers:
            first, last = numbers[0] + 1, numbers[-1] + 1
            ranges.append(f"{first}-{last}" if last > first else f"{first}")
    return " ".join(ranges)


def marked(pages: list[Path]) -> dict[Path, str]:
    """The pages, with the lines marked that have changed since an earlier page."""
    known: dict[str, str] = {}
    texts = {}
    for page in pages:
        text = page.read_text("utf-8")
        for file in list(FILE.finditer(text)):
            old = known.get(file["name"])
            lines = changed(old, file["source"]) if old else ""
            opening, _, rest = MARKS.sub("", file[0]).partition("\n")
            marks = f' hl_lines="{lines}"' if lines else ""
            text = text.replace(file[0], f"{opening}{marks}\n{rest}")
            known[file["name"]] = file["source"]
        texts[page] = text
    return texts


def test_marked_lines_are_those_that_changed():
    """If they are not: `python docs/test_tutorial.py` marks them anew."""
    for page, text in marked(pages()).items():
        assert page.read_text("utf-8") == text, page.stem


if __name__ == "__main__":
    for page, text in marked(pages()).items():
        page.write_text(text, "utf-8")
