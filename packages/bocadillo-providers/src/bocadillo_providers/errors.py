"""Every error of this package, as one tree.

    ProvidersError
    ├── DeclarationError       a declaration that cannot be accepted
    │   ├── DuplicateProvider
    │   ├── UnknownScope
    │   └── InvalidProvider
    ├── GraphError             found by `freeze()`; `.problems` lists them all
    │   ├── MissingProvider
    │   ├── DependencyCycle
    │   ├── ScopeMismatch
    │   ├── TypeMismatch
    │   └── AmbiguousParameter
    ├── ResolutionError        while values are made
    │   ├── SessionRequired
    │   ├── ScopeNotOpen
    │   ├── ValueNotSet
    │   ├── DidNotYield
    │   ├── YieldedTwice
    │   └── SyncResolutionError
    ├── OverrideError
    │   ├── UnknownOverride
    │   └── OverrideTooLate
    └── CleanupError           two or more cleanups of a session failed

Exceptions of user code are never wrapped in one of these.
"""

from collections.abc import Sequence
from typing import Any, ClassVar


class ProvidersError(Exception):
    """Base of all errors of this package."""


class DeclarationError(ProvidersError):
    """A declaration cannot be accepted, here or now."""


class DuplicateProvider(DeclarationError):
    """A name is already taken by another provider."""


class UnknownScope(DeclarationError):
    """A scope that the store was not made with."""


class InvalidProvider(DeclarationError):
    """A callable that cannot be a provider, or options that do not fit it."""


class GraphError(ProvidersError):
    """The provider graph has problems; all of them are listed.

    Attributes:
        problems: One record per problem, in declaration order. Each is a
            `Problem`, with `kind`, `message`, `provider`, `file` and `line`.
    """

    def __init__(self, problems: "Sequence[Problem]") -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        count = len(self.problems)
        lines = [f"{count} problem{'s' * (count != 1)} in the provider graph"]
        lines += (
            f"  {number}. {problem.kind}: {problem.message}"
            for number, problem in enumerate(self.problems, 1)
        )
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[Any, ...]:
        return GraphError, (self.problems,)


class Problem(GraphError):
    """One problem of the graph.

    Attributes:
        kind: "missing", "cycle", "scope", "type" or "ambiguous".
        message: What is wrong and where, without the kind.
        provider: Name of the provider or consumer that has the problem.
        file: Path of the file that declares it.
        line: Line of the declaration, from 1.
    """

    kind: ClassVar[str] = "problem"

    def __init__(
        self, message: str, *, provider: str = "", file: str = "", line: int = 0
    ) -> None:
        Exception.__init__(self, message)
        self.message = message
        self.provider = provider
        self.file = file
        self.line = line
        self.problems = (self,)

    def __reduce__(self) -> tuple[Any, ...]:
        return Exception.__reduce__(self)  # type: ignore[return-value]


class MissingProvider(Problem):
    """A name is needed that nobody provides."""

    kind = "missing"


class DependencyCycle(Problem):
    """Providers need each other in a circle."""

    kind = "cycle"


class ScopeMismatch(Problem):
    """A provider of a wider scope needs one of a narrower scope."""

    kind = "scope"


class TypeMismatch(Problem):
    """A parameter's annotation does not accept what its provider gives."""

    kind = "type"


class AmbiguousParameter(Problem):
    """A `use()` marker stands on a name that the caller supplies."""

    kind = "ambiguous"


class ResolutionError(ProvidersError):
    """A value cannot be made."""


class SessionRequired(ResolutionError):
    """A value of the widest scope is needed, and no session is open."""


class ScopeNotOpen(ResolutionError):
    """A value is asked for outside the life of its scope."""


class ValueNotSet(ResolutionError):
    """A value that somebody else supplies was not supplied."""


class DidNotYield(ResolutionError):
    """A generator provider ended without yielding a value."""


class YieldedTwice(ResolutionError):
    """A generator provider yielded a second time."""


class SyncResolutionError(ResolutionError):
    """Something async is needed, and the call is synchronous."""


class OverrideError(ProvidersError):
    """An override is not possible."""


class UnknownOverride(OverrideError):
    """There is nothing of that name to override."""


class OverrideTooLate(OverrideError):
    """A live value of the widest scope was made with what is overridden now."""


def add_note(exc: BaseException, note: str) -> None:
    """Add a note to an exception, also to one that does not let itself be changed.

    `exc.add_note()` sets an attribute, which a frozen data class refuses; what it
    raises then would take the place of the exception.
    """
    vars(exc).setdefault("__notes__", []).append(note)


class CleanupError(ExceptionGroup[Exception], ProvidersError):
    """Two or more cleanups failed after the body of a session had succeeded."""

    def derive(  # type: ignore[override]
        self, excs: Sequence[Exception]
    ) -> "CleanupError":
        """A group of some of these exceptions."""
        return CleanupError(self.message, excs)
