"""What is seen of a callable from outside."""

import asyncio
import functools
import inspect
import sys
from typing import Annotated, Any

import pytest

from bocadillo.inspection import (
    MISSING,
    Kind,
    describe,
    is_async,
    is_async_generator_function,
    is_plain_async_generator,
    location_of,
    mark_async,
    name_of,
    refusal_of,
    required_parameters,
    signature_parameters,
    takes_by_position,
    with_parameters,
)

MODULE_TYPE = int


async def coroutine(req, res): ...


def plain(environ, start_response): ...


async def generator():
    yield


async def generator_of(count, *, step=1):
    yield


def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


class Asynchronous:
    async def __call__(self, scope, receive, send): ...

    async def method(self, req, res): ...

    @staticmethod
    async def static(req, res): ...

    @classmethod
    async def of_class(cls, req, res): ...


class Synchronous:
    def __call__(self, environ, start_response): ...


class Decorated:
    @logged
    async def __call__(self, req): ...


class Outdated:
    """An application of ASGI 2: called with the scope, it gives a callable."""

    def __init__(self, scope): ...

    async def __call__(self, receive, send): ...


class InstanceOnly:
    def __init__(self):
        self.__call__ = coroutine


@pytest.mark.parametrize(
    "obj",
    [
        coroutine,
        functools.partial(coroutine, 1),
        functools.partial(functools.partial(coroutine, 1), 2),
        Asynchronous(),
        functools.partial(Asynchronous(), 1),
        Asynchronous().method,
        Asynchronous.method,
        Asynchronous.static,
        Asynchronous.of_class,
        Asynchronous.__dict__["static"],
        logged(coroutine),
        logged(logged(coroutine)),
        functools.partial(logged(coroutine)),
        Decorated(),
    ],
)
def test_what_gives_something_to_await_is_async(obj):
    assert is_async(obj)


@pytest.mark.parametrize(
    "obj",
    [
        plain, generator, Synchronous(), Asynchronous, functools.partial(Asynchronous),
        logged(plain), print, len, "text", None, 5, object(), lambda: coroutine,
        InstanceOnly(), int.__call__,
    ],
)  # fmt: skip
def test_anything_else_is_not_async(obj):
    assert not is_async(obj)


def test_async_generator_functions_are_found_where_coroutines_are():
    assert is_async_generator_function(generator)
    assert is_async_generator_function(functools.partial(generator_of, 3))
    assert is_async_generator_function(logged(generator))
    assert not is_async_generator_function(coroutine)
    assert not is_async_generator_function(generator())


@pytest.mark.parametrize(
    ("obj", "answer"),
    [
        (generator, True),
        (functools.partial(generator_of, 3), True),
        (generator_of, False),
        (coroutine, False),
        (lambda: None, False),
    ],
)
def test_a_plain_async_generator_is_called_with_nothing(obj, answer):
    assert is_plain_async_generator(obj) is answer


async def every_kind(first, /, req: int, *args: str, only: "int" = 3, **kwargs): ...


def test_parameters_are_told_as_they_were_written():
    found = [(it.name, it.kind, it.default, it.annotation)
             for it in signature_parameters(every_kind)]  # fmt: skip

    assert found == [
        ("first", Kind.POSITIONAL_ONLY, MISSING, MISSING),
        ("req", Kind.POSITIONAL_OR_KEYWORD, MISSING, int),
        ("args", Kind.VAR_POSITIONAL, MISSING, str),
        ("only", Kind.KEYWORD_ONLY, 3, int),
        ("kwargs", Kind.VAR_KEYWORD, MISSING, MISSING),
    ]
    assert repr(MISSING) == "MISSING"


def annotations_of(obj) -> list[Any]:
    return [it.annotation for it in signature_parameters(obj)]


def test_metadata_is_kept():
    async def view(a: Annotated[int, "note"], b: "Annotated[MODULE_TYPE, 'note']"): ...

    assert annotations_of(view) == [Annotated[int, "note"]] * 2


def test_an_annotation_is_resolved_with_the_names_of_its_module():
    async def view(
        a: "MODULE_TYPE", b: "list[MODULE_TYPE]", c: list["MODULE_TYPE"]
    ): ...

    assert annotations_of(view) == [int, list[int], list[int]]


def test_an_annotation_is_resolved_with_the_variables_a_function_closes_over():
    class Local: ...

    async def view(a: "Local"):
        return Local

    assert annotations_of(view) == [Local]


def test_a_variable_that_is_not_bound_yet_is_passed_over():
    class Local: ...

    async def view(a: "Local"):
        return Local, later

    assert annotations_of(view) == [Local]
    later = 1


@pytest.mark.parametrize(
    "annotation", ["Nowhere", "list[Nowhere]", "1/0", "not python", "int.nothing"]
)
def test_an_annotation_that_cannot_be_resolved_stays_text_and_harms_no_other(
    annotation,
):
    async def view(a: int, b, c: "MODULE_TYPE"): ...

    view.__annotations__["b"] = annotation

    assert annotations_of(view) == [int, annotation, int]


def test_a_reference_inside_a_type_that_cannot_be_resolved_makes_it_text():
    async def view(a: list["Nowhere"]): ...  # noqa: F821

    assert annotations_of(view) == ["list['Nowhere']"]


class Item:
    class Payload: ...

    async def post(self, req: "Payload", ids: "list[int]"): ...

    @classmethod
    async def create(cls, req: "Payload"): ...

    async def list(self): ...

    async def __call__(self, req: "Payload"): ...


class Special(Item):
    pass


@pytest.mark.parametrize("item", [Item(), Special()])
def test_a_method_sees_the_names_in_its_class_but_methods_hide_no_type(item):
    assert annotations_of(item.post) == [Item.Payload, list[int]]
    assert annotations_of(item.create) == [Item.Payload]
    assert annotations_of(item) == [Item.Payload]


def test_a_wrapped_function_and_a_partial_are_seen_through():
    @logged
    async def view(req, a: "MODULE_TYPE"): ...

    assert annotations_of(view) == [MISSING, int]
    assert annotations_of(functools.partial(view, 1)) == [int]


async def takes_two(req, a): ...


@functools.wraps(takes_two)
async def by_name(req, **params): ...


@functools.wraps(takes_two)
async def alike(req, a): ...


@functools.wraps(takes_two)
async def alike_by_name(req, *, a): ...


async def signed(req, **params): ...


signed.__signature__ = inspect.signature(takes_two)


@pytest.mark.parametrize(
    ("view", "answer"),
    [
        (takes_two, True),
        (functools.partial(takes_two, 1), True),
        (alike, True),
        (by_name, False),
        (functools.partial(by_name, 1), False),
        (alike_by_name, False),
        (signed, False),
        (functools.partial(signed), False),
        (Asynchronous(), True),
    ],
)
def test_a_wrapper_may_take_parameters_by_name_only(view, answer):
    assert takes_by_position(view) is answer


class Application:
    def __init__(self, scope, receive, send): ...


@pytest.mark.parametrize(
    ("app", "count"),
    [
        (Asynchronous(), 3),
        (Synchronous(), 2),
        (plain, 2),
        (logged(plain), 2),
        (Outdated, 1),
        (Outdated({}), 2),
        (Application, 3),
        (lambda scope, receive, send, extra=None: None, 3),
        (lambda *args: None, 0),
        (lambda *, scope: None, 0),
        (functools.partial(plain, {}), 1),
        (dict.fromkeys, 1),
        (type, 0),
        (5, 0),
    ],
)
def test_required_parameters_tell_asgi_from_wsgi(app, count):
    assert required_parameters(app) == count


@pytest.mark.parametrize(
    ("obj", "name"),
    [
        (coroutine, "coroutine"),
        (Asynchronous().method, "Asynchronous.method"),
        (Asynchronous(), "Asynchronous"),
        (Asynchronous, "Asynchronous"),
        (functools.partial(coroutine, 1), "coroutine"),
        (logged(coroutine), "coroutine"),
    ],
)
def test_a_callable_has_the_name_it_has_in_the_source(obj, name):
    assert name_of(obj) == name


def test_a_local_function_is_named_without_what_it_is_in():
    async def view(): ...

    assert name_of(view) == "view"


@pytest.mark.parametrize(
    "obj",
    [coroutine, Asynchronous().method, Asynchronous(), Asynchronous, logged(coroutine),
     functools.partial(coroutine)],
)  # fmt: skip
def test_a_callable_is_found_in_its_file(obj):
    file, _, line = location_of(obj).rpartition(":")

    assert file == __file__
    assert int(line) > 0


@pytest.mark.parametrize("obj", [print, dict, 5])
def test_what_is_built_in_has_no_place(obj):
    assert location_of(obj) == ""


def test_a_callable_is_described_by_name_and_place():
    line = coroutine.__code__.co_firstlineno

    assert describe(coroutine) == f"coroutine() ({__file__}:{line})"
    assert describe(print) == "print()"
    assert describe(int) == "int()"


@pytest.mark.parametrize("value", [None, 3, "text", {}])
def test_a_value_is_described_as_it_is(value):
    assert describe(value) == repr(value)


def test_a_function_may_be_marked_as_async():
    marked = mark_async(lambda: None)
    is_marked = (
        inspect.iscoroutinefunction
        if sys.version_info >= (3, 12)
        else asyncio.iscoroutinefunction
    )

    assert is_marked(marked)


def test_a_function_of_any_arguments_may_say_which_it_takes():
    function = with_parameters(lambda *args: args, [("a", int), ("b", MISSING)])

    assert str(inspect.signature(function)) == "(a: int, b)"


@pytest.mark.parametrize(
    ("args", "kwargs", "partly", "refusal"),
    [
        (("req", "res"), {}, False, None),
        (("req",), {"res": 1}, False, None),
        (("req",), {}, True, None),
        (("req",), {}, False, "missing a required argument: 'res'"),
        ((1, 2, 3), {}, True, "too many positional arguments"),
        ((1, 2), {"x": 3}, True, "got an unexpected keyword argument 'x'"),
    ],
)
def test_why_something_cannot_be_called_is_told(args, kwargs, partly, refusal):
    assert refusal_of(coroutine, args, kwargs, partly=partly) == refusal


def test_what_tells_no_signature_is_not_refused():
    assert refusal_of(dict, (1, 2, 3)) is None
