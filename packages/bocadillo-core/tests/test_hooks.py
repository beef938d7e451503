import pytest

from bocadillo import hooks
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
