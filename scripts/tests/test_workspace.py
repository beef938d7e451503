"""What must agree between the distributions of the tree, and what each must have."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
import release
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PACKAGES = release.read_workspace(ROOT)
CODE = [name for name in PACKAGES if name != "bocadillo"]

# What changelogs link to, and which section of it.
CHANGED = re.compile(
    r"\(https://bocadilloproject\.github\.io/guide/changed-since-0\.18/([^)]*)\)"
)

# Older versions are known to be vulnerable, or to behave otherwise than we rely on.
FLOORS = {
    "h11": "0.16",
    "itsdangerous": "2.2",
    "jinja2": "3.1.6",
    "msgspec": "0.22",
    "python-multipart": "0.0.31",
    "starlette": "1.10",
    "uvicorn": "0.54",  # with httptools ≥ 0.8 and websockets ≥ 13 by its `standard`
    "whitenoise": "6.12",
}


def project(name: str) -> dict:
    return tomllib.loads(PACKAGES[name].pyproject)["project"]


def requirements(name: str) -> list[Requirement]:
    return [Requirement(text) for text in project(name)["dependencies"]]


def extras(name: str) -> dict[str, list[Requirement]]:
    declared = project(name).get("optional-dependencies", {})
    return {extra: list(map(Requirement, texts)) for extra, texts in declared.items()}


def requirements_and_extras(name: str) -> list[Requirement]:
    return [*requirements(name), *chain.from_iterable(extras(name).values())]


def names(required: list[Requirement]) -> list[str]:
    return [requirement.name for requirement in required]


def test_there_are_five_distributions():
    assert list(PACKAGES) == [
        "bocadillo",
        "bocadillo-cli",
        "bocadillo-core",
        "bocadillo-providers",
        "bocadillo-testing",
    ]


def test_the_root_is_no_project():
    assert "project" not in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", PACKAGES)
def test_a_distribution_is_named_after_its_directory(name):
    assert project(name)["name"] == name


@pytest.mark.parametrize("name", PACKAGES)
def test_siblings_are_required_as_they_stand_in_the_tree(name):
    for required in PACKAGES[name].siblings:
        version = PACKAGES[required.name].version
        floor = min(Version(clause.version) for clause in required.specifier)

        assert required.specifier.contains(version, prereleases=True), required
        assert required.specifier == release.series_of(floor), required


@pytest.mark.parametrize(
    ("name", "siblings"),
    [
        ("bocadillo-providers", set()),
        ("bocadillo-core", {"bocadillo-providers"}),
        ("bocadillo-testing", {"bocadillo-core"}),
        ("bocadillo-cli", {"bocadillo-core"}),
        ("bocadillo", set(CODE)),
    ],
)
def test_dependencies_between_siblings_only_go_down(name, siblings):
    assert {required.name for required in PACKAGES[name].siblings} == siblings


def test_the_providers_need_the_standard_library_only():
    assert project("bocadillo-providers")["dependencies"] == []
    assert extras("bocadillo-providers") == {}


def test_pytest_is_not_pulled_into_production():
    assert "pytest" not in names(requirements("bocadillo-testing"))
    assert names(extras("bocadillo-testing")["pytest"]) == ["pytest"]


def test_the_meta_package_passes_the_extras_of_the_core_on():
    passed_on = extras("bocadillo")

    assert list(passed_on) == list(extras("bocadillo-core"))
    for extra, (requirement,) in passed_on.items():
        assert (requirement.name, requirement.extras) == ("bocadillo-core", {extra})


def test_the_full_extra_has_every_other():
    core = extras("bocadillo-core")
    (full,) = core.pop("full")

    assert (full.name, full.extras) == ("bocadillo-core", set(core))


@pytest.mark.parametrize("name", PACKAGES)
def test_dependencies_are_above_their_security_floors(name):
    for requirement in requirements_and_extras(name):
        if requirement.name in FLOORS:
            (lowest,) = (
                Version(clause.version)
                for clause in requirement.specifier
                if clause.operator == ">="
            )
            assert lowest >= Version(FLOORS[requirement.name]), requirement


def test_every_floor_is_declared_by_the_core():
    assert set(FLOORS) <= set(names(requirements_and_extras("bocadillo-core")))


@pytest.mark.parametrize("name", PACKAGES)
def test_a_distribution_states_license_python_and_links(name):
    declared = project(name)

    assert declared["license"] == "MIT"
    assert declared["license-files"] == ["LICENSE"]
    assert declared["requires-python"] == ">=3.11"
    assert {"Documentation", "Source", "Changelog"} <= set(declared["urls"])


@pytest.mark.parametrize("name", PACKAGES)
def test_the_licenses_are_equal_copies(name):
    assert (PACKAGES[name].path / "LICENSE").read_bytes() == (
        ROOT / "LICENSE"
    ).read_bytes()


@pytest.mark.parametrize("name", PACKAGES)
def test_a_distribution_has_a_readme_and_a_changelog(name):
    path = PACKAGES[name].path

    assert (path / "README.md").read_text("utf-8").startswith("# ")
    assert "\n<!-- releases -->\n" in (path / "CHANGELOG.md").read_text("utf-8")


@pytest.mark.parametrize("name", PACKAGES)
def test_a_changelog_opens_with_what_is_new_since_the_old_framework(name):
    changelog = (PACKAGES[name].path / "CHANGELOG.md").read_text("utf-8")
    opening, _, _ = changelog.partition("<!-- releases -->")
    (section,) = CHANGED.findall(opening)

    page = (ROOT / "docs/guide/changed-since-0.18.md").read_text("utf-8")
    anchors = re.findall(r"(?m)^## (.+)$", page)
    assert section in ["", *(f"#{it.lower().replace(' ', '-')}" for it in anchors)]


@pytest.mark.parametrize("name", PACKAGES)
def test_news_fragments_are_named_by_a_slug_and_a_kind(name):
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    kinds = {kind["directory"] for kind in config["tool"]["towncrier"]["type"]}
    for path in (PACKAGES[name].path / "changelog.d").glob("[!.]*"):
        slug, kind, suffix = path.name.split(".")

        assert slug
        assert kind in kinds, path
        assert suffix == "md", path
        assert path.read_text("utf-8").strip(), path


@pytest.mark.parametrize("name", CODE)
def test_a_package_is_marked_as_typed(name):
    assert len(list(PACKAGES[name].path.glob("src/*/py.typed"))) == 1
