"""Rules 21 to 26 of the contract: scopes, plans, sync calls, context, errors."""

import contextvars
import sys
import threading
from dataclasses import dataclass

import anyio
import pytest

from bocadillo_providers import (
    ResolutionError,
    ScopeNotOpen,
    SessionRequired,
    Store,
    SyncResolutionError,
    UnknownScope,
)

# Rule 21: scopes are ordered.


@pytest.fixture
def deep(log):
    """A store of three scopes, with a provider in each."""
    store = Store(scopes=("app", "request", "unit"))
    for name, scope, needs in (
        ("pool", "app", ""),
        ("user", "request", "pool"),
        ("order", "unit", "user"),
    ):
        namespace = {"log": log}
        exec(
            f"def {name}({needs}):\n"
            f"    log.append('+{name}')\n"
            f"    yield object()\n"
            f"    log.append('-{name}')",
            namespace,
        )
        store.provider(namespace[name], scope=scope)
    return store


async def test_scopes_open_one_inside_the_other(deep, log):
    get = deep.consumer(lambda order, user, pool: (order, user, pool))

    async with deep.session() as session, session.scope("request") as request:
        order, user, pool = await request.call(get)
        async with request.scope("unit") as unit:
            assert unit.name == "unit"
            first = await unit.call(get)
            assert await get() == first
        assert first[0] is not order
        assert first[1:] == (user, pool)

    assert log == [
        *("+pool", "+user", "+order", "-order", "+order", "-order"),
        *("-user", "-pool"),
    ]


async def test_an_inner_scope_needs_the_outer_ones(deep):
    get = deep.consumer(lambda order: order)

    async with deep.session() as session:
        with pytest.raises(ScopeNotOpen, match=r"'unit' needs 'request'.*first"):
            session.scope("unit")
        with pytest.raises(ScopeNotOpen, match=r"user <- order.*session.scope\('req"):
            await get()
        async with session.scope() as request:
            with pytest.raises(ScopeNotOpen, match="'request' is not narrower"):
                request.scope("request")
            async with request.scope("unit") as unit:
                with pytest.raises(ScopeNotOpen, match="narrowest"):
                    unit.scope()
        with pytest.raises(UnknownScope, match=r"unknown scope 'reqest'.*'request'"):
            session.scope("reqest")


async def test_a_consumer_needs_only_the_scopes_that_it_uses(deep):
    deep.provider(lambda: 5, name="free")
    get = deep.consumer(lambda free: free)
    from_app = deep.consumer(lambda pool, free: free)

    assert await get() == 5
    async with deep.session() as session:
        assert await get() == await from_app() == 5
        run = session.bind(deep.consumer(lambda pool, free: free, supplied=()))
        assert await run() == 5


async def test_a_consumer_called_inside_another_shares_its_values(store, log):
    @store.provider
    async def db():
        log.append("+db")
        yield object()
        log.append("-db")

    @store.provider
    def audit():
        log.append("+audit")
        yield
        log.append("-audit")

    @store.consumer
    async def inner(audit, db):
        return db

    @store.consumer
    async def outer(db):
        assert await inner() is await inner() is db
        async with anyio.create_task_group() as group:
            group.start_soon(inner)
        log.append("body")
        if fails:
            raise ValueError

    fails = False
    await outer()
    assert log == ["+db", "+audit", "body", "-audit", "-db"]

    fails = True
    log.clear()
    with pytest.raises(ValueError, match=r"^$"):
        await outer()
    assert log == ["+db", "+audit", "body", "-audit", "-db"]


async def test_a_task_that_outlives_a_call_gets_a_scope_of_its_own(store):
    store.provider(object, name="db")
    get = store.consumer(lambda db: db)
    done = anyio.Event()
    values = []

    async def survivor():
        await done.wait()
        values.append(await get())

    @store.consumer
    async def outer(db, group):
        group.start_soon(survivor)
        values.append(db)

    async with anyio.create_task_group() as group:
        await outer(group=group)
        done.set()

    assert values[0] is not values[1]


async def test_a_store_may_have_a_single_scope(log):
    store = Store(scopes=("job",))

    @store.provider
    def db():
        log.append("+db")
        yield 1
        log.append("-db")

    get = store.consumer(lambda db: db)
    free = store.consumer(lambda: 2)

    with pytest.raises(SessionRequired):
        await get()
    assert await free() == 2

    @store.consumer
    async def main(a):
        async with store.session():
            return await get(), a

    assert await main(5) == (1, 5)
    log.clear()
    async with store.session():
        assert await get() == await get() == 1
    assert log == ["+db", "-db"]


async def test_a_scope_is_opened_once(store):
    async with store.session() as session:
        scope = session.scope()
        with pytest.raises(ScopeNotOpen, match="is not open"):
            await scope.call(store.consumer(lambda: 1))
        async with scope:
            pass
        with pytest.raises(ResolutionError, match="opened before"):
            async with scope:
                pass
    with pytest.raises(ResolutionError, match="opened before"):
        async with session:
            pass
    assert repr(scope) == "<Scope 'request' (closed)>"


# Rule 22: plans are compiled once.


async def test_a_plan_is_compiled_once(store):
    store.provider(lambda: 1, name="db")
    get = store.consumer(lambda db: db)

    await get()
    compiled = get._call
    await get()

    assert get._call is compiled


def test_threads_that_call_first_at_the_same_time_agree(store):
    store.provider(object, name="db")
    get = store.consumer(lambda db: db)
    barrier = threading.Barrier(8)
    values, errors = [], []

    def run():
        barrier.wait()
        try:
            values.append(get.call_sync())
        except Exception as exc:  # noqa: BLE001
            errors.append(exc)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert len(set(values)) == 8


def test_threads_build_a_shared_value_once(store, log):
    building = threading.Event()

    @store.provider(scope="app", lazy=True)
    def pool():
        log.append("pool")
        building.wait(1)
        return object()

    values = []

    with store.session_sync() as session:
        threads = [
            threading.Thread(target=lambda: values.append(session.get_sync("pool")))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        building.set()
        for thread in threads:
            thread.join()

    assert log == ["pool"]
    assert len(values) == 4
    assert len(set(values)) == 1


# Rule 23: sync calls.


def test_call_sync_works_when_nothing_is_async(store, log):
    @store.provider(scope="app")
    def pool():
        yield "pool"
        log.append("-pool")

    @store.provider
    def db(pool):
        yield f"db({pool})"
        log.append("-db")

    @store.consumer
    def get(a, *, db):
        return a, db

    with store.session_sync() as session:
        assert get.call_sync(1) == (1, "db(pool)")
        assert session.call_sync(get, 2) == (2, "db(pool)")
        assert session.get_sync("pool") == "pool"
        with session.scope() as scope:
            assert scope.get_sync("db") == "db(pool)"
            assert scope.call_sync(get, 3) == (3, "db(pool)")

    assert log == ["-db"] * 3 + ["-pool"]


def test_a_sync_call_that_needs_something_async_names_the_path(store):
    @store.provider
    async def db():
        yield

    store.provider(lambda db: db, name="repo")

    @store.consumer
    def get(repo): ...

    text = rf"get.*provider 'db' \({db.origin}\) is async \(db <- repo <- get\)"
    with pytest.raises(SyncResolutionError, match=text):
        get.call_sync()
    with store.session_sync() as session, session.scope() as scope:
        with pytest.raises(SyncResolutionError, match=text):
            scope.call_sync(get)
        with pytest.raises(SyncResolutionError, match="db <- get"):
            scope.get_sync(db)


def test_an_async_consumer_cannot_be_called_synchronously(store):
    @store.consumer
    async def get(): ...

    with pytest.raises(SyncResolutionError, match=r"get.*async itself"):
        get.call_sync()


def test_a_sync_session_refuses_async_providers(store):
    @store.provider(scope="app")
    async def pool(): ...

    with (
        pytest.raises(SyncResolutionError, match="pool <- the session"),
        store.session_sync(),
    ):
        pass


async def test_a_live_async_value_can_be_used_synchronously(store):
    @store.provider(scope="app")
    async def pool():
        return "pool"

    get = store.consumer(lambda pool: pool)

    async with store.session():
        assert get.call_sync() == "pool"


async def test_a_sync_call_that_would_have_to_wait_is_an_error(store, log):
    async def work():
        try:
            await anyio.sleep(1)
        finally:
            log.append("stopped")

    get = store.consumer(lambda: work())  # noqa: PLW0108

    with pytest.raises(SyncResolutionError, match=r"have to wait.*use await instead"):
        get.call_sync()
    assert log == ["stopped"]


# Rule 24: the caller's task and context.

variable = contextvars.ContextVar("variable", default="unset")


@pytest.mark.parametrize("concurrent", [True, False])
async def test_a_context_variable_set_in_a_provider_is_visible(store, concurrent):
    @store.provider(concurrent=concurrent)
    async def first():
        variable.set("first")

    @store.provider(concurrent=concurrent)
    async def second():
        return variable.get()

    @store.consumer
    async def get(first, second):
        return second, variable.get()

    expected = "unset" if concurrent else "first"
    assert await get() == (expected, "first")


async def test_nothing_moves_to_a_thread(store):
    store.provider(lambda: threading.current_thread(), name="t")  # noqa: PLW0108

    assert await store.consumer(lambda t: t)() is threading.current_thread()


# Rule 25: exceptions of user code get one note.


@pytest.mark.parametrize("way", ["call", "bound", "scope"])
async def test_an_exception_of_a_provider_gets_one_note(store, way):
    @store.provider
    async def current_user():
        raise LookupError("who?")

    store.provider(lambda current_user: 1, name="rights")

    @store.consumer(supplied=())
    async def profile(rights): ...

    @store.consumer
    async def outer():
        await profile()

    async def call():
        async with store.session() as session:
            if way == "bound":
                await session.bind(profile)()
            elif way == "call":
                await outer()
            else:
                async with session.scope() as scope:
                    await scope.call(profile)

    with pytest.raises(LookupError) as caught:
        await call()

    (note,) = caught.value.__notes__
    assert note == (
        f"while providing 'current_user' ({current_user.origin}) for 'profile': "
        "current_user <- rights <- profile"
    )


@dataclass(frozen=True)
class Refused(Exception):
    """Not even a note can be set on it: every assignment raises."""

    code: int


@pytest.mark.parametrize("way", ["call", "scope"])
@pytest.mark.parametrize("when", ["set-up", "cleanup", "cleanup of two"])
async def test_exceptions_that_cannot_be_changed_arrive_as_they_are(store, way, when):
    @store.provider
    async def outer():
        yield
        if when == "cleanup of two":
            raise Refused(2)

    @store.provider
    async def db(outer):
        if when == "set-up":
            raise Refused(1)
        yield
        raise Refused(1)

    get = store.consumer(lambda db: db)

    async def call():
        if way == "call":
            await get()
        async with store.session() as session, session.scope() as scope:
            await scope.call(get)

    with pytest.raises(Refused) as caught:
        await call()

    (note,) = caught.value.__notes__
    place = str((outer if caught.value.code == 2 else db).origin)
    assert place in note
    if when == "cleanup of two":
        assert caught.value.__context__ == Refused(1)


async def test_an_exception_of_the_consumer_gets_no_note(store):
    store.provider(lambda: 1, name="db")

    @store.consumer
    async def view(db):
        raise LookupError

    with pytest.raises(LookupError) as caught:
        await view()

    assert not hasattr(caught.value, "__notes__")


async def test_a_note_is_added_once_although_consumers_nest(store):
    store.provider(lambda: 1 / 0, name="db")
    inner = store.consumer(lambda db: db)

    @store.provider
    async def repo():
        return await inner()

    @store.consumer
    async def view(repo): ...

    with pytest.raises(ZeroDivisionError) as caught:
        await view()

    assert len(caught.value.__notes__) == 1


# Rule 26: any number of generators.


@pytest.mark.parametrize("way", ["call", "bound", "scope"])
@pytest.mark.parametrize("fails", [True, False])
async def test_sixty_generator_providers_in_one_consumer(store, log, way, fails):
    count = 60
    for number in range(count):
        needs = f"p{number - 1}" if number % 3 else ""
        namespace = {"log": log}
        exec(
            f"{'async ' * (number % 2)}def p{number}({needs}):\n"
            f"    try: yield {number}\n"
            f"    finally: log.append({number})",
            namespace,
        )
        store.provider(namespace[f"p{number}"])
    names = ", ".join(f"p{number}" for number in range(count))
    namespace = {}
    exec(
        f"async def view({names}):\n"
        f"    {'raise ValueError' if fails else 'pass'}\n"
        f"    return sum(({names}))",
        namespace,
    )
    view = store.consumer(namespace["view"], supplied=())
    plain = store.consumer(namespace["view"])

    async with store.session() as session:
        try:
            if way == "bound":
                result = await session.bind(view)()
            elif way == "call":
                result = await plain()
            else:
                async with session.scope() as scope:
                    result = await scope.call(view)
        except ValueError:
            result = "failed"

    assert result == ("failed" if fails else sum(range(count)))
    assert log == list(reversed(range(count)))


def test_a_long_chain_of_providers_does_not_recurse(store):
    count = sys.getrecursionlimit() + 100
    store.provider(lambda: 0, name="p0")
    for number in range(1, count):
        namespace = {}
        exec(f"def p{number}(p{number - 1}): return p{number - 1} + 1", namespace)
        store.provider(namespace[f"p{number}"])
    namespace = {}
    exec(f"def last(p{count - 1}): return p{count - 1}", namespace)

    assert store.consumer(namespace["last"]).call_sync() == count - 1
