import sys
from contextlib import nullcontext

import pytest

from bocadillo_providers import (
    DeclarationError,
    GraphError,
    MissingProvider,
    Registry,
    ResolutionError,
    ScopeNotOpen,
    SessionRequired,
    Store,
    UnknownScope,
    use,
)


def test_a_store_needs_scopes():
    with pytest.raises(DeclarationError, match="each with a name of its own"):
        Store(scopes=())
    with pytest.raises(DeclarationError, match="each with a name of its own"):
        Store(scopes=("app", "app"))


def test_aliases_must_lead_to_scopes():
    with pytest.raises(UnknownScope, match="unknown scope 'task'"):
        Store(scope_aliases={"job": "task"})


def test_check_types_is_one_of_three():
    with pytest.raises(ValueError, match="'error', 'warn' or 'off', not 'never'"):
        Store(check_types="never")


def test_an_unknown_scope_is_refused_at_the_declaration(store):
    with pytest.raises(
        UnknownScope,
        match=r"provider 'db' \(test_store.py:\d+\): unknown scope 'aap': this store "
        r"has 'app', 'request', 'session', 'function'",
    ):

        @store.provider(scope="aap")
        def db(): ...


def test_a_provider_knows_its_scope(store):
    assert store.provider(lambda: 1, name="db").scope == "request"
    pool = store.provider(lambda: 1, name="pool", scope="session")

    assert pool.scope == "app"
    assert repr(pool) == f"<Provider 'pool' ({pool.origin}, app)>"


def test_an_unknown_scope_in_a_registry_is_refused_when_freezing(store):
    registry = Registry()
    registry.provider(lambda: 1, name="db", scope="aap")
    store.include(registry)

    with pytest.raises(UnknownScope, match=r"provider 'db'.*unknown scope 'aap'"):
        store.freeze()


async def test_scopes_have_the_names_and_aliases_of_the_store():
    store = Store(
        scopes=("process", "job"),
        scope_aliases={"worker": "process"},
        default_scope="worker",
    )
    store.provider(object, name="pool")
    store.provider(object, name="task", scope="job")
    store.value("queue", scope="process")
    store.value("item")
    get = store.consumer(lambda pool, task, queue, item: (pool, task, queue, item))

    async with store.session(queue=1, item=2) as session:
        pool, task, *given = await get()
        assert given == [1, 2]
        async with session.scope("job"):
            assert (await get())[0] is pool
            assert (await get())[1] is not task


async def test_values_go_to_request_unless_they_say_otherwise():
    store = Store(scopes=("app", "request", "unit"))
    store.value("req")
    get = store.consumer(lambda req: req)

    async with store.session() as session, session.scope(req=5) as request:
        assert await request.call(get) == 5


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("job", r"not declared as a value of it: write `store.value\('job'"),
        ("rqe", r"did you mean 'req'\?\): write `store.value\('rqe'"),
        ("db", r"a provider makes \(test_store.*use `store.override\(db=...\)`"),
        ("settings", "a value of scope 'app': pass it there"),
    ],
)
async def test_a_value_that_was_not_declared_is_refused(store, name, advice):
    store.value("req", str)
    store.value("settings", scope="app")
    store.provider(lambda: 1, name="db")

    async with store.session() as session:
        with pytest.raises(TypeError, match=f"'request' got '{name}'.*{advice}"):
            session.scope("request", **{name: 1})


def test_a_session_refuses_values_of_a_narrower_scope(store):
    store.value("req", str)
    with pytest.raises(TypeError, match=r"'app' got 'req', a value of scope 'request'"):
        store.session(req=1)


async def test_a_session_that_was_never_opened_says_so(store):
    store.provider(lambda: 1, name="pool", scope="app")
    session = store.session()

    with pytest.raises(ScopeNotOpen, match=r"'pool'.* never opened: .*`async with`"):
        await session.get("pool")
    with pytest.raises(ScopeNotOpen, match=r"<Session 'app' .never opened.> is not"):
        await session.call(store.consumer(lambda pool: pool))
    with pytest.raises(ScopeNotOpen, match=r"'request' cannot be opened in <Session"):
        async with session.scope():
            pass


async def test_a_scope_cannot_be_opened_in_a_session_that_has_closed(store):
    async with store.session() as session:
        scope = session.scope()

    with pytest.raises(ScopeNotOpen, match=r"opened in <Session 'app' \(closed\)>"):
        async with scope:
            pass


def test_a_shield_is_a_function_that_makes_a_context_manager():
    with pytest.raises(TypeError, match=r"not <contextlib\.nullcontext.*lambda"):
        Store(shield=nullcontext())


def test_useprovider_takes_names_and_providers(store):
    with pytest.raises(TypeError, match="takes names and providers, not <function"):

        @store.useprovider
        def report(): ...


def test_use_takes_names_and_providers():
    with pytest.raises(TypeError, match="takes a provider or its name, not <function"):
        use(lambda: 1)


async def test_a_value_that_was_not_supplied_is_an_error(store):
    from bocadillo_providers import ValueNotSet

    store.value("req", str, hint="there is none in a worker")
    store.value("config", scope="app")
    store.provider(lambda req: req, name="user")
    get = store.consumer(lambda user: user)
    needs_config = store.consumer(lambda config: config)

    with pytest.raises(
        ValueNotSet, match=r"req <- user <- .*'request', req=\.\.\..*wo"
    ):
        await get()
    async with store.session():
        with pytest.raises(ValueNotSet, match=r"store\.session\(config=\.\.\.\)"):
            await needs_config()


async def test_a_session_can_be_entered_and_exited_by_hand(store, log):
    @store.provider(scope="app")
    def pool():
        yield "pool"
        log.append("closed")

    get = store.consumer(lambda pool: pool)
    lazily = store.consumer(lambda pool: pool, supplied=())

    session = await store.enter_session()
    try:
        assert await get() == await lazily() == await session.get("pool") == "pool"
        with pytest.raises(ResolutionError, match="is open in this context already"):
            await store.enter_session()
    finally:
        await store.exit_session()

    assert log == ["closed"]
    with pytest.raises(SessionRequired, match=r"write `await store.enter_session\(\)`"):
        await store.exit_session()
    with pytest.raises(SessionRequired):
        await get()


def test_an_entered_session_is_seen_from_other_contexts(store):
    import anyio

    store.provider(lambda: "pool", name="pool", scope="app")
    store.provider(lambda pool: [pool], name="db")
    get = store.consumer(lambda db: db)
    sync = store.consumer(lambda pool: pool)

    anyio.run(store.enter_session)
    assert anyio.run(get) == ["pool"]
    assert sync.call_sync() == "pool"
    anyio.run(store.exit_session)

    with pytest.raises(SessionRequired):
        anyio.run(get)


async def test_a_session_made_while_another_is_entered_is_its_own(store):
    store.provider(object, name="pool", scope="app")

    entered = await store.enter_session()
    made = store.session()
    first = await entered.get("pool")
    await store.exit_session()

    async with made as session:
        assert await session.get("pool") is not first


def test_discovery_imports_modules(store, tmp_path, monkeypatch):
    (tmp_path / "found_by_test_store.py").write_text("DONE = True")
    monkeypatch.syspath_prepend(tmp_path)

    store.discover("found_by_test_store")

    assert sys.modules.pop("found_by_test_store").DONE
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        store.discover("no_such_module")


def test_a_module_that_was_imported_is_discovered_already(store):
    store.discover(sys)


@pytest.mark.parametrize("wrong", [3, None, ["providers"]])
def test_what_is_no_module_is_not_discovered(store, wrong):
    with pytest.raises(TypeError, match="takes names of modules, not "):
        store.discover(wrong)


def test_the_default_module_is_discovered_if_there_is_one(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    store = Store(providers_module="conf_of_test_store")

    store.discover_default()
    assert "conf_of_test_store" not in sys.modules

    (tmp_path / "conf_of_test_store.py").write_text("")
    __import__("importlib").invalidate_caches()
    store.discover_default()
    assert sys.modules.pop("conf_of_test_store")


def test_the_default_module_may_be_in_a_package(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    store = Store(providers_module="package_of_test_store.conf")

    store.discover_default()

    (tmp_path / "package_of_test_store.py").write_text("import no_such_module")
    __import__("importlib").invalidate_caches()
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        store.discover_default()


def test_a_frozen_store_accepts_no_providers(store):
    store.freeze()

    with pytest.raises(DeclarationError, match=r"provider 'db' \(test_store.py:\d+\)"):
        store.provider(lambda: 1, name="db")
    with pytest.raises(DeclarationError, match="comes too late"):
        store.value("req")
    with pytest.raises(DeclarationError, match="what <Registry: 0 providers> declares"):
        store.include(Registry())


async def test_exit_freeze_accepts_providers_again(store):
    store.provider(lambda: 1, name="db")
    get = store.consumer(lambda db: db)
    assert await get() == 1
    late = store.consumer(lambda db: db)
    assert await late() == 1

    with store.exit_freeze():
        store.provider(lambda db: db + 1, name="db")

    assert repr(store) == "<Store: 1 providers, frozen>"
    assert await get() == await late() == 2
    store.exit_freeze()
    store.provider(lambda db: db + 1, name="db")
    assert await get() == 3


def test_a_late_consumer_is_checked_at_once(store):
    store.freeze()

    with pytest.raises(GraphError, match=r"view\(\) needs 'nothing'"):

        @store.consumer(supplied=())
        def view(nothing): ...


def test_a_store_knows_what_it_has(store):
    assert store.empty()
    store.provider(lambda: 1, name="db")

    assert not store.empty()
    assert store.has_provider("db")
    assert not store.has_provider("nothing")
    assert store.names() == ["db"]
    assert repr(store) == "<Store: 1 providers, open>"


async def test_a_value_that_nobody_provides_cannot_be_got(store):
    db = Store().provider(lambda: 1, name="db")

    async with store.session() as session:
        with pytest.raises(
            MissingProvider, match=r"'db' is asked for.*declare it first"
        ):
            await session.get(db)
        store.exit_freeze()
        store.provider(lambda: 1, name="repo")
        with pytest.raises(MissingProvider) as caught:
            await session.get("rep")
        assert "did you mean 'repo'?" in str(caught.value)
