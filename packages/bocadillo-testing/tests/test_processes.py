"""What runs in a forked process, here in this one, where it can be watched."""

import multiprocessing
import os
import signal
import socket
import threading
import time

import httpx2
import pytest

from bocadillo_testing import LiveServer
from bocadillo_testing.processes import ProcessRunner, _end_with, portable, run


@pytest.fixture
def listening():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        yield listening


@pytest.fixture
def pipe():
    reader, writer = multiprocessing.Pipe(duplex=False)
    with reader, writer:
        yield reader, writer


def test_it_reports_that_it_is_ready_and_that_it_has_stopped(app, listening, pipe):
    reader, writer = pipe
    reports = []

    def watch():
        reports.append(reader.recv())
        host, port = listening.getsockname()
        httpx2.get(f"http://{host}:{port}/")
        reports.append(reader.recv())

    watching = threading.Thread(target=watch)
    watching.start()
    run(app, listening, writer, {"limit_max_requests": 1})
    watching.join()
    assert reports == [("ready", None), ("stopped", None)]


def test_it_ends_when_its_parent_does(monkeypatch):
    signals = []
    monkeypatch.setattr(os, "kill", lambda *args: signals.append(args))
    parent = threading.Thread(target=time.sleep, args=(0.05,))
    parent.start()
    _end_with(parent)
    assert signals == [(os.getpid(), signal.SIGTERM)]


def test_it_reports_what_the_app_raised(app, listening, pipe):
    @app.on("startup")
    async def fail():
        raise LookupError("no database")

    reader, writer = pipe
    run(app, listening, writer, {})
    event, failure = reader.recv()
    assert event == "failed"
    assert isinstance(failure, LookupError)
    assert "in fail" in failure.__notes__[0]


def test_it_reports_what_else_ended_it(app, listening, pipe):
    reader, writer = pipe
    run(app, listening, writer, {"http": "no.such:protocol"})
    event, failure = reader.recv()
    assert event == "failed"
    assert isinstance(failure, ModuleNotFoundError)


def test_an_exception_that_cannot_be_copied_keeps_its_text():
    class Local(Exception):
        pass

    copy = portable(Local("only here"))
    assert type(copy) is RuntimeError
    assert str(copy) == "Local: only here"
    assert "Local: only here" in copy.__notes__[0]


def test_an_exception_whose_copy_fails_keeps_its_text():
    copy = portable(Demanding("a", "b"))
    assert str(copy) == "Demanding: a and b"


class Demanding(Exception):
    """Cannot be made of its text alone: unpickling fails."""

    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


def test_a_platform_that_cannot_fork_is_told(app, monkeypatch):
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    with pytest.raises(RuntimeError, match="use a thread"):
        ProcessRunner(app, "a server", {})


def test_a_process_that_dies_while_it_starts_is_told(app):
    @app.on("startup")
    async def die():
        os._exit(3)

    with pytest.raises(RuntimeError, match="did not start"):
        LiveServer(app, process=True).__enter__()


def test_a_process_that_died_is_told_when_it_should_stop(app):
    @app.route("/pid")
    async def pid(req, res):
        res.json = os.getpid()

    server = LiveServer(app, process=True).__enter__()
    os.kill(httpx2.get(server.url("/pid")).json(), signal.SIGKILL)
    time.sleep(0.2)
    with pytest.raises(RuntimeError, match="did not shut down"):
        server.__exit__(None, None, None)
