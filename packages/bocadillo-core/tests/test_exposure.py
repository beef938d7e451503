import pytest

from bocadillo.exposure import exposed


@pytest.fixture
def static(tmp_path):
    directory = tmp_path / "static"
    directory.mkdir()
    return directory


def found(directory):
    return sorted(path.as_posix() for path in exposed(directory))


def test_static_files_are_not_found(static):
    (static / "css").mkdir()
    (static / "css" / "app.css").touch()
    (static / "inward").symlink_to(static / "css" / "app.css")

    assert found(static) == []


@pytest.mark.parametrize("name", [".env", "settings.py", "settings.pyc", ".git"])
def test_what_is_no_static_file_is_found(static, name):
    (static / "sub").mkdir()
    (static / name).touch()
    (static / "sub" / name).touch()

    assert found(static) == sorted([name, f"sub/{name}"])


def test_a_hidden_directory_is_found_once(static):
    (static / ".git").mkdir()
    (static / ".git" / "config").touch()

    assert found(static) == [".git"]


def test_well_known_files_are_meant_to_be_served(static):
    (static / ".well-known").mkdir()
    (static / ".well-known" / "security.txt").touch()
    (static / ".well-known" / "make.py").touch()

    assert found(static) == [".well-known/make.py"]


@pytest.mark.parametrize("target", ["secret", "."])
def test_links_to_the_outside_are_found(static, target):
    (static.parent / "secret").touch()
    (static / "link").symlink_to(static.parent / target)

    assert found(static) == ["link"]
