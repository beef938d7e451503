import inspect
from types import TracebackType

import pytest

from bocadillo_providers import Consumer, DeclarationError, ScopeNotOpen, Store


def test_a_consumer_keeps_what_its_function_is_called(store):
    @store.consumer
    async def rename(user_id: int):
        """Give a user another name."""

    assert isinstance(rename, Consumer)
    assert rename.__name__ == "rename"
    assert rename.__doc__ == "Give a user another name."
    assert list(inspect.signature(rename).parameters) == ["user_id"]
    assert repr(rename) == f"<Consumer rename ({rename._origin})>"


@pytest.mark.parametrize("is_async", [True, False])
def test_a_generator_cannot_be_a_consumer(store, is_async):
    def view():
        yield

    async def async_view():
        yield

    with pytest.raises(
        DeclarationError, match=r"view \(test_consumer.py:\d+\) is a gen"
    ):
        store.consumer(async_view if is_async else view)


def test_what_is_no_callable_cannot_be_one(store):
    with pytest.raises(TypeError, match="3 is not callable: it cannot be a consumer"):
        store.consumer(3)


def test_supplied_names_are_several(store):
    with pytest.raises(TypeError, match=r"supplied= takes several names: \('event',\)"):
        store.consumer(lambda event: 1, supplied="event")


async def test_only_a_consumer_can_be_called_in_a_scope(store):
    async with store.session() as session, session.scope() as scope:
        with pytest.raises(TypeError, match=r"<lambda>.* is no consumer: declare it"):
            await scope.call(lambda: 1)
        with pytest.raises(TypeError, match=r"<lambda>.* is no consumer: declare it"):
            scope.call_sync(lambda: 1)
        with pytest.raises(TypeError, match=r"<lambda>.* is no consumer: declare it"):
            session.bind(lambda: 1)


async def test_what_fails_on_the_general_road_is_no_consequence_of_a_lookup():
    store = Store(scopes=("app", "batch", "job"))
    store.provider(lambda: 1, name="pool", scope="batch")

    @store.consumer
    async def work(pool):
        raise LookupError("who?")

    async with store.session() as session:
        with pytest.raises(ScopeNotOpen) as closed:
            await work()
        async with session.scope("batch"):
            with pytest.raises(LookupError) as failed:
                await work()

    assert closed.value.__context__ is None
    assert failed.value.__context__ is None


async def test_any_other_callable_can_be_one(store):
    store.provider(lambda: 1, name="db")

    class Method:
        async def view(self, a, db):
            return a, db

        def __call__(self, db):
            return db

    assert await store.consumer(Method().view)(5) == (5, 1)
    assert await store.consumer(Method())() == 1


async def test_a_method_can_be_a_consumer(store):
    store.provider(lambda: 1, name="db")

    class Users:
        @store.consumer
        async def find(self, number, *, db):
            return self, number, db

    users = Users()

    assert await users.find(5) == (users, 5, 1)
    assert await Users.find(users, 5) == (users, 5, 1)


async def test_a_plain_function_is_awaitable_too(store):
    assert await store.consumer(lambda: 1)() == 1


async def test_a_coroutine_that_a_plain_function_returns_runs_in_the_scope(store, log):
    @store.provider
    def db():
        yield "db"
        log.append("closed")

    async def work(db):
        log.append(f"work with {db}")

    await store.consumer(lambda db: work(db))()  # noqa: PLW0108

    assert log == ["work with db", "closed"]


async def test_a_consumer_takes_variable_arguments(store):
    store.provider(lambda: 1, name="db")

    @store.consumer
    async def view(a, *rest, db, b=2):
        return a, rest, db, b

    assert await view(1, 2, 3, b=4) == (1, (2, 3), 1, 4)


async def test_a_consumer_may_take_any_name(store):
    store.provider(lambda: 1, name="db")

    @store.consumer
    async def view(db, **more):
        return db, more

    assert await view(x=5) == (1, {"x": 5})
    assert store.consumer(lambda db, **more: more).call_sync(x=5) == {"x": 5}


def test_wrong_arguments_of_a_sync_call_are_pythons_type_error(store):
    view = store.consumer(lambda a: a)

    with pytest.raises(TypeError, match="missing 1 required positional argument: 'a'"):
        view.call_sync()


async def test_options_of_the_decorator_add_up(store):
    store.provider(lambda: 1, name="a")
    store.provider(lambda: 1, name="b")
    decorate = store.consumer(uses=["a"])

    consumer = decorate(lambda: 1, uses=["b"])

    assert consumer.providers == ("a", "b")


async def test_generated_code_is_shown_in_tracebacks(store):
    import linecache

    store.provider(lambda: 1 / 0, name="db")
    consumer = store.consumer(lambda db: db)

    frames = []
    try:
        await consumer()
    except ZeroDivisionError as exc:
        traceback: TracebackType | None = exc.__traceback__
        while traceback is not None:
            code = traceback.tb_frame.f_code
            frames.append(linecache.getline(code.co_filename, traceback.tb_lineno))
            traceback = traceback.tb_next

    assert any(line.strip() == "v0 = f0()" for line in frames)


async def test_consumers_of_one_shape_share_their_code(store):
    store.provider(lambda: 1, name="a")
    store.provider(lambda: 2, name="b")
    first, second = store.consumer(lambda a: a), store.consumer(lambda b: b)

    assert (await first(), await second()) == (1, 2)
    assert first._call.__code__.co_code == second._call.__code__.co_code
    assert first._call.__code__.co_filename == second._call.__code__.co_filename
