import asyncio

import pytest
from benchmarks.apps import raw
from benchmarks.exchange import Client, empty, start
from benchmarks.workloads import WORKLOADS, workload_named


@pytest.fixture
def anyio_backend():
    return "asyncio"


pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
async def test_raw_asgi_answers_every_workload_rightly(workload):
    factory = getattr(raw, workload.factory)
    app = factory() if workload.routes is None else factory(workload.routes)
    client = Client(app, workload, await start(app))

    assert await client.problems() == []


async def test_a_wrong_answer_is_noticed():
    client = Client(raw.text(), workload_named("json"), {})

    assert "content-type is text/plain" in " ".join(await client.problems())


async def test_a_cleanup_that_does_not_run_is_noticed(monkeypatch):
    monkeypatch.setattr("benchmarks.domain.Transaction.close", lambda self: None)

    assert await Client(raw.cleanup(), workload_named("cleanup"), {}).problems()


async def test_applications_may_write_into_the_scope():
    async def app(scope, receive, send):
        scope["headers"].append((b"x", b"y"))
        scope["state"]["x"] = "y"

    client = Client(app, workload_named("text"), {})
    await client.time(2)

    assert (b"x", b"y") not in client.fresh_scope()["headers"]
    assert client.fresh_scope()["state"] == {}


async def test_a_second_receive_tells_of_the_disconnect_when_all_is_sent():
    told = []

    async def app(scope, receive, send):
        await receive()
        waiting = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        told.append(waiting.done())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        told.append(await waiting)

    await Client(app, workload_named("text"), {}).answer()

    assert told == [False, {"type": "http.disconnect"}]


async def test_a_websocket_message_waits_for_the_previous_echo():
    received = []

    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        received.append(await receive())
        early = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        received.append(early.done())
        await send({"type": "websocket.send", "text": received[0]["text"]})
        received.append((await early)["type"])

    await Client(app, workload_named("websocket"), {}).answer()

    assert received[1:] == [False, "websocket.receive"]


async def test_an_application_may_refuse_a_lifespan():
    async def app(scope, receive, send):
        raise ValueError(scope["type"])

    assert await start(app) == {}


async def test_state_of_the_lifespan_reaches_requests():
    async def app(scope, receive, send):
        scope["state"]["pool"] = 1
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()

    state = await start(app)

    assert Client(app, workload_named("text"), state).fresh_scope()["state"] == state


async def test_a_failed_startup_is_an_error():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with pytest.raises(RuntimeError, match="no database"):
        await start(app)


async def test_doing_something_takes_longer_than_doing_nothing():
    async def app(scope, receive, send):
        await empty(scope, receive, send)
        sum(range(2_000))

    client = Client(app, workload_named("text"), {})

    assert await client.time(300) > await client.time_empty(300)
