"""The event loop of a synchronous client: nothing of it is left after the client."""

import asyncio
import signal
import threading
import time

import pytest
from anyio.lowlevel import EventLoopToken

from bocadillo_testing import create_client
from bocadillo_testing.loop_thread import serve_in_thread
from bocadillo_testing.serving import call_soon, serving_of


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


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_ends_the_loop_is_raised_in_the_test():
    async def exit_():
        raise SystemExit("the end")

    client = create_client(serving_http(exit_))
    with pytest.raises(SystemExit, match="the end"):
        client.get("/")
    with pytest.raises(SystemExit, match="the end"):
        client.close()


def test_a_backend_that_does_not_exist_is_raised_in_the_test(app):
    with pytest.raises(LookupError, match="No such backend: twisted"):
        serve_in_thread(app, backend="twisted")
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


def test_a_loop_that_never_calls_back_is_not_waited_for():
    """As it is between the end of what the loop runs, and its own."""
    loop = asyncio.new_event_loop()
    token = EventLoopToken(None, loop)
    called = []

    call_soon(token, lambda: called.append(1))
    loop.close()
    call_soon(token, lambda: called.append(2))

    assert called == []
