"""Call a view that takes nothing but path parameters: most views do.

The text of such a call depends on how many there are and which are converted, never on
a word of the user; so views of one shape share their code, which is compiled once. It
is registered in `linecache`: tracebacks show it.
"""

import linecache
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any

from .arguments import Collect, Parameter
from .converters import as_text
from .problems import Refused
from .reading import compile_step
from .request import Request
from .response import Response

PathCall = Callable[[Request, Response], Awaitable[object]]


def compile_path_call(
    view: Callable[..., Awaitable[object]],
    parameters: Sequence[Parameter],
    collect: Collect,
) -> PathCall:
    """Make the call of a view.

    Args:
        view: The user's own function.
        parameters: All that it takes, each from the path and by position.
        collect: Finds all that is wrong, when anything is.
    """
    steps = [compile_step(it) for it in parameters]
    make = _maker(tuple(step.convert is not as_text for step in steps))
    call: PathCall = make(
        view, collect, Refused, [it.key for it in steps], [it.convert for it in steps]
    )
    return call


@cache
def _maker(converted: tuple[bool, ...]) -> Callable[..., Any]:
    """What makes the calls of one shape.

    Args:
        converted: Of each parameter, whether it is anything but text.
    """
    values = [f"given[k{i}]" for i in range(len(converted))]
    arguments = ", ".join(
        f"c{i}({value})" if needed else value
        for i, (value, needed) in enumerate(zip(values, converted, strict=True))
    )
    text = f"""\
def make(view, collect, Refused, keys, converters):
    {"".join(f"k{i}, " for i in range(len(converted)))} = keys
    {"".join(f"c{i}, " for i in range(len(converted)))} = converters
    def call(req, res):
        given = req.scope["path_params"]
        try:
            return view(req, res, {arguments})
        except Refused:
            collect(req.scope)  # finds all problems, and raises
            raise
    return call
"""
    name = f"<bocadillo {converted}>"
    linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
    namespace: dict[str, Any] = {}
    exec(compile(text, name, "exec"), namespace)  # noqa: S102 - the text is ours
    make: Callable[..., Any] = namespace["make"]
    return make
