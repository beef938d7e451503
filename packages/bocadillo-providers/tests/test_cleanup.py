"""What the rules' tests do not reach: contexts of exceptions that are reused."""

import pytest

from bocadillo_providers.cleanup import Exit, raise_again, unwind
from bocadillo_providers.provider import declare


def raising(*errors):
    """Exits that raise these, the first one first."""
    exits = []
    for error in reversed(errors):

        def made(error=error):
            yield
            raise error

        handle = made()
        next(handle)
        exits.append(Exit(declare(made), handle))
    return exits


async def test_an_exception_that_is_raised_twice_keeps_a_finite_chain():
    first, second = KeyError("first"), KeyError("second")

    failure, failures = await unwind(raising(first, second, first), None)

    assert failure is first
    assert failures == [first, second, first]
    assert second.__context__ is first
    assert first.__context__ is None


async def test_a_context_that_is_right_already_is_kept():
    body = ValueError("body")
    replacement = KeyError("replacement")
    between = LookupError("between")
    between.__context__ = body
    replacement.__context__ = between

    failure, _ = await unwind(raising(replacement), body)

    assert failure is replacement
    assert replacement.__context__ is between


async def test_a_reraised_exception_does_not_grow_a_traceback():
    def careful():
        try:
            yield
        finally:
            pass

    handle = careful()
    next(handle)
    body = ValueError("body")

    failure, _ = await unwind([Exit(declare(careful), handle)], body)

    assert failure is body
    assert body.__traceback__ is None


def test_raising_again_keeps_the_context():
    context = KeyError()
    error = ValueError()
    error.__context__ = context

    def handle():
        try:
            raise LookupError
        except LookupError:
            raise_again(error)

    with pytest.raises(ValueError, match=r"^$"):
        handle()

    assert error.__context__ is context
