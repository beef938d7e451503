"""Run something before or after a view.

    from bocadillo import hooks

    @app.route("/admin")
    @hooks.before(require_role, "admin")
    async def admin(req, res): ...

A hook is `async def hook(req, res, params, ...)`, or an object with such a
`__call__`. What it names besides what the decorator gives it is a provider.

The decorators only record: the view stays the user's own function, and `views`
reads the records when the app is compiled.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from msgspec import Struct

from .errors import ExpectedAsync, ParameterError
from .inspection import describe, is_async, must_not_yield, refusal_of

__all__ = ["after", "before"]

V = TypeVar("V")

_MARK = "__bocadillo_hooks__"


class Hook(Struct, frozen=True):
    """One hook and the arguments its decorator was given."""

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}


class Hooks(Struct, frozen=True):
    """The hooks around a view, in the order in which they run."""

    before: tuple[Hook, ...] = ()
    after: tuple[Hook, ...] = ()

    def around(self, inner: "Hooks") -> "Hooks":
        """These hooks outside, `inner` inside."""
        return Hooks(self.before + inner.before, inner.after + self.after)


NO_HOOKS: Final = Hooks()


class Recorder(Struct, frozen=True):
    """What `hooks.before(…)` makes: notes hooks on the view that it decorates.

    Attributes:
        decorator: What made it, for messages.
    """

    decorator: str
    outer: Hooks

    def __call__(self, view: V) -> V:
        """Return the view, with these hooks around those that it has."""
        try:
            setattr(view, _MARK, self.outer.around(hooks_of(view)))
        except AttributeError:
            raise TypeError(
                f"Cannot put a hook on {view!r}: it takes no attributes. Decorate the "
                "function or class that it is made of, or use router.before()."
            ) from None
        return view


def before(hook: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[[V], V]:
    """Run `hook(req, res, params, *args, **kwargs)` before the decorated view.

    Of several, the outermost runs first. Raising ends the request; changing
    `params` changes what the view gets.

    Args:
        hook: An async function, or an object with an async `__call__`.
        args: Passed on to the hook.
        kwargs: Passed on to the hook.

    Raises:
        ExpectedAsync: If the hook is not async.
        TypeError: If it is not callable, or takes something else.
    """
    outer = Hooks(before=(checked_hook(hook, args, kwargs),))
    return Recorder("@hooks.before", outer)


def after(hook: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[[V], V]:
    """Run `hook(req, res, params, *args, **kwargs)` after the decorated view.

    Of several, the innermost runs first. It does not run when the view raised.

    Args:
        hook: An async function, or an object with an async `__call__`.
        args: Passed on to the hook.
        kwargs: Passed on to the hook.

    Raises:
        ExpectedAsync: If the hook is not async.
        TypeError: If it is not callable, or takes something else.
    """
    outer = Hooks(after=(checked_hook(hook, args, kwargs),))
    return Recorder("@hooks.after", outer)


def checked_hook(
    hook: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Hook:
    """A record of a hook that can run.

    Raises:
        ExpectedAsync: If it is not async.
        TypeError: If it is not callable, or takes something else.
    """
    if not callable(hook):
        raise TypeError(
            f"A hook must be callable, but {hook!r} is a {type(hook).__name__}. "
            "Write `async def hook(req, res, params): ...`."
        )
    must_not_yield("Hook ", hook, "What comes after is for hooks.after().")
    if not is_async(hook):
        raise ExpectedAsync(
            f"Hook {describe(hook)} is not async. Write `async def`, as in "
            "`async def hook(req, res, params): ...`."
        )
    # Whether somebody provides the rest is known when the app starts.
    given = ("req", "res", "params", *args)
    if problem := refusal_of(hook, given, kwargs, partly=True):
        raise ParameterError(
            f"Hook {describe(hook)} does not take what it is given: {problem}. "
            "Write `async def hook(req, res, params, ...): ...`."
        )
    return Hook(hook, args, kwargs)


def hooks_of(view: object) -> Hooks:
    """The hooks that were recorded on a view: function, class, instance or method."""
    recorded = getattr(view, _MARK, None)
    return recorded if isinstance(recorded, Hooks) else NO_HOOKS
