"""Where a suspended generator stands, asked at each of its `await`s."""

import asyncio
import textwrap
from contextlib import aclosing, asynccontextmanager, nullcontext, suppress

import anyio
import pytest
from anyio import WouldBlock
from hypothesis import given, settings
from hypothesis import strategies as st

from bocadillo.suspension import Abandoned, Interruptible, is_cleaning_up


class Boom(Exception):
    """Raised to enter handlers."""


class Pause:
    """Awaited: suspends once, and says what the truth is about that place."""

    def __init__(self, cleans_up):
        self.cleans_up = cleans_up

    def __await__(self):
        yield self


def answers(generator):
    """What is said at each suspension, beside what is true."""

    async def drive():
        async for _ in generator:
            pass

    driven = drive()
    pairs = []
    while True:
        try:
            pause = driven.send(None)
        except (StopIteration, Boom):
            return pairs
        pairs.append((is_cleaning_up(generator), pause.cleans_up))


class Resource:
    def __init__(self, cleans_up):
        self.cleans_up = cleans_up

    async def __aenter__(self):
        await Pause(self.cleans_up)

    async def __aexit__(self, *details):
        await Pause(True)


@asynccontextmanager
async def managed(cleans_up):
    await Pause(cleans_up)
    try:
        yield
    finally:
        await Pause(True)


@asynccontextmanager
async def managed_plainly(cleans_up):
    await Pause(cleans_up)
    yield
    await Pause(True)


async def numbers(cleans_up):
    try:
        await Pause(cleans_up)
        yield 1
        await Pause(cleans_up)
        yield 2
    finally:
        await Pause(True)


async def helper(cleans_up):
    async with Resource(cleans_up):
        await Pause(cleans_up)
    async for _ in numbers(cleans_up):
        await Pause(cleans_up)
    await Pause(cleans_up)


async def made(cleans_up):
    await Pause(cleans_up)
    return nullcontext()


NAMES = {
    "Boom": Boom, "Pause": Pause, "Resource": Resource, "managed": managed,
    "managed_plainly": managed_plainly, "numbers": numbers, "helper": helper,
    "made": made, "aclosing": aclosing, "asyncio": asyncio, "WouldBlock": WouldBlock,
}  # fmt: skip


def indented(lines):
    return [f"    {line}" for line in lines]


LINES = (
    "await Pause({})",
    "await Pause({}); await Pause({})",
    "it = [await Pause({}) for _ in range(2)]",
    "it = [n async for n in numbers({})]",
    "await helper({})",
    "yield 1",
)
HEADS = (
    "async with Resource({}):",
    "async with Resource({}), managed({}) as it:",
    "async with managed({}):",
    "async with managed_plainly({}):",
    "async with aclosing(numbers({})) as them:",
    "with await made({}):",
    "with await made({}) as it, await made({}):",
    "if True:",
    "for it in range(2):",
)
ENDINGS = ("pass", "break", "continue", "raise Boom", "return")


def block(random, depth, *, cleans_up):
    """Some lines of code in which every `await` is cleanup, or none is."""
    kinds = ["line", "line", "head", "finally", "finally", "except", "not yet"]
    lines = []
    for _ in range(random.randint(1, 3)):
        kind = random.choice(kinds) if depth else "line"
        if kind == "line":
            lines.append(random.choice(LINES).replace("{}", str(cleans_up)))
            continue
        body = block(random, depth - 1, cleans_up=cleans_up)
        if kind == "head":
            head = random.choice(HEADS).replace("{}", str(cleans_up))
            if "numbers" in head:
                body = ["async for it in them:", *indented(body)]
            lines += [head, *indented(body)]
            continue
        last = block(random, depth - 1, cleans_up=True)
        if kind == "not yet":
            other = block(random, depth - 1, cleans_up=cleans_up)
            what = random.choice(["WouldBlock", "asyncio.QueueEmpty"])
            handlers = {what: other, "Boom": last}
            named = random.sample(sorted(handlers), 2)
            whole = ["try:", *indented([*body, f"raise {random.choice(named)}"])]
            for name in named:
                whole += [f"except {name}:", *indented(handlers[name])]
        elif kind == "finally":
            body.append(random.choice(ENDINGS))
            whole = ["try:", *indented(body), "finally:", *indented(last)]
        else:
            last.append(random.choice(["pass", "raise", "raise Boom"]))
            raising = [*body, "raise Boom"]
            whole = ["try:", *indented(raising), "except Boom:", *indented(last)]
        whole = ["for _ in range(2):", *indented(whole)]
        lines += ["try:", *indented(whole), "except Boom:", "    pass"]
    return lines


def made_from(lines):
    text = "\n".join(["async def generator():", *indented(lines), "    yield"])
    names = dict(NAMES)
    exec(text, names)
    return names["generator"]


@settings(max_examples=80, deadline=None)
@given(st.randoms(use_true_random=False))
def test_every_suspension_is_told_for_what_it_is(random):
    lines = block(random, 3, cleans_up=False)

    for said, true in answers(made_from(lines)()):
        assert said == true, "\n".join(lines)


def lines(text):
    return textwrap.dedent(text).strip().splitlines()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("await Pause(False)", [False]),
        ("try: await Pause(False)\nfinally: await Pause(True)", [False, True]),
        ("async with Resource(False): await Pause(False)", [False, False, True]),
        ("with await made(False): pass", [False]),
        (
            """
            try: raise WouldBlock
            except WouldBlock:
                try: await Pause(False)
                finally: await Pause(True)
            """,
            [False, True],
        ),
        (
            """
            try: raise Boom
            except Boom:
                try: raise asyncio.QueueEmpty
                except asyncio.QueueEmpty: pass
                await Pause(True)
            """,
            [True],
        ),
        (
            """
            try: raise WouldBlock
            except (WouldBlock, Boom): await Pause(True)
            """,
            [True],
        ),
    ],
)
def test_cleanup_is_told_from_work(text, expected):
    assert [said for said, _ in answers(made_from(lines(text))())] == expected


def test_one_line_is_enough_to_tell_entering_from_leaving():
    text = "async with Resource(False), Resource(False): yield 1"

    said = [said for said, _ in answers(made_from([text])())]

    assert said == [False, False, True, True]


def test_closing_another_generator_counts_as_its_own_cleanup():
    text = """
    others = numbers(False)
    await anext(others)
    await others.aclose()
    """

    assert answers(made_from(lines(text))()) == [(False, False), (True, True)]


def test_the_next_value_with_a_default_is_looked_through():
    async def inner():
        try:
            yield 1
        finally:
            await Pause(True)

    async def generator():
        others = inner()
        while await anext(others, None):
            yield

    assert answers(generator()) == [(True, True)]


def test_what_waits_for_a_plain_generator_is_looked_through():
    class Generated:
        def __await__(self):
            yield from Pause(True).__await__()

    async def cleaning():
        try:
            pass
        finally:
            await Generated()

    async def generator():
        await cleaning()
        yield

    assert answers(generator()) == [(True, True)]


async def test_a_task_group_works_where_others_clean_up():
    release = asyncio.Event()

    async def generator():
        async with asyncio.TaskGroup() as group:
            group.create_task(release.wait())
        yield

    running = generator()
    pulling = asyncio.ensure_future(anext(running))
    await asyncio.sleep(0)
    said = is_cleaning_up(running)
    release.set()
    await pulling
    await running.aclose()

    assert said is False


@pytest.mark.parametrize("direction", ["receive", "send"])
async def test_who_waits_for_a_memory_stream_does_not_clean_up(direction):
    sending, receiving = anyio.create_memory_object_stream(0)

    async def generator():
        with sending, receiving:
            if direction == "receive":
                await receiving.receive()
            else:
                await sending.send(1)
        yield

    running = generator()
    pulling = asyncio.ensure_future(anext(running))
    for _ in range(3):
        await asyncio.sleep(0)
    said = is_cleaning_up(running)
    pulling.cancel()
    await asyncio.wait([pulling])

    assert said is False


def test_one_that_has_ended_cleans_up_no_more():
    async def generator():
        yield

    ended = generator()
    answers(ended)

    assert is_cleaning_up(ended) is False


def test_a_coroutine_is_told_as_a_generator_is():
    async def work():
        async with Resource(False):
            await Pause(False)

    working = work()
    pauses = working.__await__()
    said = [is_cleaning_up(working) for _ in pauses]

    assert said == [False, False, True]


# Interrupting


class Interrupter:
    """Says what a cancellation stands for, and counts when the coroutine waits."""

    def __init__(self, meaning=None):
        self.meaning = meaning
        self.waits = 0

    def suspended(self):
        self.waits += 1

    def translate(self, cancellation):
        return self.meaning or cancellation


async def cancelled(coroutine, meaning=None):
    """Await a coroutine, and be cancelled when it waits."""
    interrupter = Interrupter(meaning)

    async def wait():
        await Interruptible(coroutine, interrupter)

    task = asyncio.ensure_future(wait())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    return task, interrupter


async def test_what_is_awaited_runs_in_the_same_task():
    seen = []

    async def work():
        await asyncio.sleep(0)
        seen.append(asyncio.current_task())

    interrupter = Interrupter()
    await Interruptible(work(), interrupter)

    assert seen == [asyncio.current_task()]
    assert interrupter.waits == 1


async def test_a_cancellation_may_stand_for_another_exception():
    async def work():
        with pytest.raises(Boom):
            await asyncio.Event().wait()

    task, _ = await cancelled(work(), Boom())

    assert task.exception() is None


async def test_a_cancellation_may_stand_for_itself():
    async def work():
        await asyncio.Event().wait()

    task, _ = await cancelled(work())

    assert task.cancelled()


async def test_other_exceptions_are_passed_on():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_soon(future.set_exception, Boom())

    async def work():
        with pytest.raises(Boom):
            await future

    await Interruptible(work(), Interrupter())


async def test_what_ends_when_it_is_abandoned_is_abandoned():
    log = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            log.append("ended")

    task, _ = await cancelled(work(), Abandoned())

    assert type(task.exception()) is Abandoned
    assert log == ["ended"]


async def test_what_goes_on_is_abandoned_all_the_same():
    release = asyncio.Event()

    async def work():
        while not release.is_set():
            with suppress(BaseException):
                await release.wait()

    working = work()
    task, interrupter = await cancelled(working, Abandoned())

    assert type(task.exception()) is Abandoned
    assert interrupter.waits == 1
    release.set()
    with suppress(StopIteration):
        working.send(None)


async def test_a_coroutine_is_looked_into_while_it_is_interruptible():
    async def work():
        async with Resource(False):
            pass

    async def wait():
        await Interruptible(work(), Interrupter())

    waiting = wait()
    pauses = waiting.__await__()
    said = [is_cleaning_up(waiting) for _ in pauses]

    assert said == [False, True]
