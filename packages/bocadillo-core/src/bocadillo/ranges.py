"""Which bytes a `Range` header asks for (RFC 9110 §14).

Pure. A range is Python's `range`: half-open, never empty, within the content.
"""

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["MAX_RANGES", "parse_ranges"]

MAX_RANGES: Final = 100
"""A request for more ranges gets the whole content."""

# A hundred digits are more than any size needs; `int` is slow on very many.
_SPEC: Final = r"([0-9]{0,100})-([0-9]{0,100})"


def parse_ranges(header: str, size: int) -> list[range] | None:
    """Find the bytes that a `Range` header asks for.

    Overlapping ranges are joined, so that what is sent never exceeds the content
    by more than the frames of `MAX_RANGES` parts.

    Args:
        header: The header's value, such as `bytes=0-99,-1`.
        size: Bytes of the whole content.

    Returns:
        The ranges in the order they were asked for; an empty list if there is no
        byte at any of these places (answer 416); `None` if the header is to be
        ignored: another unit than bytes, malformed, or too many ranges.
    """
    unit, _, listed = header.partition("=")
    specs = [spec.strip(" \t") for spec in listed.split(",")]
    specs = [spec for spec in specs if spec]  # RFC 9110 §5.6.1.2 allows empty ones
    if unit.lower() != "bytes" or not 0 < len(specs) <= MAX_RANGES:
        return None
    ranges = []
    for spec in specs:
        bounds = re.fullmatch(_SPEC, spec)
        wanted = bounds and _resolve(bounds[1], bounds[2], size)
        if wanted is None:
            return None
        if wanted:
            ranges.append(wanted)
    return _joined(ranges)


def _resolve(first: str, last: str, size: int) -> range | None:
    """The bytes of one range; empty if there are none, `None` if malformed."""
    if first:
        start = int(first)
        stop = int(last) + 1 if last else size
        malformed = last and stop <= start
        return None if malformed else range(start, min(stop, size))
    if not last:
        return None
    count = int(last)
    # The last bytes of nothing are nothing. `content-range` has no words for that,
    # yet it is no failure: the header is ignored, and 200 says it as well.
    if count and not size:
        return None
    return range(max(size - count, 0), size)


def _joined(ranges: Sequence[range]) -> list[range]:
    """Join ranges that overlap; each stands where its first part was asked for."""
    joined: list[tuple[int, range]] = []
    for place, wanted in sorted(enumerate(ranges), key=lambda item: item[1].start):
        if joined and wanted.start < joined[-1][1].stop:
            earlier, before = joined[-1]
            union = range(before.start, max(before.stop, wanted.stop))
            joined[-1] = (min(place, earlier), union)
        else:
            joined.append((place, wanted))
    return [wanted for _, wanted in sorted(joined, key=lambda item: item[0])]
