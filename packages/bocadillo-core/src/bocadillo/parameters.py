"""The parameters of a view, described as plain data.

`describe_parameters` reads a signature when the app starts, decides where each value
will come from, and tells every mistake in it. `arguments` compiles the description into
what runs for each request; an API document can be made from it as well.
"""

import difflib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Annotated, Any, get_args, get_origin

from .arguments import Parameter, compile_arguments, compile_body, compile_reading
from .converters import name_type
from .errors import ParameterError
from .inspection import (
    MISSING,
    Kind,
    SignatureParameter,
    describe,
    signature_parameters,
)
from .markers import Marker, Source, UploadFile
from .models import accepts_none, is_model
from .validation import compile_model

__all__ = [
    "Parameter",
    "Source",
    "compile_arguments",
    "compile_body",
    "describe_parameters",
]

_POSITIONAL = (Kind.POSITIONAL_ONLY, Kind.POSITIONAL_OR_KEYWORD)


def describe_parameters(
    view: Callable[..., Any],
    *,
    skip: int,
    path: Collection[str] = (),
    provided: Callable[[str], bool] = lambda name: False,  # noqa: ARG005
    known: Callable[[], Iterable[str]] = tuple,
    has_body: bool = True,
) -> tuple[Parameter, ...]:
    """Decide where the value of each parameter of a view comes from.

    Args:
        view: A function, bound method, or callable object.
        skip: How many parameters come first that are filled by position.
        path: The names in the view's URL pattern.
        provided: Whether there is a provider of that name.
        known: The names of all providers, to suggest one for a misspelt name.
        has_body: Whether there can be a body; a websocket has none.

    Raises:
        ParameterError: If a parameter cannot be filled. The message names the view,
            its place, and all problems.
    """
    problems: list[str] = []
    parameters: list[Parameter] = []
    candidates = frozenset(path)
    written = signature_parameters(view)
    if sum(it.kind in _POSITIONAL for it in written[:skip]) < skip:
        first = "the request and the response" if skip == 2 else "the websocket"
        problems.append(f"it must take {first} first")
    for it in written[skip:]:
        try:
            parameter = _describe(it, candidates, provided, known)
            _check_type(parameter)
        except TypeError as exc:
            problems.append(f"{it.name!r}: {exc}")
        else:
            parameters.append(parameter)
    problems += _conflicts(parameters, has_body=has_body)
    if problems:
        raise ParameterError(_report(view, problems))
    return tuple(parameters)


def _describe(
    written: SignatureParameter,
    path: Collection[str],
    provided: Callable[[str], bool],
    known: Callable[[], Iterable[str]],
) -> Parameter:
    """Describe one parameter, or raise a `TypeError` that says what is wrong."""
    name, default = written.name, written.default
    annotation, marker = _split(written)
    if written.kind not in (Kind.POSITIONAL_OR_KEYWORD, Kind.KEYWORD_ONLY):
        raise TypeError(f"a {written.kind.value} parameter has no name to fill it by")
    if name in path:
        source = Source.PATH
    elif marker is not None:
        source = marker.source
    elif provided(name):
        source = Source.PROVIDER
    elif is_model(annotation):
        source = Source.BODY
    elif default is not MISSING:
        source = Source.QUERY
    else:
        raise TypeError(_unknown(written, path, known))
    if source is Source.BODY and default is MISSING and accepts_none(annotation):
        default = None
    alias = marker.alias_of(name) if marker and source is marker.source else name
    keyword_only = written.kind is Kind.KEYWORD_ONLY
    return Parameter(name, source, alias, annotation, default, keyword_only)


def _split(written: SignatureParameter) -> tuple[Any, Marker | None]:
    """Part the annotation's marker from the type."""
    annotation: Any = written.annotation
    if isinstance(written.default, Marker):
        raise TypeError(
            f"a marker is no default; write Annotated[T, {written.default!r}]"
        )
    if get_origin(annotation) is not Annotated:
        if _holds_marker(annotation):
            raise TypeError(
                f"the marker must be outermost in {annotation}; "
                "write Annotated[T | None, Query()]"
            )
        return annotation, None
    kind, *metadata = get_args(annotation)
    if any(isinstance(it, type) and issubclass(it, Marker) for it in metadata):
        raise TypeError("a marker is called, as in Annotated[T, Query()]")
    markers = [it for it in metadata if isinstance(it, Marker)]
    rest = [it for it in metadata if not isinstance(it, Marker)]
    if len(markers) > 1:
        raise TypeError(f"it has {len(markers)} markers where there can be one")
    if rest:
        kind = Annotated[(kind, *rest)]
    return kind, markers[0] if markers else None


def _check_type(parameter: Parameter) -> None:
    """Raise a `TypeError` if the source cannot give a value of the type."""
    if parameter.source is Source.BODY:
        compile_model(parameter.annotation, root=parameter.alias)
    elif parameter.source is not Source.PROVIDER:
        compile_reading(parameter.source, parameter.annotation)


def _holds_marker(annotation: Any) -> bool:
    return isinstance(annotation, Marker) or any(
        map(
            _holds_marker,
            (*get_args(annotation), *getattr(annotation, "__metadata__", ())),
        )
    )


def _unknown(
    written: SignatureParameter,
    path: Collection[str],
    known: Callable[[], Iterable[str]],
) -> str:
    """Say what a parameter could be that is none of the known things."""
    name, annotation = written.name, written.annotation
    if annotation is UploadFile:
        return f"for an uploaded file write {name}: Annotated[UploadFile, File()]"
    near = difflib.get_close_matches(name, {*path, *known()}, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    if isinstance(annotation, str):
        hint += (
            f" Its annotation {annotation!r} could not be resolved: import its names "
            "at the top of the module, not under TYPE_CHECKING."
        )
        annotation = str
    kind = "str" if annotation is MISSING else name_type(annotation)
    return (
        f"neither a path parameter, a provider nor a model, and it has no default.{hint} "
        f"If it is in the query string, write {name}: Annotated[{kind}, Query()]"
    )


def _conflicts(parameters: Sequence[Parameter], *, has_body: bool) -> Iterator[str]:
    """Find what is wrong with parameters that are right one by one."""
    names = {
        source: [repr(it.name) for it in parameters if it.source is source]
        for source in Source
    }
    bodies, fields = names[Source.BODY], names[Source.FORM] + names[Source.FILE]
    if not has_body and (bodies or fields):
        yield f"{', '.join(bodies + fields)}: a websocket has no body"
    elif len(bodies) > 1:
        yield (
            f"{' and '.join(bodies)}: there is one body; write one model that "
            "contains both"
        )
    elif bodies and fields:
        yield f"{' and '.join(bodies + fields)}: a body is either JSON or a form"
    keys = Counter((it.source, it.alias) for it in parameters)
    for (source, alias), count in keys.items():
        if count > 1:
            yield f"{count} parameters take {source} value {alias!r}"


def _report(view: Callable[..., Any], problems: Sequence[str]) -> str:
    if len(problems) == 1:
        return f"View {describe(view)}: {problems[0]}."
    return "\n  - ".join(
        [f"View {describe(view)} has {len(problems)} problems:", *problems]
    )
