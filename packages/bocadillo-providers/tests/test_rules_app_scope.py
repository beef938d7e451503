"""Rules 15 to 18 of the contract: the widest scope, and what is lazy."""

import gc
import warnings

import anyio
import pytest

from bocadillo_providers import (
    InvalidProvider,
    Lazy,
    ResolutionError,
    ScopeNotOpen,
    SessionRequired,
)

# Rule 15: sessions start what is not lazy.


async def test_a_session_starts_the_app_scope_in_dependency_order(store, log):
    @store.provider(scope="app")
    async def repo(pool):
        log.append("+repo")
        yield
        log.append("-repo")

    @store.provider(scope="session")
    def pool():
        log.append("+pool")
        yield
        log.append("-pool")

    @store.provider(scope="app", lazy=True)
    def cache():
        log.append("cache")

    @store.provider
    def db():
        log.append("db")

    async with store.session():
        log.append("body")

    assert log == ["+pool", "+repo", "body", "-repo", "-pool"]


async def test_a_failing_start_cleans_up_what_was_started(store, log):
    @store.provider(scope="app")
    async def pool():
        try:
            yield
        except ValueError:
            log.append("pool saw it")
            raise

    @store.provider(scope="app")
    def repo(pool):
        raise ValueError("no repo")

    with pytest.raises(ValueError, match="no repo") as caught:
        async with store.session():
            log.append("body")

    assert log == ["pool saw it"]
    assert caught.value.__notes__ == [
        f"while providing 'repo' ({repo.origin}) for 'the session': repo <- the session"
    ]
    with store.override(repo=1):
        async with store.session():
            pass


@pytest.mark.parametrize("autouse", [False, True])
async def test_an_app_value_needs_a_session_if_it_is_only_used(store, autouse):
    @store.provider(scope="app", autouse=autouse)
    def pool(): ...

    @store.consumer
    @store.useprovider(*[] if autouse else ["pool"])
    async def report(): ...

    with pytest.raises(SessionRequired, match="'pool'"):
        await report()
    async with store.session():
        await report()


async def test_a_lazy_app_value_that_is_only_used_is_made_by_the_first_call(store, log):
    @store.provider(scope="app", lazy=True)
    def pool():
        log.append("+pool")
        yield
        log.append("-pool")

    @store.consumer(supplied=())
    @store.useprovider("pool")
    async def report():
        log.append("report")

    async with store.session() as session:
        run = session.bind(report)
        await run()
        await run()

    assert log == ["+pool", "report", "report", "-pool"]


async def test_an_app_value_needs_a_session(store):
    pool = store.provider(lambda: 1, name="pool", scope="app")
    store.provider(lambda pool: pool, name="db")

    @store.consumer
    async def rename(db): ...

    with pytest.raises(SessionRequired) as caught:
        await rename()

    message = str(caught.value)
    assert f"'pool' ({pool.origin})" in message
    assert "pool <- db <- rename" in message
    assert "async with store.session():" in message


async def test_a_session_that_has_closed_does_not_count(store):
    store.provider(lambda: 1, name="pool", scope="app")
    get = store.consumer(lambda pool: pool)

    async with store.session():
        assert await get() == 1

    with pytest.raises(SessionRequired):
        await get()


# Rule 16: lazy app providers.


@pytest.mark.parametrize("way", ["call", "bound"])
async def test_a_hundred_tasks_build_a_lazy_app_provider_once(store, log, way):
    @store.provider(scope="app", lazy=True)
    async def pool():
        log.append("+pool")
        await anyio.sleep(0.01)
        yield object()
        log.append("-pool")

    @store.consumer(supplied=())
    async def use(pool: Lazy[object]):
        return await pool

    pools = set()

    async with store.session() as session:
        run = session.bind(use) if way == "bound" else use

        async def task():
            pools.add(await run())

        async with anyio.create_task_group() as group:
            for _ in range(100):
                group.start_soon(task)

    assert len(pools) == 1
    assert log == ["+pool", "-pool"]


async def test_a_failure_goes_to_the_builder_alone(store, log):
    @store.provider(scope="app", lazy=True)
    async def pool():
        log.append("try")
        await anyio.sleep(0.01)
        if len(log) < 3:
            raise OSError(len(log))
        return "pool"

    results = []

    @store.consumer
    async def use(pool):
        try:
            results.append(await pool)
        except OSError as exc:
            results.append(exc.args[0])

    async with store.session(), anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(use)

    assert results[:2] == [1, 2]
    assert results[2:] == ["pool"] * 3
    assert log == ["try"] * 3


async def test_a_cancelled_builder_hands_over(store, log):
    @store.provider(scope="app", lazy=True)
    async def pool():
        log.append("try")
        await anyio.sleep(0.05 if len(log) == 1 else 0)
        return "pool"

    @store.consumer
    async def use(pool):
        return await pool

    results = []

    async def builder(scope):
        with scope:
            await use()

    async def waiter():
        results.append(await use())

    async with store.session(), anyio.create_task_group() as group:
        scope = anyio.CancelScope()
        group.start_soon(builder, scope)
        await anyio.sleep(0.01)
        group.start_soon(waiter)
        group.start_soon(waiter)
        await anyio.sleep(0.01)
        scope.cancel()

    assert results == ["pool", "pool"]
    assert log == ["try", "try"]


async def test_a_second_session_in_the_same_context_is_refused(store):
    async with store.session():
        with pytest.raises(ResolutionError, match="is open in this context already"):
            async with store.session():
                pass
    async with store.session():
        pass


async def test_a_call_without_a_session_may_open_one(store):
    store.provider(lambda: "pool", name="pool", scope="app")
    store.provider(lambda: "config", name="config")
    get = store.consumer(lambda pool, config: (pool, config))

    @store.consumer
    async def main(config):
        async with store.session():
            return await get()

    assert await main() == ("pool", "config")


async def test_another_task_may_have_a_session_of_its_own(store):
    store.provider(object, name="pool", scope="app")
    get = store.consumer(lambda pool: pool)
    pools = set()

    async def task():
        async with store.session():
            pools.add(await get())
            await anyio.sleep(0.01)

    async with anyio.create_task_group() as group:
        group.start_soon(task)
        group.start_soon(task)

    assert len(pools) == 2


# Rule 17: nothing is concurrent unless it says so.


async def meeting(log, name, partner):
    """Begin, and end only after the partner has begun."""
    log.append(f"+{name}")
    with anyio.fail_after(1):
        while f"+{partner}" not in log:
            await anyio.lowlevel.checkpoint()
    log.append(f"-{name}")
    return name


@pytest.mark.parametrize("scope", ["app", "request"])
async def test_concurrent_providers_run_beside_each_other(store, log, scope):
    store.provider(lambda: log.append("base"), name="base", scope="app")

    @store.provider(concurrent=True, scope=scope)
    async def left(base):
        return await meeting(log, "left", "right")

    @store.provider(concurrent=True, scope=scope)
    async def right(base):
        return await meeting(log, "right", "left")

    @store.provider(scope=scope)
    async def both(left, right):
        return left, right

    get = store.consumer(lambda both: both)

    async with store.session():
        assert await get() == ("left", "right")
    assert log[0] == "base"


async def test_others_run_one_after_the_other(store, log):
    for name in "ab":

        async def made(name=name):
            log.append(f"+{name}")
            await anyio.sleep(0.001)
            log.append(f"-{name}")

        store.provider(made, name=name)

    await store.consumer(lambda a, b: None)()

    assert log == ["+a", "-a", "+b", "-b"]


async def test_a_failing_concurrent_provider_cancels_the_others(store, log):
    @store.provider(concurrent=True)
    async def slow():
        try:
            await anyio.sleep(10)
        finally:
            log.append("cancelled")

    @store.provider(concurrent=True)
    async def fail():
        await anyio.sleep(0.001)
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine") as caught:
        await store.consumer(lambda slow, fail: None)()

    assert log == ["cancelled"]
    assert "while providing 'fail'" in caught.value.__notes__[0]


async def test_a_cancelled_caller_cancels_concurrent_providers(store, log):
    for name in "ab":

        async def made():
            try:
                await anyio.sleep(10)
            finally:
                log.append("cancelled")

        store.provider(made, name=name, concurrent=True)

    with anyio.move_on_after(0.01) as scope:
        await store.consumer(lambda a, b: None)()

    assert scope.cancelled_caught
    assert log == ["cancelled"] * 2


@pytest.mark.parametrize("kind", ["generator", "async generator", "function"])
def test_only_coroutine_functions_can_be_concurrent(store, kind):
    def generator():
        yield

    async def async_generator():
        yield

    made = {"generator": generator, "async generator": async_generator}
    with pytest.raises(InvalidProvider, match=f"'db'.*is an? {kind}: only"):
        store.provider(made.get(kind, lambda: 1), name="db", concurrent=True)


# Rule 18: Lazy.


async def test_lazy_is_evaluated_at_the_first_await_and_once(store, log):
    @store.provider(lazy=True)
    async def report():
        log.append("made")
        return "report"

    @store.provider
    def other(report):
        return report

    @store.consumer
    async def view(report: Lazy[str], other):
        assert isinstance(report, Lazy)
        assert not report.done
        assert log == []
        assert repr(report) == "<Lazy pending>"
        values = await report, await other, await report
        assert report.done
        assert repr(report) == "<Lazy done>"
        return values

    assert await view() == ("report",) * 3
    assert log == ["made"]


async def test_one_dependant_may_be_lazy_by_its_annotation(store, log):
    @store.provider
    def report():
        log.append("made")
        return "report"

    @store.consumer
    async def lazy(report: Lazy[str]):
        return await report

    @store.consumer
    async def text(report: "Lazy[Unknown]"):  # noqa: F821
        return await report

    @store.consumer
    async def eager(report: str):
        return report

    assert await lazy() == await eager() == await text() == "report"


async def test_a_lazy_that_is_never_awaited_does_nothing(store, log):
    @store.provider(lazy=True)
    async def report():
        log.append("made")

    @store.consumer
    async def view(report): ...

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await view()
        gc.collect()

    assert log == []


async def test_what_a_lazy_set_up_is_cleaned_up_in_order(store, log):
    @store.provider
    def a():
        yield
        log.append("-a")

    @store.provider(lazy=True)
    async def b(c):
        yield
        log.append("-b")

    @store.provider
    def c():
        yield
        log.append("-c")

    @store.consumer
    async def view(b, a):
        await b
        log.append("body")

    await view()

    assert log == ["body", "-b", "-c", "-a"]


@pytest.mark.parametrize("scope", ["app", "request"])
async def test_a_lazy_awaited_after_its_scope_closed_is_an_error(store, scope):
    report = store.provider(lambda: 1, name="report", lazy=True, scope=scope)

    @store.consumer
    async def view(report):
        return report

    async with store.session():
        lazy = await view()

    with pytest.raises(ScopeNotOpen, match=rf"'report' \({report.origin}\).*closed"):
        await lazy


async def test_a_lazy_provider_gets_context_of_its_own_note(store):
    @store.provider
    def db():
        raise ValueError

    store.provider(lambda db: db, name="repo", lazy=True)

    @store.consumer
    async def view(repo):
        await repo

    with pytest.raises(ValueError, match="while providing") as caught:
        await view()

    assert caught.value.__notes__[0].endswith("for 'view': db <- repo <- view")
