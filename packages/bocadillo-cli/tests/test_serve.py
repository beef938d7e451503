import re
import signal
import socket
from contextlib import ExitStack
from http.client import HTTPConnection

import pytest

APP = """\
import asyncio
import os
from bocadillo import App, Store, configure

app = App(providers=Store())

@app.route("/")
async def index(req, res):
    res.json = {"client": req.client.host, "pid": os.getpid()}

@app.route("/events")
async def events(req, res):
    @res.event_stream
    async def idle():
        await asyncio.sleep(60)
        yield "never"

configure(app)
"""
STARTED = "Application startup complete."


# NOTE: two seconds are promised. A loaded machine gets more; what is not idle would be
# given SHUTDOWN_GRACE, which is half a minute.
SOON = 20


@pytest.fixture
def project(write, directory):
    write("app.py", APP)
    return directory


def test_it_serves_and_stops_at_once(project, serving):
    server = serving("serve", "--port", "0")
    server.wait_for("Uvicorn running on")
    status, *_ = server.get()

    seconds = server.stop()

    assert status == 200
    assert seconds < SOON
    assert server.process.returncode in (0, -signal.SIGTERM)
    assert "Traceback" not in server.output


def test_idle_event_streams_do_not_keep_it_from_stopping(project, serving):
    server = serving("serve", "--port", "0")
    server.wait_for("Uvicorn running on")
    with ExitStack() as stack:
        streams = []
        for _ in range(5):
            connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
            stack.callback(connection.close)
            connection.request("GET", "/events")
            streams.append(connection.getresponse())

        seconds = server.stop()
        told = [stream.read() for stream in streams]

    assert seconds < SOON
    assert all(b"retry:" in it and b"never" not in it for it in told)
    assert "Traceback" not in server.output


def test_a_taken_port_is_a_failure(project, serving):
    with socket.create_server(("127.0.0.1", 0)) as other:
        server = serving("serve", "--port", str(other.getsockname()[1]))

        server.process.wait(20)

    server.close()
    assert server.process.returncode == 1
    assert "address already in use" in server.output
    assert "Traceback" not in server.output


def test_a_proxy_on_this_machine_is_believed(project, serving):
    server = serving("serve", "--port", "0")
    server.wait_for("Uvicorn running on")

    body = server.get(**{"X-Forwarded-For": "192.0.2.7"})[1]

    assert '"client":"192.0.2.7"' in body


def test_unknown_options_go_to_uvicorn(project, serving):
    server = serving(
        "serve", "--port", "0", "--header", "X-Served-By:us",
        "--no-access-log", "--root-path=/x",
    )  # fmt: skip
    server.wait_for("Uvicorn running on")

    headers = server.get()[2]

    assert headers["x-served-by"] == "us"
    server.stop()
    assert "GET /" not in server.output


@pytest.mark.parametrize(
    ("options", "environment"),
    [(["--workers", "2"], {}), ([], {"WEB_CONCURRENCY": "2"})],
)
def test_there_are_as_many_workers_as_asked_for(project, serving, options, environment):
    server = serving("serve", "--port", "0", *options, **environment)
    server.wait_for(STARTED, 2)
    pids = re.findall(r"Started server process \[(\d+)\]", server.output)

    server.stop()

    assert len(set(pids)) == 2
    assert str(server.process.pid) not in pids


@pytest.mark.parametrize(
    ("environment", "code", "origin"),
    [
        ({"BOCADILLO_DEBUG": "1"}, "", "$BOCADILLO_DEBUG"),
        ({}, "DEBUG = True", "a dict"),
    ],
)
def test_debug_is_refused(run, write, monkeypatch, environment, code, origin):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    write("app.py", f"""
        from bocadillo import App, Store, configure

        {code}
        app = configure(App(providers=Store()), dict(vars()))
        """)  # fmt: skip

    result = run("serve")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        "Error: DEBUG is on, which shows the inside of the app to anybody. It comes "
        f"from {origin}: take it away there.\n"
    )


@pytest.mark.parametrize(
    "setting",
    ["SECRET_KEY=''", "SECRET_KEY=' '", "SECRET_KEY=None", "SECRET_KEY=['', 'x']",
     "SECRET_KEY=[]"],
)  # fmt: skip
def test_an_empty_secret_is_refused(run, write, setting):
    write("app.py", f"""
        from bocadillo import App, Store, configure

        app = configure(App(providers=Store()), {setting})
        """)  # fmt: skip

    result = run("serve")

    assert result.exit_code == 1
    assert result.stderr == (
        "Error: The secret in SECRET_KEY is empty, so anybody could forge what it "
        "signs. Make one: python -c 'import secrets; print(secrets.token_urlsafe())'\n"
    )


@pytest.mark.parametrize("sessions", ["True", "{'secret_key': ''}"])
def test_sessions_without_a_secret_are_refused(run, write, sessions, monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    write("app.py", f"""
        from bocadillo import App, Store, configure

        app = configure(App(providers=Store()), sessions={sessions})
        """)  # fmt: skip

    result = run("serve")

    assert result.exit_code == 1
    assert "secret_key" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unknown_option_that_uvicorn_does_not_know_is_a_usage_error(run, write):
    write("app.py", """
        from bocadillo import App, Store, configure

        secrets = {"SECRET_KEY": ["long enough", "older"], "SESSIONS": False}
        app = configure(App(providers=Store()), secrets)
        """)  # fmt: skip

    result = run("serve", "--nonsense")

    assert result.exit_code == 2
    assert "No such option '--nonsense'" in result.stderr


@pytest.mark.parametrize("workers", ["0", "many"])
def test_a_number_of_workers_that_makes_no_sense_is_a_usage_error(run, write, workers):
    write("app.py", APP)

    assert run("serve", "--workers", workers).exit_code == 2


@pytest.mark.parametrize("port", ["99999", "-1", "http"])
def test_a_port_that_makes_no_sense_is_a_usage_error(run, write, port):
    write("app.py", APP)
    result = run("serve", "--port", port)

    assert result.exit_code == 2
    assert "Invalid value for '--port'" in result.stderr


def test_a_missing_app_is_a_failure(run, directory):
    result = run("serve", "--app", "nope:app")

    start = f"Error: There is no module 'nope' in {directory}"
    assert result.exit_code == 1
    assert result.stderr.startswith(start)
