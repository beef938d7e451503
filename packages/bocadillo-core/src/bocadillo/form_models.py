"""Models that are sent as forms: each field of the model is a field of the form.

What a form holds is text and files, so its fields are read as parameters are, and not
as JSON. Imported where a view has such a model: it costs what `validation` avoids.
"""

import typing
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NotRequired, Required, get_args, get_origin

from msgspec import Struct
from msgspec import inspect as kinds
from starlette.datastructures import UploadFile

from .annotations import name_type
from .converters import is_repeated, unwrap
from .inspection import MISSING
from .markers import Source
from .models import is_pydantic
from .problems import INVALID, UNKNOWN, Refused
from .reading import Parameter, Params, Problems, compile_step, fill

__all__ = ["FormModel", "compile_form_model"]

Values = Mapping[str, Any]
"""What the form holds: texts, files, and lists of them for repeated keys."""

Read = Callable[[Values, Collection[str]], Any]
"""Makes a model of a form, given the keys that may be in it; raises `Refused`."""

_OPTIONAL: Any = object()
"""The default of a field whose own default the model knows."""


class FormModel(Struct, frozen=True):
    """How one parameter is made of a form.

    Attributes:
        name: The parameter's.
        default: Its value when the form has none of the model's fields.
        keys: The names of these fields.
        repeated: Those of which every occurrence counts.
        read: Makes the model.
    """

    name: str
    default: object
    keys: frozenset[str]
    repeated: frozenset[str]
    read: Read

    def fill(
        self,
        params: Params,
        values: Values,
        known: Collection[str],
        problems: Problems,
    ) -> None:
        """Make the model, or note what is wrong with it.

        Args:
            params: Where it is put.
            values: The form.
            known: The keys that other parameters may have in it, too.
            problems: Where problems are put.
        """
        if self.default is not MISSING and self.keys.isdisjoint(values):
            params[self.name] = self.default
            return
        try:
            params[self.name] = self.read(values, known)
        except Refused as refused:
            for path, message in refused.problems.items():
                problems[path or self.name] = message


def compile_form_model(parameter: Parameter) -> FormModel:
    """Choose how a model is read from a form.

    Raises:
        TypeError: If one of its fields cannot be.
    """
    model, _ = unwrap(parameter.annotation)
    if is_pydantic(model):
        from .pydantic_models import compile_form, form_fields  # noqa: PLC0415

        fields = [_field(key, it, MISSING) for key, it in form_fields(model)]
        read: Read = compile_form(model)
    else:
        fields = list(_fields_of(model))
        read = _compile_fields(model, fields)
    return FormModel(
        parameter.name,
        parameter.default,
        frozenset(it.alias for it in fields),
        frozenset(it.alias for it in fields if it.repeated),
        read,
    )


def _compile_fields(model: Any, fields: list[Parameter]) -> Read:
    steps = [compile_step(it) for it in fields]
    kind: Any = kinds.type_info(model)
    forbids = getattr(kind, "forbid_unknown_fields", False)

    def read(values: Values, known: Collection[str]) -> Any:
        found: Params = {}
        problems: Problems = {}
        if forbids:
            problems |= {key: UNKNOWN for key in values if key not in known}
        fill(
            found,
            [it for it in steps if it.default is MISSING or it.key in values],
            values,
            problems,
        )
        if problems:
            raise Refused(problems)
        try:
            return model(**found)
        except ValueError as exc:  # of `__post_init__`, or a validator of attrs
            raise Refused(str(exc) or INVALID) from exc

    return read


def _fields_of(model: Any) -> Iterator[Parameter]:
    try:
        kind: Any = kinds.type_info(model)
        hints = typing.get_type_hints(get_origin(model) or model, include_extras=True)
    except NameError as exc:
        raise TypeError(f"{name_type(model)} cannot be read: {exc}") from exc
    fields = {field.name: field for field in kind.fields}
    # In the order of the hints, since the fields of a `TypedDict` come in none; and
    # without class variables.
    for name in filter(fields.__contains__, hints):
        field, annotation = fields[name], hints[name]
        while get_origin(annotation) in (Required, NotRequired):
            annotation = get_args(annotation)[0]
        default = MISSING if field.required else _OPTIONAL
        yield _field(field.encode_name, annotation, default, name=name)


def _field(
    key: str, annotation: Any, default: object, *, name: str | None = None
) -> Parameter:
    source = Source.FILE if _is_file(annotation) else Source.FORM
    return Parameter(name or key, source, key, annotation, default, False)


def _is_file(annotation: Any) -> bool:
    plain, _ = unwrap(annotation)
    return plain is UploadFile or (
        is_repeated(plain) and any(map(_is_file, get_args(plain)))
    )
