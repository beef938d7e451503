"""Answering with one file, read by aiofiles."""

import asyncio
import os
import random
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest

from bocadillo.chunks import CHUNK_SIZE
from bocadillo.errors import HTTPError, MissingExtra
from bocadillo.files import media_type, open_file, require_aiofiles

CONTENT = random.Random(1).randbytes(3 * CHUNK_SIZE + 7)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def ask(path):
    """Ask for the file, with headers by keyword."""

    def ask(path=path, *, response_headers=None, **options):
        names = ("root", "status", "method")
        known = {name: options.pop(name) for name in names if name in options}
        headers = [
            (name.replace("_", "-").encode(), value.encode())
            for name, value in options.items()
        ]
        return open_file(
            path, headers=headers, response_headers=response_headers or {}, **known
        )

    return ask


async def body_of(answer):
    try:
        return b"".join([chunk async for chunk in answer.bodies()])
    finally:
        await answer.aclose()


def descriptors_of(path):
    """Which descriptors of this process are open on a file."""
    inode = path.stat().st_ino
    found = []
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - names, not paths
        try:
            found += [name] if os.fstat(int(name)).st_ino == inode else []
        except OSError:  # that of the listing itself
            continue
    return found


async def closes(path):
    """Whether a file is closed soon, by whichever thread does it."""
    for _ in range(200):
        if not descriptors_of(path):
            return True
        await asyncio.sleep(0.01)
    return False


@contextmanager
def busy_threads():
    """Let no thread begin anything new until the block ends."""
    release = threading.Event()
    threads = ThreadPoolExecutor(1)
    asyncio.get_running_loop().set_default_executor(threads)
    threads.submit(release.wait)
    try:
        yield
    finally:
        release.set()


async def test_a_file_is_answered_whole(ask, path):
    answer = await ask()

    assert answer.status == 200
    headers = dict(answer.headers)
    assert headers.pop("etag").startswith('"')
    assert headers.pop("last-modified").endswith(" GMT")
    assert headers == {
        "content-type": "text/csv; charset=utf-8",
        "content-length": str(len(CONTENT)),
        "accept-ranges": "bytes",
    }
    assert await body_of(answer) == CONTENT
    assert not descriptors_of(path)


async def test_a_file_is_read_in_chunks(ask):
    answer = await ask()

    sizes = [len(chunk) async for chunk in answer.bodies()]
    await answer.aclose()

    assert sizes == [CHUNK_SIZE] * 3 + [7]


async def test_a_path_may_be_text(ask, path, monkeypatch):
    monkeypatch.chdir(path.parent)

    assert await body_of(await ask("data.csv")) == CONTENT


async def test_a_number_is_no_path(ask):
    with pytest.raises(TypeError, match="int"):
        await ask(1)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("bytes=0-0", CONTENT[:1]),
        (f"bytes={CHUNK_SIZE - 1}-{CHUNK_SIZE}", CONTENT[CHUNK_SIZE - 1 :][:2]),
        ("bytes=-1", CONTENT[-1:]),
    ],
)
async def test_a_range_is_answered_in_part(ask, wanted, expected):
    answer = await ask(range=wanted)

    assert answer.status == 206
    assert await body_of(answer) == expected


async def test_several_ranges_are_answered_in_parts(ask, path):
    answer = await ask(range="bytes=5-6,0-1,-3")

    headers = dict(answer.headers)
    assert (answer.status, headers["content-type"][:21]) == (
        206,
        "multipart/byteranges;",
    )
    body = await body_of(answer)
    assert len(body) == int(headers["content-length"])
    for part in (CONTENT[5:7], CONTENT[:2], CONTENT[-3:]):
        assert b"\r\n\r\n" + part + b"\r\n--" in body
    assert not descriptors_of(path)


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"range": f"bytes={len(CONTENT)}-"}, 416), ({"if_match": '"x"'}, 412)],
)
async def test_an_answer_without_content_is_closed_already(ask, path, headers, status):
    answer = await ask(**headers)

    assert answer.status == status
    assert not descriptors_of(path)
    assert await body_of(answer) == b""


async def test_what_the_client_has_is_not_sent_again(ask, path):
    first = await ask()
    await first.aclose()

    second = await ask(if_none_match=dict(first.headers)["etag"])

    assert second.status == 304
    assert dict(second.headers).keys() == {"etag", "last-modified"}
    assert not descriptors_of(path)


async def test_head_opens_nothing_that_stays_open(ask, path):
    answer = await ask(method="HEAD")

    assert ("content-length", str(len(CONTENT))) in answer.headers
    assert not descriptors_of(path)
    assert await body_of(answer) == b""


async def test_an_empty_file_is_answered(ask, path):
    path.write_bytes(b"")
    answer = await ask()

    assert ("content-length", "0") in answer.headers
    assert await body_of(answer) == b""


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_another_status_is_kept_and_has_no_conditions(ask, method):
    answer = await ask(
        status=404, method=method, range="bytes=0-0", if_none_match="*", if_match='"x"'
    )

    assert answer.status == 404
    assert await body_of(answer) == CONTENT


async def test_headers_that_the_view_set_hold(ask):
    said = {"content-type": "x/y", "etag": '"v1"', "last-modified": "Sun, 06 Nov 1994"}

    answer = await ask(response_headers=said)
    await answer.aclose()

    assert said.items() <= dict(answer.headers).items()
    assert (await ask(response_headers=said, if_none_match='"v1"')).status == 304


async def test_a_file_below_the_root_is_found(ask, path):
    assert await body_of(await ask("data.csv", root=path.parent)) == CONTENT


@pytest.mark.parametrize(
    "name",
    [
        "nothing",
        "",
        ".",
        "..",
        "../data.csv",
        "/etc/passwd",
        ".env",
        "a\0",
        "x" * 300,
        "link",
        "sub",
        "sub/fifo",
        "data.csv/",
        "data.csv/x",
    ],
)
async def test_every_miss_is_the_same_404(ask, tmp_path, name):
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / ".env").write_text("secret")
    (root / "data.csv").write_text("data")
    (root / "link").symlink_to(tmp_path / "data.csv")
    os.mkfifo(root / "sub" / "fifo")

    with pytest.raises(HTTPError) as caught:
        await ask(name, root=root)

    assert caught.value.as_json() == {"error": "404 Not Found", "status": 404}
    assert caught.value.headers == {}


@pytest.mark.parametrize("name", ["nothing", "sub", "fifo", "a\0", "x" * 300])
async def test_a_miss_without_a_root_is_a_404(ask, tmp_path, name):
    (tmp_path / "sub").mkdir()
    os.mkfifo(tmp_path / "fifo")

    with pytest.raises(HTTPError, match="404 Not Found"):
        await ask(f"{tmp_path}/{name}")


async def test_a_file_that_shrinks_is_not_sent_as_if_it_were_complete(ask, path):
    answer = await ask()
    stream = answer.bodies()
    await anext(stream)
    os.truncate(path, 10)

    with pytest.raises(OSError, match="became shorter while it was being sent"):
        await anext(stream)

    await answer.aclose()
    assert not descriptors_of(path)


async def test_a_file_that_is_replaced_is_sent_as_it_was(ask, path):
    answer = await ask()
    path.unlink()
    path.write_bytes(b"new")

    assert await body_of(answer) == CONTENT


async def test_closing_twice_does_no_harm(ask):
    answer = await ask()

    await answer.aclose()
    await answer.aclose()


async def test_a_cancelled_opening_leaves_no_file_open(ask, path):
    with busy_threads():
        opening = asyncio.create_task(ask())
        await asyncio.sleep(0.01)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening

    await asyncio.sleep(0.01)
    assert await closes(path)


async def test_a_cancelled_opening_of_nothing_stays_silent(ask, caplog):
    with busy_threads():
        opening = asyncio.create_task(ask("nothing"))
        await asyncio.sleep(0.01)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening

    await asyncio.sleep(0.05)
    assert not caplog.records


async def test_a_cancelled_read_ends_before_the_file_is_closed(ask, path):
    answer = await ask()
    with busy_threads():
        with anyio.move_on_after(0.01) as scope:
            await anext(answer.bodies())
        assert scope.cancelled_caught
        # The read waits for its thread still; other threads are free.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        with anyio.move_on_after(0.05) as scope:
            await answer.aclose()
        assert scope.cancelled_caught
        assert descriptors_of(path)

    assert await closes(path)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "text/plain; charset=utf-8"),
        ("a.CSV", "text/csv; charset=utf-8"),
        ("a.png", "image/png"),
        ("a.json", "application/json"),
        ("a.tar.gz", "application/gzip"),
        ("a.csv.bz2", "application/x-bzip2"),
        ("a", "application/octet-stream"),
        ("a.unknown", "application/octet-stream"),
        ("data:text/html,x.png", "image/png"),
        ("data:text/evil\r\nx: y,.bin", "application/octet-stream"),
        ("https://x/a.png", "image/png"),
        (Path("sub.txt") / "a.png", "image/png"),
    ],
)
def test_a_name_tells_the_media_type(name, kind):
    assert media_type(name) == kind


def test_the_extra_is_named_when_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "aiofiles", None)

    with pytest.raises(MissingExtra, match=r"pip install bocadillo\[files\]"):
        require_aiofiles()


async def test_a_missing_extra_is_no_missing_file(ask, monkeypatch):
    monkeypatch.setitem(sys.modules, "aiofiles", None)

    with pytest.raises(MissingExtra, match=r"pip install bocadillo\[files\]"):
        await ask()


def test_aiofiles_is_imported_only_when_a_file_is_sent():
    script = "import sys, bocadillo.files; assert 'aiofiles' not in sys.modules"

    subprocess.run([sys.executable, "-c", script], check=True)
