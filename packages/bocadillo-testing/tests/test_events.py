import asyncio

import httpx2
import pytest

from bocadillo import server_event
from bocadillo_testing import EventStream, async_client


@pytest.fixture
def news(app):
    """An app whose `/news` ends after three events."""

    @app.route("/news", methods=["get", "post"])
    async def news(req, res):
        @res.event_stream
        async def stream():
            yield server_event("first", data="two\nlines", id="1")
            yield server_event(data=req.method)
            yield server_event(retry=7, comment="not an event by itself")

    return app


async def test_events_come_with_all_they_have(news):
    async with async_client(news) as client:
        first, second, third = [event async for event in client.events("/news")]
    assert (first.event, first.data, first.id) == ("first", "two\nlines", "1")
    assert first.retry is None
    assert (second.event, second.data) == ("message", "GET")
    assert third.retry == 7


async def test_other_methods_may_be_asked(news):
    async with async_client(news) as client:
        events = [event async for event in client.events("/news", method="POST")]
    assert events[1].data == "POST"


async def test_the_request_asks_for_events_and_takes_options(app):
    seen = {}

    @app.route("/news")
    async def news(req, res):
        seen.update(req.headers, q=req.query_params["q"])
        res.event_stream(never)

    async def never():
        return
        yield

    options = {"headers": {"last-event-id": "7"}, "params": {"q": "1"}}
    async with async_client(app) as client:
        assert [event async for event in client.events("/news", **options)] == []
    assert seen["accept"] == "text/event-stream"
    assert (seen["last-event-id"], seen["q"]) == ("7", "1")


async def test_an_endless_stream_closes_when_its_loop_is_left(app, log):
    async with async_client(app) as client:
        ids = []
        async for event in client.events("/events"):
            ids.append(event.id)
            if event.id == "3":
                break
        assert ids == ["1", "2", "3"]
        await asyncio.sleep(0.1)
        assert log == ["startup", "left"]


async def test_an_endless_stream_closes_with_its_block(app, log):
    async with async_client(app) as client:
        async with client.events("/events") as events:
            assert isinstance(events, EventStream)
            assert events.response.headers["content-type"].startswith("text/event-st")
            assert (await anext(events)).id == "1"
        assert log == ["startup", "left"]


async def test_a_stream_is_open_from_the_beginning_of_its_block(app, log):
    @app.route("/quiet")
    async def quiet(req, res):
        @res.event_stream
        async def stream():
            log.append("subscribed")
            yield server_event(data="hello")

    async with async_client(app) as client, client.events("/quiet"):
        assert log == ["startup", "subscribed"]


async def test_a_stream_can_be_closed_by_hand(app, log):
    async with async_client(app) as client:
        events = client.events("/events")
        await events.aclose()
        await anext(events)
        await events.aclose()
        assert log == ["startup", "left"]
        with pytest.raises(StopAsyncIteration):
            await anext(events)


async def test_a_stream_that_was_not_left_closes_with_its_client(app, log):
    async with async_client(app) as client:
        events = client.events("/events")
        await anext(events)
    assert log == ["startup", "left", "shutdown"]


async def test_another_status_than_200_is_raised_with_its_text(app):
    async with async_client(app) as client:
        with pytest.raises(httpx2.HTTPStatusError) as caught:
            await anext(client.events("/nothing"))
    assert caught.value.response.status_code == 404
    assert "/nothing answered 404 Not Found in place of events" in str(caught.value)
    assert '"error"' in str(caught.value)


async def test_what_is_no_event_stream_is_refused(app, log):
    async with async_client(app) as client:
        with pytest.raises(httpx2.SSEError, match="application/json"):
            await anext(client.events("/"))


async def test_a_stream_that_is_not_open_has_no_response(app):
    async with async_client(app) as client:
        with pytest.raises(RuntimeError, match="async with"):
            _ = client.events("/events").response
