"""Rules 19 and 20 of the contract: overrides and context values."""

import threading
from contextlib import contextmanager, nullcontext

import anyio
import pytest

from bocadillo_providers import (
    GraphError,
    Lazy,
    OverrideTooLate,
    Store,
    UnknownOverride,
    ValueNotSet,
)


@pytest.fixture
def store(log):
    """settings (app) <- pool (app) <- db (request) <- repo (request)."""
    store = Store()

    @store.provider(scope="app")
    def settings():
        log.append("settings")
        return "settings"

    @store.provider(scope="app")
    def pool(settings):
        yield f"pool({settings})"
        log.append("-pool")

    @store.provider
    async def db(pool):
        log.append("+db")
        yield f"db({pool})"
        log.append("-db")

    @store.provider
    def repo(db):
        return f"repo({db})"

    return store


@pytest.fixture
def get(store):
    return store.consumer(lambda repo: repo)


REAL = "repo(db(pool(settings)))"


async def test_request_scoped_dependants_see_an_override_at_once(store, get, log):
    async with store.session() as session:
        run = session.bind(store.consumer(lambda repo: repo, supplied=()))
        assert await get() == await run() == REAL
        with store.override(db="fake"):
            log.clear()
            assert await get() == await run() == "repo(fake)"
            async with session.scope() as scope:
                assert await scope.get("repo") == "repo(fake)"
            assert log == []
        assert await get() == await run() == REAL


async def test_overrides_nest(store, get):
    async with store.session():
        with store.override(db="outer"):
            with store.override(db="inner"):
                assert await get() == "repo(inner)"
            assert await get() == "repo(outer)"
        assert await get() == REAL


async def test_an_override_holds_in_tasks_started_inside_and_no_others(store, get):
    seen = {}
    entered, checked = anyio.Event(), anyio.Event()

    async def other():
        await entered.wait()
        seen["other"] = await get()
        checked.set()

    async def inside():
        seen["inside"] = await get()

    async with store.session(), anyio.create_task_group() as group:
        group.start_soon(other)
        with store.override(db="fake"):
            entered.set()
            await checked.wait()
            async with anyio.create_task_group() as inner:
                inner.start_soon(inside)
            seen["here"] = await get()

    assert seen == {"other": REAL, "inside": "repo(fake)", "here": "repo(fake)"}


async def test_an_override_ends_for_tasks_that_outlive_it(store, get):
    results = []
    left = anyio.Event()

    async def survivor():
        await left.wait()
        results.append(await get())

    async with store.session(), anyio.create_task_group() as group:
        with store.override(db="fake"):
            group.start_soon(survivor)
            await anyio.lowlevel.checkpoint()
        left.set()

    assert results == [REAL]


async def test_an_unknown_name_is_refused(store):
    with (
        pytest.raises(UnknownOverride, match=r"'repoo'.*did you mean 'repo'\?"),
        store.override(repoo=1),
    ):
        pass
    with pytest.raises(UnknownOverride, match=r"'x' cannot.*declare it first"):
        store.override(x=1).__enter__()


@pytest.mark.parametrize("everywhere", [True, False])
async def test_a_live_app_value_makes_it_too_late(store, get, everywhere):
    async with store.session():
        with (
            pytest.raises(
                OverrideTooLate, match=r"'settings' cannot.*'pool' \(test_.*is live"
            ),
            store.override(settings="fake", everywhere=everywhere),
        ):
            pass
        with store.override(settings="fake", pool="fake pool", everywhere=everywhere):
            assert await get() == "repo(db(fake pool))"
        assert await get() == REAL


async def test_an_override_before_the_session_reaches_app_values(store, get, log):
    with store.override(settings="fake"):
        async with store.session():
            assert await get() == "repo(db(pool(fake)))"
            with store.override(pool="other"):
                assert await get() == "repo(db(other))"

    assert "settings" not in log


async def test_what_was_made_under_an_override_stays_there(store, get):
    """In one scope, with a value that is lazy in the app scope besides."""

    @store.provider(scope="app", lazy=True)
    def cache(base):
        return object()

    store.provider(lambda: 1, name="base", scope="app", lazy=True)

    @store.consumer
    async def use(cache: Lazy[object], repo):
        return await cache, repo

    async with store.session() as session, session.scope() as scope:
        with store.override(base=2, db="fake"):
            faked = await scope.call(use)
            assert await scope.call(use) == faked
        real = await scope.call(use)

    assert faked[0] is not real[0]
    assert (faked[1], real[1]) == ("repo(fake)", REAL)


async def test_an_overridden_provider_is_neither_evaluated_nor_cleaned_up(store, log):
    get = store.consumer(lambda db: db)

    with store.override(pool=1, settings=2, db=3):
        async with store.session():
            assert await get() == 3

    assert log == []


def test_an_override_decorates_nothing_that_runs_later(store):
    class TestMails:
        pass

    def generator():
        yield

    async def async_generator():
        yield

    kinds = {
        TestMails: "TestMails, which is a class",
        generator: "generator, which is a generator",
        async_generator: "async_generator, which is an async generator",
        contextmanager(generator): "generator, which is a context manager",
    }
    for decorated, what in kinds.items():
        with pytest.raises(TypeError, match=f"cannot decorate {what}.*a `with` inside"):
            store.override(db="fake")(decorated)


async def test_an_override_works_as_a_decorator(store):
    @store.override(db="fake")
    async def in_task(a, *, get):
        return a, await get()

    @store.override(db="fake")
    def sync(get):
        return get.call_sync()

    get = store.consumer(lambda repo: repo)
    sync_get = store.consumer(lambda db: db)

    async with store.session():
        assert await in_task(1, get=get) == (1, "repo(fake)")
        assert sync(sync_get) == "fake"
        assert await get() == REAL
    assert in_task.__name__ == "in_task"


async def test_overriding_functions_are_evaluated_in_place(store, get, log):
    async def db(db, settings):
        log.append("+fake")
        yield f"fake({db},{settings})"
        log.append("-fake")

    async with store.session():
        log.clear()
        with store.override_with(db):
            assert await get() == "repo(fake(db(pool(settings)),settings))"

    assert log == ["+db", "+fake", "-fake", "-db", "-pool"]


async def test_overriding_functions_nest_and_extend(store, get):
    def db(db):
        return f"wrapped({db})"

    async with store.session():
        with store.override(db="fake"), store.override_with(db):
            assert await get() == "repo(wrapped(fake))"
            with store.override_with(db, everywhere=True):
                assert await get() == "repo(wrapped(wrapped(fake)))"


async def test_an_overriding_function_is_evaluated_for_all_consumers_too(store, log):
    store.provider(lambda: log.append("real"), name="audit", autouse=True)

    def audit(settings):
        log.append(f"fake {settings}")

    async with store.session():
        call = store.consumer(lambda: log.append("called"))
        log.clear()
        with store.override_with(audit):
            await call()
        await call()

    assert log[:4] == ["fake settings", "called", "real", "called"]


async def test_a_provider_can_override_another_of_its_name(store, get):
    other = Store()

    @other.provider
    def db():
        return "other"

    with store.override_with(db):
        async with store.session():
            assert await get() == "repo(other)"


async def test_an_overriding_function_with_problems_is_refused(store, get):
    def db(nothing): ...

    async with store.session():
        with (
            pytest.raises(GraphError, match=r"'db'.*needs 'nothing'"),
            store.override_with(db),
        ):
            pass

        def pool(db): ...

        with (
            pytest.raises(GraphError, match="cycle"),
            store.override_with(pool),
        ):
            pass


def test_an_overriding_function_is_checked_without_a_session_too(store):
    def db(nothing): ...

    store.freeze()

    with pytest.raises(GraphError, match=r"needs 'nothing'"):
        store.override_with(db).__enter__()
    assert store._runtime._overridden == {}


async def test_lazy_dependants_see_an_override(store):
    store.provider(lambda: "real", name="report", lazy=True)

    @store.consumer
    async def view(report):
        return await report

    with store.override(report="fake"):
        assert await view() == "fake"
    assert await view() == "real"


async def test_an_overridden_lazy_is_done(store):
    store.provider(lambda: "real", name="report", lazy=True)

    @store.consumer
    async def get(report: Lazy[str]):
        return report.done, await report, report.done

    assert await get() == (False, "real", True)
    with store.override(report="fake"):
        assert await get() == (True, "fake", True)


async def test_everywhere_means_every_task_and_thread(store, get):
    results = []

    async with store.session() as session:
        run = session.bind(store.consumer(lambda db: db, supplied=()))

        def other_thread():
            results.append(anyio.run(run))

        with store.override(db="fake", everywhere=True):
            thread = threading.Thread(target=other_thread)
            thread.start()
            thread.join()
            with store.override(db="here"):
                assert await run() == "here"
            assert await run() == "fake"

    assert results == ["fake"]


async def test_an_override_before_freezing_only_needs_the_name(store):
    with store.override(db=1):
        store.provider(lambda db: db + 1, name="late")
        assert await store.consumer(lambda late: late)() == 2


async def test_values_can_be_overridden(store):
    store.value("job", str)
    get = store.consumer(lambda job: job)

    with store.override(job="fake"):
        assert await get() == "fake"


# Rule 20: context values.


async def test_context_values_are_seen_by_providers_and_consumers(store):
    context = store.create_context_provider("user", "tenant")
    store.provider(lambda tenant: f"db({tenant})", name="tenant_db")
    get = store.consumer(lambda user, tenant_db: (user, tenant_db))
    async_get = store.consumer(lambda user: user)

    with context.assign(user="ada", tenant="acme"):
        assert await get() == ("ada", "db(acme)")
        with context.assign(user="bob"):
            assert await get() == ("bob", "db(acme)")
        assert await async_get() == "ada"


@pytest.mark.parametrize("shared", [True, False])
async def test_a_context_value_is_read_anew_each_time(store, shared):
    context = store.create_context_provider("user")
    get = store.consumer(lambda user: user)

    async with store.session() as session:
        outer = session.scope() if shared else nullcontext()
        async with outer:
            for user in ("ada", "bob"):
                with context.assign(user=user):
                    assert await get() == user


@pytest.mark.parametrize("shared", [True, False])
async def test_a_context_value_that_nobody_set_is_an_error(store, shared):
    store.create_context_provider("user", "tenant")
    store.provider(lambda tenant: tenant, name="tenant_db")

    @store.consumer
    async def profile(tenant_db): ...

    async def call():
        async with store.session() as session:
            if not shared:
                await profile()
            async with session.scope() as scope:
                await scope.call(profile)

    with pytest.raises(ValueNotSet) as caught:
        await call()

    assert "tenant <- tenant_db <- profile" in str(caught.value)
    assert "'tenant' (test_rules_overrides.py:" in str(caught.value)
    assert ".assign(tenant=...)" in str(caught.value)


async def test_a_default_allows_unset(store):
    store.create_context_provider("user", default=None)

    assert await store.consumer(lambda user: user)() is None


def test_assigning_is_all_or_nothing(store):
    context = store.create_context_provider("user", "tenant", default="unset")
    get = store.consumer(lambda user: user)

    with (
        pytest.raises(TypeError, match=r"got 'usr'; this context.*'user', 'tenant'"),
        context.assign(user="ada", usr="ada"),
    ):
        pass
    assert get.call_sync() == "unset"
