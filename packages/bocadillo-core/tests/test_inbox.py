"""What is kept of what a client sends while nobody reads."""

import asyncio

import pytest

from bocadillo.inbox import Inbox

DISCONNECT = {"type": "http.disconnect"}


def part(body, *, more=True):
    return {"type": "http.request", "body": body, "more_body": more}


class Server:
    """Gives messages as they are put into it."""

    def __init__(self, *messages):
        self.queue = asyncio.Queue()
        self.asked = 0
        for message in messages:
            self.queue.put_nowait(message)

    async def receive(self):
        self.asked += 1
        message = await self.queue.get()
        if message is DISCONNECT:
            self.queue.put_nowait(message)  # it is said as often as it is asked for
        return message


async def listening(inbox):
    task = asyncio.ensure_future(inbox.listen())
    await asyncio.sleep(0)
    return task


async def test_what_came_before_the_disconnect_is_kept_in_order():
    inbox = Inbox(Server(part(b"a"), part(b"b"), DISCONNECT).receive, 100)

    assert await inbox.listen() is DISCONNECT

    got = [await inbox.receive() for _ in range(4)]
    assert got == [part(b"a"), part(b"b"), DISCONNECT, DISCONNECT]


async def test_a_view_gets_at_once_what_comes():
    server = Server()
    inbox = Inbox(server.receive, 100)
    task = await listening(inbox)

    reading = asyncio.ensure_future(inbox.receive())
    await asyncio.sleep(0)
    server.queue.put_nowait(part(b"a"))

    assert await reading == part(b"a")
    assert server.asked == 2
    task.cancel()


async def test_the_view_asks_the_server_when_nobody_listens():
    server = Server(part(b"a"))
    inbox = Inbox(server.receive, 100)

    assert await inbox.receive() == part(b"a")


async def test_a_view_that_waits_asks_the_server_once_listening_ends():
    server = Server()
    inbox = Inbox(server.receive, 100)
    task = await listening(inbox)
    reading = asyncio.ensure_future(inbox.receive())
    await asyncio.sleep(0)

    task.cancel()
    server.queue.put_nowait(part(b"a"))

    assert await reading == part(b"a")


async def test_of_what_is_over_the_limit_only_the_first_is_kept():
    parts = [part(b"x" * 10)] * 10
    inbox = Inbox(Server(*parts, DISCONNECT).receive, 25)

    await inbox.listen()

    assert [await inbox.receive() for _ in range(4)] == [*parts[:3], DISCONNECT]


async def test_without_a_limit_it_does_not_run_far_ahead():
    size = 300_000
    server = Server(*[part(b"x" * size)] * 10, DISCONNECT)
    inbox = Inbox(server.receive, None)
    task = await listening(inbox)

    assert server.asked == 4
    sizes = [len((await inbox.receive()).get("body", b"")) for _ in range(11)]
    assert sizes == [*[size] * 10, 0]
    assert await task is DISCONNECT


@pytest.mark.parametrize("limit", [100, None])
async def test_listening_may_end_and_begin_again(limit):
    server = Server(part(b"a"))
    inbox = Inbox(server.receive, limit)
    task = await listening(inbox)
    task.cancel()
    await asyncio.wait([task])
    assert not inbox.listening

    server.queue.put_nowait(DISCONNECT)
    await inbox.listen()

    assert await inbox.receive() == part(b"a")


async def test_nothing_is_dropped_while_it_is_not_known_who_will_read():
    size = 600_000
    parts = [part(b"x" * size)] * 4
    server = Server(*parts, DISCONNECT)
    inbox = Inbox(server.receive, 10)
    looking = asyncio.ensure_future(inbox.look())
    await asyncio.sleep(0)

    assert server.asked == 2
    got = [await inbox.receive() for _ in range(5)]
    assert got == [*parts, DISCONNECT]
    assert await looking is DISCONNECT
