import types

import pytest

from bocadillo_providers.yields import is_protected, protected_yields

PROTECTED = """
def in_try():
    try:
        yield
    finally:
        pass

def in_except_clause_within_try():
    try:
        try:
            work()
        except OSError as exc:
            yield exc
    finally:
        pass

def in_with():
    with work():
        yield

def in_loop_in_try():
    try:
        for _ in work():
            yield
    except ValueError:
        pass

def in_try_star():
    try:
        yield
    except* ValueError:
        pass

async def in_async_with():
    async with work() as value:
        yield value

async def after_await_in_try():
    try:
        await work()
        yield
    finally:
        await work()

async def in_nested_with():
    with work():
        async with work():
            yield
"""

BARE = """
def alone():
    yield

def after_try():
    try:
        value = work()
    finally:
        pass
    yield value
    work()

def in_except_clause():
    try:
        value = work()
    except OSError as exc:
        yield exc

def in_else():
    try:
        work()
    except OSError:
        pass
    else:
        yield

def in_finally():
    try:
        work()
    finally:
        yield

def in_except_star_clause():
    try:
        work()
    except* OSError:
        yield

def after_with():
    with work():
        value = 1
    yield value

def in_loop():
    for _ in work():
        yield

def never():
    if 0:
        yield

async def async_alone():
    yield

async def after_await():
    await work()
    yield
    await work()

async def in_async_for():
    async for value in work():
        yield value
"""


def functions(source):
    namespace = {}
    exec(source, namespace)
    return [
        pytest.param(value, id=name)
        for name, value in namespace.items()
        if isinstance(value, types.FunctionType)
    ]


@pytest.mark.parametrize("function", functions(PROTECTED))
def test_a_yield_that_a_handler_of_the_user_covers_is_protected(function):
    assert protected_yields(function.__code__) is True


@pytest.mark.parametrize("function", functions(BARE))
def test_a_yield_that_only_the_compiler_covers_is_not_protected(function):
    assert protected_yields(function.__code__) is False


def test_of_several_yields_the_one_where_it_stands_counts():
    def mixed(careful):
        if careful:
            try:
                yield
            finally:
                pass
        else:
            yield

    assert protected_yields(mixed.__code__) is None
    for careful in (True, False):
        generator = mixed(careful)
        next(generator)
        assert is_protected(generator) is careful


async def test_the_same_holds_for_async_generators():
    async def mixed(careful):
        if careful:
            try:
                yield
            finally:
                pass
        else:
            yield

    assert protected_yields(mixed.__code__) is None
    for careful in (True, False):
        generator = mixed(careful)
        await anext(generator)
        assert is_protected(generator) is careful
        await generator.aclose()


def careful():
    try:
        yield
    finally:
        pass


def bare():
    yield


@pytest.mark.parametrize(("inner", "outer"), [(careful, bare), (bare, careful)])
def test_yield_from_is_protected_if_either_generator_is(inner, outer):
    def delegating():
        yield from inner()

    def careful_delegating():
        try:
            yield from inner()
        finally:
            pass

    def twice_delegating():
        yield from delegating()

    for function, expected in (
        (delegating, inner is careful),
        (twice_delegating, inner is careful),
        (careful_delegating, True),
    ):
        assert protected_yields(function.__code__) is None
        generator = function()
        next(generator)
        assert is_protected(generator) is expected


def test_yield_from_something_else_counts_where_it_stands():
    def delegating():
        yield from [1]

    generator = delegating()
    next(generator)

    assert is_protected(generator) is False


def test_a_generator_that_has_ended_is_not_protected():
    generator = careful()
    list(generator)

    assert is_protected(generator) is False
