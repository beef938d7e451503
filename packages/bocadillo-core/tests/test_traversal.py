"""No path leads out of a directory: ten thousand hostile ones, against each way in."""

import os
import random
from functools import cache
from urllib.parse import unquote

import pytest

from bocadillo.errors import HTTPError
from bocadillo.files import open_file
from bocadillo.staticfiles import static

PUBLIC_PATHS = ["a.txt", "sub/b.txt", ".well-known/security.txt", "up/a.txt", "/a.txt"]
PUBLIC = {b"public a", b"public b", b"public security"}
SECRET = b"secret"

WORDS = """
    .. . ... .... %2e%2e .%2e %252e%252e %c0%ae%c0%ae %u002e%u002e ..%c1%9c
    %ef%bc%8e%ef%bc%8e ..; ; ;a=b ..%00 %00 %0a %09 %ff ~ * C: CON
    root root2 outside secret.txt etc passwd proc self config
    .env %2eenv .env;a .git .well-known security.txt sub sub; b.txt
    a.txt a.txt%00.png a.txt%20 a.txt. A.TXT
    out out.txt up dangling loop fifo
"""
SEGMENTS = [*WORDS.split(), "\uff0e\uff0e", "\u2025", "\udcff", "x" * 300, "", " "]
SEPARATORS = ["/"] * 10 + [
    "//",
    "%2f",
    "%252f",
    "\\",
    "%5c",
    "%255c",
    "/./",
    ";/",
    "\uff0f",
]


@cache
def paths_of(count: int) -> list[str]:
    """The same hostile paths in each run, as a server hands them over: decoded once."""
    chosen = random.Random(1)
    paths = set()
    while len(paths) < count:
        text = chosen.choice(["", "", "", "/", "%2f", "../" * chosen.randrange(8)])
        for _ in range(chosen.randint(1, 5)):
            text += chosen.choice(SEGMENTS) + chosen.choice(SEPARATORS)
        text = text if chosen.random() < 0.2 else text.rstrip("/\\;")
        paths.add(unquote(text) if chosen.random() < 0.9 else unquote(unquote(text)))
    return [*sorted(paths), *PUBLIC_PATHS]


@pytest.fixture
def paths():
    return paths_of(10_000)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / ".well-known").mkdir()
    (root / ".git").mkdir()
    (root / "a.txt").write_bytes(b"public a")
    (root / "sub" / "b.txt").write_bytes(b"public b")
    (root / ".well-known" / "security.txt").write_bytes(b"public security")
    (root / ".env").write_bytes(SECRET)
    (root / ".git" / "config").write_bytes(SECRET)
    for name in ("outside", "root2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "secret.txt").write_bytes(SECRET)
    (tmp_path / "secret.txt").write_bytes(SECRET)
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "out.txt").symlink_to(tmp_path / "secret.txt")
    (root / "sub" / "out").symlink_to("../..")
    (root / "sub" / "up").symlink_to("..")
    (root / "up").symlink_to(".")
    (root / "dangling").symlink_to("nowhere")
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "fifo")
    return root


@pytest.mark.parametrize(
    "autorefresh", [False, True], ids=["remembered", "autorefresh"]
)
async def test_static_files_stay_in_their_directory(root, paths, autorefresh):
    app = static(root, autorefresh=autorefresh, index_file=True)
    messages: list[dict] = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        messages.append(message)

    async def ask(path):
        messages.clear()
        scope = {"type": "http", "method": "GET", "path": path, "headers": []}
        await app(scope, receive, send)
        return list(messages)

    missed = await ask("/missing")
    found = []
    for path in paths:
        answer = await ask(f"/{path}")
        if answer != missed:
            assert answer[0]["status"] == 200, path
            found.append(answer[1]["body"])

    assert set(found) == PUBLIC
    assert len(found) < len(paths) / 10


async def test_files_stay_below_their_root(root, paths):
    found, missed = [], []
    for path in paths:
        try:
            answer = await open_file(path, root=root, headers=[], response_headers={})
        except HTTPError as error:
            missed.append((error.as_json(), error.headers))
        else:
            found += [chunk async for chunk in answer.bodies()]
            await answer.aclose()

    assert set(found) == PUBLIC
    assert len(found) < len(paths) / 10
    assert len(found) + len(missed) == len(paths)
    assert all(miss == missed[0] for miss in missed)
    assert missed[0] == ({"error": "404 Not Found", "status": 404}, {})
