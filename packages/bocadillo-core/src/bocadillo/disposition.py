"""The names of files, and the `content-disposition` header of a download (RFC 6266).

A name may come from a client: whatever it holds, the result is one header, and names a
file rather than a path.
"""

import re
from typing import Final
from urllib.parse import quote

__all__ = ["attachment_header", "without_path"]

# Control characters, lone surrogates, line and paragraph separators.
_UNPRINTABLE: Final = frozenset(["Cc", "Cs", "Zl", "Zp"])

# These change the direction of text: `exe.txt` could be shown for `txt.exe`.
_BIDIRECTIONAL: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)

_PATH_SEPARATOR: Final = r"[/\\]"

# `%41` is read as `A` by some clients: RFC 6266, appendix D, advises against it.
_PLAIN: Final = r"[ -$&-~]*"
_NOT_PLAIN: Final = r"[^ -$&-~]"

# RFC 5987: what `filename*` may hold without percent-encoding, beside letters,
# digits and `-._~`, which `quote` never touches.
_ATTRIBUTE_SAFE: Final = "!#$&+^`|"


def attachment_header(filename: str) -> str:
    """Ask the client to save a response under `filename`.

    Args:
        filename: The name to suggest. Control characters and everything up to
            the last slash or backslash are removed.

    Returns:
        The value of a `content-disposition` header: with `filename` for printable
        ASCII, else with `filename*` as well, which clients prefer (RFC 6266
        §4.3). Only `attachment` when nothing of the name is left.
    """
    name = _bare_name(filename)
    if not name:
        return "attachment"
    if re.fullmatch(_PLAIN, name):
        return f"attachment; filename={_quoted(name)}"
    encoded = quote(name, safe=_ATTRIBUTE_SAFE)
    fallback = _quoted(re.sub(_NOT_PLAIN, "_", _without_accents(name)))
    return f"attachment; filename={fallback}; filename*=UTF-8''{encoded}"


def without_path(filename: str) -> str:
    """The name of a file alone, without what is up to the last slash or backslash.

    Empty when nothing is left that could be one.
    """
    name = re.split(_PATH_SEPARATOR, filename)[-1]
    return "" if name.strip() in (".", "..") else name


def _bare_name(filename: str) -> str:
    import unicodedata  # noqa: PLC0415 - a megabyte, for attachments only

    printable = "".join(
        character
        for character in filename
        if unicodedata.category(character) not in _UNPRINTABLE
        and character not in _BIDIRECTIONAL
    )
    return without_path(printable).strip()


def _without_accents(name: str) -> str:
    import unicodedata  # noqa: PLC0415 - likewise

    # NFD, not NFKD: the latter turns a full-width slash into a slash.
    decomposed = unicodedata.normalize("NFD", name)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
