"""What declares: decorators and a marker, which record and change no function."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import _AsyncGeneratorContextManager, _GeneratorContextManager
from typing import Any, Self, TypedDict, TypeVar, Unpack, overload

from .callables import used_by
from .markers import Use
from .provider import Provider, declare

F = TypeVar("F", bound=Callable[..., Any] | Provider[Any])
T = TypeVar("T")


class ProviderOptions(TypedDict, total=False):
    """Options of `@provider`.

    Attributes:
        scope: Name of a scope, or an alias of one.
        name: What parameters call it, if not what the function is called.
        lazy: Give dependants a `Lazy`, evaluated when they await it; in the widest
            scope: do not start it with the session.
        autouse: Evaluate it for every consumer.
        replace: Take the place of a declaration of the same name.
        concurrent: Let it run beside other concurrent ones (coroutine functions).
        resume: For generators: True to continue after the `yield` even if the user
            of the value failed, False to raise that exception at the `yield`.
    """

    scope: str | None
    name: str | None
    lazy: bool
    autouse: bool
    replace: bool
    concurrent: bool
    resume: bool | None


class ProviderDecorator:
    """`@provider`: declare a callable whose value others name as a parameter.

    Works bare, or called with `ProviderOptions`.
    """

    def __init__(
        self,
        accept: Callable[[Provider[Any]], Provider[Any]],
        options: ProviderOptions | None = None,
    ) -> None:
        self._accept = accept
        self._options: ProviderOptions = options or {}

    @overload
    def __call__(
        self, fn: type[T], **options: Unpack[ProviderOptions]
    ) -> Provider[T]: ...
    @overload
    def __call__(
        self,
        fn: Callable[..., AsyncIterator[T]],
        **options: Unpack[ProviderOptions],
    ) -> Provider[T]: ...
    @overload
    def __call__(
        self, fn: Callable[..., Iterator[T]], **options: Unpack[ProviderOptions]
    ) -> Provider[T]: ...
    @overload
    def __call__(
        self,
        fn: Callable[..., Coroutine[Any, Any, T]],
        **options: Unpack[ProviderOptions],
    ) -> Provider[T]: ...
    @overload
    def __call__(
        self,
        fn: Callable[..., _AsyncGeneratorContextManager[T]],
        **options: Unpack[ProviderOptions],
    ) -> Provider[T]: ...
    @overload
    def __call__(
        self,
        fn: Callable[..., _GeneratorContextManager[T]],
        **options: Unpack[ProviderOptions],
    ) -> Provider[T]: ...
    @overload
    def __call__(
        self, fn: Callable[..., T], **options: Unpack[ProviderOptions]
    ) -> Provider[T]: ...
    @overload
    def __call__(self, fn: None = None, **options: Unpack[ProviderOptions]) -> Self: ...
    def __call__(
        self,
        fn: Callable[..., Any] | None = None,
        *,
        scope: str | None = None,
        name: str | None = None,
        lazy: bool = False,
        autouse: bool = False,
        replace: bool = False,
        concurrent: bool = False,
        resume: bool | None = None,
    ) -> Any:
        """Declare `fn`, or return a decorator with these options.

        See `ProviderOptions` for what they mean.

        Raises:
            InvalidProvider: If it cannot be a provider; the message says why.
            DuplicateProvider: If its name is taken.
            UnknownScope: If the store has no such scope.
        """
        given: ProviderOptions = {
            "scope": scope,
            "name": name,
            "lazy": lazy,
            "autouse": autouse,
            "replace": replace,
            "concurrent": concurrent,
            "resume": resume,
        }
        # What is left out is as the decorator was made, maybe with options, too.
        left_out = ProviderDecorator.__call__.__kwdefaults__ or {}
        chosen = {
            option: value
            for option, value in given.items()
            if value is not left_out[option]
        }
        options: Any = {**self._options, **chosen}
        if fn is None:
            return type(self)(self._accept, options)
        return self._accept(declare(fn, **options))


def useprovider(*providers: str | Provider[Any]) -> Callable[[F], F]:
    """Have providers evaluated for a consumer that does not name them.

    Several of these accumulate: the outermost is evaluated first.

    Args:
        providers: Names or providers, evaluated left to right.

    Raises:
        TypeError: If one of them is something else.
    """
    for each in providers:
        if not isinstance(each, str | Provider):
            raise TypeError(
                f"useprovider() takes names and providers, not {each!r}: write "
                '`@useprovider("name")`'
            )

    def record(function: F) -> F:
        marked: Any = function
        if isinstance(marked, Provider):
            # It is nobody else's yet: the decorators of a function run in one go.
            object.__setattr__(marked, "uses", (*providers, *marked.uses))
        else:
            marked.__useproviders__ = (*providers, *used_by(marked))
        return function

    return record


@overload
def use(provider: Provider[T], /) -> T: ...
@overload
def use(name: str | None = None, /) -> Any: ...
def use(provider: Provider[Any] | str | None = None, /) -> Any:
    """Mark a parameter as filled by a provider.

    Written as its default: `db: Connection = use(db)`. Names alone suffice for
    injection; the marker is for the type checker, which then sees that a caller may
    leave the parameter out, and that its type is right. It is also for a parameter
    that is not called like its provider.

    Args:
        provider: The provider, or its name; without it the parameter's own name.

    Returns:
        A marker, which the type checker takes for the provider's value. For a
        parameter that is `Lazy[T]` give the name: its provider is one of T.

    Raises:
        TypeError: If it is something else, such as an undecorated function.
    """
    if not isinstance(provider, str | Provider | None):
        raise TypeError(f"use() takes a provider or its name, not {provider!r}")
    return Use(provider)
