import inspect

import pytest

from bocadillo_providers import DuplicateProvider, InvalidProvider, Registry, use


async def test_a_prefix_renames_what_is_included(store):
    redis = Registry()

    @redis.provider
    def url(settings):
        return f"{settings}/redis"

    @redis.provider
    def client(url):
        return f"client({url})"

    store.provider(lambda: "settings", name="settings")
    store.include(redis, prefix="redis_")

    @store.consumer
    def get(redis_client, same=use(client)):  # noqa: B008
        return redis_client, same

    assert await get() == ("client(settings/redis)",) * 2
    assert store.names() == ["settings", "redis_url", "redis_client"]


async def test_a_provider_of_a_registry_may_use_another_by_itself(store):
    registry = Registry()
    url = registry.provider(lambda: "url", name="url")

    @registry.provider
    @registry.useprovider(url)
    def client(address=use(url)):  # noqa: B008
        return f"client({address})"

    store.include(registry, prefix="redis_")

    assert await store.consumer(lambda redis_client: redis_client)() == "client(url)"


async def test_a_registry_may_have_a_prefix_of_its_own(store):
    inner = Registry(prefix="inner_")
    inner.provider(lambda: 1, name="a")
    inner.provider(lambda a: a + 1, name="b")
    outer = Registry()
    outer.include(inner, prefix="outer_")
    store.include(outer)

    assert store.names() == ["outer_inner_a", "outer_inner_b"]
    assert await store.consumer(lambda outer_inner_b: outer_inner_b)() == 2


async def test_what_is_declared_after_the_include_counts(store):
    registry = Registry()
    store.include(registry)
    registry.provider(lambda: 1, name="db")

    assert await store.consumer(lambda db: db)() == 1


async def test_the_same_registry_may_arrive_on_two_ways(store):
    base, left = Registry(), Registry()
    base.provider(lambda: 1, name="db")
    left.include(base)
    store.include(base)
    store.include(left)

    assert await store.consumer(lambda db: db)() == 1


@pytest.mark.parametrize("how", ["name", "marked name", "marked provider", "used"])
async def test_a_registry_included_twice_finds_its_own_both_times(store, how):
    registry = Registry()

    @registry.provider
    def url():
        return "url"

    if how == "name":
        registry.provider(lambda url: f"client of {url}", name="client")
    elif how == "marked name":
        registry.provider(lambda at=use("url"): f"client of {at}", name="client")  # noqa: B008
    elif how == "marked provider":
        registry.provider(lambda at=use(url): f"client of {at}", name="client")  # noqa: B008
    else:
        client = registry.useprovider(url)(lambda url: f"client of {url}")
        registry.provider(client, name="client")
    middle = Registry()
    middle.include(registry, prefix="deep_")
    store.include(registry, prefix="a_")
    store.include(registry, prefix="b_")
    store.include(middle)
    store.provider(lambda: "A", name="a_url")
    get = store.consumer(lambda a_client, b_client, deep_client: locals())

    assert get.providers == (
        *("a_url", "a_client", "b_url", "b_client", "deep_url", "deep_client"),
    )
    assert list((await get()).values()) == [
        "client of A",
        "client of url",
        "client of url",
    ]


async def test_an_included_declaration_that_was_replaced_is_still_found(store):
    registry, outer = Registry(), Registry()

    @registry.provider
    def url():
        return "url"

    outer.include(registry, prefix="my_")
    outer.provider(lambda at=use(url): f"client of {at}", name="client")  # noqa: B008
    store.include(outer, prefix="x_")
    store.provider(lambda: "mine", name="x_my_url")
    get = store.consumer(lambda x_client, at=use(url): (x_client, at))  # noqa: B008

    assert await get() == ("client of mine", "mine")


async def test_of_two_included_declarations_the_later_one_counts(store):
    for value in (1, 2):
        registry = Registry()
        registry.provider(lambda value=value: value, name="db")
        store.include(registry)

    assert await store.consumer(lambda db: db)() == 2


async def test_an_included_registry_may_replace_what_was_declared(store):
    store.provider(lambda: 1, name="db")
    registry = Registry()
    registry.provider(lambda: 2, name="db", replace=True)
    store.include(registry)

    assert await store.consumer(lambda db: db)() == 2


async def test_a_registry_declares_values_and_context_variables(store):
    registry = Registry()
    registry.value("job", str)
    context = registry.create_context_provider("user")
    marked = registry.useprovider("user")(lambda job, user: (job, user))
    store.include(registry)
    get = store.consumer(marked)

    async with store.session() as session, session.scope(job="j") as scope:
        with context.assign(user="ada"):
            assert await scope.call(get) == ("j", "ada")
    assert repr(context) == "<ContextProvider user>"


async def test_a_prefix_goes_to_values_too(store):
    registry = Registry()
    registry.value("job", str)
    registry.provider(lambda job: [job], name="jobs")
    store.include(registry, prefix="my_")
    get = store.consumer(lambda my_jobs: my_jobs)

    async with store.session() as session, session.scope(my_job="j") as scope:
        assert await scope.call(get) == ["j"]


def test_two_values_cannot_have_one_name():
    registry = Registry()
    registry.value("job")

    with pytest.raises(DuplicateProvider, match=r"'job' \(test_registry.py:\d+\)"):
        registry.value("job")


def test_values_need_names_that_parameters_can_have():
    with pytest.raises(InvalidProvider, match="no parameter can be called 'a b'"):
        Registry().value("a b")
    with pytest.raises(InvalidProvider, match="no parameter can be called 'class'"):
        Registry().create_context_provider("class")


@pytest.mark.parametrize("prefix", ["a b", "1", "x-"])
def test_prefixes_need_to_be_the_beginning_of_a_name(store, prefix):
    with pytest.raises(InvalidProvider, match=f"a name with prefix {prefix!r}"):
        Registry(prefix)
    with pytest.raises(InvalidProvider, match=f"a name with prefix {prefix!r}"):
        store.include(Registry(), prefix=prefix)


def test_what_is_no_registry_cannot_be_included(store):
    with pytest.raises(TypeError, match=r"include\(\) takes a Registry, not 'redis'"):
        store.include("redis")


def test_a_registry_says_how_much_it_has():
    registry = Registry()
    registry.provider(lambda: 1, name="db")

    assert repr(registry) == "<Registry: 1 providers>"
    assert repr(registry.provider(lambda: 1, name="x")).startswith(
        "<Provider 'x' (test"
    )


def test_options_of_the_decorator_add_up():
    registry = Registry()
    in_app = registry.provider(scope="app")

    @in_app(name="pool", lazy=True)
    def make(): ...

    assert (make.name, make.scope, make.lazy) == ("pool", "app", True)


def test_the_decorator_shows_its_options_and_takes_no_others():
    registry = Registry()
    parameters = inspect.signature(registry.provider).parameters

    assert {name: each.default for name, each in parameters.items()} == {
        "fn": None,
        "scope": None,
        "name": None,
        "lazy": False,
        "autouse": False,
        "replace": False,
        "concurrent": False,
        "resume": None,
    }
    with pytest.raises(TypeError, match="unexpected keyword argument 'scpoe'"):
        registry.provider(scpoe="app")


def test_a_text_in_place_of_a_function_is_told_where_it_belongs():
    with pytest.raises(InvalidProvider, match="by name, as in name='app' or scope="):
        Registry().provider("app")


def test_a_context_provider_has_names():
    with pytest.raises(TypeError, match=r"takes names: create_context_provider\("):
        Registry().create_context_provider()
