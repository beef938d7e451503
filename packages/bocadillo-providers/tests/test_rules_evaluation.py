"""Rules 6 to 8 of the contract: evaluation."""

import anyio
import pytest

# Rule 6: at most once per instance of a scope.


@pytest.mark.parametrize("value", [None, 0, "value"])
async def test_a_provider_runs_once_per_scope_whatever_its_value(store, log, value):
    @store.provider
    async def base():
        log.append("base")
        return value

    store.provider(lambda base: ("left", base), name="left")
    store.provider(lambda base: ("right", base), name="right")

    @store.consumer
    async def get(left, right, base):
        return left, right, base

    assert await get() == (("left", value), ("right", value), value)
    assert log == ["base"]
    await get()
    assert log == ["base", "base"]


async def test_consumers_in_one_open_scope_share_values(store, log):
    @store.provider
    def base():
        log.append("base")

    get = store.consumer(lambda base: base)

    async with store.session() as session, session.scope("request") as scope:
        await scope.call(get)
        await get()
        await scope.get("base")

    assert log == ["base"]


async def test_tasks_in_one_scope_share_what_one_of_them_makes(store, log):
    @store.provider
    async def base():
        log.append("base")
        await anyio.sleep(0.001)
        return object()

    values = set()

    async with store.session() as session, session.scope() as scope:

        async def get():
            values.add(await scope.get("base"))

        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(get)

    assert log == ["base"]
    assert len(values) == 1


# Rule 7: arguments are bound by Python's rules.


async def test_a_call_binds_what_is_not_injected(store):
    store.provider(lambda: "db", name="db")

    @store.consumer
    async def rename(a, /, db, b, *rest, c, d=4, **more):
        return a, db, b, rest, c, d, more

    assert await rename(1, 2, 3, c=5, e=6) == (1, "db", 2, (3,), 5, 4, {"e": 6})


async def test_defaults_of_the_consumer_hold(store):
    store.provider(lambda: "db", name="db")

    @store.consumer
    async def get(a, b=2, *, db, c=3):
        return a, b, db, c

    assert await get(1) == (1, 2, "db", 3)
    assert await get(1, c=5, b=4) == (1, 4, "db", 5)


async def test_positional_only_parameters_are_filled_by_position(store):
    store.provider(lambda: "db", name="db")
    store.provider(lambda a=1, db=2, /: (a, db), name="made")

    @store.consumer
    async def get(made, /, db, *, a=5):
        return made, db, a

    assert await get() == ((1, "db"), "db", 5)


@pytest.mark.parametrize(
    ("args", "kwargs", "text"),
    [
        ((), {}, r"rename\(\) missing 1 required positional argument: 'user_id'"),
        ((1, 2), {}, r"rename\(\) takes 1 positional argument but 2"),
        ((1,), {"nme": 1}, r"rename\(\) got an unexpected keyword argument 'nme'"),
        ((1,), {}, r"rename\(\) missing 1 required keyword-only argument: 'name'"),
    ],
)
async def test_wrong_arguments_are_pythons_type_error(store, log, args, kwargs, text):
    @store.provider
    def db():
        log.append("db")

    @store.consumer
    async def rename(user_id, *, name, db): ...

    with pytest.raises(TypeError, match=text):
        await rename(*args, **kwargs)
    assert log == []


@pytest.mark.parametrize("signature", ["*, db", "*, db, **more", "db"])
async def test_a_value_for_an_injected_name_is_refused(store, log, signature):
    store.provider(lambda: log.append("db"), name="db")
    namespace = {}
    exec(f"async def get({signature}): ...", namespace)
    get = store.consumer(namespace["get"])

    with pytest.raises(TypeError, match=r"get\(\) got 'db'.*store.override\(db="):
        await get(db=1)
    with pytest.raises(TypeError, match=r"get\(\) got 'db'.*store.override\(db="):
        get.call_sync(db=1)
    assert log == []


async def test_a_type_error_of_the_consumer_is_its_own(store):
    @store.consumer
    async def fail():
        raise TypeError("mine")

    with pytest.raises(TypeError, match=r"^mine$"):
        await fail()


# Rule 8: order.


async def test_the_order_is_autouse_then_used_then_parameters(store, log):
    def declare(name, needs="", **options):
        namespace = {"log": log}
        exec(f"def {name}({needs}): log.append({name!r})", namespace)
        return store.provider(namespace[name], **options)

    for name in ("leaf", "p1", "u1", "u2", "u4"):
        declare(name)
    declare("p2", "leaf")
    declare("auto1", "deep", autouse=True)
    declare("deep")
    u3 = declare("u3", "leaf")
    declare("auto2", autouse=True)

    @store.useprovider("u1", u3)
    @store.consumer
    @store.useprovider("u2")
    @store.useprovider("u4", "u1")
    async def get(p2, p1): ...

    await get()

    order = ["deep", "auto1", "auto2", "u1", "leaf", "u3", "u2", "u4", "p2", "p1"]
    assert log == order
    assert list(get.providers) == order


async def test_used_providers_may_be_told_to_the_decorator(store, log):
    store.provider(lambda: log.append("audit"), name="audit")
    get = store.consumer(lambda: 1, uses=["audit"])

    await get()

    assert log == ["audit"]


@pytest.mark.parametrize("outermost", ["provider", "useprovider"])
async def test_a_provider_may_use_others_too(store, log, outermost):
    store.provider(lambda: log.append("audit"), name="audit")
    store.provider(lambda: log.append("check"), name="check")

    @store.useprovider("check")
    def db():
        log.append("db")

    if outermost == "provider":
        store.provider(store.useprovider("audit")(db))
    else:
        store.useprovider("audit")(store.provider(db))

    await store.consumer(lambda db: db)()

    assert log == ["audit", "check", "db"]


def test_an_unknown_used_provider_is_a_problem(store):
    @store.consumer
    @store.useprovider("audti")
    def get(): ...

    store.provider(lambda: 1, name="audit")

    (problem,) = store.problems()
    assert "get() needs 'audti'" in problem.message
    assert "did you mean 'audit'?" in problem.message


async def test_a_consumer_may_do_without_autouse_providers(store, log):
    @store.provider(autouse=True)
    def auto():
        log.append("auto")

    @store.consumer(autouse=False)
    async def job():
        log.append("job")

    await job()

    assert log == ["job"]
    assert job.providers == ()
