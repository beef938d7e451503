"""Whether the client has the current content already (RFC 9110 §8.8 and §13).

Pure. Request headers come as a mapping from lower-case names to values, those of
repeated headers joined by commas.
"""

import os
import re
import time
from collections.abc import Mapping
from email.utils import formatdate, mktime_tz, parsedate_tz
from typing import Final

from msgspec import Struct

__all__ = ["Validators", "precondition_status", "range_holds", "validators_of"]

_ENTITY_TAGS: Final = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'

_QUOTE: Final = '"'


class Validators(Struct, frozen=True):
    """What tells one state of some content from another; empty if unknown."""

    etag: str
    last_modified: str

    def headers(self) -> list[tuple[str, str]]:
        """The response headers that say so."""
        named = [("etag", self.etag), ("last-modified", self.last_modified)]
        return [(name, value) for name, value in named if value]


def validators_of(
    stat: os.stat_result, *, etag: str = "", last_modified: str = "", variant: str = ""
) -> Validators:
    """Tell the state of a file from its time and size.

    The ETag is strong, as `If-Range` needs it (RFC 9110 §13.1.5): the time counts
    in nanoseconds, so a change that keeps both is one that was made to go unseen.

    Args:
        stat: Of the file, once it is open.
        etag: A better one, if somebody knows.
        last_modified: Likewise.
        variant: Tells files from each other that stand for the same URL, such as
            a compressed one.
    """
    etag = etag or f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    if variant:
        etag = f'{etag.removesuffix(_QUOTE)}-{variant}"'
    # A date in the future must not be sent (RFC 9110 §8.8.2.1), and zero is what
    # filesystems say that record none.
    if not last_modified and 0 < stat.st_mtime <= time.time():
        last_modified = formatdate(stat.st_mtime, usegmt=True)
    return Validators(etag, last_modified)


def precondition_status(fields: Mapping[str, str], current: Validators) -> int:
    """Evaluate the preconditions of a `GET` or `HEAD` request (RFC 9110 §13.2.2).

    Args:
        fields: The request's headers.
        current: Of the content that would be sent.

    Returns:
        200 if it is to be sent, 304 if the client has it, 412 if the client has
        other content and does not want this.
    """
    if "if-match" in fields:
        if not _names(fields["if-match"], current.etag):
            return 412
    elif _changed_since(fields.get("if-unmodified-since"), current) is True:
        return 412
    if "if-none-match" in fields:
        if _names(fields["if-none-match"], current.etag, weakly=True):
            return 304
    elif _changed_since(fields.get("if-modified-since"), current) is False:
        return 304
    return 200


def range_holds(fields: Mapping[str, str], current: Validators) -> bool:
    """Whether a `Range` speaks of the current content, judging by `If-Range`."""
    condition = fields.get("if-range")
    if condition is None:
        return True
    if condition.startswith(('"', "W/")):
        return _names(condition, current.etag)
    # The date must be the very same, and counts as strong: the client has seen to
    # that (RFC 9110 §8.8.2.2).
    return condition == current.last_modified


def _names(tags: str, etag: str, *, weakly: bool = False) -> bool:
    """Whether a list of entity tags, or `*`, names `etag` (RFC 9110 §8.8.3.2)."""
    if tags.strip() == "*":
        return True
    named = re.findall(_ENTITY_TAGS, tags)
    if weakly:
        return etag.removeprefix("W/") in [tag.removeprefix("W/") for tag in named]
    return etag in named and not etag.startswith("W/")


def _changed_since(date: str | None, current: Validators) -> bool | None:
    """Whether the content is newer than a date; `None` if that cannot be said."""
    then, changed = _seconds(date), _seconds(current.last_modified)
    if then is None or changed is None:
        return None
    return changed > then


def _seconds(date: str | None) -> int | None:
    """A date of any form that RFC 9110 §5.6.7 knows, in seconds since 1970."""
    try:
        fields = parsedate_tz(date) if date else None
        return mktime_tz(fields) if fields else None
    except (ValueError, OverflowError):
        return None
