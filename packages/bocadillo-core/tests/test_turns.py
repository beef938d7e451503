"""Turns of those who go on without ever waiting."""

import asyncio

import pytest

from bocadillo.turns import Turns


@pytest.fixture
def clock(monkeypatch):
    """The time in milliseconds, in a list so that a test can set it."""
    clock = [0]
    monkeypatch.setattr("bocadillo.turns.monotonic", lambda: clock[0] / 1000)
    return clock


async def test_others_have_a_turn_whenever_one_was_long(clock):
    had = []

    async def have_turns():
        while True:
            had.append(clock[0])
            await asyncio.sleep(0)

    other = asyncio.create_task(have_turns())
    turns = Turns()
    for clock[0] in range(20):
        await turns.give()
    other.cancel()

    assert had == [5, 10, 15]
