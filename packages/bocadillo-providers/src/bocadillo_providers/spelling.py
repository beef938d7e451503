"""What a person who mistyped a name may have meant."""

from collections.abc import Iterable


def close_matches(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> list[str]:
    """The known name that is most like another, if one is.

    Args:
        name: What was typed.
        known: What there is.
        cutoff: How alike they must be, from 0 to 1.
    """
    # PERF: a program without mistakes never imports it (benchmark of the import).
    from difflib import get_close_matches  # noqa: PLC0415

    return get_close_matches(name, list(known), 1, cutoff)
