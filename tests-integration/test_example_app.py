"""The example application of `hatch run serve`, on a real server, as with curl."""

import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

RUNNING = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")


@contextmanager
def serve(directory: Path):
    """Serve the application in `directory` on a free port; yields a client."""
    command = [sys.executable, "-m", "uvicorn", "--port", "0", "notes.asgi:app"]
    server = subprocess.Popen(
        command, cwd=directory, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip
    try:
        log = ""
        while not (running := RUNNING.search(log)):
            line = server.stderr.readline()
            assert line, f"The server has ended:\n{log}"
            log += line
        with httpx2.Client(base_url=running[1], timeout=10) as client:
            yield client
    finally:
        server.terminate()
        _, rest = server.communicate(timeout=10)
    assert server.returncode in (0, -signal.SIGTERM), log + rest
    assert "Traceback" not in log + rest


@pytest.fixture
def directory(examples, tmp_path):
    """A copy of the example, so that its database starts empty."""
    ignored = shutil.ignore_patterns("*.sqlite3*", "__pycache__", "tests")
    return shutil.copytree(examples / "notes", tmp_path / "notes", ignore=ignored)


@pytest.fixture
def client(directory):
    with serve(directory) as client:
        yield client


def test_the_page_is_html(client):
    response = client.get("/")

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "<form" in response.text


def test_a_valid_note_is_created_and_listed(client):
    before = client.get("/api/notes").json()

    created = client.post("/api/notes", json={"text": "Buy tomatoes"})

    assert created.status_code == 201
    assert created.json()["text"] == "Buy tomatoes"
    after = client.get("/api/notes").json()
    assert created.json() in after
    assert len(after) == len(before) + 1


def test_a_note_is_found_by_its_number(client):
    note = client.post("/api/notes", json={"text": "Buy tomatoes"}).json()

    assert client.get(f"/api/notes/{note['id']}").json() == note


def test_a_note_is_text_on_the_page_and_no_markup(client):
    client.post("/api/notes", json={"text": "<script>alert(1)</script>"})

    page = client.get("/").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page


def test_a_malformed_body_is_a_400(client):
    response = client.post("/api/notes", content=b'{"text": ')

    assert response.status_code == 400
    assert response.json() == {
        "error": "400 Bad Request",
        "status": 400,
        "detail": "JSON is malformed.",
    }


def test_a_missing_field_is_a_400_that_names_it(client):
    response = client.post("/api/notes", json={})

    assert response.status_code == 400
    assert response.json()["detail"] == {"text": "Is required."}


def test_a_number_that_is_none_is_a_400_that_names_the_parameter(client):
    response = client.get("/api/notes/abc")

    assert response.status_code == 400
    assert response.json()["detail"] == {"pk": "Must be a number."}


def test_an_unknown_path_is_a_404_as_json(client):
    response = client.get("/nope")

    assert response.status_code == 404
    assert response.json() == {"error": "404 Not Found", "status": 404}


def test_an_unknown_note_is_a_404(client):
    assert client.get("/api/notes/1000000").status_code == 404


def test_notes_survive_a_restart(directory):
    with serve(directory) as client:
        note = client.post("/api/notes", json={"text": "Still here"}).json()

    with serve(directory) as client:
        assert note in client.get("/api/notes").json()
