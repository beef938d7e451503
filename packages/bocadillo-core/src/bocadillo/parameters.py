"""The parameters of a view, described as plain data.

`describe_parameters` reads a signature when the app starts, decides where each value
will come from, and tells every mistake in it. `arguments` compiles the description into
what runs for each request; an API document can be made from it as well.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from types import MethodType
from typing import Annotated, Any, get_args, get_origin

from msgspec import Struct, structs

from bocadillo_providers import use

from .annotations import accepts_none, name_type
from .arguments import (
    TEXTS,
    Collect,
    JSONBody,
    Parameter,
    check_reading,
    compile_arguments,
    compile_body,
    is_form_model,
)
from .errors import ParameterError
from .inspection import (
    MISSING,
    Kind,
    SignatureParameter,
    describe,
    signature_parameters,
)
from .markers import Marker, Source, UploadFile
from .models import is_model
from .spelling import close_matches

__all__ = [
    "Collect",
    "JSONBody",
    "Parameter",
    "Source",
    "compile_arguments",
    "compile_body",
    "describe_parameters",
]

_Use = type(use())

_POSITIONAL = (Kind.POSITIONAL_ONLY, Kind.POSITIONAL_OR_KEYWORD)
_NAMED = (Kind.POSITIONAL_OR_KEYWORD, Kind.KEYWORD_ONLY)


def describe_parameters(
    view: Callable[..., Any],
    *,
    skip: int,
    path: Collection[str] = (),
    provided: Callable[[str], bool] = lambda name: False,
    known: Callable[[], Iterable[str]] = tuple,
    has_body: bool = True,
) -> tuple[Parameter, ...]:
    """Decide where the value of each parameter of a view comes from.

    Args:
        view: A function, bound method, or callable object.
        skip: How many parameters come first that are filled by position: 2 for an
            HTTP view, 1 for a websocket's.
        path: The names in the view's URL pattern.
        provided: Whether there is a provider of that name.
        known: The names of all providers, to suggest one for a misspelt name.
        has_body: Whether there can be a body; a websocket has none.

    Raises:
        ParameterError: If a parameter cannot be filled. The message names the view,
            its place, and all problems.
    """
    found = _Names(path, provided, known, has_body)
    parameters: list[Parameter] = []
    problems: list[str] = []
    written = signature_parameters(view)
    if sum(it.kind in _POSITIONAL for it in written[:skip]) < skip:
        first = "the request and the response" if skip == 2 else "the websocket"
        names = "req, res" if skip == 2 else "ws"
        itself = "self, " if isinstance(view, MethodType) else ""
        problems.append(f"must take {first} first, as in ({itself}{names}, ...)")
    for it in written[skip:]:
        try:
            parameter = _describe(without_use(it), found)
            _check_type(parameter)
        except TypeError as exc:
            problems.append(f"asks for {it.name!r}, {exc}")
        else:
            parameters.append(parameter)
    problems += _conflicts(parameters, has_body=has_body)
    if problems:
        raise ParameterError(_report(view, problems))
    return tuple(parameters)


def without_use(written: SignatureParameter) -> SignatureParameter:
    """A parameter without `use()`, which only consumers of a store need.

    Raises:
        TypeError: If it stands for a provider of another name. The message goes on
            from the name of the parameter.
    """
    default: Any = written.default
    if not isinstance(default, _Use):
        return written
    target = default.target
    name = getattr(target, "name", target)
    if name not in (None, written.name):
        raise TypeError(f"whose default is use() of another; call it {name!r}")
    return structs.replace(written, default=MISSING)


class _Names(Struct, frozen=True):
    """What the names of parameters can stand for."""

    path: Collection[str]
    provided: Callable[[str], bool]
    known: Callable[[], Iterable[str]]
    has_body: bool


def _describe(written: SignatureParameter, names: _Names) -> Parameter:
    """Describe one parameter; the message of a `TypeError` goes on from its name."""
    name, default = written.name, written.default
    if written.kind not in _NAMED:
        raise TypeError(
            f"but a {written.kind.value} parameter cannot be filled by name"
        )
    annotation, marker = _split_marker(written)
    if name in names.path:
        source = Source.PATH
    elif marker is not None:
        source = marker.source
        if isinstance(annotation, str) and source not in TEXTS:
            raise TypeError(
                f"whose annotation {annotation!r} could not be resolved, while the "
                f"{source} is read as its type says"
            )
    elif names.provided(name):
        source = Source.PROVIDER
    elif is_model(annotation):
        source = Source.BODY
    elif default is not MISSING:
        source = Source.QUERY
    else:
        raise TypeError(_explain_unknown(written, names))
    alias = marker.alias_of(name) if marker and source is marker.source else name
    keyword_only = written.kind is Kind.KEYWORD_ONLY
    parameter = Parameter(name, source, alias, annotation, default, keyword_only)
    whole = source is Source.BODY or is_form_model(parameter)
    if whole and default is MISSING and accepts_none(annotation):
        return structs.replace(parameter, default=None)
    return parameter


def _split_marker(written: SignatureParameter) -> tuple[Any, Marker | None]:
    """Part the marker from the type, which keeps its constraints."""
    if isinstance(written.default, Marker):
        raise TypeError(
            "whose default is a marker; write "
            f"{written.name}: Annotated[T, {type(written.default).__name__}()]"
        )
    annotation: Any = written.annotation
    kind = annotation if isinstance(annotation, type) else type(annotation)
    if issubclass(kind, Marker):
        raise TypeError(
            "whose annotation is a marker; write "
            f"{written.name}: Annotated[T, {kind.__name__}()]"
        )
    metadata = list(written.metadata)
    if get_origin(annotation) is Annotated:
        annotation, *metadata = get_args(annotation)
    if any(isinstance(it, type) and issubclass(it, Marker) for it in metadata):
        raise TypeError("whose marker must be called, as in Annotated[T, Query()]")
    markers = [it for it in metadata if isinstance(it, Marker)]
    if len(markers) > 1:
        raise TypeError(f"which has {len(markers)} markers, but comes from one place")
    if _holds_marker(annotation):
        raise TypeError(
            "whose marker is inside another type; write Annotated[T | None, Query()]"
        )
    rest = [it for it in metadata if not isinstance(it, Marker)]
    if rest and not written.metadata:  # of a type that nobody knows, none is demanded
        annotation = Annotated[(annotation, *rest)]
    return annotation, markers[0] if markers else None


def _holds_marker(annotation: Any) -> bool:
    metadata = getattr(annotation, "__metadata__", ())
    return isinstance(annotation, Marker) or any(
        map(_holds_marker, (*get_args(annotation), *metadata))
    )


def _check_type(parameter: Parameter) -> None:
    try:
        check_reading(parameter)
    except TypeError as exc:
        raise TypeError(f"which the {parameter.source} cannot give: {exc}") from exc


def _explain_unknown(written: SignatureParameter, names: _Names) -> str:
    """Say what to write for a parameter that is none of the known things."""
    name, annotation = written.name, written.annotation
    if annotation is UploadFile:
        return f"an uploaded file; write {name}: Annotated[UploadFile, File()]"
    candidates = {*names.path, *names.known()}
    near = close_matches(name, candidates)
    hint = ""
    if near:
        hint = f"Did you mean {near[0]!r}? "
    elif names.path:
        hint = f"The path has {' and '.join(map(repr, names.path))}. "
    if isinstance(annotation, str):
        hint += (
            f"Its annotation {annotation!r} could not be resolved; names that are "
            "imported under TYPE_CHECKING only are not seen. "
        )
    hint += _suggest_source(name, annotation, names)
    return (
        "which is neither a path parameter, nor a provider, nor a model, and has no "
        f"default. {hint.strip().removesuffix('.')}"
    )


def _suggest_source(name: str, annotation: object, names: _Names) -> str:
    """Say where a value of this type could come from."""
    if annotation is MISSING or isinstance(annotation, str):
        annotation = str
    places = [(Source.QUERY, "a required query parameter")]
    if names.has_body:
        places.append((Source.BODY, "the JSON body"))
    for source, place in places:
        try:
            check_reading(Parameter(name, source, name, annotation, MISSING, False))
        except TypeError:
            continue
        kind = name_type(annotation)
        if get_origin(annotation) is Annotated:
            kind = kind.removeprefix("Annotated[").removesuffix("]")
        kind += f", {source.capitalize()}()"
        return f"For {place} write {name}: Annotated[{kind}]"
    return f"Nothing but a provider can give a {name_type(annotation)}"


def _conflicts(parameters: Sequence[Parameter], *, has_body: bool) -> Iterator[str]:
    """Find what is wrong with parameters that are right one by one."""
    bodies = [it.name for it in parameters if it.source is Source.BODY]
    fields = [it.name for it in parameters if it.source in (Source.FORM, Source.FILE)]
    listed = " and ".join(map(repr, bodies + fields))
    if not has_body and listed:
        yield f"asks for {listed} from a body, which a websocket does not have"
    elif bodies and fields:
        yield f"asks for {listed}, but a body is either JSON or a form"
    elif len(bodies) > 1:
        yield f"asks for {listed}, but there is one body; write a model that has both"
    keys = Counter((it.source, it.alias) for it in parameters)
    for (source, alias), count in keys.items():
        if count > 1:
            yield f"asks {count} times for {alias!r} from the {source}"


def _report(view: Callable[..., Any], problems: Sequence[str]) -> str:
    name = f"View {describe(view)}"
    if len(problems) == 1:
        return f"{name} {problems[0]}."
    listed = "".join(f"\n  {number}. It {it}." for number, it in enumerate(problems, 1))
    return f"{name} has {len(problems)} problems:{listed}"
