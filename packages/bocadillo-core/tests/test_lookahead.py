import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo.lookahead import KEPT_SIZE, Lookahead

GONE = {"type": "websocket.disconnect", "code": 1001}


def text(data):
    return {"type": "websocket.receive", "text": data}


class Server:
    def __init__(self):
        self.queue = asyncio.Queue()
        self.calls = 0

    async def receive(self):
        self.calls += 1
        return await self.queue.get()

    def tell(self, *messages):
        for message in messages:
            self.queue.put_nowait(message)


async def turns(count=5):
    for _ in range(count):
        await asyncio.sleep(0)


async def test_it_tells_when_the_client_leaves():
    server, told = Server(), []
    lookahead = Lookahead(server.receive, lambda: told.append("left"))
    await turns()
    assert not told

    server.tell(GONE)
    await turns()

    assert told == ["left"]
    assert lookahead.left == GONE
    assert await lookahead.receive() == GONE


async def test_a_view_has_time_to_read_what_was_said_before_its_client_left():
    server, told = Server(), []
    lookahead = Lookahead(server.receive, lambda: told.append("left"))
    server.tell(text("one"), GONE)
    await turns()

    assert not told
    assert lookahead.left == GONE
    assert [await lookahead.receive() for _ in range(2)] == [text("one"), GONE]
    lookahead.stop()


async def test_a_view_that_never_reads_it_is_told_all_the_same():
    server, told = Server(), asyncio.Event()
    Lookahead(server.receive, told.set, patience=0.01)

    server.tell(text("one"), GONE)

    async with asyncio.timeout(5):
        await told.wait()


@pytest.mark.parametrize("meanwhile", [Lookahead.receive, Lookahead.stop])
async def test_who_reads_or_has_ended_meanwhile_is_not_told(meanwhile):
    server, told = Server(), []
    lookahead = Lookahead(server.receive, lambda: told.append("left"), patience=0.01)
    server.tell(text("one"), GONE)
    await turns()

    done = meanwhile(lookahead)
    if done is not None:
        await done
    await asyncio.sleep(0.02)

    assert not told


async def test_it_does_not_tell_a_view_that_has_asked():
    server, told = Server(), []
    lookahead = Lookahead(server.receive, lambda: told.append("left"))
    asking = asyncio.create_task(lookahead.receive())
    await turns()

    server.tell(GONE)

    assert await asking == GONE
    assert not told


async def test_a_view_that_gave_up_waiting_loses_no_message():
    server = Server()
    lookahead = Lookahead(server.receive, print)
    asking = asyncio.create_task(lookahead.receive())
    await turns()
    asking.cancel()
    await turns()

    server.tell(text("one"), text("two"))
    await turns()

    assert await lookahead.receive() == text("one")
    assert await lookahead.receive() == text("two")


async def test_it_does_not_read_for_ever():
    server = Server()
    lookahead = Lookahead(server.receive, print)
    server.tell(*[text("x" * 1000)] * 1000)
    await turns()

    assert server.calls <= KEPT_SIZE // 1000 + 2
    for _ in range(1000):
        assert await lookahead.receive() == text("x" * 1000)


async def test_bytes_count_as_well():
    server = Server()
    Lookahead(server.receive, print)
    server.tell(*[{"type": "websocket.receive", "bytes": bytes(KEPT_SIZE)}] * 5)
    await turns()

    assert server.calls == 2


async def test_it_reads_directly_again_once_the_view_reads():
    server = Server()
    lookahead = Lookahead(server.receive, print)
    server.tell(text("one"))
    assert await lookahead.receive() == text("one")
    server.tell(text("two"))
    assert await lookahead.receive() == text("two")
    await turns()
    assert server.calls == 2

    server.tell(text("three"))
    assert await lookahead.receive() == text("three")


async def test_it_may_read_ahead_again():
    server, told = Server(), []
    lookahead = Lookahead(server.receive, lambda: told.append("left"))
    server.tell(text("one"))
    assert await lookahead.receive() == text("one")
    server.tell(text("two"))
    assert await lookahead.receive() == text("two")

    lookahead.resume()
    server.tell(GONE)
    await turns()

    assert lookahead.left == GONE


async def test_it_does_not_read_ahead_of_a_view_that_waits():
    server = Server()
    lookahead = Lookahead(server.receive, print)
    server.tell(text("one"))
    assert await lookahead.receive() == text("one")
    asking = asyncio.create_task(lookahead.receive())
    await turns()

    lookahead.resume()
    server.tell(text("two"))

    assert await asyncio.wait_for(asking, 1) == text("two")


async def test_a_server_that_fails_has_lost_its_client():
    async def receive():
        raise OSError

    told = []
    lookahead = Lookahead(receive, lambda: told.append("left"))
    await turns()

    assert told == ["left"]
    assert (await lookahead.receive())["code"] == 1006


async def test_nothing_is_left_once_it_was_stopped():
    before = asyncio.all_tasks()
    lookahead = Lookahead(Server().receive, print)
    await turns()

    lookahead.stop()
    await turns()

    assert asyncio.all_tasks() == before


async def test_who_asks_at_once_is_served():
    server = Server()
    lookahead = Lookahead(server.receive, print)
    asking = [asyncio.create_task(lookahead.receive()) for _ in range(3)]

    server.tell(text("one"), text("two"), text("three"))

    answers = await asyncio.wait_for(asyncio.gather(*asking), 1)
    assert answers == [text("one"), text("two"), text("three")]


@given(
    st.lists(st.text(max_size=5), max_size=20),
    st.lists(st.sampled_from(["tell", "ask", "turn", "resume"]), max_size=60),
)
def test_every_message_arrives_once_and_in_order(messages, steps):
    async def run():
        server = Server()
        lookahead = Lookahead(server.receive, lambda: None)
        left, got = [text(data) for data in messages], []

        async def ask():
            got.append(await lookahead.receive())

        asked = []
        for step in steps:
            if step == "tell" and left:
                server.tell(left.pop(0))
            elif step == "turn":
                await turns(2)
            elif step == "resume":
                lookahead.resume()
            elif len(asked) <= len(messages):
                asked.append(asyncio.create_task(ask()))
        server.tell(*left, GONE)
        while len(asked) <= len(messages):
            asked.append(asyncio.create_task(ask()))
        async with asyncio.timeout(1):
            await asyncio.gather(*asked)
        lookahead.stop()
        assert got == [*map(text, messages), GONE]

    asyncio.run(run())
