"""The release script, on a small workspace with a real git and a real towncrier."""

import os
import shutil
import subprocess
import tomllib
from itertools import chain
from pathlib import Path

import pytest
import release
from packaging.version import Version

ROOT = Path(__file__).parents[2]

PYPROJECT = """\
[project]
name = "{name}"
dependencies = [{dependencies}]

[project.optional-dependencies]
{extras}
"""


def run_git(root: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def add_package(
    root: Path, name: str, dependencies: str = "", extras: str = ""
) -> None:
    path = root / "packages" / name
    source = path / "src" / name.replace("-", "_")
    source.mkdir(parents=True)
    (source / "__about__.py").write_text('"""About."""\n\n__version__ = "0.19.0"\n')
    (path / "pyproject.toml").write_text(
        PYPROJECT.format(name=name, dependencies=dependencies, extras=extras)
    )
    shutil.copy(ROOT / "packages" / name / "CHANGELOG.md", path)
    (path / "changelog.d").mkdir()
    (path / "changelog.d" / ".gitkeep").touch()


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Somebody")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "somebody@example.com")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "changelog.md.jinja", tmp_path / "scripts")
    core = "bocadillo-core>=0.19.0,<0.20"
    add_package(tmp_path, "bocadillo-core", '"msgspec>=0.22"')
    add_package(tmp_path, "bocadillo-cli", f'"{core}"')
    add_package(
        tmp_path,
        "bocadillo",
        f'"{core}", "bocadillo-cli>=0.19.0,<0.20"',
        'files = ["bocadillo-core[files]>=0.19.0,<0.20"]',
    )
    fragment = tmp_path / "packages/bocadillo-core/changelog.d/routes.added.md"
    fragment.write_text("Routes can be printed.\n")
    run_git(tmp_path, "init", "--quiet")
    run_git(tmp_path, "add", ".")
    run_git(tmp_path, "commit", "--quiet", "--message", "Start")
    return tmp_path


def constraints(root: Path, name: str) -> list[str]:
    pyproject = tomllib.loads((root / "packages" / name / "pyproject.toml").read_text())
    project = pyproject["project"]
    extras = project["optional-dependencies"].values()
    return [*project["dependencies"], *chain.from_iterable(extras)]


def version(root: Path, name: str) -> str:
    return str(release.read_workspace(root)[name].version)


def test_a_version_inside_the_series_moves_no_constraint(root):
    assert release.main(["core=0.19.1"], root) == 0

    assert version(root, "bocadillo-core") == "0.19.1"
    assert version(root, "bocadillo-cli") == "0.19.0"
    assert constraints(root, "bocadillo-cli") == ["bocadillo-core>=0.19.0,<0.20"]


def test_a_version_outside_the_series_moves_the_constraints_on_it(root):
    assert release.main(["core=0.20.0", "cli=0.19.1", "bocadillo=0.20.0"], root) == 0

    assert constraints(root, "bocadillo-cli") == ["bocadillo-core>=0.20.0,<0.21"]
    assert constraints(root, "bocadillo") == [
        "bocadillo-core>=0.20.0,<0.21",
        "bocadillo-cli>=0.19.0,<0.20",
        "bocadillo-core[files]>=0.20.0,<0.21",
    ]


def test_a_sibling_left_behind_is_named_and_nothing_is_written(root, capsys):
    assert release.main(["core=0.20.0"], root) == 1

    assert capsys.readouterr().err == (
        "bocadillo does not accept bocadillo-core 0.20.0: "
        "release it too (bocadillo=…, now 0.19.0).\n"
        "bocadillo-cli does not accept bocadillo-core 0.20.0: "
        "release it too (cli=…, now 0.19.0).\n"
    )
    assert run_git(root, "status", "--porcelain") == ""
    assert run_git(root, "tag") == ""


def test_a_pre_release_is_outside_the_series_before_it(root):
    assert release.main(["core=0.20.0rc1"], root) == 1


def test_a_stable_version_is_compatible_with_its_major_series():
    moved = release.move_constraints(
        '["bocadillo-core>=0.19.0,<0.20"]', {"bocadillo-core": Version("1.2.0")}
    )

    assert moved == '["bocadillo-core>=1.2.0,<2"]'


def test_fragments_become_a_changelog(root):
    release.main(["core=0.19.0"], root)

    changelog = (root / "packages/bocadillo-core/CHANGELOG.md").read_text()
    assert "## 0.19.0 (" in changelog
    assert "### Added\n\n- Routes can be printed.\n" in changelog
    fragments = (root / "packages/bocadillo-core/changelog.d").iterdir()
    assert [path.name for path in fragments] == [".gitkeep"]


def test_a_release_stands_below_the_opening_and_above_older_ones(root):
    changelog = root / "packages/bocadillo-core/CHANGELOG.md"
    opening = changelog.read_text("utf-8").rstrip()

    release.main(["core=0.19.0"], root)
    release.main(["core=0.19.1"], root)

    text = changelog.read_text("utf-8")
    assert text.startswith(f"{opening}\n\n## 0.19.1 (")
    assert "\n\n## 0.19.0 (" in text


def test_a_release_without_fragments_says_so_in_the_changelog(root):
    release.main(["cli=0.19.0"], root)

    changelog = (root / "packages/bocadillo-cli/CHANGELOG.md").read_text()
    assert changelog.endswith("\n\nNo changes of its own.\n")


def test_the_release_is_one_commit_with_a_tag_per_distribution(root):
    release.main(["core=0.20.0", "cli=0.20.0", "bocadillo=0.20.0"], root)

    assert run_git(root, "status", "--porcelain") == ""
    assert run_git(root, "rev-list", "--count", "HEAD") == "2"
    assert run_git(root, "log", "-1", "--format=%s") == (
        "Release bocadillo-core 0.20.0, bocadillo-cli 0.20.0, bocadillo 0.20.0"
    )
    assert run_git(root, "tag", "--points-at", "HEAD").split() == [
        "bocadillo-cli-v0.20.0",
        "bocadillo-core-v0.20.0",
        "bocadillo-v0.20.0",
    ]


def test_a_version_in_the_tree_is_released_once(root, capsys):
    assert release.main(["core=0.19.0"], root) == 0
    assert release.main(["core=0.19.0"], root) == 1

    assert capsys.readouterr().err == "bocadillo-core 0.19.0 is released already.\n"


def test_versions_do_not_go_back(root, capsys):
    assert release.main(["core=0.18.3"], root) == 1

    assert "bocadillo-core is at 0.19.0 already" in capsys.readouterr().err


def test_a_dry_run_only_shows_the_plan(root, capsys):
    assert release.main(["--dry-run", "core=0.19.1"], root) == 0

    plan = "0.19.0 → bocadillo-core 0.19.1, tag bocadillo-core-v0.19.1\n"
    assert capsys.readouterr().out == plan
    assert version(root, "bocadillo-core") == "0.19.0"


def test_uncommitted_changes_stop_the_release(root, capsys):
    (root / "forgotten.txt").touch()

    assert release.main(["core=0.19.1"], root) == 1
    assert "?? forgotten.txt" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["croe=1.0"], "'croe=1.0' should be NAME=VERSION, with a name of: bocadillo,"),
        (["core"], "'core' should be NAME=VERSION"),
        (["core=one"], "'core=one' has no valid version"),
        (["core=1.0", "bocadillo-core=1.1"], "bocadillo-core is given two versions"),
    ],
)
def test_a_mistyped_argument_is_explained(root, capsys, arguments, message):
    assert release.main(arguments, root) == 1

    assert message in capsys.readouterr().err


def test_a_package_without_a_version_is_an_error(root, capsys):
    (about_path,) = root.glob("packages/bocadillo-cli/src/*/__about__.py")
    about_path.write_text("")

    assert release.main(["core=0.20.0"], root) == 1
    assert "No `__version__ = …` line in " in capsys.readouterr().err


def test_every_distribution_of_this_workspace_can_be_released():
    packages = release.read_workspace(ROOT)
    versions = {name: Version("9.0.0") for name in packages}

    releases = release.plan_release(packages, versions, tags=[])

    assert len(releases) == 5
    for planned in releases:
        assert '__version__ = "9.0.0"' in planned.about
        assert "<0.20" not in planned.pyproject
        assert tomllib.loads(planned.pyproject)


def test_the_output_of_a_failing_command_is_shown(root, capsys):
    shutil.rmtree(root / ".git")

    assert release.main(["core=0.19.1"], root) == 1
    assert "`git tag` failed:\n" in capsys.readouterr().err
