"""Whatever the graph and whatever goes wrong: each set-up has one cleanup.

Random graphs x kinds x scopes x failures x cancellation at a random await, on each
way to call a consumer.
"""

import asyncio
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from inspect import Parameter, Signature

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bocadillo_providers import Lazy, Store

KINDS = [
    "function",
    "coroutine",
    "generator",
    "async generator",
    "context manager",
    "async context manager",
]


@dataclass(frozen=True)
class Declaration:
    kind: str
    scope: str
    needs: tuple[int, ...]
    lazy: bool
    bare: bool
    """Whether its `yield` stands outside of a `try`."""
    concurrent: bool


@st.composite
def graphs(draw):
    declarations = []
    for number in range(draw(st.integers(1, 7))):
        scope = draw(st.sampled_from(["app", "request"]))
        usable = [
            other
            for other in range(number)
            if scope == "request" or declarations[other].scope == "app"
        ]
        needs = draw(st.lists(st.sampled_from(usable), unique=True)) if usable else []
        kind = draw(st.sampled_from(KINDS))
        declarations.append(
            Declaration(
                kind,
                scope,
                tuple(needs),
                draw(st.booleans()),
                draw(st.booleans()),
                kind == "coroutine" and draw(st.booleans()),
            )
        )
    return declarations


class Failure(Exception):
    pass


class World:
    """Builds a store, and writes down what happens in it."""

    def __init__(self, declarations, failure, cancel_at, *, native=False):
        self.store = Store(shield=lambda: anyio.CancelScope(shield=True))
        self.declarations = declarations
        self.failure = failure
        self.cancel_at = cancel_at
        self.native = native
        self.awaits = 0
        self.log = []
        for number, declaration in enumerate(declarations):
            self.declare(number, declaration)

    async def point(self, *, cleaning=False):
        """An await, at which the whole may be cancelled."""
        self.awaits += 1
        if self.awaits == self.cancel_at:
            if not self.native:
                self.scope.cancel()
            elif not cleaning:  # which no shield protects from asyncio's own way
                self.task.cancel()
        await anyio.lowlevel.checkpoint()

    def event(self, what, number):
        self.log.append((what, number))
        if self.failure == (what, number):
            raise Failure(what, number)

    async def use(self, values):
        for value in values:
            if isinstance(value, Lazy):
                await value

    def declare(self, number, declaration):
        begin = partial(self.event, "begin", number)
        done = partial(self.log.append, ("set up", number))
        end = partial(self.event, "clean up", number)

        def function(*values):
            begin()
            return number

        async def coroutine(*values):
            begin()
            await self.point()
            await self.use(values)
            return number

        def generator(*values):
            begin()
            done()
            yield number
            end()

        def careful_generator(*values):
            begin()
            done()
            try:
                yield number
            finally:
                end()

        async def async_generator(*values):
            await self.point()
            await self.use(values)
            begin()
            done()
            yield number
            await self.point(cleaning=True)
            end()
            await self.point(cleaning=True)

        async def careful_async_generator(*values):
            await self.point()
            await self.use(values)
            begin()
            done()
            try:
                yield number
            finally:
                await self.point(cleaning=True)
                end()
                await self.point(cleaning=True)

        bare = declaration.bare
        made = {
            "function": function,
            "coroutine": coroutine,
            "generator": generator if bare else careful_generator,
            "async generator": async_generator if bare else careful_async_generator,
            "context manager": contextmanager(careful_generator),
            "async context manager": asynccontextmanager(careful_async_generator),
        }[declaration.kind]
        made.__signature__ = signature(declaration.needs)
        self.store.provider(
            made,
            name=f"p{number}",
            scope=declaration.scope,
            lazy=declaration.lazy,
            concurrent=declaration.concurrent,
        )

    def consumer(self, needs=None, **options):
        async def body(*values):
            await self.point()
            await self.use(values)
            self.event("body", 0)
            await self.point()

        everything = range(len(self.declarations))
        body.__signature__ = signature(everything if needs is None else needs)
        return self.store.consumer(body, **options)

    def chain(self):
        count = len(self.declarations)
        each = range(0, count, 2), None, range(1, count, 2)
        return [self.consumer(needs, supplied=()) for needs in each]

    async def run(self, way):
        plain, supplied = self.consumer(), self.consumer(supplied=())
        chain = self.chain()
        self.task = asyncio.current_task() if self.native else None
        with anyio.CancelScope() as self.scope:
            async with self.store.session() as session:
                if way == "call":
                    await plain()
                    await plain()
                elif way in {"bound", "chain"}:
                    run = session.bind(*(chain if way == "chain" else [supplied]))
                    await run()
                    await run()
                elif way == "traced chain":
                    with self.store.trace():
                        await session.bind(*chain)()
                        await session.bind(*chain)()
                else:
                    async with session.scope() as scope:
                        await scope.call(plain)
                        await scope.call(supplied)


def signature(needs):
    return Signature(
        [Parameter(f"p{number}", Parameter.POSITIONAL_OR_KEYWORD) for number in needs]
    )


def failures():
    places = st.sampled_from(["begin", "clean up", "body"])
    return st.none() | st.tuples(places, st.integers(0, 6))


def flatten(exc):
    if isinstance(exc, BaseExceptionGroup):
        for each in exc.exceptions:
            yield from flatten(each)
    else:
        yield exc


def check_cleanups(world):
    """Each set-up has one cleanup, in reverse order."""
    # What is lazy in the app scope is set up late, but lives longer than a request.
    open_ = {"app": [], "request": []}
    for what, number in world.log:
        if what == "set up":
            open_[world.declarations[number].scope].append(number)
        elif what == "clean up":
            assert open_[world.declarations[number].scope].pop() == number
            assert world.declarations[number].scope == "request" or not open_["request"]
    assert open_ == {"app": [], "request": []}


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("way", ["call", "bound", "chain", "scope"])
@settings(deadline=None, max_examples=50)
@given(graphs(), failures(), st.none() | st.integers(1, 40))
def test_each_set_up_has_one_cleanup_in_reverse_order(
    backend, way, declarations, failure, cancel_at
):
    world = World(declarations, failure, cancel_at)

    raised = None
    try:
        anyio.run(world.run, way, backend=backend)
    except Exception as exc:  # noqa: BLE001
        raised = exc

    check_cleanups(world)
    if raised is not None:
        assert all(isinstance(exc, Failure) for exc in flatten(raised))
        assert failure in world.log
    elif cancel_at is None:
        assert failure not in world.log


@pytest.mark.parametrize("way", ["call", "bound", "chain", "scope"])
@settings(deadline=None, max_examples=50)
@given(graphs(), st.integers(1, 30))
def test_the_same_holds_when_asyncio_cancels_the_task(way, declarations, cancel_at):
    world = World(declarations, None, cancel_at, native=True)

    with suppress(asyncio.CancelledError):
        anyio.run(world.run, way)

    check_cleanups(world)


@pytest.mark.parametrize("ways", [("call", "bound"), ("chain", "traced chain")])
@settings(deadline=None, max_examples=40)
@given(graphs(), failures())
def test_compiled_or_not_a_call_does_the_same(ways, declarations, failure):
    ends = []
    for way in ways:
        world = World(declarations, failure, None)
        try:
            anyio.run(world.run, way)
        except Exception as exc:  # noqa: BLE001
            notes = [getattr(it, "__notes__", []) for it in flatten(exc)]
            ends.append((world.log, repr(exc), notes))
        else:
            ends.append((world.log,))

    assert ends[0] == ends[1]


@settings(deadline=None, max_examples=40)
@given(graphs())
def test_providers_run_after_what_they_need_and_once_per_scope(declarations):
    world = World(declarations, None, None)

    anyio.run(world.run, "scope")

    begun = [number for what, number in world.log if what == "begin"]
    assert len(begun) == len(set(begun))
    for number, declaration in enumerate(declarations):
        for need in declaration.needs:
            if not declarations[need].lazy:
                assert begun.index(need) < begun.index(number)
