import os
import subprocess
import sys
from pathlib import Path

import pytest

from bocadillo_cli.scaffold import plan_project

SIZES = {str(file.path): len(file.content.encode()) for file in plan_project("my-app")}
CREATED = "".join(
    f"CREATE my-app/{path} ({size} bytes)\n" for path, size in SIZES.items()
)
README = SIZES["README.md"]


def files_in(directory: Path) -> dict[str, str]:
    return {
        path.relative_to(directory).as_posix(): path.read_text("utf-8")
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_each_file_is_told_with_its_size(run, directory):
    result = run("create", "my-app")

    assert result.exit_code == 0
    assert result.stdout == (
        CREATED + "\nNext:\n\n  cd my-app\n  python -m pytest\n  bocadillo run\n"
    )


def test_the_files_are_there_as_told(run, directory):
    result = run("create", "my-app")

    told = [line.split() for line in result.stdout.splitlines() if "CREATE" in line]
    sizes = {path: int(size.strip("(")) for _, path, size, _ in told}
    assert sizes == {
        path: len(content.encode()) for path, content in files_in(directory).items()
    }


def test_new_is_another_name_for_it(run, directory):
    result = run("new", "my-app")

    assert result.exit_code == 0
    assert CREATED in result.stdout


@pytest.mark.parametrize("option", ["-d", "--directory"])
def test_the_directory_is_the_projects_own(run, directory, option):
    run("create", "my-app", option, "some/place")

    assert (directory / "some/place/my_app/app.py").is_file()
    assert not (directory / "my-app").exists()


def test_dry_writes_nothing(run, directory):
    result = run("create", "my-app", "--dry")

    assert result.exit_code == 0
    assert result.stdout == (
        CREATED + "\nNothing was written. Leave out --dry to write these files.\n"
    )
    assert list(directory.iterdir()) == []


@pytest.mark.parametrize("option", ["--no-input", "--dry"])
def test_files_that_exist_are_skipped_without_a_question(run, directory, option):
    run("create", "my-app")
    before = files_in(directory)
    (directory / "my-app/README.md").write_text("Mine.")

    result = run("create", "my-app", option)

    assert result.exit_code == 0
    assert f"SKIP   my-app/README.md ({README} bytes, exists)\n" in result.stdout
    assert "CREATE" not in result.stdout
    assert files_in(directory) == before | {"my-app/README.md": "Mine."}


def test_before_a_file_is_overwritten_there_is_a_question(run, directory):
    run("create", "my-app")
    for name in ("README.md", "pyproject.toml"):
        (directory / "my-app" / name).write_text("Mine.")

    result = run("create", "my-app", answers="n\nn\ny\nn\nn\nn\nn\nn\nn\nn\n")

    assert result.exit_code == 0
    assert (
        "my-app/README.md exists. Overwrite it? [y/N]: y\n"
        f"CREATE my-app/README.md ({README} bytes)\n"
    ) in result.stdout
    assert "# my-app" in (directory / "my-app/README.md").read_text()
    assert (directory / "my-app/pyproject.toml").read_text() == "Mine."


def test_where_nobody_answers_files_stay_as_they_are(run, directory):
    run("create", "my-app")
    before = files_in(directory)

    result = run("create", "my-app", answers="")

    assert result.exit_code == 1
    assert result.stdout == "my-app/.env.example exists. Overwrite it? [y/N]: "
    assert result.stderr == (
        "\nError: Stopped before my-app/.env.example, which stays as it is. With "
        "--no-input all files that exist are skipped.\n"
    )
    assert files_in(directory) == before


def test_a_name_that_makes_no_package_is_a_usage_error(run, directory):
    result = run("create", "1st-app")

    assert result.exit_code == 2
    assert result.stderr == (
        "Usage: bocadillo create [OPTIONS] NAME\n"
        "Try 'bocadillo create --help' for help.\n\n"
        "Error: Invalid value for 'NAME': '1st-app' does not make a package: use "
        "letters, digits, - and _ only, and begin with a letter, as in my-app.\n"
    )
    assert list(directory.iterdir()) == []


def test_a_place_that_is_taken_is_a_failure(run, directory):
    (directory / "my-app").write_text("A file.")

    result = run("create", "my-app")

    assert result.exit_code == 1
    assert result.stderr == "Error: Cannot write my-app: File exists.\n"


def test_in_the_working_directory_there_is_nowhere_to_go(run, directory):
    result = run("create", "my-app", "-d", ".")

    assert result.stdout.endswith("\n\nNext:\n\n  python -m pytest\n  bocadillo run\n")
    assert (directory / "my_app" / "app.py").is_file()


def test_what_nobody_reads_is_no_failure_to_write(directory):
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "bocadillo_cli", "create", "my-app"]

    result = subprocess.run(
        command, cwd=directory, stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)

    assert result.stderr == b""
    assert result.returncode == 1


def test_a_directory_with_a_space_can_be_copied_to_the_shell(run, directory):
    result = run("create", "my-app", "-d", "my place")

    assert "\n  cd 'my place'\n" in result.stdout
