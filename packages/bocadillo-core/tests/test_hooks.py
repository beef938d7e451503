import functools

import pytest

from bocadillo import ExpectedAsync, Router, hooks
from bocadillo.hooks import NO_HOOKS, hooks_of


async def first(req, res, params): ...


async def second(req, res, params, role, *, strict=False): ...


def test_a_view_without_hooks_has_none():
    assert hooks_of(print) is NO_HOOKS


def test_decorators_record_and_return_the_view_unchanged():
    async def view(req, res): ...

    decorated = hooks.before(first)(hooks.after(second, "admin", strict=True)(view))
    recorded = hooks_of(view)

    assert decorated is view
    assert [it.function for it in recorded.before] == [first]
    assert recorded.after[0].args == ("admin",)
    assert recorded.after[0].kwargs == {"strict": True}


def test_the_outermost_before_hook_is_first_and_the_innermost_after_hook():
    @hooks.before(first)
    @hooks.after(first)
    @hooks.before(second, 1)
    @hooks.after(second, 1)
    async def view(req, res): ...

    recorded = hooks_of(view)

    assert [it.function for it in recorded.before] == [first, second]
    assert [it.function for it in recorded.after] == [second, first]


def test_a_subclass_adds_to_the_hooks_of_its_base():
    @hooks.before(first)
    class Base: ...

    @hooks.before(second, 1)
    class Derived(Base): ...

    assert [it.function for it in hooks_of(Base()).before] == [first]
    assert [it.function for it in hooks_of(Derived()).before] == [second, first]


def test_an_object_with_an_async_call_is_a_hook():
    class Hook:
        async def __call__(self, req, res, params): ...

    hook = Hook()

    @hooks.before(hook)
    async def view(req, res): ...

    assert hooks_of(view).before[0].function is hook


def test_what_takes_no_attributes_cannot_have_hooks():
    class View:
        async def show(self, req, res): ...

    with pytest.raises(TypeError, match=r"hook on <bound method .*router\.before"):
        hooks.before(first)(View().show)


async def without_params(req, res): ...


async def by_name_only(*, req, res, params): ...


@pytest.mark.parametrize(
    ("hook", "args", "kwargs", "problem"),
    [
        (without_params, (), {}, "too many positional arguments"),
        (by_name_only, (), {}, "too many positional arguments"),
        (first, ("admin",), {}, "too many positional arguments"),
        (second, (), {"strikt": True}, "unexpected keyword argument 'strikt'"),
        (second, ("admin",), {"role": "x"}, "multiple values for argument 'role'"),
    ],
)
def test_a_hook_that_cannot_take_what_it_is_given_is_refused(
    hook, args, kwargs, problem
):
    says = rf"Hook {hook.__name__}\(\) \(.*\) does not take what .*: .*{problem}"

    with pytest.raises(TypeError, match=says):
        hooks.before(hook, *args, **kwargs)
    with pytest.raises(TypeError, match=says):
        Router().after(hook, *args, **kwargs)


async def any_arguments(*args, **kwargs): ...


def without_the_last(function):
    @functools.wraps(function)
    async def wrapper(req, res, params):
        await function(req, res)

    return wrapper


@pytest.mark.parametrize(
    "hook",
    [
        any_arguments,
        without_the_last(without_params),
        functools.partial(second, role="admin"),
    ],
)
def test_a_hook_is_asked_what_it_takes_itself(hook):
    async def view(req, res): ...

    assert hooks_of(hooks.before(hook)(view)).before[0].function is hook


async def yielding(req, res, params):
    yield


def test_a_hook_that_yields_is_told_what_is_for_later():
    with pytest.raises(ExpectedAsync, match=r"yielding\(\) .*for hooks\.after\(\)"):
        hooks.before(yielding)
