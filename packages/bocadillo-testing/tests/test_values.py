import asyncio

import pytest

from bocadillo import App, Store, configure
from bocadillo_testing import create_client
from bocadillo_testing.serving import serving_of
from bocadillo_testing.values import Keeper, values_here, values_in_thread


@pytest.fixture
def shop(log):
    store = Store()
    app = configure(App("shop", providers=store))

    @store.provider
    async def first():
        log.append("first opened")
        yield asyncio.current_task()
        log.append(asyncio.current_task())

    @store.provider
    async def endless():
        await asyncio.sleep(60)

    return app


async def test_values_are_cleaned_up_by_the_task_that_made_them(shop, log):
    async with values_here(shop) as values:
        task = await values.obtain("first")
        assert await values.obtain("first") is task
    assert task is not asyncio.current_task()
    assert log == ["first opened", task]


def test_values_come_from_the_client_that_serves(shop, log):
    with create_client(shop) as client, values_in_thread(shop) as values:
        loop = client.portal.call(asyncio.get_running_loop)
        assert values.get("first").get_loop() is loop
    assert serving_of(shop) is None


def test_the_app_is_served_for_them_if_it_is_not(shop):
    with values_in_thread(shop) as values:
        values.get("first")
        assert serving_of(shop) is not None
    assert serving_of(shop) is None


async def test_whoever_waits_for_a_value_is_cancelled_with_its_maker(shop):
    async with values_here(shop):
        keeper = Keeper(shop)
        await keeper.open()
        waiting = asyncio.create_task(keeper.make("endless"))
        await asyncio.sleep(0.01)
        keeper._task.cancel()
        made = await waiting
        assert made.cancelled()
        with pytest.raises(asyncio.CancelledError):
            await keeper.close()


async def test_the_app_stops_although_a_cleanup_fails(shop):
    @shop._store.provider
    def file():
        yield
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        async with values_here(shop) as values:
            await values.obtain("file")
    assert serving_of(shop) is None
