"""Waiting, on the libraries there are and across threads."""

import asyncio
import threading

import anyio
import pytest

from bocadillo_providers.waiting import Turn, current_task, gather


async def test_a_turn_that_is_over_is_not_waited_for():
    turn = Turn(current_task())
    turn.end()

    await turn.wait()


async def test_all_who_wait_are_woken():
    turn = Turn(current_task())
    woken = []

    async def wait(name):
        await turn.wait()
        woken.append(name)

    async with anyio.create_task_group() as group:
        group.start_soon(wait, "a")
        group.start_soon(wait, "b")
        await anyio.lowlevel.checkpoint()
        await anyio.lowlevel.checkpoint()
        turn.end()

    assert sorted(woken) == ["a", "b"]


async def test_a_turn_can_end_in_another_thread():
    turn = Turn(current_task())
    timer = threading.Timer(0.01, turn.end)
    timer.start()

    with anyio.fail_after(5):
        await turn.wait()
    timer.join()


async def test_who_gave_up_waiting_is_not_woken():
    turn = Turn(current_task())
    with anyio.move_on_after(0.001):
        await turn.wait()

    turn.end()
    await anyio.sleep(0.001)


def test_a_loop_that_has_ended_is_not_woken():
    turn = Turn(current_task())

    async def give_up():
        with anyio.move_on_after(0.001):
            await turn.wait()

    asyncio.run(give_up())
    turn.end()


async def test_tasks_are_told_apart():
    tasks = set()

    async def tell():
        tasks.add(current_task())

    async with anyio.create_task_group() as group:
        group.start_soon(tell)
        group.start_soon(tell)

    assert len(tasks) == 2
    assert current_task() is current_task()


def test_outside_of_tasks_threads_are_told_apart():
    async def in_callback():
        future = loop.create_future()
        loop.call_soon(lambda: future.set_result(current_task()))
        return await future

    loop = asyncio.new_event_loop()
    try:
        assert loop.run_until_complete(in_callback()) is threading.current_thread()
    finally:
        loop.close()
    assert current_task() is threading.current_thread()


async def test_a_single_function_runs_in_the_callers_task():
    async def tell():
        return current_task()

    assert await gather([tell]) == [current_task()]


async def test_several_functions_run_concurrently():
    met = [anyio.Event(), anyio.Event()]

    async def meet(own, other):
        met[own].set()
        await met[other].wait()
        return own

    results = await gather([lambda: meet(0, 1), lambda: meet(1, 0)])

    assert results == [0, 1]


def test_a_function_that_awaits_what_was_cancelled_ends_as_cancelled():
    async def await_cancelled():
        task = asyncio.create_task(asyncio.sleep(1))
        task.cancel()
        await task

    async def main():
        await gather([await_cancelled, lambda: asyncio.sleep(0)])

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())


async def test_the_first_failure_propagates_without_a_group():
    async def fail(error):
        raise error

    with pytest.raises(KeyError):
        await gather([lambda: fail(KeyError()), lambda: fail(KeyError())])
