"""Reading files chunk by chunk, in threads."""

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from bocadillo.chunks import CHUNK_SIZE, ThreadedFile, chunks, send_body
from bocadillo.confinement import open_regular

CONTENT = os.urandom(3 * CHUNK_SIZE + 7)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
async def file(path):
    file = await ThreadedFile.open(lambda: open_regular(path))
    yield file
    file.close()


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


def is_open(descriptor):
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


async def closes(descriptor):
    """Whether a file is closed soon, by whichever thread does it."""
    for _ in range(200):
        if not is_open(descriptor):
            return True
        await asyncio.sleep(0.01)
    return False


async def cancelled(task):
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_content_comes_in_chunks(file):
    found = [chunk async for chunk in chunks([range(len(CONTENT))], file.read_at)]

    assert b"".join(found) == CONTENT
    assert [len(chunk) for chunk in found] == [CHUNK_SIZE] * 3 + [7]
    assert CHUNK_SIZE <= 64 * 1024


async def test_parts_come_in_their_order(file):
    parts = [b"<", range(100, 110), b"|", range(5), b">"]

    found = [chunk async for chunk in chunks(parts, file.read_at)]

    assert found == [b"<", CONTENT[100:110], b"|", CONTENT[:5], b">"]
    assert all(type(chunk) is bytes for chunk in found)


async def test_a_short_read_is_continued():
    async def read_at(position, size):
        return CONTENT[position : position + min(size, 1000)]

    found = [chunk async for chunk in chunks([range(2500)], read_at)]

    assert b"".join(found) == CONTENT[:2500]


async def test_a_file_that_shrinks_is_not_sent_as_if_it_were_complete(file, path):
    stream = chunks([range(len(CONTENT))], file.read_at)
    await anext(stream)
    os.truncate(path, CHUNK_SIZE + 1)
    await anext(stream)

    with pytest.raises(
        OSError, match=f"byte {CHUNK_SIZE + 1} of {len(CONTENT)} is gone"
    ):
        await anext(stream)


async def test_a_file_that_grows_is_sent_as_announced(file, path):
    with path.open("ab") as appending:
        appending.write(b"more")

    found = [chunk async for chunk in chunks([range(len(CONTENT))], file.read_at)]

    assert b"".join(found) == CONTENT


async def test_an_open_file_tells_what_it_is_like(file, path):
    assert file.stat == path.stat()


async def test_a_closed_file_is_closed_at_once(path):
    descriptor, stat = open_regular(path)
    file = ThreadedFile(descriptor, stat)
    await file.read_at(0, 1)

    file.close()

    assert not is_open(descriptor)


async def test_a_file_stays_open_until_the_read_in_flight_ends(path):
    descriptor, stat = open_regular(path)
    file = ThreadedFile(descriptor, stat)
    with busy_threads():
        reading = asyncio.create_task(file.read_at(0, 1))
        await asyncio.sleep(0)
        await cancelled(reading)
        file.close()
        assert is_open(descriptor)

    assert await closes(descriptor)


async def test_a_file_whose_opening_was_cancelled_is_closed(path):
    descriptor, stat = open_regular(path)

    with busy_threads():
        opening = asyncio.create_task(ThreadedFile.open(lambda: (descriptor, stat)))
        await asyncio.sleep(0)
        await cancelled(opening)

    assert await closes(descriptor)


async def test_a_failing_opening_that_was_cancelled_stays_silent(path, caplog):
    def opener():
        raise FileNotFoundError

    with busy_threads():
        opening = asyncio.create_task(ThreadedFile.open(opener))
        await asyncio.sleep(0)
        await cancelled(opening)

    await asyncio.sleep(0.05)
    assert not caplog.records


async def test_an_opening_that_fails_is_told(path):
    with pytest.raises(FileNotFoundError):
        await ThreadedFile.open(lambda: open_regular(path.with_name("nothing")))


async def test_a_server_may_say_by_an_os_error_that_the_client_left(file):
    sent = []

    async def send(message):
        if sent:
            raise BrokenPipeError
        sent.append(message)

    bodies = chunks([range(len(CONTENT))], file.read_at)
    await send_body(bodies, len(CONTENT), send, asyncio.Event().wait)

    assert [message["body"] for message in sent] == [CONTENT[:CHUNK_SIZE]]
    assert bodies.ag_frame is None
