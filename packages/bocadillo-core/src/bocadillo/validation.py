"""Decode a body into a model, or tell everything that is wrong with it.

A body is decoded once. Only when that fails is it decoded again, without the model,
and examined for all its problems (see `examination`). pydantic's models have an
adapter of their own, which is loaded when the first one is seen.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, get_origin

import msgspec

from . import json
from .annotations import name_type
from .errors import HTTPError
from .models import is_pydantic
from .problems import INVALID, MALFORMED, Refused

__all__ = ["Decode", "compile_model"]

Decode = Callable[[bytes | str], Any]
"""Decodes and validates one JSON value; raises `HTTPError` 400 with all problems."""

_JSON_TYPES = (dict, list, str, int, float, bool, type(None))


def compile_model(annotation: Any, *, root: str) -> Decode:
    """Choose the function that decodes JSON into a type.

    The choice is remembered, so this may be called for each request.

    Args:
        annotation: A model, a list of models, or any type that JSON can express.
        root: The key, in the detail of a 400, of a value that is wrong as a whole.

    Raises:
        TypeError: If the type cannot be read from JSON.
    """
    try:
        hash(annotation)
    except TypeError:  # `Annotated` with metadata that cannot be hashed
        return _compile(annotation, root)
    return _compile_once(annotation, root)


def _compile(annotation: Any, root: str) -> Decode:
    compile_kind = _compile_pydantic if is_pydantic(annotation) else _compile_msgspec
    try:
        return compile_kind(annotation, root)
    except (NameError, TypeError) as exc:
        raise TypeError(
            f"{name_type(annotation)} cannot be read from JSON: {exc}"
        ) from exc


_compile_once = lru_cache(maxsize=1024)(_compile)


def _compile_msgspec(annotation: Any, root: str) -> Decode:
    # These cost as much to import as half of what is always needed.
    from .examination import examine  # noqa: PLC0415 - where there are models
    from .typeinfo import describe_type  # noqa: PLC0415 - likewise

    decoder = msgspec.json.Decoder(annotation, dec_hook=_decode_custom)
    info = describe_type(annotation)
    for custom in info.customs:
        _check_custom(custom)

    def decode(data: bytes | str) -> Any:
        try:
            if isinstance(data, bytes):
                data.decode()  # msgspec does not look into fields that it skips
            return decoder.decode(data)
        except (ValueError, RecursionError) as exc:
            value = json.decode(data)
            try:
                problems = examine(value, info, hook=_decode_custom)
            except RecursionError:
                raise HTTPError(400, detail=MALFORMED) from exc
            raise _bad_request(problems, root) from exc

    return decode


def _compile_pydantic(annotation: Any, root: str) -> Decode:
    from .pydantic_models import compile_pydantic  # noqa: PLC0415 - an extra

    read = compile_pydantic(annotation)

    def decode(data: bytes | str) -> Any:
        json.decode(data)  # pydantic's parser takes NaN
        try:
            return read(data)
        except Refused as refused:
            raise _bad_request(refused.problems, root) from refused
        except RecursionError as exc:
            raise HTTPError(400, detail=MALFORMED) from exc

    return decode


def _decode_custom(cls: type, value: Any) -> Any:
    """Read, for msgspec, a class that it does not know."""
    if is_pydantic(cls):
        from .pydantic_models import read_pydantic  # noqa: PLC0415 - an extra

        return value if isinstance(value, cls) else read_pydantic(cls, value)
    if isinstance(value, get_origin(cls) or cls):
        return value
    raise Refused(INVALID)


def _check_custom(cls: type) -> None:
    """Refuse a class that no JSON value can be an instance of."""
    if not is_pydantic(cls) and not any(issubclass(it, cls) for it in _JSON_TYPES):
        raise TypeError(
            f"{name_type(cls)} is neither a model nor a type that JSON can express"
        )


def _bad_request(problems: Mapping[str, str], root: str) -> HTTPError:
    detail = {path or root: message for path, message in problems.items()}
    return HTTPError(400, detail=detail or {root: INVALID})
