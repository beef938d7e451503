"""Opening files by paths that may come from a client."""

import errno
import os
import socket
from pathlib import Path

import pytest

from bocadillo.confinement import (
    confined,
    is_below,
    is_plain,
    not_found_if_missing,
    open_regular,
)
from bocadillo.errors import HTTPError


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    (root / "sub" / ".well-known").mkdir(parents=True)
    (root / "a.txt").write_text("a")
    (root / "sub" / "b.txt").write_text("b")
    (root / "sub" / ".well-known" / "c.txt").write_text("c")
    (root / ".env").write_text("secret")
    (tmp_path / "outside.txt").write_text("outside")
    return root


@pytest.mark.parametrize(
    "path", ["a", "a/b.c", ".well-known/a", "a/.well-known", "a..b/c.", "a b/;/%2e%2e"]
)
def test_a_path_is_plain(path):
    assert is_plain(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "...",
        "../a",
        "a/../b",
        "./a",
        "a/.",
        ".env",
        ".well-known2",
        ".well-known/.env",
        "a/.git/config",
    ],
)
def test_a_path_is_not_plain(path):
    assert not is_plain(path)


@pytest.mark.parametrize("path", ["a.txt", "sub/b.txt", "sub/.well-known/c.txt"])
def test_a_path_below_the_root_is_found(root, path):
    assert confined(path, root) == str(root / path)
    assert confined(root.joinpath(path).relative_to(root), str(root)) == str(
        root / path
    )


def test_a_link_within_the_root_is_followed(root):
    (root / "link.txt").symlink_to("sub/b.txt")
    (root / "alias").symlink_to(root / "sub")

    assert confined("link.txt", root) == str(root / "sub/b.txt")
    assert confined("alias/b.txt", root) == str(root / "sub/b.txt")


def test_the_root_itself_may_be_a_link(root, tmp_path):
    (tmp_path / "current").symlink_to(root)

    assert confined("a.txt", tmp_path / "current") == str(root / "a.txt")


@pytest.mark.parametrize(
    "path", ["", "../outside.txt", "../root/a.txt", ".env", "sub/../a.txt", "a.txt/"]
)
def test_a_path_that_is_not_plain_leads_nowhere(root, path):
    with pytest.raises(FileNotFoundError):
        confined(path, root)


def test_an_absolute_path_leads_nowhere_even_if_it_lies_below_the_root(root):
    with pytest.raises(FileNotFoundError):
        confined(root / "a.txt", root)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("../outside.txt", "link"),
        ("..", "link/outside.txt"),
        ("..", "link/root/a.txt/../../outside.txt"),
        ("/", "link/etc/passwd"),
    ],
)
def test_a_link_out_of_the_root_leads_nowhere(root, target, path):
    (root / "link").symlink_to(target)

    with pytest.raises(FileNotFoundError):
        confined(path, root)


def test_a_sibling_whose_name_begins_like_the_root_lies_outside(root, tmp_path):
    assert not is_below(str(tmp_path / "root2"), str(root))
    assert is_below(str(root), str(root))


def test_a_regular_file_is_opened(root):
    descriptor, stat = open_regular(root / "a.txt")

    with os.fdopen(descriptor, "rb") as file:
        assert file.read() == b"a"
        assert os.fstat(descriptor) == stat
        assert not os.get_inheritable(descriptor)


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX files")
@pytest.mark.parametrize(
    "make",
    [
        lambda path: None,
        Path.mkdir,
        os.mkfifo,
        make_socket,
        lambda path: path.symlink_to("/dev/null"),
        lambda path: path.symlink_to("nowhere"),
        lambda path: path.symlink_to(path),
    ],
    ids=["missing", "directory", "fifo", "socket", "device", "dangling", "loop"],
)
def test_what_is_no_regular_file_is_not_found_at_once(tmp_path, monkeypatch, make):
    monkeypatch.chdir(tmp_path)
    make(Path("x"))

    with pytest.raises(HTTPError, match="404 Not Found"), not_found_if_missing():
        open_regular("x")


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "\ud800", "x/" * 3000])
def test_names_that_no_file_can_have_are_not_found(root, name):
    with pytest.raises(HTTPError, match="404 Not Found"), not_found_if_missing():
        open_regular(root / name)
    with pytest.raises(HTTPError, match="404 Not Found"), not_found_if_missing():
        open_regular(confined(name, root))


def open_descriptors():
    return {path.name for path in Path("/dev/fd").iterdir()}


def test_a_fifo_that_takes_the_place_of_a_file_is_not_waited_for(root, monkeypatch):
    os.mkfifo(root / "fifo")
    regular = (root / "a.txt").stat()
    # As if the file had been replaced between the question and the opening.
    monkeypatch.setattr(type(root), "stat", lambda path: regular)
    before = open_descriptors()

    with pytest.raises(OSError, match="Not a regular file"):
        open_regular(root / "fifo")

    assert open_descriptors() == before


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.ENOENT, errno.ELOOP])
def test_a_path_that_cannot_be_opened_is_not_found_whatever_the_reason(code):
    with pytest.raises(HTTPError) as caught, not_found_if_missing():
        raise OSError(code, os.strerror(code))

    assert caught.value.as_json() == {"error": "404 Not Found", "status": 404}


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.EIO])
def test_a_trouble_of_the_server_is_no_missing_file(code):
    with pytest.raises(OSError, match=os.strerror(code)), not_found_if_missing():
        raise OSError(code, os.strerror(code))
