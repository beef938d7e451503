"""What slow readers of a large file cost: memory and descriptors."""

import re
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

RUNNING = re.compile(r"Uvicorn running on http://127\.0\.0\.1:(\d+)")
READERS = 50
SIZE = 100_000_000
SECONDS = 2

APP = """
from bocadillo import App, configure

app = App()

@app.route("/files/{name:path}")
async def file(req, res, name: str):
    res.file(name, root="assets")

configure(app, STATIC_DIR="assets")
"""

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="reads /proc"
)


class Server:
    """A running uvicorn process."""

    def __init__(self, process, port):
        self.process = process
        self.port = port
        self._proc = Path(f"/proc/{process.pid}")

    def resident(self):
        """Bytes of memory in use."""
        pages = int((self._proc / "statm").read_text().split()[1])
        return pages * 4096

    def descriptors_of(self, path):
        """How many descriptors are open on a file."""
        count = 0
        for descriptor in (self._proc / "fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                count += descriptor.readlink() == path
        return count

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


@contextmanager
def serve(directory, loop, parser):
    command = [
        *(sys.executable, "-m", "uvicorn", "app:app", "--port", "0"),
        *("--no-access-log", "--loop", loop, "--http", parser),
    ]
    process = subprocess.Popen(
        command, cwd=directory, stderr=subprocess.PIPE, text=True
    )
    try:
        log = ""
        while not (running := RUNNING.search(log)):
            line = process.stderr.readline()
            assert line, f"The server has ended:\n{log}"
            log += line
        yield Server(process, int(running[1]))
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.fixture
def large(tmp_path):
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "small.css").write_text("p { color: red }")
    large = tmp_path / "assets" / "large.bin"
    with large.open("wb") as file:
        file.truncate(SIZE)
    return large


@pytest.mark.parametrize("way", ["/static", "/files"])
@pytest.mark.parametrize(
    ("loop", "parser"), [("uvloop", "httptools"), ("asyncio", "h11")]
)
def test_slow_readers_of_a_large_file_cost_little(large, loop, parser, way):
    with serve(large.parents[1], loop, parser) as server, ExitStack() as stack:
        client = stack.enter_context(
            httpx2.Client(base_url=f"http://127.0.0.1:{server.port}{way}")
        )
        assert client.get("/small.css").status_code == 200
        before = server.resident()

        readers = [stack.enter_context(server.connect()) for _ in range(READERS)]
        for reader in readers:
            reader.sendall(f"GET {way}/large.bin HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        grown = 0
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            assert all(reader.recv(256) for reader in readers)
            grown = max(grown, server.resident() - before)
            time.sleep(0.25)

        assert server.descriptors_of(large) == READERS
        assert client.get("/small.css").status_code == 200
        assert grown < 10_000_000

        for reader in readers:
            reader.close()
        while server.descriptors_of(large):
            assert time.monotonic() < deadline + 10
            time.sleep(0.1)
