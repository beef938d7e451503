"""The built files, their metadata, and what an installation of them brings."""

import os
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMES = {
    "bocadillo": None,
    "bocadillo-cli": "bocadillo_cli",
    "bocadillo-core": "bocadillo",
    "bocadillo-providers": "bocadillo_providers",
    "bocadillo-testing": "bocadillo_testing",
}
CODE = [name for name, package in NAMES.items() if package]

IMPORT_EVERY_MODULE = """\
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
prefix = package.__name__ + "."
for module in pkgutil.walk_packages(package.__path__, prefix):
    if not module.name.endswith(".__main__"):
        importlib.import_module(module.name)
exec(f"from {package.__name__} import *")
"""


def only(paths) -> Path:
    (path,) = paths
    return path


def wheel_of(dist: Path, name: str) -> Path:
    return only(dist.glob(f"{name.replace('-', '_')}-*.whl"))


def sdist_of(dist: Path, name: str) -> Path:
    return only(dist.glob(f"{name.replace('-', '_')}-*.tar.gz"))


def files_of_wheel(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def requirements_of(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        metadata = only(n for n in archive.namelist() if n.endswith("/METADATA"))
        message = message_from_bytes(archive.read(metadata))
    return message.get_all("Requires-Dist", [])


def run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


UV = (sys.executable, "-m", "uv")


def make_environment(directory: Path, *options: str) -> Path:
    """Make a virtual environment; gives its Python."""
    run(*UV, "venv", "--quiet", "-p", sys.executable, *options, directory)
    return directory / ("Scripts" if os.name == "nt" else "bin") / "python"


@pytest.fixture
def environment(tmp_path):
    """The Python of an empty virtual environment."""
    return make_environment(tmp_path)


def install(python: Path, *requirements: str | Path) -> None:
    run(*UV, "pip", "install", "--quiet", "--python", python, *requirements)


def test_there_are_five_wheels_and_five_sdists(dist):
    assert len(list(dist.glob("*.whl"))) == 5
    assert len(list(dist.glob("*.tar.gz"))) == 5
    for name in NAMES:
        assert wheel_of(dist, name).exists()
        assert sdist_of(dist, name).exists()


def test_the_meta_package_ships_nothing(dist):
    files = files_of_wheel(wheel_of(dist, "bocadillo"))

    assert {name.partition("/")[0].rpartition(".")[2] for name in files} == {
        "dist-info"
    }


def test_the_meta_package_brings_all_four(dist):
    required = requirements_of(wheel_of(dist, "bocadillo"))

    brought = {text.partition("<")[0] for text in required if "extra" not in text}
    assert brought == set(CODE)


@pytest.mark.parametrize("name", CODE)
def test_a_wheel_holds_every_file_of_its_package_and_nothing_else(dist, name):
    source = ROOT / "packages" / name / "src"
    expected = {
        path.relative_to(source).as_posix()
        for path in (source / NAMES[name]).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }

    files = files_of_wheel(wheel_of(dist, name))

    assert {file for file in files if ".dist-info/" not in file} == expected
    assert f"{NAMES[name]}/py.typed" in files


@pytest.mark.parametrize("name", NAMES)
def test_wheels_carry_the_license(dist, name):
    files = files_of_wheel(wheel_of(dist, name))

    assert any(file.endswith(".dist-info/licenses/LICENSE") for file in files)


@pytest.mark.parametrize("name", NAMES)
def test_sdists_carry_license_readme_and_changelog(dist, name):
    with tarfile.open(sdist_of(dist, name)) as archive:
        files = {file.partition("/")[2] for file in archive.getnames()}

    assert {"LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml"} <= files


def test_the_providers_install_alone(dist, environment):
    wheel = wheel_of(dist, "bocadillo-providers")
    assert requirements_of(wheel) == []

    install(environment, "--no-index", wheel)

    run(environment, "-I", "-c", IMPORT_EVERY_MODULE, "bocadillo_providers")


@pytest.mark.parametrize("name", ["bocadillo-core", "bocadillo-testing"])
def test_a_package_imports_without_its_extras(dist, environment, name):
    install(environment, "--find-links", dist, wheel_of(dist, name))

    run(environment, "-I", "-c", f"from {NAMES[name]} import *")


@pytest.mark.parametrize(
    "requirement",
    ["bocadillo-core[full]", "bocadillo-testing[pytest]", "bocadillo-cli"],
)
def test_every_module_imports_beside_what_is_declared(dist, environment, requirement):
    name = requirement.partition("[")[0]
    wheel = wheel_of(dist, name).as_uri()
    install(environment, "--find-links", dist, f"{requirement} @ {wheel}")

    run(environment, "-I", "-c", IMPORT_EVERY_MODULE, NAMES[name])


def test_pip_installs_the_wheels_into_an_empty_environment(dist, tmp_path):
    python = make_environment(tmp_path, "--seed")
    # Compiling all that comes along would take longer than everything else.
    wheels = sorted(dist.glob("*.whl"))
    run(python, "-m", "pip", "install", "--quiet", "--no-compile", *wheels)

    names = "App, configure, provider, create_client"
    run(python, "-I", "-c", f"from bocadillo import {names}")
    assert "bocadillo-core" in run(python.with_name("bocadillo"), "--version")
