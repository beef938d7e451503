from pathlib import Path, PurePosixPath

import pytest

from bocadillo_cli.scaffold import PlannedFile
from bocadillo_cli.writer import Outcome, write

PLANNED = [
    PlannedFile(PurePosixPath("a.txt"), "ä\n"),
    PlannedFile(PurePosixPath("b/c.txt"), "c\n"),
]


def never(path: Path) -> bool:
    raise AssertionError


def test_files_are_written_with_their_directories(tmp_path):
    outcomes = list(write(PLANNED, tmp_path / "new", overwrite=never))

    assert outcomes == [
        Outcome(tmp_path / "new/a.txt", 3, created=True),
        Outcome(tmp_path / "new/b/c.txt", 2, created=True),
    ]
    assert (tmp_path / "new/a.txt").read_bytes() == "ä\n".encode()
    assert (tmp_path / "new/b/c.txt").read_bytes() == b"c\n"


@pytest.mark.parametrize("answer", [True, False])
def test_a_file_that_exists_is_replaced_only_if_it_may_be(tmp_path, answer):
    (tmp_path / "a.txt").write_text("mine")
    asked = []

    def overwrite(path):
        asked.append(path)
        return answer

    first, second = write(PLANNED, tmp_path, overwrite=overwrite)

    assert asked == [tmp_path / "a.txt"]
    assert (first.created, second.created) == (answer, True)
    assert (tmp_path / "a.txt").read_text("utf-8") == ("ä\n" if answer else "mine")


def test_dry_tells_the_same_and_writes_nothing(tmp_path):
    outcomes = list(write(PLANNED, tmp_path / "new", overwrite=never, dry=True))

    assert [it.created for it in outcomes] == [True, True]
    assert list(tmp_path.iterdir()) == []
