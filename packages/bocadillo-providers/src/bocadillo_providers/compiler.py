"""From plans to one function that does all of it, for the usual case.

What is unusual (see `stages`) takes the general road through `Scope`, to which the
function turns by itself. Both do the same in the same order; what fails is handled in
one place, `Compiled.fail`.

The text is a straight line: a set-up per provider, the call, the cleanups; of several
plans, the set-ups and the call of each. Two numbers say how far it came: `at` counts
steps, `held` what is to be cleaned up. There is one `try`, so any number of generators
fits.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from types import CoroutineType
from typing import Any, Protocol

from .callables import Kind, Parameter
from .calls import Arguments, Given, Made, Source
from .cleanup import Exit, Shield, cleaning_up, raise_again, refuse_second_yield, unwind
from .errors import add_note
from .failures import did_not_yield, explain, not_set
from .generated import make_function, signature_text
from .plan import Plan
from .stages import is_usual, stages_of, used_from_outside

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


class Shared(Protocol):
    """The scope of one call, if somebody shared it."""

    def take_exits(self) -> list[Exit]:
        """Close it, and give away what it had to clean up."""
        ...


class Compiled:
    """The text of a plan, and what its names stand for.

    Args:
        plans: Usual ones, of one graph: their functions are called one after another
            in one scope, until one returns something.
        shield: Protects awaits while cleaning up.
    """

    def __init__(self, plans: Sequence[Plan], shield: Shield | None) -> None:
        self._plans = plans
        self._shield = shield
        self._stages = [*stages_of(plans)]
        self._steps = [step for steps in self._stages for step in steps]
        self._places: dict[str, int] = {}
        self._handles = [
            i for i, step in enumerate(self._steps) if step.node.kind in _CLEAN_UP
        ]
        self._feeds = {name: index for plan in plans for name, index in plan.feeds}
        self._outer: dict[str, tuple[str, str]] = {}
        self._supplied: list[str] = []
        self._given = ""
        self._shared = False
        self._bound: dict[str, Any] = {
            "again": self._again,
            "fail": self._fail,
            "shield": shield,
            "Coroutine": CoroutineType,
        }
        self._keywords: dict[str, str] = {}

    @staticmethod
    def suits(plans: Sequence[Plan]) -> bool:
        """Whether plans can be compiled; otherwise they take the general road."""
        return all(map(is_usual, plans))

    def make_bound(
        self,
        places: Sequence[int],
        finish: Callable[..., Any] | None,
        *,
        shared: bool,
        **bound: Any,
    ) -> Any:
        """A function of what is supplied, by position.

        Args:
            places: For each supplied value, which argument of the function it is.
            finish: See `Session.bind`.
            shared: Whether consumers that are called inside share its values.
            bound: `active`, `Call`, `enter`, `onward`, `scope` and `slow`.
        """
        self._supplied = [f"p{place}" for place in places]
        given = ", ".join(f"p{index}" for index in range(max(places, default=-1) + 1))
        self._given, self._shared = given, shared
        finishes = finish is not None and bool(self._handles or shared)
        body = [*self._body(f"finish({given}, result)" if finishes else None)]
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
        self._shared = True
        body = [*self._body()]
        lines = [
            f"async def run({signature_text(parameters)}):",
            "    scope = current().live",
            "    if active or not scope.opens:",
            f"        return await slow(({given}))",
            *self._with_outer(body, f"slow(({given}))"),
        ]
        title = self._plans[0].title
        return self._make(lines, bound, title=title, parameters=parameters)

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

    def _body(self, finish: str | None = None) -> Iterator[str]:
        # First of all, so that what is read of wider scopes is known.
        stages = [[*self._stage(number)] for number in range(len(self._plans))]
        yield "    at = held = 0"
        handles = "".join(f"g{i}, " for i in self._handles)
        yield f"    {handles.replace(', ', ' = ')}call = None"
        yield "    try:"
        if len(stages) == 1:
            yield from (f"        {line}" for line in self._run(0, stages[0]))
        else:
            # A loop that is left at once: Python limits how deep blocks may be.
            yield "        while True:"
            for number, stage in enumerate(stages):
                is_last = number + 1 == len(stages)
                yield from (f"            {line}" for line in self._run(number, stage))
                yield f"            {'if result is not None: ' * (not is_last)}break"
        if finish is not None:
            yield f"        later = {finish}"
            yield "        if later is not None: await later"
        if self._shared:
            yield "        call.live = scope"
            yield "        call.values = ()"
            yield "        if call.real: await call.close()"
        yield from self._clean_ups()
        yield "    except BaseException as exc:"
        yield f"        await fail(exc, at, held, ({handles}), call)"
        yield "        raise"
        yield "    return result"

    def _run(self, number: int, stage: Sequence[str]) -> Iterator[str]:
        """The set-ups of one plan, and its call."""
        *set_ups, call = stage
        if self._shared and number:
            # Who shared the scope may have made values in it that are not here.
            yield "if call.real:"
            yield f"    result = await onward(call, {number}, {self._given})"
            yield "    break"
        yield from set_ups
        yield f"at = {len(self._steps)}"
        if self._shared:
            yield from self._share(number)
        awaits = self._plans[number].awaits
        yield f"result = {'await ' * awaits}{call}"
        if not awaits:
            yield "if result.__class__ is Coroutine: result = await result"

    def _share(self, number: int) -> Iterator[str]:
        """Let consumers that are called inside have what there is by now."""
        made = sum(map(len, self._stages[: number + 1]))
        values = [(step.key, f"v{i}") for i, step in enumerate(self._steps[:made])]
        values += [(name, self._supplied[at]) for name, at in self._feeds.items()]
        if number == 0:
            yield "call = Call()"
            yield "call.parent = scope"
        yield f"call.names = {self._bind('names', tuple(key for key, _ in values))}"
        yield f"call.values = ({''.join(f'{value}, ' for _, value in values)})"
        if number == 0:
            yield "call.real = {}"
            yield "call.live = call"
            yield "enter(call)"

    def _stage(self, number: int) -> Iterator[str]:
        """The set-ups that one plan adds to those before it, and its call."""
        before = sum(map(len, self._stages[:number]))
        for i, step in enumerate(self._stages[number], before):
            self._bound[f"f{i}"] = step.node.provider.__wrapped__
            call = self._call(f"f{i}", step.arguments)
            self._places[step.node.key] = i
            yield f"at = {i}"
            yield _SET_UP[step.node.kind].format(i=i, call=call)
            if i in self._handles:
                yield f"held = {self._handles.index(i) + 1}"
        plan = self._plans[number]
        for step in used_from_outside(plan):  # it must be there all the same
            self._read_made(step.key, step.scope)
        self._bound[f"function{number}"] = _past_partials(plan.function)
        yield self._call(f"function{number}", plan.arguments)

    def _clean_ups(self) -> Iterator[str]:
        if self._handles:
            yield f"        at = {len(self._steps) + 1}"
        for held, i in reversed([*enumerate(self._handles)]):
            kind = self._steps[i].node.kind
            lines = [f"held = {held}", _CLEAN_UP[kind].format(i=i)]
            if self._shield is not None and kind.is_async:
                lines[1:] = ["with shield():", f"    {lines[1]}"]
            if i >= len(self._stages[0]):  # it may not have come to that
                lines = [f"if g{i} is not None:", *(f"    {line}" for line in lines)]
            yield from (f"        {line}" for line in lines)

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
        if key in self._feeds:
            return self._supplied[self._feeds[key]]
        if key not in self._outer:
            # Mostly it is in the scope that is open; otherwise in a wider one.
            is_next = scope == len(self._plans[0].graph.scopes) - 2
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
            failure = self._set_up_failure(exc, at)
        elif at > len(self._steps) and isinstance(exc, Exception):
            add_note(exc, cleaning_up(providers[held]))
        if call is not None:
            exits += call.take_exits()
        outcome, _ = await unwind(exits, failure, self._shield)
        if outcome is not exc and outcome is not None:
            raise_again(outcome)

    def _set_up_failure(self, exc: BaseException, at: int) -> BaseException:
        node, plan = self._steps[at].node, self._plan_of(at)
        if isinstance(exc, _ENDED.get(node.kind, ())):
            failure: BaseException = did_not_yield(node)
        elif node.kind is Kind.VARIABLE:
            failure = not_set(plan, node)
        else:
            if isinstance(exc, Exception):
                explain(exc, plan, node)
            return exc
        failure.__suppress_context__ = True
        return failure

    def _plan_of(self, at: int) -> Plan:
        """The plan that a step is taken for."""
        ends = accumulate(map(len, self._stages))
        return next(
            plan for plan, end in zip(self._plans, ends, strict=True) if at < end
        )


def _past_partials(function: Any) -> Any:
    """What is called in the end, past partials that fill nothing."""
    while type(function) is partial and not (function.args or function.keywords):
        function = function.func
    return function
