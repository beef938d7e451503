"""From a plan to one function that does all of it, for the usual case.

Usual means: the values of wider scopes are there already, nothing is lazy or
concurrent, no override or trace is active. Everything else takes the general road
through `Scope`, to which the function turns by itself. Both do the same in the same
order; what fails is handled in one place, `Compiled.fail`.

The text is a straight line: a set-up per provider, the call, the cleanups. Two
numbers say how far it came: `at` counts steps, `held` what is to be cleaned up.
There is one `try`, so any number of generators fits.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import CoroutineType
from typing import Any, Protocol

from .callables import Kind, Parameter
from .calls import Arguments, Given, Later, Made, Source
from .cleanup import Exit, Shield, cleaning_up, raise_again, refuse_second_yield, unwind
from .failures import did_not_yield, explain, not_set
from .generated import make_function, signature_text
from .graph import Node
from .plan import Plan

_SET_UP = {
    Kind.FUNCTION: "v{i} = {call}",
    Kind.VARIABLE: "v{i} = {call}",
    Kind.COROUTINE: "v{i} = await {call}",
    Kind.GENERATOR: "g{i} = {call}; v{i} = next(g{i})",
    Kind.ASYNC_GENERATOR: "g{i} = {call}; v{i} = await g{i}.__anext__()",
    Kind.CONTEXT_MANAGER: "g{i} = {call}; v{i} = g{i}.__enter__()",
    Kind.ASYNC_CONTEXT_MANAGER: "g{i} = {call}; v{i} = await g{i}.__aenter__()",
}
_CLEAN_UP = {
    Kind.GENERATOR: "for _ in g{i}: await again({i}, g{i})",
    Kind.ASYNC_GENERATOR: "async for _ in g{i}: await again({i}, g{i})",
    Kind.CONTEXT_MANAGER: "g{i}.__exit__(None, None, None)",
    Kind.ASYNC_CONTEXT_MANAGER: "await g{i}.__aexit__(None, None, None)",
}

_ENDED: dict[Kind, type[BaseException]] = {
    Kind.GENERATOR: StopIteration,
    Kind.ASYNC_GENERATOR: StopAsyncIteration,
}


def is_usual(plan: Plan) -> bool:
    """Whether a plan can be compiled; otherwise it takes the general road."""
    innermost = len(plan.graph.scopes) - 1
    fed = {name for name, _ in plan.feeds}
    return (
        innermost > 0
        and not plan.concurrent
        and not any(isinstance(source, Later) for source in _sources(plan))
        and all(
            step.node.name in fed
            for step in plan.steps
            if step.node.kind is Kind.VALUE and step.node.scope == innermost
        )
    )


class Shared(Protocol):
    """The scope of one call, if somebody shared it."""

    def take_exits(self) -> list[Exit]:
        """Close it, and give away what it had to clean up."""
        ...


class Compiled:
    """The text of a plan, and what its names stand for.

    Args:
        plan: A usual one.
        shield: Protects awaits while cleaning up.
    """

    def __init__(self, plan: Plan, shield: Shield | None) -> None:
        self._plan = plan
        self._shield = shield
        self._steps = [
            step
            for step in plan.steps
            if step.node.scope == len(plan.graph.scopes) - 1
            and step.node.kind is not Kind.VALUE
        ]
        self._places = {step.node.key: i for i, step in enumerate(self._steps)}
        self._handles = [
            i for i, step in enumerate(self._steps) if step.node.kind in _CLEAN_UP
        ]
        self._outer: dict[str, tuple[str, str]] = {}
        self._supplied: list[str] = []
        self._bound: dict[str, Any] = {
            "again": self._again,
            "fail": self._fail,
            "function": _past_partials(plan.function),
            "shield": shield,
            "Coroutine": CoroutineType,
            "names": tuple(self._places),
        }
        self._keywords: dict[str, str] = {}

    def make_bound(
        self, places: Sequence[int], finish: Callable[..., Any] | None, **bound: Any
    ) -> Any:
        """A function of what is supplied, by position.

        Args:
            places: For each supplied value, which argument of the function it is.
            finish: See `Session.bind`.
            bound: `active`, `scope` and `slow`.
        """
        self._supplied = [f"p{place}" for place in places]
        given = ", ".join(f"p{index}" for index in range(max(places, default=-1) + 1))
        finishes = finish is not None and bool(self._handles)
        body = [*self._body(finish=f"finish({given}, result)" if finishes else None)]
        lines = [
            f"async def run({given}):",
            "    if active or scope.live is not scope:",
            f"        return await slow({given})",
            *self._with_outer(body, f"slow({given})"),
        ]
        return self._make(lines, {**bound, "finish": finish})

    def make_call(self, parameters: Sequence[Parameter], **bound: Any) -> Any:
        """A function of what the caller gives, which finds the open scope by itself.

        Args:
            parameters: What the caller gives.
            bound: `active`, `current`, `enter`, `Call` and `slow`.
        """
        self._supplied = [f"p{index}" for index in range(len(parameters))]
        given = "".join(f"{name}, " for name in self._supplied)
        body = [*self._body(ambient=True)]
        lines = [
            f"async def run({signature_text(parameters)}):",
            "    scope = current().live",
            "    if active or not scope.opens:",
            f"        return await slow(({given}))",
            *self._with_outer(body, f"slow(({given}))"),
        ]
        return self._make(lines, bound, title=self._plan.title, parameters=parameters)

    def _make(self, lines: Sequence[str], bound: dict[str, Any], **names: Any) -> Any:
        return make_function(
            "\n".join(lines) + "\n",
            self._bound | bound,
            keywords=self._keywords,
            **names,
        )

    def _with_outer(self, body: Sequence[str], slow: str) -> Iterator[str]:
        """The body, with values of wider scopes; the general road if one is missing.

        That road begins outside of the handler: what fails on it is not a
        consequence of the lookup, and should not be shown as one.
        """
        if not self._outer:
            yield from body
            return
        # PERF: a loop that is left at once costs nothing, a flag would.
        yield "    while True:"
        yield "        try:"
        for name, value in self._outer.values():
            yield f"            {name} = {value}"
        yield "        except LookupError:"
        yield "            break"
        for line in body:
            yield f"    {line}"
        yield f"    return await {slow}"

    def _body(
        self, *, ambient: bool = False, finish: str | None = None
    ) -> Iterator[str]:
        call = self._call("function", self._plan.arguments)
        steps = list(self._set_ups())
        yield "    at = held = 0"
        handles = "".join(f"g{i}, " for i in self._handles)
        yield f"    {handles.replace(', ', ' = ')}call = None"
        yield "    try:"
        yield from steps
        yield f"        at = {len(self._steps)}"
        if ambient:
            yield "        call = Call()"
            yield "        call.parent = scope"
            yield "        call.names = names"
            values = "".join(f"v{i}, " for i in range(len(self._steps)))
            yield f"        call.values = ({values})"
            yield "        call.real = {}"
            yield "        call.live = call"
            yield "        enter(call)"
        yield f"        result = {'await ' * self._plan.awaits}{call}"
        if not self._plan.awaits:
            yield "        if result.__class__ is Coroutine: result = await result"
        if ambient:
            yield "        call.live = scope"
            yield "        call.values = ()"
            yield "        if call.real: await call.close()"
        if finish is not None:
            yield f"        later = {finish}"
            yield "        if later is not None: await later"
        yield from self._clean_ups()
        yield "    except BaseException as exc:"
        yield f"        await fail(exc, at, held, ({handles}), call)"
        yield "        raise"
        yield "    return result"

    def _set_ups(self) -> Iterator[str]:
        for i, step in enumerate(self._steps):
            self._bound[f"f{i}"] = step.node.provider.__wrapped__
            call = self._call(f"f{i}", step.arguments)
            yield f"        at = {i}"
            yield f"        {_SET_UP[step.node.kind].format(i=i, call=call)}"
            if i in self._handles:
                yield f"        held = {self._handles.index(i) + 1}"

    def _clean_ups(self) -> Iterator[str]:
        for held, i in reversed([*enumerate(self._handles)]):
            kind = self._steps[i].node.kind
            yield f"        held = {held}"
            text = _CLEAN_UP[kind].format(i=i)
            if self._shield is not None and kind.is_async:
                yield "        with shield():"
                text = f"    {text}"
            yield f"        {text}"

    def _call(self, function: str, arguments: Arguments) -> str:
        parts = [self._read(source) for source in arguments.positional]
        if arguments.star:
            parts.append(f"*{self._read(arguments.star)}")
        for name, source in arguments.named:
            placeholder = f"a{len(self._keywords)}"
            self._keywords[placeholder] = name
            parts.append(f"{placeholder}={self._read(source)}")
        return f"{function}({', '.join(parts)})"

    def _read(self, source: Source) -> str:
        """The name that holds an argument's value."""
        if isinstance(source, Given):
            return self._supplied[source.place]
        if isinstance(source, Made):
            return self._read_made(source.key, source.scope)
        return self._bind("c", source.read((), ()))

    def _read_made(self, key: str, scope: int) -> str:
        if key in self._places:
            return f"v{self._places[key]}"
        for name, index in self._plan.feeds:
            if name == key:
                return self._supplied[index]
        if key not in self._outer:
            # Mostly it is in the scope that is open; otherwise in a wider one.
            is_next = scope == len(self._plan.graph.scopes) - 2
            home = "scope" if is_next else f"scope.line[{scope}]"
            value = f"{home}.values[{self._bind('k', key)}]"
            self._outer[key] = f"w{len(self._outer)}", value
        return self._outer[key][0]

    def _bind(self, letter: str, value: Any) -> str:
        name = f"{letter}{len(self._bound)}"
        self._bound[name] = value
        return name

    async def _again(self, i: int, handle: Any) -> None:
        """A generator yielded again while it was resumed."""
        await refuse_second_yield(self._steps[i].node.provider, handle)

    async def _fail(
        self,
        exc: BaseException,
        at: int,
        held: int,
        handles: Sequence[Any],
        call: Shared | None,
    ) -> None:
        """Clean up after an exception, and raise another if that took its place."""
        providers = [self._steps[i].node.provider for i in self._handles]
        exits = [*map(Exit, providers[:held], handles[:held])]
        failure = exc
        if at < len(self._steps):
            failure = self._set_up_failure(exc, self._steps[at].node)
        elif held < len(handles) and isinstance(exc, Exception):
            exc.add_note(cleaning_up(providers[held]))
        if call is not None:
            exits += call.take_exits()
        outcome, _ = await unwind(exits, failure, self._shield)
        if outcome is not exc and outcome is not None:
            raise_again(outcome)

    def _set_up_failure(self, exc: BaseException, node: Node) -> BaseException:
        if isinstance(exc, _ENDED.get(node.kind, ())):
            failure: BaseException = did_not_yield(node)
        elif node.kind is Kind.VARIABLE:
            failure = not_set(self._plan, node)
        else:
            if isinstance(exc, Exception):
                explain(exc, self._plan, node)
            return exc
        failure.__suppress_context__ = True
        return failure


def _past_partials(function: Any) -> Any:
    """What is called in the end, past partials that fill nothing."""
    while type(function) is partial and not (function.args or function.keywords):
        function = function.func
    return function


def _sources(plan: Plan) -> Iterator[Source]:
    yield from plan.arguments.sources()
    for step in plan.steps:
        yield from step.arguments.sources()
