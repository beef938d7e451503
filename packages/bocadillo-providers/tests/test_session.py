"""What a framework needs of a session: values, bound consumers, shared scopes."""

import functools
import inspect
from contextlib import ExitStack, nullcontext

import anyio
import pytest

from bocadillo_providers import (
    GraphError,
    Lazy,
    ResolutionError,
    ScopeNotOpen,
    SessionRequired,
    use,
)


class Request:
    def __init__(self, user):
        self.user = user


@pytest.fixture
def store(store, log):
    store.value("req", Request, hint="use 'connection' instead")
    store.value("connection")
    store.value("app", scope="app")
    store.value("params")

    @store.provider(scope="app")
    def pool(app):
        return f"pool({app})"

    @store.provider
    async def user(req, pool):
        log.append(f"+{req.user}")
        yield f"{req.user}@{pool}"
        log.append(f"-{req.user}")

    return store


SUPPLIED = ("req", "params", "connection", "app")


async def test_a_bound_consumer_takes_what_is_supplied_in_order(store, log):
    @store.consumer(supplied=SUPPLIED)
    async def view(req, params, user, *, connection, app, page=1):
        log.append("view")
        return req.user, params, user, connection, app, page

    async with store.session(app="app") as session:
        run = session.bind(view)
        result = await run(Request("ada"), {"id": 1}, "connection", "other app")

    expected = ("ada", {"id": 1}, "ada@pool(app)", "connection", "other app", 1)
    assert result == expected
    assert log == ["+ada", "view", "-ada"]


async def test_a_bound_consumer_sees_overrides_and_falls_back(store):
    view = store.consumer(lambda req, user: (req, user), supplied=("req",))

    async with store.session(app="app") as session:
        run = session.bind(view)
        with store.override(pool="fake"):
            assert (await run(Request("ada")))[1] == "ada@fake"
        with store.trace() as trace:
            await run(Request("ada"))
        assert [span.name for span in trace.spans] == ["user"]


async def test_one_argument_may_be_supplied_under_several_names(store):
    @store.consumer(supplied=("req", "params", "connection"))
    async def view(req, params, user, connection):
        return req, params, user, connection

    async with store.session(app="app") as session:
        run = session.bind(view, places=(1, 0, 1))
        req = Request("ada")
        expected = (req, {}, "ada@pool(app)", req)
        assert await run({}, req) == expected
        with store.trace():
            assert await run({}, req) == expected


async def test_a_partial_of_its_own_kind_is_called_itself(store):
    class Loud(functools.partial):
        def __call__(self, *args):
            return super().__call__(*args).upper()

    def view(req, user):
        return user

    async with store.session(app="app") as session:
        run = session.bind(store.consumer(Loud(view), supplied=("req",)))
        assert await run(Request("ada")) == "ADA@POOL(APP)"


@pytest.mark.parametrize("is_traced", [False, True])
@pytest.mark.parametrize("ends_at", ["hook", "view", "after"])
async def test_bound_consumers_share_a_scope_until_one_returns_something(
    store, log, ends_at, is_traced
):
    @store.provider
    def audit(user):
        log.append("+audit")
        yield f"audit of {user}"
        log.append("-audit")

    def consumer(title, take):
        @store.consumer(supplied=("req",))
        @functools.wraps(take)
        async def called(*args, **kwargs):
            log.append(title)
            take(*args, **kwargs)
            return title if title == ends_at else None

        return called

    chain = [
        consumer("hook", lambda req, user: None),
        consumer("view", lambda req, audit, user: None),
        consumer("after", lambda req, audit: None),
    ]
    finished = []

    async with store.session(app="app") as session:
        run = session.bind(*chain, finish=lambda req, result: finished.append(result))
        with store.trace() if is_traced else nullcontext():
            assert await run(Request("ada")) == ends_at

    happened = {
        "hook": ["+ada", "hook", "-ada"],
        "view": ["+ada", "hook", "+audit", "view", "-audit", "-ada"],
        "after": ["+ada", "hook", "+audit", "view", "after", "-audit", "-ada"],
    }
    assert log == happened[ends_at]
    assert finished == [ends_at]


@pytest.mark.parametrize("is_traced", [False, True])
async def test_a_failure_says_which_of_the_bound_consumers_it_was_for(
    store, log, is_traced
):
    @store.provider
    def broken(user):
        raise KeyError(user)

    hook = store.consumer(lambda req, user: None, supplied=("req",))

    @store.consumer(supplied=("req",))
    def view(req, broken): ...

    async with store.session(app="app") as session:
        run = session.bind(hook, view)
        tracing = store.trace() if is_traced else nullcontext()
        with tracing, pytest.raises(KeyError) as caught:
            await run(Request("ada"))

    assert caught.value.__notes__[0].startswith("while providing 'broken' (")
    assert caught.value.__notes__[0].endswith(" for 'view': broken <- view")
    assert log == ["+ada", "-ada"]


@pytest.mark.parametrize("is_traced", [False, True])
async def test_a_consumer_that_fails_is_no_failed_cleanup(store, log, is_traced):
    @store.provider
    def later():
        yield
        raise AssertionError

    @store.consumer(supplied=("req",))
    def hook(req, user):
        raise KeyError(user)

    view = store.consumer(lambda req, later: None, supplied=("req",))

    async with store.session(app="app") as session:
        run = session.bind(hook, view)
        tracing = store.trace() if is_traced else nullcontext()
        with tracing, pytest.raises(KeyError) as caught:
            await run(Request("ada"))

    assert not hasattr(caught.value, "__notes__")
    assert log == ["+ada", "-ada"]


@pytest.mark.parametrize("is_traced", [False, True])
@pytest.mark.parametrize("fails", [False, True])
async def test_consumers_called_inside_share_the_values_of_bound_ones(
    store, log, is_traced, fails
):
    @store.provider
    def audit(connection, req):
        log.append("+audit")
        yield f"audit of {req.user} over {connection}"
        log.append("-audit")

    @store.provider
    def last(audit):
        log.append("+last")
        yield "last"
        log.append("-last")

    @store.consumer
    async def inside(user, audit):
        return user, audit

    @store.consumer(supplied=("req", "connection"))
    async def hook(req, connection, user):
        log.append(await inside())

    @store.consumer(supplied=("req", "connection"))
    async def view(req, connection, audit, last):
        log.append(await inside())
        if fails:
            raise KeyError

    async with store.session(app="app") as session:
        run = session.bind(
            hook, view, finish=lambda req, connection, result: log.append("finish")
        )
        with (
            store.trace() if is_traced else nullcontext(),
            pytest.raises(KeyError) if fails else nullcontext(),
        ):
            await run(Request("ada"), "wire")

    values = "ada@pool(app)", "audit of ada over wire"
    end = [*["finish"] * (not fails), "-last", "-audit", "-ada"]
    assert log == ["+ada", "+audit", values, "+last", values, *end]


@pytest.mark.parametrize("is_traced", [False, True])
async def test_consumers_called_inside_share_the_values_of_a_bound_one(
    store, log, is_traced
):
    @store.consumer
    async def inside(user, req):
        log.append((user, req.user))

    @store.consumer(supplied=("req",))
    async def view(req):
        await inside()
        await inside()

    async with store.session(app="app") as session:
        run = session.bind(view, finish=lambda req, result: log.append("finish"))
        with store.trace() if is_traced else nullcontext():
            await run(Request("ada"))

    values = "ada@pool(app)", "ada"
    assert log == ["+ada", values, values, "finish", "-ada"]


async def test_any_number_of_consumers_can_be_bound(store, log):
    hook = store.consumer(lambda req, user: None, supplied=("req",))
    view = store.consumer(lambda req: "done", supplied=("req",))

    async with store.session(app="app") as session:
        assert await session.bind(*[hook] * 200, view)(Request("ada")) == "done"

    assert log == ["+ada", "-ada"]


@pytest.mark.parametrize("is_traced", [False, True])
async def test_bound_consumers_read_a_context_variable_anew(store, is_traced):
    context = store.create_context_provider("word")
    stack = ExitStack()
    seen = []

    @store.consumer(supplied=())
    def hook(word):
        seen.append(word)
        stack.enter_context(context.assign(word="second"))

    @store.consumer(supplied=())
    def view(word):
        seen.append(word)

    async with store.session(app="app") as session:
        run = session.bind(hook, view)
        with store.trace() if is_traced else nullcontext(), stack:
            stack.enter_context(context.assign(word="first"))
            await run()

    assert seen == ["first", "second"]


async def test_bound_consumers_declare_the_same_names(store):
    hook = store.consumer(lambda req: None, supplied=("req",))
    view = store.consumer(lambda params: None, supplied=("params",))

    async with store.session(app="app") as session:
        for consumers in ([], [hook, view]):
            with pytest.raises(ValueError, match="declare the same `supplied=`"):
                session.bind(*consumers)


@pytest.mark.parametrize("places", [(0,), (0, 1, 2), (0, -1)])
async def test_each_supplied_name_has_its_place(store, places):
    @store.consumer(supplied=("req", "connection"))
    async def view(req, connection): ...

    async with store.session(app="app") as session:
        with pytest.raises(ValueError, match=r"each of \('req', 'connection'\) is"):
            session.bind(view, places=places)


@pytest.mark.parametrize("is_traced", [False, True])
@pytest.mark.parametrize("is_async", [False, True])
async def test_what_finishes_comes_before_the_cleanups(store, log, is_async, is_traced):
    @store.consumer(supplied=("req",))
    async def view(req, user):
        return f"view of {user}"

    async def later(text):
        log.append(text)

    def finish(req, result):
        text = f"{req.user} sees {result}"
        return later(text) if is_async else log.append(text)

    async with store.session(app="app") as session:
        run = session.bind(view, finish=finish)
        with store.trace() if is_traced else nullcontext():
            assert await run(Request("ada")) == "view of ada@pool(app)"

    assert log == ["+ada", "ada sees view of ada@pool(app)", "-ada"]


async def test_what_finishes_may_fail_and_everything_is_cleaned_up(store, log):
    @store.consumer(supplied=("req",))
    def view(req, user):
        return user

    def finish(req, result):
        raise KeyError(result)

    async with store.session(app="app") as session:
        with pytest.raises(KeyError, match="ada"):
            await session.bind(view, finish=finish)(Request("ada"))

    assert log == ["+ada", "-ada"]


async def test_where_nothing_is_cleaned_up_there_is_nothing_to_finish(store, log):
    @store.consumer(supplied=("req",))
    async def view(req, pool):
        return pool

    async with store.session(app="app") as session:
        run = session.bind(view, finish=log.append)
        assert await run(Request("ada")) == "pool(app)"

    assert log == []


async def test_a_sync_function_on_the_general_road_is_finished_too(store, log):
    @store.consumer(supplied=("req",))
    def view(req, user):
        async def work():
            return user

        return work() if req.user == "ada" else user

    async with store.session(app="app") as session:
        run = session.bind(view, finish=lambda req, result: log.append(result))
        with store.trace():
            await run(Request("ada"))
            await run(Request("bob"))

    assert log == [
        *("+ada", "ada@pool(app)", "-ada"),
        *("+bob", "bob@pool(app)", "-bob"),
    ]


async def test_a_closure_with_the_signature_of_the_user_is_honoured(store, log):
    store.provider(lambda: log.append("audit"), name="audit")

    @store.useprovider("audit")
    async def view(req, user: str, *, typo): ...

    def run(req, params, *values):
        async def work():
            return req, values

        return work()

    functools.update_wrapper(run, view)
    run.__signature__ = inspect.Signature(
        [
            inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD)
            for name in ("req", "params", "user")
        ]
    )
    consumer = store.consumer(run, supplied=("req", "params"))

    async with store.session(app="app") as session:
        req = Request("ada")
        assert await session.bind(consumer)(req, {}) == (req, ("ada@pool(app)",))
    assert log == ["audit", "+ada", "-ada"]
    assert repr(consumer) == (
        f"<Consumer view (test_session.py:{view.__code__.co_firstlineno})>"
    )


async def test_consumers_in_a_shared_scope_take_supplied_values_from_it(store, log):
    @store.consumer(supplied=SUPPLIED)
    async def hook(req, params, user):
        log.append((req.user, params, user))

    @store.consumer(supplied=SUPPLIED)
    async def view(params, user, *, connection="none", app):
        log.append((params, user, connection, app))

    async with store.session(app="app") as session:
        values = {"req": Request("ada"), "params": {"id": 1}}
        async with session.scope("request", **values) as scope:
            await scope.call(hook)
            await scope.call(hook, Request("bob"), params={})
            await scope.call(view)

    assert log == [
        "+ada",
        ("ada", {"id": 1}, "ada@pool(app)"),
        ("bob", {}, "ada@pool(app)"),
        ({"id": 1}, "ada@pool(app)", "none", "app"),
        "-ada",
    ]


async def test_a_supplied_value_that_nobody_has_is_a_type_error(store):
    view = store.consumer(lambda req: req, supplied=("req",))

    async with store.session(app="app") as session, session.scope() as scope:
        with pytest.raises(TypeError, match=r"called without 'req', and no open scope"):
            await scope.call(view)
    with pytest.raises(TypeError, match=r"called without 'req'"):
        await view()


async def test_supplied_arguments_of_a_plain_call_are_values_of_its_scope(store):
    view = store.consumer(lambda req, user: user, supplied=("req",))

    async with store.session(app="app"):
        assert await view(Request("ada")) == "ada@pool(app)"
        assert await view(req=Request("bob")) == "bob@pool(app)"


async def test_a_supplied_name_wins_over_a_provider(store):
    view = store.consumer(lambda user: user, supplied=("user",))

    async with store.session(app="app") as session:
        assert await session.bind(view)("given") == "given"
        assert await view("given") == "given"


def test_a_provider_that_needs_what_is_not_supplied_is_a_problem(store):
    store.provider(lambda user: user, name="rights")

    @store.consumer(supplied=("connection",))
    async def socket(connection, rights): ...

    @store.consumer(supplied=())
    async def task(user: Lazy[str]): ...

    first, second = store.problems()
    assert first.kind == "missing"
    assert first.message == (
        "socket() needs 'req', which is not supplied here, only 'connection' "
        "(req <- user <- rights <- socket): use 'connection' instead "
        f"[{socket._origin}]"
    )
    assert second.message == (
        "task() needs 'req', which is not supplied here (req <- user <- task) "
        f"[{task._origin}]"
    )


def test_a_parameter_that_is_not_supplied_is_a_problem(store):
    @store.consumer(supplied=("params",))
    async def task(params, req): ...

    (problem,) = store.problems()
    assert "task() needs 'req', which is not supplied" in problem.message


async def test_binding_checks_what_is_left(store):
    view = store.consumer(lambda req, other: 1)

    async with store.session(app="app") as session:
        with pytest.raises(TypeError, match="'other' is neither supplied nor provided"):
            session.bind(view)


async def test_a_bound_consumer_needs_its_session(store):
    late = store.consumer(lambda pool: pool, supplied=())
    free = store.consumer(lambda: 1, supplied=())
    session = store.session(app="app")
    runs = [session.bind(late), session.bind(free)]

    for run in runs:
        with pytest.raises(ScopeNotOpen, match="is not open"):
            await run()
    async with session:
        assert await runs[0]() == "pool(app)"
    for run in runs:
        with pytest.raises(ScopeNotOpen, match="is not open"):
            await run()


async def test_a_session_gets_values_and_calls_consumers(store):
    view = store.consumer(lambda pool: pool)

    async with store.session(app="app") as session:
        assert await session.get("pool") == "pool(app)"
        assert await session.call(view) == "pool(app)"
        with pytest.raises(ScopeNotOpen, match=r"user <- get\(\)"):
            await session.get("user")


async def test_a_failed_session_is_not_open(store):
    store.provider(lambda: 1 / 0, name="broken", scope="app")

    with pytest.raises(ZeroDivisionError):
        async with store.session(app="app"):
            pass

    with pytest.raises(SessionRequired):
        await store.consumer(lambda pool: pool)()


async def test_a_provider_being_made_when_its_scope_closes_is_cleaned_up(store, log):
    @store.provider(scope="app", lazy=True)
    async def slow():
        started.set()
        await release.wait()
        yield 1
        log.append("closed")

    started, release = anyio.Event(), anyio.Event()

    async def build():
        with pytest.raises(ScopeNotOpen, match=r"'slow'.*has closed"):
            await session.get("slow")
        log.append("told")

    async def wait():
        with pytest.raises(ScopeNotOpen, match=r"'slow'.*has closed"):
            await session.get("slow")

    async with anyio.create_task_group() as group:
        async with store.session(app="app") as session:
            group.start_soon(build)
            await started.wait()
            group.start_soon(wait)
            await anyio.lowlevel.checkpoint()
        release.set()

    assert log == ["closed", "told"]


async def test_a_provider_that_asks_for_itself_is_told(store):
    @store.provider
    async def db():
        return await again()

    again = store.consumer(lambda db: db)

    async with store.session(app="app") as session, session.scope():
        with pytest.raises(ResolutionError, match=r"'db'.*while it is being made"):
            await again()


async def test_a_session_can_be_closed_in_another_context(store):
    session = store.session(app="app")

    async def enter():
        await session.__aenter__()

    async with anyio.create_task_group() as group:
        group.start_soon(enter)
    await session.__aexit__(None, None, None)

    assert session.closed


async def test_closing_what_was_never_opened_does_nothing(store):
    session = store.session(app="app")

    await session.__aexit__(None, None, None)

    assert session.closed


async def test_markers_name_providers(store):
    pool = next(each.provider for each in store.declared() if each.name == "pool")

    @store.consumer
    def view(a, first=use(pool), second=use("pool"), *, pool=use()):  # noqa: B008
        return a, first, second, pool

    async with store.session(app="app"):
        assert await view(1) == (1, *["pool(app)"] * 3)
        with pytest.raises(TypeError, match=r"got 'first', which provider 'pool'"):
            await view(1, first=2)


def test_a_marker_on_what_nobody_provides_is_a_problem(store):
    @store.consumer
    def view(db=use()): ...  # noqa: B008

    with pytest.raises(GraphError, match=r"view\(\) needs 'db', which nobody provides"):
        store.freeze()
