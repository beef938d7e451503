import pytest

from bocadillo_providers import InvalidProvider
from bocadillo_providers.provider import declare, next_order


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"resume": True}, "is a function: resume= is for generators"),
        ({"concurrent": True}, "is a function: only coroutine functions"),
        ({"lazy": True, "autouse": True}, "is lazy and autouse"),
        ({"name": "a b"}, "provider 'a b' .* needs a name"),
        ({"name": "def"}, "provider 'def' .* needs a name"),
        ({"name": 3}, "provider 3 .* needs a name"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, text):
    with pytest.raises(InvalidProvider, match=text):
        declare(lambda: 1, **{"name": "db", **options})


def test_the_kind_of_a_callable_is_told_in_a_sentence(store):
    async def generator():
        yield

    with pytest.raises(InvalidProvider, match="is an async generator: only coroutine"):
        store.provider(generator, concurrent=True)


def test_a_provider_cannot_be_declared_again(store):
    db = store.provider(lambda: 1, name="db")
    with pytest.raises(InvalidProvider, match=r"<Provider 'db' .*> is a provider alr"):
        store.provider(db)


def test_declarations_are_numbered_in_order():
    first = next_order()
    provider = declare(lambda: 1, name="db")

    assert first < provider.order < next_order()


def test_a_provider_says_what_it_is():
    provider = declare(lambda db: 1, name="db")

    assert repr(provider) == f"<Provider 'db' ({provider.origin})>"
    assert provider.extends
