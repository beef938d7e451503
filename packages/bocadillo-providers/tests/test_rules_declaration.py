"""Rules 1 to 5 of the contract: declaration."""

import functools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest

from bocadillo_providers import (
    DeclarationError,
    DependencyCycle,
    DuplicateProvider,
    GraphError,
    InvalidProvider,
    MissingProvider,
    Registry,
    ScopeMismatch,
    Store,
    TypeMismatch,
)

# Rule 1: values live in sessions and scopes only.


async def test_two_sessions_never_share_a_value(store):
    @store.provider(scope="app")
    def pool():
        return object()

    @store.consumer
    async def get(pool):
        return pool

    async with store.session():
        first = await get()
    async with store.session():
        assert await get() is not first


# Rule 2: a provider is any callable.


class Service:
    def __init__(self, base: int) -> None:
        self.value = base


class Factory:
    def __call__(self, base: int) -> int:
        return base + 1


class AsyncFactory:
    async def __call__(self, base: int) -> int:
        return base + 2


class Methods:
    async def connect(self, base: int) -> AsyncIterator[int]:
        yield base + 3


def function(base: int) -> int:
    return base


async def coroutine(base: int) -> int:
    return base


def generator(base: int) -> Iterator[int]:
    yield base


async def async_generator(base: int) -> AsyncIterator[int]:
    yield base


@contextmanager
def manager(base: int) -> Iterator[int]:
    yield base


@asynccontextmanager
async def async_manager(base: int) -> AsyncIterator[int]:
    yield base


def add(base: int, more: int) -> int:
    return base + more


@pytest.mark.parametrize(
    ("made", "value"),
    [
        (function, 7),
        (coroutine, 7),
        (generator, 7),
        (async_generator, 7),
        (manager, 7),
        (async_manager, 7),
        (functools.partial(add, more=3), 10),
        (functools.partial(async_generator), 7),
        (Factory(), 8),
        (AsyncFactory(), 9),
        (Methods().connect, 10),
        (lambda base: base, 7),
    ],
)
async def test_any_callable_can_be_a_provider(store, made, value):
    store.provider(lambda: 7, name="base")
    store.provider(made, name="made")

    @store.consumer
    async def get(made):
        return made

    assert await get() == value


async def test_a_class_is_a_provider_of_its_instances(store):
    store.provider(lambda: 7, name="base")
    service = store.provider(Service, name="service")

    @store.consumer
    async def get(service: Service):
        return service.value

    assert await get() == 7
    assert service.__wrapped__ is Service


def test_a_callable_without_a_name_needs_one(store):
    with pytest.raises(InvalidProvider, match=r"test_rules_declaration.*pass name="):
        store.provider(Factory())


def test_a_lambda_needs_a_name(store):
    with pytest.raises(InvalidProvider, match=r"'<lambda>'.*pass name="):
        store.provider(lambda: 1)


@pytest.mark.parametrize(
    ("refused", "text"),
    [(lambda *args: 1, r"takes \*args"), (lambda **kwargs: 1, r"takes \*\*kwargs")],
)
def test_variadic_parameters_are_refused(store, refused, text):
    with pytest.raises(
        InvalidProvider, match=rf"provider 'db' \(test_rules_\w+.py:\d+\) {text}"
    ):
        store.provider(refused, name="db")


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ("db", r"'db' is not callable: options are given by name, as in name='db'"),
        (3, "3 is not callable: it cannot be a provider"),
    ],
)
def test_what_cannot_be_called_is_refused(store, wrong, text):
    with pytest.raises(InvalidProvider, match=text):
        store.provider(wrong, name="db")


async def test_a_default_is_kept_unless_the_name_is_provided(store):
    store.provider(lambda: 1, name="known")

    @store.provider
    def made(unknown=0, known=0, *, other=5):
        return unknown, known, other

    @store.consumer
    async def get(made, known=0, *, other=9):
        return made, known, other

    assert await get() == ((0, 1, 5), 1, 9)


# Rule 3: one name, one provider.


def test_a_second_declaration_of_a_name_is_refused(store):
    @store.provider
    def db():
        return 1

    with pytest.raises(
        DuplicateProvider,
        match=rf"'db' \(test_rules_\w+.py:\d+\) is already declared at {db.origin}",
    ):

        @store.provider(name="db")
        def other():
            return 2


async def test_replace_takes_the_place_of_the_first(store):
    store.provider(lambda: 1, name="db")
    store.provider(lambda: 2, name="db", replace=True)
    get = store.consumer(lambda db: db)

    assert await get() == 2


async def test_taking_its_own_name_extends_the_first(store):
    store.provider(lambda: [1], name="db")

    @store.provider(name="db")
    def more(db):
        return [*db, 2]

    @store.provider(name="db")
    async def even_more(db):
        return [*db, 3]

    get = store.consumer(lambda db: db)

    assert await get() == [1, 2, 3]


async def test_an_included_declaration_gives_way(store):
    plugin = Registry()
    plugin.provider(lambda: "plugin", name="db")
    store.include(plugin)
    store.provider(lambda: "own", name="db")
    get = store.consumer(lambda db: db)

    assert await get() == "own"


async def test_an_included_declaration_can_be_extended(store):
    plugin = Registry()
    plugin.provider(lambda: ["plugin"], name="db")
    store.include(plugin)
    store.provider(lambda db: [*db, "own"], name="db")
    get = store.consumer(lambda db: db)

    assert await get() == ["plugin", "own"]


def test_an_include_after_the_first_declaration_is_refused(store):
    plugin = Registry()
    plugin.provider(lambda: "plugin", name="db")
    store.provider(lambda: "own", name="db")

    with pytest.raises(DuplicateProvider, match="'db'"):
        store.include(plugin)


def test_what_an_included_registry_declares_too_late_is_refused_when_freezing(store):
    plugin = Registry()
    store.include(plugin)
    store.provider(lambda: "own", name="db")
    plugin.provider(lambda: "plugin", name="db")

    with pytest.raises(DuplicateProvider, match="'db'"):
        store.freeze()


def test_an_include_without_end_is_refused(store):
    outer, inner = Registry(), Registry()
    outer.include(inner)

    for registry, included in ((store, store), (inner, outer)):
        with pytest.raises(DeclarationError, match="cannot be included"):
            registry.include(included)
    assert store.empty()


def test_extending_what_nobody_declared_is_a_problem(store):
    @store.provider
    def db(db):
        return db

    with pytest.raises(GraphError, match=r"'db'.*can only extend") as caught:
        store.freeze()
    assert isinstance(caught.value.problems[0], MissingProvider)


# Rule 4: freezing.


def test_freezing_is_idempotent_and_changes_no_function(store):
    def db():
        return 1

    provider = store.provider(db)
    consumer = store.consumer(db)
    before = dict(vars(db))

    store.freeze()
    store.freeze()

    assert provider.__wrapped__ is db
    assert consumer.__wrapped__ is db
    assert vars(db) == before


async def test_a_call_freezes(store):
    get = store.consumer(lambda: 1)

    assert await get() == 1
    with pytest.raises(Exception, match="too late, the store is frozen"):
        store.provider(lambda: 1, name="late")


async def test_a_session_freezes(store):
    async with store.session():
        pass

    with pytest.raises(Exception, match="too late, the store is frozen"):
        store.provider(lambda: 1, name="late")


# Rule 5: all problems at once, in declaration order.


def test_all_problems_are_told_at_once_in_declaration_order(store):
    @store.provider(scope="app")
    def pool(user): ...

    @store.provider
    def user() -> str: ...

    @store.provider
    def database(): ...

    @store.provider
    def first(second): ...

    @store.provider
    def second(first): ...

    @store.consumer(supplied=())
    def profile(databse, user: int): ...

    with pytest.raises(GraphError) as caught:
        store.freeze()

    problems = caught.value.problems
    assert [type(problem) for problem in problems] == [
        ScopeMismatch,
        DependencyCycle,
        MissingProvider,
        TypeMismatch,
    ]
    lines = str(caught.value).splitlines()
    assert lines[0] == "4 problems in the provider graph"
    assert lines[1] == (
        f"  1. scope: provider 'pool' ({pool.origin}, app) cannot use 'user' "
        f"({user.origin}, request): it would outlive it"
    )
    assert lines[2].startswith(
        f"  2. cycle: 'first' ({first.origin}) -> 'second' ({second.origin}) -> 'first'"
    )
    assert lines[3].startswith(
        "  3. missing: profile() needs 'databse', which nobody provides "
        "(did you mean 'database'?)"
    )
    assert lines[4].startswith(
        "  4. type: profile() wants user: int, but provider 'user' "
        f"({user.origin}) gives str"
    )
    assert problems[0].provider == "pool"
    assert problems[0].line == pool.origin.line
    assert problems[0].file == __file__
    assert [problem.kind for problem in store.problems()] == [
        "scope",
        "cycle",
        "missing",
        "type",
    ]


@pytest.mark.parametrize("length", [2, 5])
def test_a_cycle_is_told_once_with_its_whole_path(store, length):
    for number in range(length):
        namespace = {}
        exec(f"def p{number}(p{(number + 1) % length}): ...", namespace)
        store.provider(namespace[f"p{number}"])

    (problem,) = store.problems()

    path = [f"'p{number % length}'" for number in range(length + 1)]
    assert [word for word in problem.message.split() if word[0] == "'"] == path
    assert problem.provider == "p0"


def test_a_single_problem_is_told_in_the_singular(store):
    @store.provider
    def repo(nothing): ...

    with pytest.raises(GraphError, match=r"^1 problem in the provider graph") as caught:
        store.freeze()
    assert f"provider 'repo' ({repo.origin}) needs 'nothing'" in str(caught.value)
    assert "declare a provider of that name" in str(caught.value)


def test_a_problem_of_what_is_a_consumer_twice_is_told_once(store):
    async def handler(databse): ...

    for _ in range(2):
        store.consumer(handler, supplied=())

    assert len(store.problems()) == 1


def test_a_marker_on_a_supplied_name_is_ambiguous(store):
    from bocadillo_providers import AmbiguousParameter, use

    db = store.provider(lambda: 1, name="db")

    @store.consumer(supplied=("db",))
    def view(db=use(db)): ...  # noqa: B008

    with pytest.raises(GraphError, match=r"view\(\) marks 'db' with use\(\)") as caught:
        store.freeze()
    assert isinstance(caught.value.problems[0], AmbiguousParameter)


def test_types_can_be_warned_about_or_ignored():
    def declare(store):
        @store.provider
        def user() -> str: ...

        @store.consumer
        def profile(user: int): ...

    warning, silent = Store(check_types="warn"), Store(check_types="off")
    declare(warning)
    declare(silent)

    with pytest.warns(UserWarning, match="type: profile"):
        warning.freeze()
    silent.freeze()
