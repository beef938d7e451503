import functools
from contextlib import asynccontextmanager, contextmanager

import pytest

from bocadillo_providers import InvalidProvider
from bocadillo_providers.callables import (
    Kind,
    Origin,
    innermost,
    kind_of,
    origin_of,
    title_of,
)
from bocadillo_providers.provider import declare


def generator():
    yield


async def async_generator():
    yield


async def coroutine(): ...


class Thing:
    def method(self): ...

    async def async_method(self):
        yield

    def __call__(self):
        yield


class AsyncThing:
    async def __call__(self): ...


class Inheriting(AsyncThing): ...


class CallableClasses(type):
    def __call__(cls):
        return super().__call__()


class Plain(metaclass=CallableClasses): ...


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (generator, Kind.GENERATOR),
        (async_generator, Kind.ASYNC_GENERATOR),
        (coroutine, Kind.COROUTINE),
        (lambda: 1, Kind.FUNCTION),
        (Thing, Kind.FUNCTION),
        (Thing(), Kind.GENERATOR),
        (AsyncThing(), Kind.COROUTINE),
        (Inheriting(), Kind.COROUTINE),
        (Thing().method, Kind.FUNCTION),
        (Thing().async_method, Kind.ASYNC_GENERATOR),
        (contextmanager(generator), Kind.CONTEXT_MANAGER),
        (asynccontextmanager(async_generator), Kind.ASYNC_CONTEXT_MANAGER),
        (functools.partial(contextmanager(generator)), Kind.CONTEXT_MANAGER),
        (functools.partial(functools.partial(coroutine)), Kind.COROUTINE),
        (dict, Kind.FUNCTION),
        (len, Kind.FUNCTION),
        (Plain(), Kind.FUNCTION),
    ],
)
def test_kinds_are_told_apart(function, kind):
    assert kind_of(function) is kind


def test_the_origin_is_that_of_the_innermost_function():
    def inner(): ...

    @functools.wraps(inner)
    def outer(): ...

    partial = functools.partial(outer)

    assert innermost(partial) is inner
    assert origin_of(partial) == Origin(__file__, inner.__code__.co_firstlineno)
    assert str(origin_of(inner)).startswith("test_callables.py:")


def test_the_origin_of_a_partial_is_that_of_what_it_says_it_wraps():
    def inner():
        pass

    partial = functools.update_wrapper(functools.partial(coroutine), inner)

    assert innermost(partial) is inner
    assert origin_of(partial) == Origin(__file__, inner.__code__.co_firstlineno)


def test_the_origin_of_a_class_is_where_it_is_defined():
    line = Thing.method.__code__.co_firstlineno - 1

    assert origin_of(Thing) == Origin(__file__, line)
    assert origin_of(Plain()).file == __file__


def test_what_was_not_written_in_python_has_a_module_for_an_origin():
    assert origin_of(dict) == Origin("<builtins>", 0)


def test_titles_are_short():
    def local(): ...

    assert title_of(local) == "local"
    assert title_of(Thing.method) == "Thing.method"
    assert title_of(Thing()) == "Thing"


def test_a_callable_without_a_signature_is_refused():
    with pytest.raises(InvalidProvider, match="has no signature: wrap it"):
        declare(type)


def test_an_explicit_signature_is_honoured():
    def inner(a, b=1): ...

    def outer(*args):
        return args

    functools.update_wrapper(outer, inner)

    assert [each.name for each in declare(outer).parameters] == ["a", "b"]
