import pickle

import bocadillo_providers
from bocadillo_providers import GraphError, Store, errors


def test_all_that_is_exported_is_there():
    for name in bocadillo_providers.__all__:
        assert hasattr(bocadillo_providers, name)
    assert list(bocadillo_providers.__all__) == sorted(bocadillo_providers.__all__)


def test_all_errors_are_exported():
    defined = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and value.__module__ == errors.__name__
    }

    assert defined <= set(bocadillo_providers.__all__)


def test_all_errors_are_provider_errors():
    for name in bocadillo_providers.__all__:
        value = getattr(bocadillo_providers, name)
        if isinstance(value, type) and issubclass(value, BaseException):
            assert issubclass(value, bocadillo_providers.ProvidersError)


def test_problems_survive_pickling():
    store = Store()
    store.provider(lambda nothing: 1, name="db")
    try:
        store.freeze()
    except GraphError as exc:
        error = exc

    copy = pickle.loads(pickle.dumps(error))

    assert str(copy) == str(error)
    (problem,) = copy.problems
    assert problem.problems == (problem,)
    assert (problem.kind, problem.provider) == ("missing", "db")
    assert problem.line == error.problems[0].line


async def test_the_default_store_works_through_functions():
    store = bocadillo_providers.default_store

    @bocadillo_providers.provider(name="number_of_test_exports")
    def number():
        return 5

    @bocadillo_providers.consumer
    async def get(number_of_test_exports):
        return number_of_test_exports

    try:
        assert bocadillo_providers.has_provider("number_of_test_exports")
        async with bocadillo_providers.session():
            assert await get() == 5
            with bocadillo_providers.override(number_of_test_exports=6):
                assert await get() == 6
    finally:
        store.exit_freeze()
        store._own.clear()
        store._consumers.clear()
