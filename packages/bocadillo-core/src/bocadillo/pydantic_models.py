"""Read pydantic's models. Imported only when one has been seen, so pydantic is there.

pydantic finds all problems by itself; here they are put into the words of `problems`.
Errors that a user's own validator raises keep their text.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import msgspec

from .problems import INVALID, REQUIRED, UNKNOWN, Refused, checks_of, must_be

Read = Callable[[bytes | str], Any]
"""Reads a value from well-formed JSON. Raises `Refused`, or `RecursionError`."""

_MESSAGES = {"missing": REQUIRED, "extra_forbidden": UNKNOWN} | {
    kind: must_be(expected)
    for expected, types in {
        "a number": """int_type int_parsing int_parsing_size int_from_float float_type
            float_parsing finite_number decimal_type decimal_parsing""",
        "a boolean": "bool_type bool_parsing",
        "a string": "string_type string_unicode",
        "a valid date": """date_type date_parsing date_from_datetime_parsing
            date_from_datetime_inexact""",
        "a valid time": "time_type time_parsing",
        "a valid datetime": """datetime_type datetime_parsing datetime_object_invalid
            datetime_from_date_parsing""",
        "a valid duration": "time_delta_type time_delta_parsing",
        "a valid UUID": "uuid_type uuid_parsing",
        "a valid URL": "url_type url_parsing url_syntax_violation",
        "a list": "list_type tuple_type set_type frozen_set_type",
        "an object": "model_type model_attributes_type dataclass_type dict_type",
        "null": "none_required",
    }.items()
    for kind in types.split()
}
_BOUNDS = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}
_LENGTHS = {"too_short", "too_long", "bytes_too_short", "bytes_too_long"}
_STRINGS = {"string_too_short", "string_too_long"}
_CONSTRAINTS = _BOUNDS | _LENGTHS | _STRINGS | {"multiple_of"}


def compile_pydantic(annotation: Any) -> Read:
    """Choose the function that reads a model, or a union or list of models."""
    pydantic = import_module("pydantic")
    validate = pydantic.TypeAdapter(annotation).validate_json

    def read(data: bytes | str) -> Any:
        try:
            return validate(data)
        except pydantic.ValidationError as exc:
            errors = exc.errors(include_url=False)
            if errors[0]["type"] == "json_invalid":
                # The JSON is right, but pydantic's own parser gives up at 200 levels.
                raise RecursionError("nested too deeply for pydantic") from exc
            raise Refused(_problems(errors)) from exc

    return read


_compile_once = lru_cache(maxsize=1024)(compile_pydantic)


def read_pydantic(model: type, value: Any) -> Any:
    """Read a model that stands inside a value which is decoded already.

    It goes through JSON once more, because pydantic reads Python objects by other
    rules: a strict model would take no text for a date.
    """
    return _compile_once(model)(msgspec.json.encode(value))


def form_fields(model: Any) -> Iterator[tuple[str, Any]]:
    """The fields of a model: what a client calls them, and their types."""
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        yield alias if isinstance(alias, str) else name, field.annotation


def compile_form(model: Any) -> Callable[[Mapping[str, Any], Collection[str]], Any]:
    """Choose the function that reads a model from the texts and files of a form."""
    pydantic = import_module("pydantic")
    validate = pydantic.TypeAdapter(model).validate_python
    own = {key for key, _ in form_fields(model)}

    def read(values: Mapping[str, Any], known: Collection[str]) -> Any:
        # What other parameters take is not the model's, be it strict or not.
        given = {
            key: value
            for key, value in values.items()
            if key in own or key not in known
        }
        try:
            return validate(given)
        except pydantic.ValidationError as exc:
            raise Refused(_problems(exc.errors(include_url=False))) from exc

    return read


def _problems(errors: list[Mapping[str, Any]]) -> dict[str, str]:
    return {".".join(map(str, error["loc"])): _message(error) for error in errors}


def _message(error: Mapping[str, Any]) -> str:
    """Put one error of pydantic into our words."""
    kind = error["type"]
    context = error.get("ctx", {})
    if kind in _MESSAGES:
        return _MESSAGES[kind]
    if kind in _CONSTRAINTS:
        unit = "character" if kind in _STRINGS else "item"
        plain = {name: _plain_number(bound) for name, bound in context.items()}
        return checks_of(SimpleNamespace(**plain), unit=unit)[0][1]
    match kind:
        case "literal_error" | "enum":
            others, _, last = context["expected"].rpartition(" or ")
            return must_be(f"one of {f'{others}, ' if others else ''}{last}")
        case "string_pattern_mismatch":
            return f"Must match {context['pattern']!r}."
        case "value_error" | "assertion_error":
            return str(context["error"]) or INVALID
        case _:
            return f"{error['msg']}."


def _plain_number(bound: Any) -> Any:
    # A bound of 0 on a float comes back as 0.0.
    whole = isinstance(bound, float) and bound.is_integer()
    return int(bound) if whole else bound
