"""JSON, encoded and decoded by msgspec; its errors are mapped here and nowhere else.

What arrives and is no JSON is an `HTTPError` 400: it is the client's mistake. What is
to leave and cannot be JSON is a `TypeError` that names the type: it is ours.
"""

from collections.abc import Awaitable
from typing import Any, Final

import msgspec

from .errors import HTTPError
from .problems import MALFORMED

__all__ = ["decode", "encode"]


def decode(data: bytes | str) -> Any:
    """Decode one JSON value (RFC 8259).

    Raises:
        HTTPError: 400 if the text is empty or malformed, is not UTF-8, is nested too
            deeply, or holds NaN, an infinity or a number too large to represent.
    """
    try:
        return msgspec.json.decode(data)
    except (ValueError, RecursionError) as exc:
        raise HTTPError(400, detail=MALFORMED) from exc


def encode(obj: Any) -> bytes:
    """Encode a value as JSON, in UTF-8.

    Beyond JSON's own types this encodes dataclasses, msgspec's `Struct`, attrs
    classes, pydantic models, `datetime` and kin, `UUID`, `Decimal`, enums, sets and
    `bytes` (as base64). NaN and the infinities become `null`.

    Raises:
        TypeError: If the value, or something in it, cannot be encoded. The message
            names its type.
    """
    try:
        return dump(obj)
    except ENCODING_ERRORS as exc:
        raise unencodable(obj, exc) from exc


ENCODING_ERRORS: Final = (TypeError, RecursionError, UnicodeEncodeError)
"""What `dump` raises."""


def unencodable(obj: object, exc: Exception) -> TypeError:
    """Say for people why an object cannot be encoded.

    Args:
        obj: The whole object.
        exc: What `dump` raised.
    """
    match exc:
        case RecursionError():
            why = "it contains itself, or is nested too deeply"
        case UnicodeEncodeError():
            why = "it contains text that is not valid Unicode"
        case _:
            why = str(exc)
    return TypeError(f"Cannot encode this {type(obj).__name__} as JSON: {why}.")


def _encode_other(obj: Any) -> Any:
    # Told by its attribute, so that pydantic is never imported from here.
    if serializer := getattr(type(obj), "__pydantic_serializer__", None):
        return msgspec.Raw(serializer.to_json(obj))
    for plain in (str, int, float):
        if isinstance(obj, plain):
            return plain(obj)
    if isinstance(obj, Awaitable):
        raise TypeError("a coroutine has no JSON form: write `await` before its call")
    raise TypeError(
        f"objects of type {type(obj).__qualname__} have no JSON form, or cannot be a "
        "key; convert them to a dict, list or str first, or use a dataclass"
    )


dump: Final = msgspec.json.Encoder(enc_hook=_encode_other).encode
"""What `encode` does, but for what its errors say."""
