"""What a view is called with, read from a request: all problems at once.

A `Parameter` says, as plain data, where a value comes from. `compile_arguments` and
`compile_body` choose from such descriptions what will run for each request. Path,
query, header, cookie and form values are read alike and differ only in where they are
gathered.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

from msgspec import Struct
from starlette.datastructures import FormData, UploadFile
from starlette.requests import cookie_parser

from .annotations import name_type
from .asgi import Scope
from .converters import (
    Convert,
    as_text,
    compile_all,
    compile_converter,
    is_repeated,
    unwrap,
)
from .errors import HTTPError
from .inspection import MISSING
from .markers import Source
from .problems import REQUIRED, Refused, must_be
from .querystring import parse_query
from .validation import Decode, compile_model

__all__ = [
    "JSONBody",
    "Parameter",
    "compile_arguments",
    "compile_body",
    "compile_reading",
]

Params = dict[str, Any]
"""Values by the name of the parameter."""

Problems = dict[str, str]
"""Messages by the client's name for a value, dotted where it has an inside."""

ReadArguments = Callable[[Scope, Params], None]
"""Converts path parameters in place and adds query, header and cookie values; raises
`HTTPError` 400 with all problems."""

ReadBody = Callable[[Any], Awaitable[Params]]
"""Reads the body of a `Submission`; raises `HTTPError` 400 with all problems."""


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
    def repeated(self) -> bool:
        """Whether its value is made of every occurrence of its key."""
        return self.source in _REPEATABLE and is_repeated(self.annotation)


class Submission(Protocol):
    """A request, as far as its body is concerned."""

    async def body(self) -> bytes:
        """Return the whole body."""
        ...

    async def form(self) -> FormData:
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


class _Step(NamedTuple):
    """How one parameter is filled from the values that were gathered."""

    key: Any
    name: str
    alias: str
    convert: Callable[[Any], Any]
    default: object


_Gather = Callable[[Scope], Mapping[Any, Any]]
"""Collects the values of one source: texts, and lists of them for repeated keys."""


def compile_arguments(parameters: Sequence[Parameter]) -> ReadArguments | None:
    """Choose how all but the body is read; `None` if there is nothing to do."""
    in_path = [it for it in parameters if it.source is Source.PATH]
    path = [it for it in map(_compile_step, in_path) if it.convert is not as_text]
    parts: list[tuple[_Gather, list[_Step]]] = []
    for source, compile_gather in _GATHERS.items():
        if found := [it for it in parameters if it.source is source]:
            parts.append((compile_gather(found), list(map(_compile_step, found))))
    if not parts:
        return _compile_path(path) if path else None

    def read(scope: Scope, params: Params) -> None:
        problems: Problems = {}
        if path:
            _fill(params, path, params, problems)
        for gather, steps in parts:
            _fill(params, steps, gather(scope), problems)
        if problems:
            raise HTTPError(400, detail=problems)

    return read


def _compile_path(steps: Sequence[_Step]) -> ReadArguments:
    """PERF: what most views need is one loop, and no more (bench c)."""

    def read(scope: Scope, params: Params) -> None:
        problems: Problems = {}
        for _, name, alias, convert, _ in steps:
            try:
                params[name] = convert(params[name])
            except Refused as refused:
                problems.update(refused.at(alias))
        if problems:
            raise HTTPError(400, detail=problems)

    return read


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


def _compile_step(parameter: Parameter) -> _Step:
    key: Any = parameter.alias
    if parameter.source is Source.HEADER:
        key = _header_key(parameter)
    convert = compile_reading(parameter.source, parameter.annotation)
    return _Step(key, parameter.name, parameter.alias, convert, parameter.default)


def _fill(
    params: Params,
    steps: Iterable[_Step],
    values: Mapping[Any, Any],
    problems: Problems,
) -> None:
    for key, name, alias, convert, default in steps:
        value = values.get(key)
        if value is not None:
            try:
                params[name] = convert(value)
            except Refused as refused:
                problems.update(refused.at(alias))
        elif default is MISSING:
            problems[alias] = REQUIRED
        else:
            params[name] = default


def _compile_json(parameter: Parameter) -> JSONBody:
    decode = compile_model(parameter.annotation, root=parameter.alias)
    if parameter.default is not MISSING:
        decode = partial(_decode_or_default, decode, parameter.default)
    return JSONBody(parameter.name, decode)


def _decode_or_default(decode: Decode, default: object, data: bytes | str) -> Any:
    return decode(data) if data else default


def _compile_form(fields: Sequence[Parameter]) -> ReadBody:
    steps = list(map(_compile_step, fields))
    repeated = frozenset(it.alias for it in fields if it.repeated)

    async def read(submission: Submission) -> Params:
        params: Params = {}
        problems: Problems = {}
        form = await submission.form()
        _fill(params, steps, _gather_form(form, repeated), problems)
        if problems:
            raise HTTPError(400, detail=problems)
        return params

    return read


def _compile_query(found: Sequence[Parameter]) -> _Gather:
    repeated = frozenset(it.alias for it in found if it.repeated)

    def gather(scope: Scope) -> Mapping[str, Any]:
        query = scope["query_string"]
        return parse_query(query, repeated) if query else {}

    return gather


def _compile_headers(found: Sequence[Parameter]) -> _Gather:
    wanted = frozenset(map(_header_key, found))
    repeated = frozenset(_header_key(it) for it in found if it.repeated)

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


def _header_key(parameter: Parameter) -> bytes:
    return parameter.alias.lower().encode("latin-1")


def _compile_cookies(found: Sequence[Parameter]) -> _Gather:
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

_GATHERS: Mapping[Source, Callable[[Sequence[Parameter]], _Gather]] = {
    Source.QUERY: _compile_query,
    Source.HEADER: _compile_headers,
    Source.COOKIE: _compile_cookies,
}
