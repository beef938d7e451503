"""What a view is called with, read from a request: all problems at once.

A `Parameter` says, as plain data, where a value comes from. `compile_arguments` and
`compile_body` choose from such descriptions what will run for each request. Where
values are gathered is decided here; how they are read, in `reading`.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final, Protocol

from msgspec import Struct
from starlette.datastructures import FormData, UploadFile
from starlette.requests import cookie_parser

from .asgi import Scope
from .converters import as_text, unwrap
from .errors import HTTPError
from .inspection import MISSING
from .markers import Source
from .models import is_model_class
from .querystring import parse_query
from .reading import (
    Parameter,
    Params,
    Problems,
    Step,
    compile_reading,
    compile_step,
    fill,
    header_key,
)
from .validation import Decode, compile_model

__all__ = [
    "GATHERS",
    "TEXTS",
    "Gather",
    "JSONBody",
    "Parameter",
    "compile_arguments",
    "compile_body",
    "compile_reading",
]

Collect = Callable[[Scope], Params]
"""Gathers all parameters but body and providers from a scope, and converts them, into a
new dictionary; raises `HTTPError` 400 with all problems."""

ReadBody = Callable[[Any], Awaitable[Params]]
"""Reads the body of a `Submission`; raises `HTTPError` 400 with all problems."""


class Submission(Protocol):
    """A request, as far as its body is concerned."""

    async def body(self) -> bytes:
        """Return the whole body."""
        ...

    def form(self) -> Awaitable[FormData]:
        """Return the body, parsed as a form."""
        ...


class JSONBody(Struct, frozen=True):
    """Reads the one parameter that is the JSON body.

    A caller that has the bytes, or wants the value alone, may use `decode`.
    """

    name: str
    decode: Decode

    async def __call__(self, submission: Submission) -> Params:
        """Read the value, by the name of the parameter."""
        return {self.name: self.decode(await submission.body())}


Gather = Callable[[Scope], Mapping[Any, Any]]
"""Collects the values of one source: texts, and lists of them for repeated keys."""


def compile_arguments(
    parameters: Sequence[Parameter], names: Collection[str] = ()
) -> Collect:
    """Choose how all but the body is read.

    Args:
        parameters: What to read.
        names: The parameters of the URL pattern; each is among the values, as text if
            nobody asks for it.
    """
    in_path = [it for it in parameters if it.source is Source.PATH]
    path = [it for it in map(compile_step, in_path) if it.convert is not as_text]
    parts: list[tuple[Gather, list[Step]]] = []
    for source, compile_gather in GATHERS.items():
        if found := [it for it in parameters if it.source is source]:
            parts.append((compile_gather(found), list(map(compile_step, found))))
    # Without any of ours, those in the scope are of whoever has mounted the app.
    has_names = bool(names or in_path)

    def collect(scope: Scope) -> Params:
        given: Params = scope["path_params"] if has_names else {}
        params = given.copy()
        problems: Problems = {}
        if path:
            fill(params, path, given, problems)
        for gather, steps in parts:
            fill(params, steps, gather(scope), problems)
        if problems:
            # They are told here, not as the consequence of a first one.
            raise HTTPError(400, detail=problems) from None
        return params

    return collect


def compile_body(parameters: Sequence[Parameter]) -> JSONBody | ReadBody | None:
    """Choose how the body is read; `None` if no parameter comes from it.

    Returns:
        A `JSONBody`, or a function alike that reads a form.
    """
    for parameter in parameters:
        if parameter.source is Source.BODY:
            return _compile_json(parameter)
    fields = [it for it in parameters if it.source in (Source.FORM, Source.FILE)]
    return _compile_form(fields) if fields else None


def is_form_model(parameter: Parameter) -> bool:
    """Whether it is a model of which each field is one of a form."""
    return parameter.source is Source.FORM and is_model_class(
        unwrap(parameter.annotation)[0]
    )


def check_reading(parameter: Parameter) -> None:
    """Find out now whether a value of its type can come from where it should.

    Raises:
        TypeError: If it cannot.
    """
    if is_form_model(parameter):
        _compile_form_model(parameter)
    elif parameter.source is Source.BODY:
        compile_model(parameter.annotation, root=parameter.alias)
    elif parameter.source is not Source.PROVIDER:
        compile_reading(parameter.source, parameter.annotation)


def _compile_json(parameter: Parameter) -> JSONBody:
    decode = compile_model(parameter.annotation, root=parameter.alias)
    if parameter.default is not MISSING:
        decode = partial(_decode_or_default, decode, parameter.default)
    return JSONBody(parameter.name, decode)


def _decode_or_default(decode: Decode, default: object, data: bytes | str) -> Any:
    return decode(data) if data else default


def _compile_form(fields: Sequence[Parameter]) -> ReadBody:
    models = list(map(_compile_form_model, filter(is_form_model, fields)))
    fields = [it for it in fields if not is_form_model(it)]
    steps = list(map(compile_step, fields))
    known = frozenset(it.alias for it in fields).union(*(it.keys for it in models))
    repeated = frozenset(it.alias for it in fields if it.repeated)
    repeated = repeated.union(*(it.repeated for it in models))

    async def read(submission: Submission) -> Params:
        params: Params = {}
        problems: Problems = {}
        values = _gather_form(await submission.form(), repeated)
        fill(params, steps, values, problems)
        for model in models:
            model.fill(params, values, known, problems)
        if problems:
            raise HTTPError(400, detail=problems)
        return params

    return read


def _compile_form_model(parameter: Parameter) -> Any:
    from .form_models import compile_form_model  # noqa: PLC0415 - where there is one

    return compile_form_model(parameter)


def _compile_query(found: Sequence[Parameter]) -> Gather:
    repeated = frozenset(it.alias for it in found if it.repeated)

    def gather(scope: Scope) -> Mapping[str, Any]:
        query = scope["query_string"]
        return parse_query(query, repeated) if query else {}

    return gather


def _compile_headers(found: Sequence[Parameter]) -> Gather:
    wanted = frozenset(map(header_key, found))
    repeated = frozenset(header_key(it) for it in found if it.repeated)

    def gather(scope: Scope) -> Mapping[bytes, Any]:
        values: dict[bytes, Any] = {}
        for name, value in scope["headers"]:
            if name in repeated:
                values.setdefault(name, []).append(value.decode("latin-1"))
            elif name in wanted:
                # The first one counts, as in Starlette.
                values.setdefault(name, value.decode("latin-1"))
        return values

    return gather


def _compile_cookies(found: Sequence[Parameter]) -> Gather:
    def gather(scope: Scope) -> Mapping[str, str]:
        values: dict[str, str] = {}
        for name, value in scope["headers"]:
            if name == b"cookie":
                values.update(cookie_parser(value.decode("latin-1")))
        return values

    return gather


def _gather_form(form: FormData, repeated: frozenset[str]) -> Mapping[str, Any]:
    values: dict[str, Any] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile) and not value.filename and not value.size:
            continue  # what browsers send for a file input that was left empty
        if name in repeated:
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    return values


GATHERS: Mapping[Source, Callable[[Sequence[Parameter]], Gather]] = {
    Source.QUERY: _compile_query,
    Source.HEADER: _compile_headers,
    Source.COOKIE: _compile_cookies,
}
"""What chooses how the texts of a source are collected, given who takes them."""

TEXTS: Final = (Source.PATH, *GATHERS)
"""Where the texts are from that a view may be called with."""
