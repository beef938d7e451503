"""The lifespans of apps that are mounted, and what an app's own may be."""

import asyncio
import logging
from contextlib import asynccontextmanager, suppress

import pytest

from bocadillo.lifespan import as_lifespan, checked_event, running

pytestmark = pytest.mark.anyio


@pytest.fixture
def log():
    return []


def well_behaved(log):
    async def app(scope, receive, send):
        for event in ("startup", "shutdown"):
            message = await receive()
            log.append(message["type"])
            scope["state"][event] = True
            await send({"type": f"lifespan.{event}.complete"})

    return app


async def test_a_mounted_app_starts_before_and_stops_after(log):
    state = {"pool": 3}

    async with running(well_behaved(log), state):
        log.append("block")
        assert state == {"pool": 3, "startup": True}

    assert log == ["lifespan.startup", "block", "lifespan.shutdown"]


async def test_it_stops_when_the_block_fails(log):
    with pytest.raises(KeyError):
        async with running(well_behaved(log), {}):
            raise KeyError

    assert log[-1] == "lifespan.shutdown"


async def refuses(scope, receive, send):
    raise AssertionError(scope["type"])


async def returns(scope, receive, send): ...


async def starts_and_returns(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})


@pytest.mark.parametrize("app", [refuses, returns, starts_and_returns])
async def test_an_app_may_have_no_lifespan(app, caplog):
    async with running(app, {}):
        await asyncio.sleep(0)

    assert caplog.text == ""


async def test_an_app_that_fails_after_it_was_asked_is_told_of(caplog):
    async def app(scope, receive, send):
        await receive()
        raise LookupError("no database")

    async with running(app, {}):
        pass

    assert "left its lifespan" in caplog.text
    assert "LookupError: no database" in caplog.text


@pytest.mark.parametrize(
    ("message", "reason"), [("no database", "no database"), ("", "it gave no reason")]
)
async def test_a_startup_that_failed_is_the_parents(message, reason):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": message})

    with pytest.raises(RuntimeError, match=rf"The startup of .*app\(\).*: {reason}"):
        async with running(app, {}):
            raise AssertionError


async def test_a_shutdown_that_failed_is_the_parents():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.failed", "message": "busy"})

    with pytest.raises(RuntimeError, match=r"The shutdown of .* failed: busy"):
        async with running(app, {}):
            pass


async def test_a_slow_startup_is_told_of_and_waited_for(caplog):
    async def app(scope, receive, send):
        await receive()
        await asyncio.sleep(0.05)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async with running(app, {}, patience=0.02):
        assert "Still waiting for the startup of mounted app" in caplog.text


async def test_a_shutdown_that_never_ends_is_cancelled(caplog, log):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        try:
            await asyncio.Event().wait()
        finally:
            log.append("cancelled")

    async with running(app, {}, patience=0.02):
        pass

    assert log == ["cancelled"]
    assert "did not shut down within 0.02 seconds; it is cancelled" in caplog.text


async def test_what_is_no_answer_is_refused(caplog):
    async def app(scope, receive, send):
        await send({"type": "http.response.start"})

    with caplog.at_level(logging.WARNING):
        async with running(app, {}):
            pass

    assert "Unexpected message 'http.response.start' in a lifespan" not in caplog.text
    with caplog.at_level(logging.DEBUG, "bocadillo.lifespan"):
        async with running(app, {}):
            pass
    assert "Unexpected message 'http.response.start' in a lifespan" in caplog.text


async def generator(app):
    yield {"app": app}


@pytest.mark.parametrize("function", [generator, asynccontextmanager(generator)])
async def test_a_lifespan_gives_a_context(function):
    async with as_lifespan(function)("app") as given:
        assert given == {"app": "app"}


async def coroutine(app): ...


@pytest.mark.parametrize(
    ("function", "problem"), [(3, "not 3"), (coroutine, "which does not yield")]
)
async def test_what_never_yields_is_no_lifespan(function, problem):
    with pytest.raises(TypeError, match=problem):
        as_lifespan(function)


async def test_what_gives_no_context_is_found_at_startup():
    with pytest.raises(TypeError, match=r"list\(\).*, which gives list"):
        as_lifespan(list)([])


async def test_events_are_checked():
    checked_event("startup", print)

    with pytest.raises(ValueError, match="no event 'start': use 'startup' or 'shutd"):
        checked_event("start", print)
    with pytest.raises(TypeError, match="must be callable, not 3"):
        checked_event("startup", 3)


@pytest.mark.parametrize("kind", ["bare", "caught", "suppressed", "not a generator"])
async def test_what_was_entered_is_exited_and_swallows_nothing(log, kind):
    async def bare(app):
        yield
        log.append("left")

    async def caught(app):
        try:
            yield
        except KeyError:
            log.append("left")

    @asynccontextmanager
    async def suppressed(app):
        with suppress(KeyError):
            yield
        log.append("left")

    class Iterator:
        def __aiter__(self):
            return self

        async def __anext__(self):
            if log:
                raise StopAsyncIteration
            log.append("left")

        async def athrow(self, *failure):
            raise KeyError

    functions = {
        "bare": bare,
        "caught": caught,
        "suppressed": suppressed,
        "not a generator": lambda app: Iterator(),
    }

    with pytest.raises(KeyError):
        async with as_lifespan(functions[kind])("app"):
            raise KeyError

    assert log == ["left"]


async def takes_nothing():
    yield


async def takes_more(app, pool):
    yield


@pytest.mark.parametrize("wrong", [takes_nothing, takes_more])
def test_a_lifespan_takes_the_app(wrong):
    with pytest.raises(TypeError, match=rf"takes the app .* not {wrong.__name__}\(\)"):
        as_lifespan(wrong)
