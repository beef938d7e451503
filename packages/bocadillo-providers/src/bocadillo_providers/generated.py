"""Functions from generated source.

The text holds placeholders only, never a word of the user: what it works with is
bound by name, and the names of parameters are put into the code object afterwards.
So functions of one shape share their code, which is compiled once. It is registered
in `linecache`: tracebacks show it.
"""

import inspect
import itertools
import linecache
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import CodeType, FunctionType
from typing import Any

from .callables import EMPTY, Parameter

UNSET: Any = type("Unset", (), {"__repr__": lambda self: "<unset>"})()
"""Stands for an argument that the caller left out."""

_numbers = itertools.count(1)


def signature_text(parameters: Sequence[Parameter]) -> str:
    """The parameters of a generated function: `p0, p1, *, p2`."""
    kinds = inspect.Parameter
    parts: list[str] = []
    for index, parameter in enumerate(parameters):
        if parameter.kind is kinds.KEYWORD_ONLY and not _starred(parts):
            parts.append("*")
        star = "*" * (parameter.kind is kinds.VAR_POSITIONAL)
        stars = star or "**" * (parameter.kind is kinds.VAR_KEYWORD)
        parts.append(f"{stars}p{index}")
        following = parameters[index + 1 : index + 2]
        if parameter.kind is kinds.POSITIONAL_ONLY and (
            not following or following[0].kind is not kinds.POSITIONAL_ONLY
        ):
            parts.append("/")
    return ", ".join(parts)


def make_function(
    text: str,
    bound: Mapping[str, Any],
    *,
    title: str = "call",
    parameters: Sequence[Parameter] = (),
    keywords: Mapping[str, str] | None = None,
) -> Callable[..., Any]:
    """Make a function of generated text.

    Args:
        text: Its definition.
        bound: What its global names stand for.
        title: What its errors call it.
        parameters: What `p0`, `p1`… are really called, with their defaults.
        keywords: What the placeholders of named arguments are really called.
    """
    code = _compiled(text)
    # NOTE: CPython keeps `*args` after the keyword-only parameters.
    last = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    names = [each.name for each in parameters if each.kind not in last]
    names += [each.name for kind in last for each in parameters if each.kind is kind]
    code = code.replace(
        co_name=title.rpartition(".")[2],
        co_qualname=title,
        co_varnames=(*names, *code.co_varnames[len(names) :]),
        co_consts=tuple(_renamed(each, keywords or {}) for each in code.co_consts),
    )
    positional = [
        each.default
        for each in parameters
        if each.kind < inspect.Parameter.VAR_POSITIONAL and each.default is not EMPTY
    ]
    function = FunctionType(code, dict(bound), argdefs=tuple(positional))
    function.__kwdefaults__ = {
        each.name: each.default
        for each in parameters
        if each.kind is inspect.Parameter.KEYWORD_ONLY and each.default is not EMPTY
    }
    return function


@cache
def _compiled(text: str) -> CodeType:
    """The code of the one function that a text defines."""
    name = f"<bocadillo_providers {next(_numbers)}>"
    linecache.cache[name] = len(text), None, text.splitlines(True), name
    module = compile(text, name, "exec")
    return next(each for each in module.co_consts if isinstance(each, CodeType))


def _renamed(constant: Any, names: Mapping[str, str]) -> Any:
    """The names of a call's arguments, which CPython keeps in a constant."""
    if isinstance(constant, tuple) and names.keys() >= set(constant):
        return tuple(names[each] for each in constant)
    return constant


def _starred(parts: Sequence[str]) -> bool:
    return any(part.startswith("*") for part in parts)
