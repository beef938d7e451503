"""Call a view with what path, query, headers and cookies hold, and a JSON body.

The code of such a call depends on how many parameters there are, where each is from,
and which are converted or may be missing, never on a word of the user; so views of one
shape share it, and it is compiled once. It is registered in `linecache`: tracebacks
show it.
"""

import linecache
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import cache
from typing import Any

from msgspec import Struct

from .arguments import GATHERS, TEXTS, Collect, JSONBody, Parameter
from .converters import as_text
from .markers import Source
from .problems import Refused
from .reading import compile_step
from .request import Request
from .response import Response

TextCall = Callable[[Request, Response], Awaitable[object]]


class Kind(Struct, frozen=True):
    """As much of a parameter as the code of a call depends on."""

    source: Source
    converted: bool
    optional: bool

    def __str__(self) -> str:
        return f"{self.source}{'*' * self.converted}{'?' * self.optional}"


def compile_text_call(
    view: Callable[..., Awaitable[object]],
    parameters: Sequence[Parameter],
    collect: Collect,
    body: JSONBody | None = None,
) -> TextCall:
    """Make the call of a view.

    Args:
        view: The user's own function.
        parameters: All that it takes, in order and by position: each from one of
            `TEXTS`, or `body`.
        collect: Finds all that is wrong with the texts, when anything is.
        body: How the body is read, if the view takes it.
    """
    kinds: list[Kind] = []
    steps: list[tuple[Any, Callable[[Any], Any], object]] = []
    for it in parameters:
        if body is not None and it.name == body.name:
            kinds.append(Kind(it.source, converted=True, optional=False))
            steps.append((None, body.decode, None))
        else:
            step = compile_step(it)
            converted = step.convert is not as_text
            kinds.append(Kind(it.source, converted, not it.required))
            steps.append((step.key, step.convert, step.default))
    gathers = [
        compile_gather([it for it in parameters if it.source is source])
        for source, compile_gather in GATHERS.items()
    ]
    call: TextCall = _maker(tuple(kinds))(view, collect, gathers, steps)
    return call


@cache
def _maker(kinds: tuple[Kind, ...]) -> Callable[..., Any]:
    """What makes the calls of one shape."""
    text = "\n".join(_lines(kinds)) + "\n"
    name = f"<bocadillo {', '.join(map(str, kinds))}>"
    linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
    namespace: dict[str, Any] = {"Refused": Refused}
    exec(compile(text, name, "exec"), namespace)  # noqa: S102 - the text is ours
    make: Callable[..., Any] = namespace["make"]
    return make


def _lines(kinds: Sequence[Kind]) -> Iterator[str]:
    texts = {at: kind for at, kind in enumerate(kinds) if kind.source in TEXTS}
    bodies = {at: kind for at, kind in enumerate(kinds) if kind.source not in TEXTS}
    yield "def make(view, collect, gathers, steps):"
    yield f"    {', '.join(f'gather_{it}' for it in GATHERS)} = gathers"
    for at in range(len(kinds)):
        yield f"    k{at}, c{at}, d{at} = steps[{at}]"
    yield f"    {'async ' * len(bodies)}def call(req, res):"
    if texts:
        yield "        scope = req.scope"
        for source in sorted({kind.source for kind in texts.values()}):
            yield f"        {source} = {_gathered(source)}"
        yield "        try:"
        for at, kind in texts.items():
            yield f"            v{at} = {_value(at, kind)}"
        yield "        except (Refused, KeyError):"
        yield "            collect(scope)  # finds all problems, and raises"
        yield "            raise"
    for at in bodies:
        yield f"        v{at} = c{at}(await req.body())"
    values = ", ".join(f"v{at}" for at in range(len(kinds)))
    yield f"        return {'await ' * len(bodies)}view(req, res, {values})"
    yield "    return call"


def _gathered(source: Source) -> str:
    if source is Source.PATH:
        return 'scope["path_params"]'
    return f"gather_{source}(scope)"


def _value(at: int, kind: Kind) -> str:
    value = f"{kind.source}[k{at}]"
    if kind.converted:
        value = f"c{at}({value})"
    return f"{value} if k{at} in {kind.source} else d{at}" if kind.optional else value
