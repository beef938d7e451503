"""Rules 9 to 14 of the contract: cleanup."""

import functools
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress

import anyio
import pytest

from bocadillo_providers import CleanupError, DidNotYield, Store, YieldedTwice


@pytest.fixture(params=["call", "bound", "scope"])
def call(request, store):
    """Call a consumer in a session: on each of the three ways there are."""

    async def call(function):
        consumer = store.consumer(function, supplied=())
        async with store.session() as session:
            if request.param == "bound":
                return await session.bind(consumer)()
            if request.param == "call":
                return await store.consumer(function)()
            async with session.scope("request") as scope:
                return await scope.call(consumer)

    return call


def noting(log, name, needs, kind):
    """A provider that notes its set-up, its cleanup and what it sees then."""

    def begin(*values):
        log.append(f"+{name}")

    def end(exc=None):
        log.append(f"-{name}" if exc is None else f"-{name} {type(exc).__name__}")

    async def async_generator(*values):
        begin()
        try:
            yield name
        except BaseException as exc:
            end(exc)
            raise
        else:
            end()

    def generator(*values):
        begin()
        try:
            yield name
        except BaseException as exc:
            end(exc)
            raise
        else:
            end()

    made = {
        "async generator": async_generator,
        "generator": generator,
        "context manager": contextmanager(generator),
        "async context manager": asynccontextmanager(async_generator),
    }[kind]
    namespace = {"made": made}
    exec(f"def wrapped({needs}): ...", namespace)
    made = functools.update_wrapper(made, namespace["wrapped"], assigned=(), updated=())
    made.__signature__ = __import__("inspect").signature(namespace["wrapped"])
    return made


KINDS = ["async generator", "generator", "context manager", "async context manager"]


# Rule 9: reverse order, in the task that set up.


@pytest.mark.parametrize("kind", KINDS)
async def test_cleanup_runs_in_reverse_order_of_set_ups(store, log, call, kind):
    store.provider(noting(log, "a", "", kind), name="a")
    store.provider(noting(log, "b", "a", kind), name="b")
    store.provider(noting(log, "c", "", kind), name="c")

    async def body(c, b):
        log.append("body")

    await call(body)

    assert log == ["+c", "+a", "+b", "body", "-b", "-a", "-c"]


async def test_cleanup_runs_in_the_task_that_set_up(store, log, call):
    @store.provider
    async def db():
        log.append(anyio.get_current_task().id)
        yield
        log.append(anyio.get_current_task().id)

    async def body(db):
        log.append(anyio.get_current_task().id)

    await call(body)

    assert len(set(log)) == 1


# Rule 10: who receives the exception.


@pytest.mark.parametrize("kind", KINDS)
async def test_a_yield_in_a_try_receives_the_exception(store, log, call, kind):
    store.provider(noting(log, "a", "", kind), name="a")
    store.provider(noting(log, "b", "a", kind), name="b")

    async def body(b):
        raise KeyError("body")

    with pytest.raises(KeyError, match="body"):
        await call(body)

    assert log == ["+a", "+b", "-b KeyError", "-a KeyError"]


async def test_a_yield_in_a_with_receives_the_exception(store, log, call):
    @contextmanager
    def transaction():
        try:
            yield
        except BaseException:
            log.append("rollback")
            raise
        log.append("commit")

    @store.provider
    async def db():
        with transaction():
            yield 1

    async def body(db):
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await call(body)

    assert log == ["rollback"]


async def test_the_exception_of_a_later_set_up_arrives_too(store, log, call):
    store.provider(noting(log, "a", "", "async generator"), name="a")

    @store.provider
    def b(a):
        raise LookupError

    async def body(b): ...

    with pytest.raises(LookupError):
        await call(body)

    assert log == ["+a", "-a LookupError"]


async def test_a_bare_yield_is_resumed_whatever_happened(store, log, call):
    @store.provider
    async def a():
        yield
        log.append("closed a")

    @store.provider
    def b(a):
        try:
            log.append("opening")
        finally:
            pass
        yield
        log.append("closed b")

    async def body(b):
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await call(body)

    assert log == ["opening", "closed b", "closed a"]


@pytest.mark.parametrize("resume", [True, False])
async def test_resume_says_it_explicitly(store, log, call, resume):
    @store.provider(resume=resume)
    async def a():
        try:
            yield
        except ValueError:
            log.append("received")
            raise
        log.append("resumed")

    async def body(a):
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await call(body)

    assert log == ["resumed" if resume else "received"]


@pytest.mark.parametrize("careful", [True, False])
async def test_each_yield_of_a_generator_counts_for_itself(store, log, call, careful):
    @store.provider
    def a():
        if careful:
            try:
                yield
            except ValueError:
                log.append("received")
                raise
        else:
            yield
        log.append("resumed")

    async def body(a):
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await call(body)

    assert log == ["received" if careful else "resumed"]


async def test_contextlibs_functions_keep_its_behaviour(store, log, call):
    @store.provider
    @asynccontextmanager
    async def a():
        yield
        log.append("not reached")

    async def body(a):
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await call(body)

    assert log == []


# Rule 11: exactly one yield.


@pytest.mark.parametrize("is_async", [True, False])
async def test_a_generator_must_yield(store, log, call, is_async):
    def generator():
        if log is None:
            yield

    async def async_generator():
        if log is None:
            yield

    made = async_generator if is_async else generator
    provider = store.provider(made, name="db")

    async def body(db): ...

    with pytest.raises(
        DidNotYield, match=rf"'db' \({provider.origin}\) ended without yielding"
    ):
        await call(body)


@pytest.mark.parametrize("is_async", [True, False])
@pytest.mark.parametrize("fails", [True, False])
async def test_a_generator_must_not_yield_twice(store, log, call, is_async, fails):
    def generator():
        with suppress(ValueError):
            yield 1
        try:
            yield 2
        finally:
            log.append("ended")

    async def async_generator():
        with suppress(ValueError):
            yield 1
        try:
            yield 2
        finally:
            log.append("ended")

    provider = store.provider(async_generator if is_async else generator, name="db")

    async def body(db):
        if fails:
            raise ValueError

    with pytest.raises(
        YieldedTwice, match=rf"'db' \({provider.origin}\) yielded a second time"
    ):
        await call(body)
    assert log == ["ended"]


# Rule 12: every cleanup runs; none can swallow.


@pytest.mark.parametrize("kind", ["async generator", "generator", "context manager"])
async def test_a_provider_cannot_swallow_the_exception(store, log, call, kind):
    async def async_generator():
        try:
            yield
        except ValueError:
            log.append("seen")

    def generator():
        try:
            yield
        except ValueError:
            log.append("seen")

    made = {
        "async generator": async_generator,
        "generator": generator,
        "context manager": contextmanager(generator),
    }[kind]
    store.provider(made, name="a")
    store.provider(noting(log, "b", "", "generator"), name="b")

    async def body(b, a):
        raise ValueError("kept")

    with pytest.raises(ValueError, match="kept"):
        await call(body)

    assert log == ["+b", "seen", "-b ValueError"]


async def test_a_provider_can_replace_the_exception(store, log, call):
    store.provider(noting(log, "outer", "", "async generator"), name="outer")

    @store.provider
    async def db(outer):
        try:
            yield
        except ValueError as exc:
            raise LookupError("conflict") from exc

    async def body(db):
        raise ValueError("duplicate")

    with pytest.raises(LookupError, match="conflict") as caught:
        await call(body)

    assert isinstance(caught.value.__cause__, ValueError)
    assert log == ["+outer", "-outer LookupError"]


async def test_every_cleanup_runs_whatever_the_others_do(store, log, call):
    for name in "abc":

        def made(name=name):
            yield
            log.append(name)
            raise RuntimeError(name)

        store.provider(made, name=name)

    async def body(a, b, c):
        log.append("body")

    with pytest.raises(RuntimeError, match=r"^a"):
        await call(body)

    assert log == ["body", "c", "b", "a"]


# Rule 13: failures while cleaning up.


async def test_failures_chain_as_in_nested_with_blocks(store, call):
    for name in "abc":

        def made(name=name):
            yield
            raise RuntimeError(name)

        store.provider(made, name=name)

    async def body(a, b, c):
        raise ValueError("body")

    with pytest.raises(RuntimeError) as caught:
        await call(body)

    chain = []
    exc = caught.value
    while exc is not None:
        chain.append(str(exc))
        exc = exc.__context__
    assert chain == ["a", "b", "c", "body"]


def failing(store, name, error):
    def made():
        yield
        raise error

    store.provider(made, name=name, scope="app")


async def test_two_failures_after_a_successful_session_come_together(store):
    failing(store, "a", RuntimeError("a"))
    failing(store, "b", ValueError("b"))

    with pytest.raises(CleanupError) as caught:
        async with store.session():
            pass

    assert [str(exc) for exc in caught.value.exceptions] == ["b", "a"]
    assert isinstance(caught.value, ExceptionGroup)
    matched, rest = caught.value.split(ValueError)
    assert isinstance(matched, CleanupError)
    assert isinstance(rest, CleanupError)


async def test_one_failure_after_a_successful_session_comes_alone(store):
    failing(store, "a", RuntimeError("a"))

    with pytest.raises(RuntimeError, match=r"^a"):
        async with store.session():
            pass


async def test_two_failures_after_a_failed_session_chain(store):
    failing(store, "a", RuntimeError("a"))
    failing(store, "b", ValueError("b"))

    with pytest.raises(RuntimeError) as caught:
        async with store.session():
            raise KeyError("body")

    assert str(caught.value.__context__) == "b"
    assert isinstance(caught.value.__context__.__context__, KeyError)


async def test_a_handled_failure_does_not_count_twice(store):
    @store.provider(scope="app")
    def a():
        try:
            yield
        except ValueError as exc:
            raise LookupError("told otherwise") from exc

    @store.provider(scope="app")
    def b(a):
        yield
        raise ValueError("b")

    with pytest.raises(LookupError, match="told otherwise"):
        async with store.session():
            pass


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
async def test_interrupts_propagate_after_the_cleanup(store, log, call, error):
    store.provider(noting(log, "a", "", "async generator"), name="a")

    @store.provider
    def b(a):
        yield
        log.append("b")
        raise ValueError("b")

    async def body(b):
        raise error

    caught = None
    try:
        await call(body)
    except BaseException as exc:  # noqa: BLE001
        caught = exc

    assert type(caught) is error
    assert "ValueError('b')" in caught.__notes__[0]
    assert log == ["+a", "b", f"-a {error.__name__}"]


async def test_an_interrupt_while_cleaning_up_wins(store, log, call):
    store.provider(noting(log, "a", "", "async generator"), name="a")

    @store.provider
    def b(a):
        yield
        raise KeyboardInterrupt

    async def body(b):
        raise ValueError

    caught = None
    try:
        await call(body)
    except BaseException as exc:  # noqa: BLE001
        caught = exc

    assert isinstance(caught, KeyboardInterrupt)
    assert log == ["+a", "-a KeyboardInterrupt"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_stop_iteration_passes_through_generators(store, log, kind):
    """Which turn it into a RuntimeError, as contextlib knows, too."""
    store.provider(noting(log, "a", "", kind), name="a")

    @store.consumer
    def body(a):
        raise StopIteration("mine")

    with pytest.raises(RuntimeError) as caught:
        await body()

    assert isinstance(caught.value.__cause__, StopIteration)
    assert log == ["+a", "-a StopIteration"]


# Rule 14: cancellation.


async def test_cancellation_is_thrown_in_and_propagates(store, log, call):
    store.provider(noting(log, "a", "", "async generator"), name="a")

    async def body(a):
        scope.cancel()
        await anyio.sleep(1)

    with anyio.CancelScope() as scope:
        await call(body)

    assert scope.cancelled_caught
    assert log in (["+a", "-a CancelledError"], ["+a", "-a Cancelled"])


@pytest.mark.parametrize("way", ["call", "bound", "scope"])
async def test_a_shield_protects_awaits_in_cleanup(log, way):
    store = Store(shield=lambda: anyio.CancelScope(shield=True))

    @store.provider
    async def a():
        try:
            yield
        finally:
            await anyio.sleep(0.01)
            log.append("closed")

    async def body(a):
        log.append("body")
        if cancelled:
            scope.cancel()
            await anyio.sleep(1)

    consumer = store.consumer(body, supplied=())
    for cancelled in (True, False):
        with anyio.CancelScope() as scope:
            async with store.session() as session:
                if way == "bound":
                    await session.bind(consumer)()
                elif way == "call":
                    await store.consumer(body)()
                else:
                    async with session.scope("request") as request:
                        await request.call(consumer)
                if not cancelled:
                    scope.cancel()

    assert log == ["body", "closed"] * 2


async def test_a_shield_may_give_up(log):
    store = Store(shield=lambda: anyio.move_on_after(0.01, shield=True))

    @store.provider
    async def slow():
        yield
        await anyio.sleep(10)

    store.provider(noting(log, "a", "", "generator"), name="a")

    @store.consumer
    async def body(a, slow):
        log.append("body")

    await body()

    assert log == ["+a", "body", "-a"]


def test_a_shield_is_not_entered_for_sync_cleanup(log):
    store = Store(shield=lambda: log.append("shield") or nullcontext())
    store.provider(noting(log, "a", "", "generator"), name="a")
    body = store.consumer(lambda a: a)

    body.call_sync()

    assert log == ["+a", "-a"]
