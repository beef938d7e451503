import asyncio
import logging

import anyio
import pytest

from bocadillo_testing.lifespan import Lifespan, serve_here
from bocadillo_testing.loop_thread import serve_in_thread
from bocadillo_testing.serving import serving_of


def lifespan_app(*, startup="complete", shutdown="complete", log=None, raises=None):
    """An ASGI app that answers as it is told to, then may raise."""

    async def app(scope, receive, send):
        assert scope["type"] == "lifespan"
        for event, answer in (("startup", startup), ("shutdown", shutdown)):
            message = await receive()
            assert message == {"type": f"lifespan.{event}"}
            if log is not None:
                log.append(event)
            if answer == "failed":
                await send({"type": f"lifespan.{event}.failed", "message": "why not"})
                if raises is not None:
                    raise raises
                return
            if answer == "raise":
                raise raises
            scope["state"]["started"] = True
            await send({"type": f"lifespan.{event}.complete"})

    return app


async def start_and_stop(lifespan):
    await lifespan.startup()
    await lifespan.shutdown()


async def test_an_app_starts_and_stops(log):
    serving = await serve_here(lifespan_app(log=log), "a test")
    assert log == ["startup"]
    assert serving.state == {"started": True}
    await serving.stop()
    assert log == ["startup", "shutdown"]
    serving.end()


@pytest.mark.parametrize("event", ["startup", "shutdown"])
async def test_a_failure_without_exception_gives_the_reason(event):
    async with anyio.create_task_group() as group:
        lifespan = Lifespan(lifespan_app(**{event: "failed"}))
        group.start_soon(lifespan.run)
        with pytest.raises(RuntimeError, match=r"of <function .* failed: why not"):
            await start_and_stop(lifespan)


@pytest.mark.parametrize("event", ["startup", "shutdown"])
async def test_a_failure_with_an_exception_raises_that(event):
    failing = lifespan_app(**{event: "failed"}, raises=LookupError("the cause"))
    async with anyio.create_task_group() as group:
        lifespan = Lifespan(failing)
        group.start_soon(lifespan.run)
        with pytest.raises(LookupError, match="the cause"):
            await start_and_stop(lifespan)


async def test_an_exception_while_stopping_is_a_failure():
    failing = lifespan_app(shutdown="raise", raises=LookupError("the cause"))
    serving = await serve_here(failing, "a test")
    with pytest.raises(LookupError, match="the cause"):
        await serving.stop()
    serving.end()


async def test_an_app_that_raises_at_once_has_no_lifespan(caplog):
    caplog.set_level(logging.INFO)
    app = lifespan_app(startup="raise", raises=NotImplementedError("no lifespan"))
    serving = await serve_here(app, "a test")
    await serving.stop()
    assert "no lifespan" in caplog.text
    serving.end()


async def test_an_app_that_returns_at_once_has_no_lifespan():
    async def app(scope, receive, send):
        pass

    serving = await serve_here(app, "a test")
    await serving.stop()
    serving.end()


async def test_an_app_that_does_not_start_is_not_served():
    app = lifespan_app(startup="failed")
    with pytest.raises(RuntimeError, match="start-up"):
        await serve_here(app, "a test")
    assert serving_of(app) is None
    with pytest.raises(RuntimeError, match="start-up"):
        serve_in_thread(app)
    assert serving_of(app) is None


async def test_a_start_can_be_cancelled():
    cancelled = []

    async def app(scope, receive, send):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await serve_here(app, "a test")
    await asyncio.sleep(0.01)
    assert cancelled == [True]
    assert serving_of(app) is None


def test_another_library_than_asyncio_is_refused(app):
    with pytest.raises(RuntimeError, match="fixture `anyio_backend`"):
        anyio.run(serve_here, app, "a test", backend="trio")
    assert serving_of(app) is None
