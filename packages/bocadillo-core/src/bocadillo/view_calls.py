"""A view, called by position with what it takes, whatever its signature looks like.

Values come in one order, `run(req, res, *texts, *provided)`, of a websocket
`run(ws, *texts, *provided)`: what was converted from path, query, headers and cookies,
then what providers made. The body is read when all of these are there. Most views are
such a function themselves.
"""

from collections.abc import Awaitable, Callable, Sequence
from inspect import iscoroutinefunction
from operator import itemgetter
from typing import Any

from .arguments import TEXTS, JSONBody
from .inspection import MISSING, describe, takes_by_position
from .parameters import Parameter, Source, compile_body
from .request import Request
from .response import Response

View = Callable[..., Awaitable[object]]

Params = dict[str, Any]
"""Route, query, header and cookie parameters, converted; hooks may change them."""


def texts_among(parameters: Sequence[Parameter]) -> list[Parameter]:
    """Those of which a request has the value as text, in order."""
    return [it for it in parameters if it.source in TEXTS]


def provided_among(parameters: Sequence[Parameter]) -> tuple[tuple[str, object], ...]:
    """Names and annotations of those that providers fill, in order."""
    return tuple(
        (it.name, it.annotation) for it in parameters if it.source is Source.PROVIDER
    )


def by_position(view: View, parameters: Sequence[Parameter], *, skip: int = 2) -> View:
    """The view, as a function that takes its parameters by position.

    Args:
        view: The user's own function.
        parameters: What it takes after those that come first.
        skip: How many these are: 2 for an HTTP view, 1 for a websocket's.
    """
    if takes_by_position(view) and not any(it.keyword_only for it in parameters):
        return view
    names = [it.name for it in parameters]
    return lambda *values: view(
        *values[:skip], **dict(zip(names, values[skip:], strict=True))
    )


def compile_view(view: View, parameters: Sequence[Parameter], *, skip: int = 2) -> View:
    """Make `run(req, res, *texts, *provided)`, which reads the body if there is one.

    PERF: the view itself wherever it can be (bench g, `benchmarks.features`).

    Args:
        view: See `by_position`.
        parameters: See there.
        skip: See there.
    """
    call = by_position(view, parameters, skip=skip)
    names = [it.name for it in parameters]
    before_body = [it.name for it in texts_among(parameters)]
    before_body += [name for name, _ in provided_among(parameters)]
    in_body = [name for name in names if name not in before_body]
    order = [*before_body, *in_body]
    if order != names:
        places = [skip + order.index(name) for name in names]
        call = _reordered(call, [*range(skip), *places])
    read_body = compile_body(parameters)
    if read_body is None:
        return call if iscoroutinefunction(view) else _awaiting(call)
    if isinstance(read_body, JSONBody):
        decode = read_body.decode

        async def run_json(req: Request, res: Response, *values: Any) -> object:
            return await call(req, res, *values, decode(await req.body()))

        return run_json

    async def run_form(req: Request, res: Response, *values: Any) -> object:
        fields = await read_body(req)
        return await call(req, res, *values, *(fields[name] for name in in_body))

    return run_form


def _awaiting(call: View) -> View:
    """A view that need not return a coroutine, as a function that does."""

    async def run(*values: Any) -> object:
        return await call(*values)

    return run


def _reordered(call: View, places: Sequence[int]) -> View:
    pick = itemgetter(*places)
    return lambda *values: call(*pick(values))


def compile_choice(
    view: View, parameters: Sequence[Parameter]
) -> Callable[[Params], Sequence[Any]]:
    """Make what picks the texts that a view takes from those that hooks have seen."""
    texts = texts_among(parameters)
    names = [it.name for it in texts]
    defaults = {it.name: it.default for it in texts if it.default is not MISSING}

    def choose(params: Params) -> Sequence[Any]:
        try:
            return [params[name] for name in names]
        except KeyError:  # a hook has taken one away: that of the view's own default
            kept = defaults | params
        for name in names:
            if name not in kept:
                raise TypeError(
                    f"A hook has removed {name!r} from the params, which view "
                    f"{describe(view)} needs: only replace it, or give it a default."
                )
        return [kept[name] for name in names]

    return choose
