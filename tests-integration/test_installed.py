"""What is installed is what the wheels hold, byte for byte.

So what the other tests say of wheels holds for sdists too: pip makes a wheel of an
sdist, and installs that.
"""

import sysconfig
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

NAMES = ("bocadillo", "bocadillo-cli", "bocadillo-core", "bocadillo-providers",
         "bocadillo-testing")  # fmt: skip

# Written by who installs.
OF_THE_INSTALLER = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json",
                    "uv_build.json", "uv_cache.json"}  # fmt: skip


def content_of_wheel(dist: Path, name: str) -> dict[str, bytes]:
    (path,) = dist.glob(f"{name.replace('-', '_')}-*.whl")
    with zipfile.ZipFile(path) as archive:
        return {
            file: archive.read(file)
            for file in archive.namelist()
            if Path(file).name not in OF_THE_INSTALLER
        }


def content_of_installation(name: str) -> dict[str, bytes]:
    return {
        file.as_posix(): file.read_binary()
        for file in distribution(name).files
        if file.name not in OF_THE_INSTALLER
        and file.suffix != ".pyc"
        and not is_command(file)
    }


def is_command(file) -> bool:
    scripts = Path(sysconfig.get_path("scripts"))
    return file.locate().resolve().parent == scripts.resolve()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_installed_is_what_the_wheel_holds(dist, name):
    wheel = content_of_wheel(dist, name)
    installed = content_of_installation(name)

    assert sorted(installed) == sorted(wheel)
    assert [file for file in wheel if installed[file] != wheel[file]] == []
