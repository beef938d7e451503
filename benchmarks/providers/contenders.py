"""Each library as its documentation shows it: opened once, then called many times.

A contender is an async generator function that takes the name of a workload, and
yields what calls its handler. Their imports are inside: what is not installed is left
out.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated, Any

from . import domain
from .domain import (
    SIDES,
    Connection,
    Pool,
    Rights,
    Side1,
    Side2,
    Side3,
    Side4,
    Side5,
    Side6,
    Side7,
    Side8,
    Summary,
    Users,
    open_connection,
)

Call = Callable[[], Awaitable[Any]]
Contender = Callable[[str, Pool], AsyncIterator[Call]]

HANDLERS = {"chain": domain.chain, "diamond": domain.diamond}
REQUEST_VALUES = (Users, Rights, *SIDES, Summary)


async def by_hand(work: str, pool: Pool) -> AsyncIterator[Call]:
    connect = asynccontextmanager(open_connection)

    async def chain() -> Any:
        async with connect(pool) as connection:
            return await domain.chain(Users(connection), Rights(connection))

    async def diamond() -> Any:
        async with connect(pool) as connection:
            return await domain.diamond(
                Summary(
                    Side1(connection),
                    Side2(connection),
                    Side3(connection),
                    Side4(connection),
                    Side5(connection),
                    Side6(connection),
                    Side7(connection),
                    Side8(connection),
                )
            )

    yield {"chain": chain, "diamond": diamond}[work]


async def exit_stack(work: str, pool: Pool) -> AsyncIterator[Call]:
    connect = asynccontextmanager(open_connection)

    async def chain() -> Any:
        async with AsyncExitStack() as stack:
            connection = await stack.enter_async_context(connect(pool))
            return await domain.chain(Users(connection), Rights(connection))

    async def diamond() -> Any:
        async with AsyncExitStack() as stack:
            connection = await stack.enter_async_context(connect(pool))
            sides: Any = [side(connection) for side in SIDES]
            return await domain.diamond(Summary(*sides))

    yield {"chain": chain, "diamond": diamond}[work]


def bocadillo_store(pool: Pool) -> Any:
    from bocadillo_providers import Store

    store = Store()
    store.provider(lambda: pool, name="pool", scope="app")
    store.provider(open_connection, name="connection")
    for made in REQUEST_VALUES:
        store.provider(made, name=made.__name__.lower())
    return store


async def bocadillo(work: str, pool: Pool) -> AsyncIterator[Call]:
    store = bocadillo_store(pool)
    consumer = store.consumer(HANDLERS[work])
    async with store.session():
        yield consumer


async def bocadillo_bound(work: str, pool: Pool) -> AsyncIterator[Call]:
    store = bocadillo_store(pool)
    consumer = store.consumer(HANDLERS[work], supplied=())
    async with store.session() as session:
        yield session.bind(consumer)


async def dishka(work: str, pool: Pool) -> AsyncIterator[Call]:
    from dishka import Provider, Scope, make_async_container

    provider = Provider(scope=Scope.REQUEST)
    provider.provide(lambda: pool, provides=Pool, scope=Scope.APP)
    provider.provide(open_connection)
    for made in REQUEST_VALUES:
        provider.provide(made)
    container = make_async_container(provider)

    async def chain() -> Any:
        async with container() as request:
            return await domain.chain(
                await request.get(Users), await request.get(Rights)
            )

    async def diamond() -> Any:
        async with container() as request:
            return await domain.diamond(await request.get(Summary))

    yield {"chain": chain, "diamond": diamond}[work]
    await container.close()


async def wireup(work: str, pool: Pool) -> AsyncIterator[Call]:
    import wireup as library

    def make_pool() -> Pool:
        return pool

    scoped = library.injectable(lifetime="scoped")
    container = library.create_async_container(
        injectables=[
            library.injectable(make_pool),
            scoped(open_connection),
            *(scoped(made) for made in REQUEST_VALUES),
        ]
    )

    async def chain() -> Any:
        async with container.enter_scope() as request:
            return await domain.chain(
                await request.get(Users), await request.get(Rights)
            )

    async def diamond() -> Any:
        async with container.enter_scope() as request:
            return await domain.diamond(await request.get(Summary))

    yield {"chain": chain, "diamond": diamond}[work]
    await container.close()


async def svcs(work: str, pool: Pool) -> AsyncIterator[Call]:
    import svcs as library

    registry = library.Registry()
    registry.register_value(Pool, pool)
    registry.register_factory(
        Connection, library.aautowire(asynccontextmanager(open_connection))
    )
    for made in REQUEST_VALUES:
        registry.register_factory(made, library.aautowire(made))

    async def chain() -> Any:
        async with library.Container(registry) as request:
            return await domain.chain(*await request.aget(Users, Rights))

    async def diamond() -> Any:
        async with library.Container(registry) as request:
            return await domain.diamond(await request.aget(Summary))

    yield {"chain": chain, "diamond": diamond}[work]
    await registry.aclose()


async def that_depends(work: str, pool: Pool) -> AsyncIterator[Call]:
    from that_depends import BaseContainer, ContextScopes, container_context, providers

    class Container(BaseContainer):
        default_scope = ContextScopes.REQUEST
        app_pool = providers.Object(pool)
        connection = providers.ContextResource(open_connection, app_pool.cast)
        users = providers.Factory(Users, connection.cast)
        rights = providers.Factory(Rights, connection.cast)
        side1 = providers.Factory(Side1, connection.cast)
        side2 = providers.Factory(Side2, connection.cast)
        side3 = providers.Factory(Side3, connection.cast)
        side4 = providers.Factory(Side4, connection.cast)
        side5 = providers.Factory(Side5, connection.cast)
        side6 = providers.Factory(Side6, connection.cast)
        side7 = providers.Factory(Side7, connection.cast)
        side8 = providers.Factory(Side8, connection.cast)
        summary = providers.Factory(
            Summary,
            side1.cast,
            side2.cast,
            side3.cast,
            side4.cast,
            side5.cast,
            side6.cast,
            side7.cast,
            side8.cast,
        )

    async def chain() -> Any:
        async with container_context(Container, scope=ContextScopes.REQUEST):
            return await domain.chain(
                await Container.users.resolve(), await Container.rights.resolve()
            )

    async def diamond() -> Any:
        async with container_context(Container, scope=ContextScopes.REQUEST):
            return await domain.diamond(await Container.summary.resolve())

    yield {"chain": chain, "diamond": diamond}[work]


async def fastapi(work: str, pool: Pool) -> AsyncIterator[Call]:
    """Its resolver only, without a route around it."""
    from fastapi import Depends, Request
    from fastapi.dependencies.utils import get_dependant, solve_dependencies

    async def get_pool() -> Pool:
        return pool

    async def get_connection(
        pool: Annotated[Pool, Depends(get_pool)],
    ) -> AsyncIterator[Connection]:
        async for connection in open_connection(pool):
            yield connection

    def depends_on(made: type) -> Any:
        async def get(connection: Annotated[Any, Depends(get_connection)]) -> Any:
            return made(connection)

        return Depends(get)

    async def get_summary(  # noqa: PLR0917
        side1: Annotated[Any, depends_on(Side1)],
        side2: Annotated[Any, depends_on(Side2)],
        side3: Annotated[Any, depends_on(Side3)],
        side4: Annotated[Any, depends_on(Side4)],
        side5: Annotated[Any, depends_on(Side5)],
        side6: Annotated[Any, depends_on(Side6)],
        side7: Annotated[Any, depends_on(Side7)],
        side8: Annotated[Any, depends_on(Side8)],
    ) -> Summary:
        return Summary(side1, side2, side3, side4, side5, side6, side7, side8)

    async def chain(
        users: Annotated[Any, depends_on(Users)],
        rights: Annotated[Any, depends_on(Rights)],
    ) -> Any:
        return await domain.chain(users, rights)

    async def diamond(summary: Annotated[Any, Depends(get_summary)]) -> Any:
        return await domain.diamond(summary)

    handler: Any = {"chain": chain, "diamond": diamond}[work]
    dependant = get_dependant(path="/", call=handler)

    async def call() -> Any:
        async with AsyncExitStack() as stack:
            scope = {
                "type": "http",
                "headers": [],
                "query_string": b"",
                "path_params": {},
                "fastapi_inner_astack": stack,
                "fastapi_function_astack": stack,
            }
            solved = await solve_dependencies(
                request=Request(scope),
                dependant=dependant,
                async_exit_stack=stack,
                embed_body_fields=False,
            )
            return await handler(**solved.values)

    yield call


async def aiodine(work: str, pool: Pool) -> AsyncIterator[Call]:
    import aiodine as library

    store = library.Store(scope_aliases={"app": "session", "request": "function"})

    async def get_pool() -> Pool:
        return pool

    store.provider(get_pool, scope="app", name="pool")
    store.provider(open_connection, name="connection")
    for made in REQUEST_VALUES:
        store.provider(made, name=made.__name__.lower())
    store.freeze()
    consumer = store.consumer(HANDLERS[work])
    async with store.session():
        yield consumer


BASELINE = "@asynccontextmanager by hand"
OURS = "bocadillo-providers"
CONTENDERS: dict[str, Contender] = {
    BASELINE: by_hand,
    "AsyncExitStack by hand": exit_stack,
    OURS: bocadillo,
    f"{OURS}, bound": bocadillo_bound,
    "dishka": dishka,
    "wireup": wireup,
    "svcs": svcs,
    "that-depends": that_depends,
    "FastAPI's resolver": fastapi,
    "aiodine": aiodine,
}
DISTRIBUTIONS = (OURS, "dishka", "wireup", "svcs", "that-depends", "aiodine")
"""Those whose versions are told; FastAPI's is told anyway."""
