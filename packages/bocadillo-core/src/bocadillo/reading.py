"""How one value of a request becomes one parameter of a view.

A `Parameter` says, as plain data, where a value comes from and what it must be. Path,
query, header, cookie and form values are texts, and read alike; files are not texts.

Knows neither how the values are gathered nor HTTP.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from msgspec import Struct
from starlette.datastructures import UploadFile

from .annotations import name_type
from .converters import (
    CONSTRAINTS,
    Convert,
    compile_all,
    compile_converter,
    is_repeated,
    unwrap,
)
from .inspection import MISSING
from .markers import Source
from .problems import REQUIRED, Refused, must_be

__all__ = ["Parameter", "Step", "compile_reading", "compile_step", "fill"]

Params = dict[str, Any]
"""Values by the name of the parameter."""

Problems = dict[str, str]
"""Messages by the client's name for a value, dotted where it has an inside."""


class Parameter(Struct, frozen=True):
    """One parameter of a view, beyond the request and the response.

    Attributes:
        name: Its name in Python.
        source: Where its value comes from.
        alias: The client's name for it; also its key in the detail of a 400.
        annotation: Its resolved type without markers, constraints kept in `Annotated`;
            `MISSING` if it has none, and a `str` if it could not be resolved.
        default: The value when the client sends none; `MISSING` if the client must.
        keyword_only: Whether it must be passed by name.
    """

    name: str
    source: Source
    alias: str
    annotation: Any
    default: object
    keyword_only: bool

    @property
    def required(self) -> bool:
        """Whether the client must send it."""
        return self.default is MISSING and self.source is not Source.PROVIDER

    @property
    def constraints(self) -> dict[str, Any]:
        """What its value must satisfy, by the names of `msgspec.Meta`: `{"ge": 0}`."""
        _, constraints = unwrap(self.annotation)
        return {
            name: bound
            for meta in constraints
            for name in CONSTRAINTS
            if (bound := getattr(meta, name)) is not None
        }

    @property
    def repeated(self) -> bool:
        """Whether its value is made of every occurrence of its key."""
        return self.source in _REPEATABLE and is_repeated(self.annotation)


class Step(NamedTuple):
    """How one parameter is filled from the values that were gathered."""

    key: Any
    name: str
    alias: str
    convert: Callable[[Any], Any]
    default: object


def compile_reading(source: Source, annotation: object) -> Callable[[Any], Any]:
    """Choose the function that makes a value from what was gathered from `source`.

    Raises:
        TypeError: If a value of this type cannot come from there.
    """
    match source:
        case Source.FORM:
            compile_item: Callable[[object], Callable[[Any], Any]] = _compile_field
        case Source.FILE:
            compile_item = _compile_upload
        case _:
            compile_item = compile_converter
    if source in _REPEATABLE and is_repeated(annotation):
        return compile_all(annotation, compile_item)
    return compile_item(annotation)


def compile_step(parameter: Parameter) -> Step:
    """Choose how a parameter is filled.

    Raises:
        TypeError: If a value of its type cannot come from there.
    """
    key: Any = parameter.alias
    if parameter.source is Source.HEADER:
        key = header_key(parameter)
    convert = compile_reading(parameter.source, parameter.annotation)
    return Step(key, parameter.name, parameter.alias, convert, parameter.default)


def header_key(parameter: Parameter) -> bytes:
    """The name of a header as it stands in the scope."""
    return parameter.alias.lower().encode("latin-1")


def fill(
    params: Params,
    steps: Iterable[Step],
    values: Mapping[Any, Any],
    problems: Problems,
) -> None:
    """Convert what was gathered; a problem is noted where there is one."""
    for key, name, alias, convert, default in steps:
        value = values.get(key)
        if value is not None:
            try:
                params[name] = convert(value)
            except Refused as refused:
                note(problems, refused.at(alias))
        elif default is MISSING:
            note(problems, {alias: REQUIRED})
        else:
            params[name] = default


def note(problems: Problems, found: Problems) -> None:
    """Add problems; two of one key, such as a path's and a header's, both remain."""
    for key, text in found.items():
        before = problems.get(key, "")
        if text not in before:
            problems[key] = f"{before} {text}".lstrip()


def _compile_field(annotation: object) -> Callable[[Any], Any]:
    return partial(_convert_field, compile_converter(annotation))


def _convert_field(convert: Convert, value: str | UploadFile) -> Any:
    if isinstance(value, UploadFile):
        raise Refused("Must not be a file.")
    return convert(value)


def _compile_upload(annotation: object) -> Callable[[Any], UploadFile]:
    plain, constraints = unwrap(annotation)
    if plain is not UploadFile or constraints:
        raise TypeError(
            f"an uploaded file cannot be {name_type(annotation)}; write UploadFile or "
            "list[UploadFile]"
        )
    return _convert_upload


def _convert_upload(value: str | UploadFile) -> UploadFile:
    if isinstance(value, UploadFile):
        return value
    raise Refused(must_be("a file"))


_REPEATABLE = (Source.QUERY, Source.HEADER, Source.FORM, Source.FILE)
