"""What stands at parameters: `use(db)` as the default, `Lazy[T]` as the type."""

from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, NamedTuple, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Use(NamedTuple):
    """The default of a parameter that a provider fills.

    Attributes:
        target: A `Provider`, the name of one, or None for the parameter's own name.
    """

    target: Any


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
