import asyncio
import sys
import threading
import time
from types import ModuleType

import httpx2
import pytest

from bocadillo_testing import LiveServer
from bocadillo_testing.serving import serving_of


def test_a_loop_that_does_not_exist_is_raised(app):
    with pytest.raises(RuntimeError, match="did not start: ModuleNotFoundError"):
        LiveServer(app, loop="no.such:loop").__enter__()
    assert serving_of(app) is None


def test_what_the_server_itself_raises_is_the_cause(app):
    with pytest.raises(RuntimeError, match="did not start") as caught:
        LiveServer(app, http="no.such:protocol").__enter__()
    assert caught.value.__cause__ is not None


def test_no_thread_is_left(app):
    before = set(threading.enumerate())
    with LiveServer(app) as server:
        [thread] = set(threading.enumerate()) - before
        assert thread.name == repr(server)
    assert set(threading.enumerate()) == before


def test_no_thread_is_left_of_a_server_that_nobody_waited_for(app, monkeypatch):
    def late_loop():
        while serving_of(app) is not None:
            time.sleep(0.001)
        return asyncio.new_event_loop()

    late = ModuleType("bocadillo_late_loops")
    late.late_loop = late_loop
    monkeypatch.setitem(sys.modules, late.__name__, late)
    before = set(threading.enumerate())
    with pytest.raises(TimeoutError):
        LiveServer(
            app, ready_timeout=0.001, loop="bocadillo_late_loops:late_loop"
        ).__enter__()
    assert set(threading.enumerate()) == before
    assert serving_of(app) is None


def test_an_app_without_lifespan_and_draining_can_be_served():
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            raise NotImplementedError
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    with LiveServer(app) as server:
        assert httpx2.get(server.url("/")).status_code == 204
