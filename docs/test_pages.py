"""What the strict build does not notice: images, the navigation, code in READMEs."""

import re
from itertools import chain
from pathlib import Path

import pytest
import yaml
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

from bocadillo import create_client

DOCS = Path(__file__).parent
ROOT = DOCS.parent
PAGES = sorted(DOCS.rglob("*.md"))
READMES = [ROOT / "README.md", *sorted(ROOT.glob("packages/*/README.md"))]

SETTINGS = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
STYLE_SHEETS = SETTINGS["extra_css"]

IMAGE = re.compile(r'!\[[^\]]*\]\((?P<inline>[^)\s]+)|<img[^>]*\ssrc="(?P<html>[^"]+)"')
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)#\s]+)")
CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose_of(path: Path) -> str:
    return CODE.sub("", path.read_text("utf-8"))


def pages_in(navigation) -> set[str]:
    match navigation:
        case str():
            return {navigation}
        case dict():
            return set(chain.from_iterable(map(pages_in, navigation.values())))
        case _:
            return set(chain.from_iterable(map(pages_in, navigation)))


def test_the_navigation_has_every_page_and_no_other():
    names = {page.relative_to(DOCS).as_posix() for page in PAGES}

    assert pages_in(SETTINGS["nav"]) == names


@pytest.mark.parametrize("page", PAGES + READMES, ids=name_of)
def test_images_exist(page):
    for found in IMAGE.finditer(prose_of(page)):
        source = found["inline"] or found["html"]

        assert not source.startswith(("http:", "https:", "//")), source
        assert (page.parent / source).is_file(), source


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_pictures_are_files(page):
    """What draws diagrams in the browser would come from another server."""
    assert "```mermaid" not in page.read_text("utf-8")


def test_pages_load_nothing_from_outside():
    """Fonts, and the stars that the theme shows where it knows the repository."""
    assert SETTINGS["theme"]["font"] is False
    assert not {"repo_url", "extra_javascript"} & SETTINGS.keys()


@pytest.mark.parametrize("name", STYLE_SHEETS)
def test_style_sheets_are_ours_and_load_nothing(name):
    text = (DOCS / name).read_text("utf-8")

    assert "url(" not in text
    assert "@import" not in text


@pytest.mark.parametrize("page", [*READMES[:1], ROOT / "CONTRIBUTING.md"], ids=name_of)
def test_relative_links_lead_somewhere(page):
    for found in LINK.finditer(prose_of(page)):
        if not found["target"].startswith("https:"):
            assert (page.parent / found["target"]).exists(), found["target"]


@pytest.mark.usefixtures("as_a_page")
@pytest.mark.parametrize("page", READMES, ids=name_of)
def test_the_code_of_a_readme_runs(page):
    sybil = Sybil(parsers=[PythonCodeBlockParser(), SkipParser()], path=str(ROOT))
    for example in sybil.parse(page):
        example.evaluate()


@pytest.mark.usefixtures("as_a_page")
def test_the_application_of_the_readme_answers_as_the_readme_says():
    readme = ROOT / "README.md"
    (application,) = Sybil(parsers=[PythonCodeBlockParser()]).parse(readme)
    application.evaluate()

    with create_client(application.namespace["app"]) as client:
        answer = client.get("/menu/tortilla?portions=2").text
        mistake = client.get("/menu/tortilla?portions=two")

    assert f"`{answer}`" in readme.read_text("utf-8")
    assert mistake.status_code == 400
    assert mistake.json()["detail"] == {"portions": "Must be a number."}
