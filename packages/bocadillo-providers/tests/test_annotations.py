import typing
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from enum import IntEnum
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NewType,
    Optional,
    Protocol,
    TypedDict,
    TypeVar,
    Union,
)

import pytest

from bocadillo_providers import GraphError, Lazy
from bocadillo_providers.annotations import (
    UNKNOWN,
    awaited,
    describe,
    fits,
    given_by,
    resolve,
    wants_lazy,
)
from bocadillo_providers.callables import EMPTY
from bocadillo_providers.provider import declare

T = TypeVar("T")
UserId = NewType("UserId", int)
AdminId = NewType("AdminId", UserId)


class Animal: ...


class Dog(Animal): ...


class Box(Generic[T]): ...


class Speaks(Protocol):
    def speak(self) -> str: ...


class Row(TypedDict):
    name: str


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (int, int),
        (Dog, Animal),
        (bool, int),
        (bool, float),
        (IntEnum, float),
        (IntEnum, complex),
        (int, float),
        (int, complex),
        (float, complex),
        (int, int | None),
        (int, Optional[int]),  # noqa: UP045
        (Dog, Union[str, Animal]),  # noqa: UP007
        (int | str, str | int | None),
        (None, int | None),
        (Annotated[int, "meta"], int),
        (int, Annotated[int, "meta"]),
        (UserId, UserId),
        (UserId, int),
        (AdminId, UserId),
        (list[int], list[str]),
        (list[int], Sequence),
        (dict[str, int], Mapping[str, int]),
        (Box[int], Box[str]),
        (Box[int], Box),
        (Any, int),
        (int, Any),
        (int, object),
        (object, int),
        (int, Speaks),
        (Speaks, int),
        (Row, dict),
        (dict, Row),
        (T, int),
        (int, T),
        (Callable[[], int], Dog),
        (Dog, Callable[[], int]),
        (Literal["a"], str),
        (str, Literal["a"]),
        (Literal["a", 1], bytes),
        (type[Dog], type[Animal]),
        ("Unresolved", int),
    ],
)
def test_these_fit(given, wanted):
    assert fits(given, wanted)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (str, int),
        (Animal, Dog),
        (float, int),
        (int | None, int),
        (int, str | None),
        (None, int),
        (int, UserId),
        (UserId, AdminId),
        (UserId, str),
        (list[int], dict[str, int]),
        (Box[int], list[int]),
        (Literal["a"], int),
        (Annotated[str, "meta"], int),
        (dict, int),
        (type[Dog], Dog),
    ],
)
def test_these_do_not_fit(given, wanted):
    assert not fits(given, wanted)


def test_what_cannot_be_compared_fits():
    class Odd(type):
        def __subclasscheck__(cls, other):
            raise TypeError("odd")

    class Strange(metaclass=Odd): ...

    assert fits(int, Strange)


def function_giving(annotation):
    def made(): ...

    made.__annotations__["return"] = annotation
    return made


@pytest.mark.parametrize(
    "annotation",
    [
        AsyncIterator[int],
        AsyncGenerator[int, None],
        Annotated[AsyncIterator[int], "meta"],
        "AsyncIterator[int]",
    ],
)
def test_the_value_of_an_async_generator_is_what_it_yields(annotation):
    async def made():
        yield

    made.__annotations__["return"] = annotation
    assert given_by(declare(made)) is int


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (Iterator[int], int),
        (Generator[int, None, None], int),
        (Iterable[int], int),
        (Iterable, UNKNOWN),
        (typing.Iterator, UNKNOWN),
        (int, UNKNOWN),
        (EMPTY, UNKNOWN),
    ],
)
def test_the_value_of_a_generator_is_what_it_yields(annotation, value):
    def made():
        yield

    made.__annotations__["return"] = annotation
    assert given_by(declare(made)) is value


def test_the_value_of_a_function_is_what_it_returns():
    assert given_by(declare(function_giving(Iterator[int]))) == Iterator[int]
    assert given_by(declare(function_giving("Missing"))) is UNKNOWN
    assert given_by(declare(Dog)) is Dog


def test_text_is_evaluated_where_it_was_written():
    def function(a: "Dog", b: "Missing"): ...  # noqa: F821

    assert resolve("Dog", function) is Dog
    assert resolve("Missing", function) is UNKNOWN
    assert resolve("Dog", Animal) is Dog
    assert resolve("Dog", len) is UNKNOWN
    assert resolve(EMPTY, function) is UNKNOWN


@pytest.mark.parametrize(
    ("annotation", "lazy"),
    [
        (Lazy, True),
        (Lazy[int], True),
        (Annotated[Lazy[int], "meta"], True),
        ("Lazy[int]", True),
        ("providers.Lazy[Missing]", True),
        ("Lazy", True),
        ("LazyThing", False),
        (int, False),
        (Awaitable[int], False),
        (EMPTY, False),
    ],
)
def test_lazy_parameters_are_recognized(annotation, lazy):
    assert wants_lazy(annotation, fits) is lazy


@pytest.mark.parametrize(
    ("annotation", "inner"),
    [
        (Lazy[int], int),
        (Awaitable[int], int),
        (Lazy, UNKNOWN),
        (Awaitable, UNKNOWN),
        (typing.Awaitable, UNKNOWN),
        (UNKNOWN, UNKNOWN),
        (int, None),
    ],
)
def test_the_type_of_a_lazy_is_what_it_gives_when_awaited(annotation, inner):
    assert awaited(annotation) is inner


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (int, "int"),
        (Dog, "Dog"),
        (int | None, "int | None"),
        (list[int], "list[int]"),
        (UserId, "UserId"),
        (None, "None"),
        (Sequence[Dog], "Sequence[Dog]"),
        (dict[str, Dog | None], "dict[str, Dog | None]"),
        (Any, "Any"),
        (typing.List, "List"),  # noqa: UP006
        (tuple[()], "tuple[()]"),
        (Literal["a"], "Literal['a']"),
        (T, "~T"),
        ("Missing", "'Missing'"),
    ],
)
def test_annotations_are_described_as_people_write_them(annotation, text):
    assert describe(annotation) == text


def test_a_lazy_parameter_is_checked_by_what_it_gives(store):
    @store.provider(lazy=True)
    def report() -> str: ...

    @store.consumer
    def good(report: Lazy[str]): ...

    @store.consumer
    def also_good(report: Awaitable[str]): ...

    @store.consumer
    def unannotated(report): ...

    assert store.problems() == []

    @store.consumer
    def bad(report: Lazy[int]): ...

    @store.consumer
    def worse(report: str): ...

    with pytest.raises(GraphError) as caught:
        store.freeze()
    first, second = (problem.message for problem in caught.value.problems)
    assert "wants report: Lazy[int], but" in first
    assert "gives str" in first
    assert "wants report: str, but" in second
    assert "gives a Lazy[str]" in second


def test_values_are_checked_by_their_type(store):
    store.value("job", Dog)
    store.consumer(lambda job: job)

    @store.consumer
    def bad(job: int): ...

    (problem,) = store.problems()
    assert "bad() wants job: int, but provider 'job'" in problem.message
