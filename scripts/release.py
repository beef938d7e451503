"""Prepare a release of some of the distributions: commit and tags, nothing pushed.

    hatch run release:prepare core=0.20.0 testing=0.20.0 cli=0.20.0 bocadillo=0.20.0

Writes the versions; moves a sibling's constraint where the new version falls outside
it, and then insists that the sibling is released too; turns news fragments into
changelogs; commits; tags `bocadillo-core-v0.20.0`. All is checked before anything is
written. `--dry-run` shows the plan.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).parent.parent

# A quoted requirement on one of ours, as pyproject.toml writes it.
SIBLING = re.compile(
    r'"(?P<name>bocadillo(?:-[a-z]+)?)(?P<extras>\[[a-z,]+\])?(?P<specifier>[<>=!~][^"]*)"'
)
ABOUT_VERSION = re.compile(r'(?m)^__version__ = "(?P<version>[^"]+)"$')


class ReleaseError(Exception):
    """The release cannot be made as asked; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Package:
    """A distribution in the tree, and the two texts that a release edits."""

    path: Path
    about_path: Path
    about: str
    pyproject: str

    @property
    def name(self) -> str:
        """Its name on the index, which is that of its directory too."""
        return self.path.name

    @property
    def version(self) -> Version:
        """The version written in its `__about__.py`."""
        found = ABOUT_VERSION.search(self.about)
        if found is None:
            raise ReleaseError(f"No `__version__ = …` line in {self.about_path}.")
        return Version(found["version"])

    @property
    def siblings(self) -> list[Requirement]:
        """What it requires of the other distributions of the tree."""
        found = SIBLING.finditer(self.pyproject)
        return [Requirement(requirement.group().strip('"')) for requirement in found]


@dataclass(frozen=True, slots=True)
class Release:
    """One distribution to release: its texts as they will be, and its tag."""

    package: Package
    version: Version
    about: str
    pyproject: str

    @property
    def title(self) -> str:
        """Name and version, as in `bocadillo-core 0.20.0`."""
        return f"{self.package.name} {self.version}"

    @property
    def tag(self) -> str:
        """The tag in git, as in `bocadillo-core-v0.20.0`."""
        return tag_of(self.package.name, self.version)


def tag_of(name: str, version: Version) -> str:
    """The tag under which a version of a distribution is released."""
    return f"{name}-v{version}"


def read_workspace(root: Path) -> dict[str, Package]:
    """Read the distributions under `packages/`.

    Returns:
        The packages by the name of their distribution.
    """
    packages = {}
    for pyproject_path in sorted(root.glob("packages/*/pyproject.toml")):
        path = pyproject_path.parent
        (about_path,) = [*path.glob("__about__.py"), *path.glob("src/*/__about__.py")]
        packages[path.name] = Package(
            path=path,
            about_path=about_path,
            about=about_path.read_text("utf-8"),
            pyproject=pyproject_path.read_text("utf-8"),
        )
    return packages


def parse_versions(
    arguments: Iterable[str], known: Iterable[str]
) -> dict[str, Version]:
    """Read `core=0.20.0 …` into versions by name; short names are completed.

    Raises:
        ReleaseError: If an argument has another form, names no distribution or no
            version, or names one twice.
    """
    known = list(known)
    versions: dict[str, Version] = {}
    for argument in arguments:
        short, equals, text = argument.partition("=")
        name = short if short in known else f"bocadillo-{short}"
        if not equals or name not in known:
            shorts = ", ".join(one.removeprefix("bocadillo-") for one in known)
            raise ReleaseError(
                f"{argument!r} should be NAME=VERSION, with a name of: {shorts}."
            )
        if name in versions:
            raise ReleaseError(f"{name} is given two versions.")
        try:
            versions[name] = Version(text)
        except InvalidVersion:
            raise ReleaseError(
                f"{argument!r} has no valid version: write it as 0.20.0 or 0.20.0rc1."
            ) from None
    return versions


def series_of(version: Version) -> SpecifierSet:
    """The versions that promise to be compatible: a minor series before 1.0.

    From 1.0 on, a major series.
    """
    if version.major:
        return SpecifierSet(f">={version},<{version.major + 1}")
    return SpecifierSet(f">={version},<0.{version.minor + 1}")


def plan_release(
    packages: Mapping[str, Package],
    versions: Mapping[str, Version],
    tags: Iterable[str],
) -> list[Release]:
    """Decide what a release writes; touches no file.

    Args:
        packages: The distributions of the tree.
        versions: The new version of each distribution to release.
        tags: The tags that exist: what they name is released already.

    Raises:
        ReleaseError: With every problem, one a line.
    """
    problems = [
        *_repeated(packages, versions, set(tags)),
        *_left_behind(packages, versions),
    ]
    if problems:
        raise ReleaseError("\n".join(problems))
    return [
        Release(
            package=packages[name],
            version=version,
            about=ABOUT_VERSION.sub(f'__version__ = "{version}"', packages[name].about),
            pyproject=move_constraints(packages[name].pyproject, versions),
        )
        for name, version in versions.items()
    ]


def move_constraints(pyproject: str, versions: Mapping[str, Version]) -> str:
    """Rewrite the requirements on siblings that their new versions fall out of."""

    def moved(found: re.Match[str]) -> str:
        version = versions.get(found["name"])
        if version is None or _accepts(SpecifierSet(found["specifier"]), version):
            return found.group()
        bounds = sorted(map(str, series_of(version)), reverse=True)
        return f'"{found["name"]}{found["extras"] or ""}{",".join(bounds)}"'

    return SIBLING.sub(moved, pyproject)


def _accepts(specifier: SpecifierSet, version: Version) -> bool:
    return specifier.contains(version, prereleases=True)


def _repeated(
    packages: Mapping[str, Package], versions: Mapping[str, Version], tags: set[str]
) -> Iterable[str]:
    for name, version in versions.items():
        current = packages[name].version
        if tag_of(name, version) in tags:
            yield f"{name} {version} is released already."
        elif version < current:
            yield f"{name} is at {current} already; {version} is older."


def _left_behind(
    packages: Mapping[str, Package], versions: Mapping[str, Version]
) -> Iterable[str]:
    for name, package in packages.items():
        outgrown = {
            f"{required.name} {versions[required.name]}"
            for required in package.siblings
            if required.name in versions
            and not _accepts(required.specifier, versions[required.name])
        }
        if outgrown and name not in versions:
            short = name.removeprefix("bocadillo-")
            yield (
                f"{name} does not accept {', '.join(sorted(outgrown))}: "
                f"release it too ({short}=…, now {package.version})."
            )


def write_release(root: Path, releases: Iterable[Release]) -> None:
    """Write versions, constraints and changelogs; commit and tag them."""
    releases = list(releases)
    for release in releases:
        package = release.package
        package.about_path.write_text(release.about, "utf-8")
        (package.path / "pyproject.toml").write_text(release.pyproject, "utf-8")
        _run(
            root, sys.executable, "-m", "towncrier", "build", "--yes",
            "--config", "pyproject.toml", "--dir", str(package.path),
            "--version", str(release.version),
        )  # fmt: skip
    _run(root, "git", "add", *(str(release.package.path) for release in releases))
    titles = ", ".join(release.title for release in releases)
    _run(root, "git", "commit", "--quiet", "--message", f"Release {titles}")
    for release in releases:
        _run(root, "git", "tag", "--annotate", release.tag, "--message", release.title)


def _run(root: Path, *command: str) -> str:
    done = subprocess.run(
        command, cwd=root, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise ReleaseError(f"`{' '.join(command)}` failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _parse_arguments(arguments: list[str]) -> argparse.Namespace:
    description, _, _ = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(prog="release", description=description)
    parser.add_argument(
        "versions", nargs="+", metavar="NAME=VERSION", help="such as core=0.20.0"
    )
    parser.add_argument("--dry-run", action="store_true", help="only show the plan")
    return parser.parse_args(arguments)


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Run the command.

    Args:
        arguments: The command line, without the name of the program.
        root: The workspace to work on.

    Returns:
        The exit code: 0, or 1 for a release that cannot be made.
    """
    options = _parse_arguments(arguments)
    try:
        packages = read_workspace(root)
        versions = parse_versions(options.versions, packages)
        releases = plan_release(packages, versions, _run(root, "git", "tag").split())
        for release in releases:
            print(f"{release.package.version} → {release.title}, tag {release.tag}")
        if options.dry_run:
            return 0
        if changes := _run(root, "git", "status", "--porcelain"):
            raise ReleaseError(f"Commit or put away these changes first:\n{changes}")
        write_release(root, releases)
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    print("Committed and tagged. To publish: docs/contributing/releasing.md.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
