"""The event loop of a synchronous client: nothing of it is left after the client."""

import asyncio
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import CancelledError
from textwrap import dedent

import pytest

from bocadillo_testing import create_client
from bocadillo_testing.loop_thread import serve_in_thread
from bocadillo_testing.serving import serving_of


def serving_http(function):
    """An ASGI app without a lifespan that answers by a function."""

    async def app(scope, receive, send):
        if scope["type"] == "http":
            await function()
            await send({"type": "http.response.start", "status": 204})
            await send({"type": "http.response.body"})

    return app


def test_no_thread_is_left(app):
    before = set(threading.enumerate())
    with create_client(app):
        assert len(set(threading.enumerate()) - before) == 1
    assert set(threading.enumerate()) == before


def test_no_thread_is_left_of_an_app_that_does_not_start(app):
    @app.on("startup")
    async def fail():
        raise LookupError("no database")

    before = set(threading.enumerate())
    with pytest.raises(LookupError, match="no database"):
        create_client(app).get("/")
    assert set(threading.enumerate()) == before


def test_each_serving_has_a_loop_of_its_own(app):
    loops = []
    for _ in range(2):
        with create_client(app) as client:
            loops.append(client.portal.call(asyncio.get_running_loop))
    assert loops[0] is not loops[1]
    assert all(loop.is_closed() for loop in loops)


def test_tasks_that_an_app_left_are_cancelled():
    ended = []

    async def wait():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    tasks = []

    async def leave_a_task():
        tasks.append(asyncio.create_task(wait()))
        await asyncio.sleep(0)

    with create_client(serving_http(leave_a_task)) as client:
        client.get("/")
        assert ended == []
    assert ended == ["cancelled"]


def test_tasks_go_on_between_requests():
    done = threading.Event()

    async def go_on():
        await asyncio.sleep(0.001)
        done.set()

    tasks = []

    async def begin():
        tasks.append(asyncio.create_task(go_on()))

    with create_client(serving_http(begin)) as client:
        client.get("/")
        assert done.wait(10)


def test_an_app_that_blocks_its_loop_hinders_no_other_client():
    async def block():
        time.sleep(0.01)  # noqa: ASYNC251 - what is tested

    async def pass_():
        pass

    with create_client(serving_http(block)) as client:
        client.get("/")
    with create_client(serving_http(pass_)) as client:
        assert client.get("/").status_code == 204


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_what_ends_a_process_is_raised_in_the_test_and_ends_no_loop(kind):
    async def exit_():
        if not ended:
            ended.append(1)
            raise kind("the end")

    ended = []
    with create_client(serving_http(exit_)) as client:
        with pytest.raises(kind, match="the end"):
            client.get("/")
        assert client.get("/").status_code == 204


def test_nobody_waits_for_a_loop_that_a_task_of_the_app_has_ended():
    async def exit_():
        raise SystemExit("the end")

    async def leave_and_wait():
        tasks.append(asyncio.create_task(exit_()))
        await asyncio.sleep(60)

    tasks = []
    client = create_client(serving_http(leave_and_wait))
    with pytest.raises(CancelledError):
        client.get("/")
    with pytest.raises(RuntimeError, match="has ended") as caught:
        client.get("/")
    assert isinstance(caught.value.__cause__, SystemExit)
    with pytest.raises(SystemExit, match="the end"):
        client.close()
    assert isinstance(tasks.pop().exception(), SystemExit)


def test_an_app_may_have_used_threads_when_python_ends():
    script = """
        import asyncio
        from bocadillo_testing import create_client

        async def app(scope, receive, send):
            if scope["type"] == "http":
                await asyncio.to_thread(int)
                await send({"type": "http.response.start", "status": 204})
                await send({"type": "http.response.body"})

        print(create_client(app).get("/").status_code)
    """
    command = [sys.executable, "-c", dedent(script)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)

    assert (ended.stdout, ended.stderr) == ("204\n", "")


def test_a_backend_that_does_not_exist_is_raised_in_the_test(app):
    with pytest.raises(LookupError, match="No such backend: twisted"):
        serve_in_thread(app, backend="twisted")
    assert serving_of(app) is None


def test_a_thread_that_cannot_be_started_is_not_waited_for(app, monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)  # as the system does

    with pytest.raises(RuntimeError, match="can't start new thread"):
        serve_in_thread(app)
    assert serving_of(app) is None


def test_a_test_that_stops_waiting_cancels_the_start():
    starting, cancelled = threading.Event(), threading.Event()

    class TooLong(BaseException):
        pass

    def interrupt(*args):
        raise TooLong

    async def app(scope, receive, send):
        starting.set()
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    def kill():
        starting.wait(10)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        threading.Thread(target=kill).start()
        with pytest.raises(TooLong):
            serve_in_thread(app)
        assert cancelled.wait(10)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert serving_of(app) is None
