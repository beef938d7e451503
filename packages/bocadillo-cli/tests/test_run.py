import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection

import pytest
from uvicorn import Config
from uvicorn.supervisors.watchfilesreload import FileFilter

from bocadillo_cli.commands.run import WATCHED, written_by_others

APP = """\
from pathlib import Path
from bocadillo import App, Store, Templates, configure

app = App(providers=Store())
templates = Templates(Path(__file__).parent, app=app)

@app.route("/")
async def index(req, res):
    res.html = await templates.render("page.html")

@app.route("/debug")
async def debug(req, res):
    res.json = app.settings["DEBUG"]

configure(app)
"""
URL = re.compile(r"http://127\.0\.0\.1:(\d+)")
STARTED = "Application startup complete."


@pytest.fixture
def project(write, directory):
    write("app.py", APP)
    write("page.html", "Hello")
    return directory


@pytest.fixture
def taken():
    """A port that somebody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_the_url_and_the_number_of_routes_are_told(project, serving):
    server = serving("run", "--port", "0")
    server.wait_for(STARTED)

    first, second, *_ = server.output.splitlines()

    assert first == f"Serving app:app at http://127.0.0.1:{server.port}"
    assert second == "2 routes. Reloads on changes. Ctrl+C stops."
    assert server.get()[:2] == (200, "Hello")


def test_debug_is_on(project, serving):
    server = serving("run", "--port", "0")
    server.wait_for(STARTED)

    assert server.get("/debug")[1] == "true"


@pytest.mark.parametrize("name", ["page.html", "app.py"])
def test_a_change_of_a_file_reloads(project, serving, name):
    server = serving("run", "--port", "0")
    server.wait_for(STARTED)
    file = project / name

    text = file.read_text().replace("/debug", "/changed").replace("Hello", "Changed")
    server.change(file, text)

    server.wait_for(STARTED, 2)
    assert server.get()[1] == ("Changed" if name == "page.html" else "Hello")
    assert server.get("/changed")[0] == (200 if name == "app.py" else 404)


@pytest.mark.parametrize(
    ("name", "reloads"),
    [
        ("app.py", True),
        ("page.html", True),
        ("style.css", True),
        (".env", True),
        ("test.env", True),
        ("notes.txt", False),
        (".env.example", False),
        (".page.html.swp", False),
    ],
)
def test_these_files_count(directory, name, reloads):
    watches = FileFilter(Config("app:app", reload=True, reload_includes=[*WATCHED]))

    assert watches(directory / name) is reloads


def test_it_stops_when_it_is_told_to(project, serving):
    server = serving("run", "--port", "0")
    server.wait_for(STARTED)

    server.stop()

    assert server.process.returncode == 0
    assert "Traceback" not in server.output


def test_a_taken_port_is_a_failure_that_names_a_free_one(run, project, taken):
    result = run("run", "--port", str(taken))

    assert result.exit_code == 1
    assert result.stderr.startswith(
        f"Error: Port {taken} is taken by another program. Port "
    )
    free = int(result.stderr.rpartition(" ")[2])
    assert result.stderr.endswith(f" is free: bocadillo run --port {free}\n")
    assert free > taken


def test_on_a_terminal_the_free_port_is_offered(project, taken):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bocadillo_cli", "run", "--port", str(taken)],
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    try:
        shown = read_until(ours, "? [Y/n]: ")
        os.write(ours, b"y\n")
        shown += read_until(ours, STARTED)
        port = int(URL.search(shown)[1])
        connection = HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/")
        body = connection.getresponse().read()
        connection.close()
    finally:
        process.terminate()
        process.wait(20)
        os.close(ours)
        os.close(theirs)
    assert f"Port {taken} is taken by another program." in shown
    assert f"Use {port} instead?" in shown
    assert body == b"Hello"


def read_until(terminal: int, text: str) -> str:
    shown = ""
    while text not in shown:
        readable, _, _ = select.select([terminal], [], [], 20)
        assert readable, f"No {text!r} in:\n{shown}"
        shown += os.read(terminal, 4096).decode()
    return shown


def test_after_the_last_port_another_one_must_be_chosen(run, project):
    # Bound, though not listened at, so that this also works where it is in use.
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 65535))
        other.listen()

        result = run("run", "--port", "65535")

    assert result.exit_code == 1
    assert result.stderr == (
        "Error: Port 65535 is taken by another program. "
        "Choose another one with --port.\n"
    )


def test_a_host_that_is_not_ours_is_a_failure(run, project):
    result = run("run", "--host", "192.0.2.1", "--port", "0")

    assert result.exit_code == 1
    assert result.stderr == (
        "Error: Cannot listen at 192.0.2.1:0: Cannot assign requested address.\n"
    )


def test_an_app_that_could_not_start_is_a_failure(run, write):
    write("app.py", "from bocadillo import App, configure\nconfigure(App(), gzip=1)\n")

    result = run("run", "--port", "0")

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: Setting GZIP must be True or False")


def test_it_serves_in_this_process_too(run, project):
    """The same as above, where coverage can see it."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    handlers = {number: signal.getsignal(number) for number in numbers}
    port = free_port()
    answers: list[bytes] = []

    def visit():
        deadline = time.monotonic() + 20
        while not answers and time.monotonic() < deadline:
            try:
                connection = HTTPConnection("127.0.0.1", port, timeout=20)
                connection.request("GET", "/")
                answers.append(connection.getresponse().read())
            except OSError:
                time.sleep(0.05)
            finally:
                connection.close()
        os.kill(os.getpid(), signal.SIGTERM)

    visitor = threading.Thread(target=visit)
    signal.signal(signal.SIGTERM, lambda *_: None)
    visitor.start()
    try:
        result = run("run", "--port", str(port))
    finally:
        visitor.join()
        for number, handler in handlers.items():
            signal.signal(number, handler)

    assert answers == [b"Hello"]
    assert result.exit_code == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize(
    ("name", "reloads"),
    [
        ("env/lib64/python3.13/site-packages/pluggy/hooks.py", False),
        ("node_modules/react/index.html", False),
        ("notes/app.py", True),
    ],
)
def test_what_others_wrote_does_not_count(directory, name, reloads):
    for each in ("env", "node_modules", "notes"):
        (directory / each).mkdir()
    (directory / "env" / "pyvenv.cfg").touch()
    excludes = written_by_others(directory)
    watches = FileFilter(
        Config(
            "app:app",
            reload=True,
            reload_includes=[*WATCHED],
            reload_excludes=excludes,
        )
    )

    assert watches(directory / name) is reloads
