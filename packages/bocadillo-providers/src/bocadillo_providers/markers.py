"""What users write at a parameter: `use(db)` as its default, `Lazy[T]` as its type.

Both only record; the graph acts on them.
"""

from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    from .provider import Provider

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Use:
    """The default of a parameter that a provider fills.

    Attributes:
        target: A provider, the name of one, or None for the parameter's own name.
    """

    target: "Provider[Any] | str | None"


@overload
def use(provider: "Provider[T]", /) -> T: ...
@overload
def use(name: str | None = None, /) -> Any: ...
def use(provider: "Provider[Any] | str | None" = None, /) -> Any:
    """Mark a parameter as filled by a provider.

    Written as its default: `db: Connection = use(db)`. Names alone suffice for
    injection; the marker is for the type checker, which then sees that a caller may
    leave the parameter out, and that its type is right. It is also for a parameter
    that is not called like its provider.

    Args:
        provider: The provider, or its name; without it the parameter's own name.

    Returns:
        A marker, which the type checker takes for the provider's value.
    """
    return Use(provider)


class Lazy(Generic[T_co]):
    """A value that is made when it is awaited for the first time.

    A parameter gets one if its provider was declared with `lazy=True`, or if it is
    annotated `Lazy[T]`. It is made at most once; never awaited, nothing happens.

    Raises:
        ScopeNotOpen: When awaited after the scope of the value has closed.
    """

    __slots__ = ("_done", "_obtain")

    def __init__(
        self, obtain: Callable[[], Awaitable[T_co]], done: Callable[[], bool]
    ) -> None:
        self._obtain = obtain
        self._done = done

    def __await__(self) -> Generator[Any, Any, T_co]:
        return self._obtain().__await__()

    @property
    def done(self) -> bool:
        """Whether the value has been made, by whomever."""
        return self._done()

    def __repr__(self) -> str:
        return f"<Lazy {'done' if self.done else 'pending'}>"
