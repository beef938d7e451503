"""Litestar: typed handlers, `Provide`, msgspec structs, `ASGIMiddleware`."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from litestar import Litestar, WebSocket, get, post
from litestar import websocket as websocket_route
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import WebSocketDisconnect
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.response import Stream
from litestar.types import ASGIApp, Receive, Scope, Send

from ..domain import (
    GREETING,
    PRODUCTS,
    Author,
    Connection,
    Pool,
    Session,
    Transaction,
    User,
    chunks,
    sections,
)


def text() -> Litestar:
    @get("/", media_type="text/plain")
    async def index() -> str:
        return GREETING

    return Litestar([index])


@get("/")
async def greet() -> dict[str, str]:
    return {"message": GREETING}


def json() -> Litestar:
    return Litestar([greet])


def path() -> Litestar:
    @get("/users/{user_id:int}/posts/{slug:str}")
    async def show(user_id: int, slug: str) -> dict[str, int | str]:
        return {"user": user_id, "post": slug}

    return Litestar([show])


def query() -> Litestar:
    @get("/search")
    async def search(
        limit: int = 10, ratio: float = 1.0, active: bool = False
    ) -> dict[str, int | float | bool]:
        return {"limit": limit, "ratio": ratio, "active": active}

    return Litestar([search])


class Item(msgspec.Struct):
    name: str
    price: float
    quantity: int
    available: bool
    tags: list[str]
    note: str | None = None


def body() -> Litestar:
    @post("/items", status_code=200)
    async def create(data: Item) -> Item:
        return data

    return Litestar([create])


def routes(count: int = 1_000) -> Litestar:
    return Litestar([handler(*section) for section in sections(count)])


def handler(name: str, shape: str) -> HTTPRouteHandler:
    @get(f"/{name}")
    async def index() -> dict[str, str]:
        return {"section": name}

    @get(f"/{name}/{{item_id:int}}")
    async def item(item_id: int) -> dict[str, int]:
        return {"item": item_id}

    @get(f"/{name}/{{slug:str}}/edit")
    async def edit(slug: str) -> dict[str, str]:
        return {"slug": slug}

    return {"index": index, "item": item, "edit": edit}[shape]


@asynccontextmanager
async def lifespan(app: Litestar) -> AsyncIterator[None]:
    app.state.pool = Pool()
    yield


async def make_connection(state: State) -> Connection:
    return Connection(state.pool)


async def make_session(connection: Connection) -> Session:
    return Session(connection)


async def make_user(session: Session) -> User:
    return User(session)


async def make_transaction(
    connection: Connection,
) -> AsyncGenerator[Transaction, None]:
    transaction = Transaction(connection)
    try:
        yield transaction
    finally:
        transaction.close()


async def make_author(transaction: Transaction) -> Author:
    return Author(transaction)


DEPENDENCIES = {
    "connection": Provide(make_connection),
    "session": Provide(make_session),
    "user": Provide(make_user),
    "transaction": Provide(make_transaction),
    "author": Provide(make_author),
}


def inject() -> Litestar:
    @get("/")
    async def index(user: User) -> dict[str, str | int]:
        return {"user": user.name, "open": user.pool.open}

    return Litestar([index], dependencies=DEPENDENCIES, lifespan=[lifespan])


def cleanup() -> Litestar:
    @get("/")
    async def index(author: Author) -> dict[str, str | int]:
        return {"user": author.name, "open": author.pool.open}

    return Litestar([index], dependencies=DEPENDENCIES, lifespan=[lifespan])


class Nothing(ASGIMiddleware):
    async def handle(
        self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp
    ) -> None:
        await next_app(scope, receive, send)


def middleware() -> Litestar:
    return Litestar([greet], middleware=[Nothing() for _ in range(4)])


def products() -> Litestar:
    @get("/")
    async def index() -> list[dict[str, object]]:
        return PRODUCTS

    return Litestar([index])


def stream() -> Litestar:
    @get("/")
    async def index() -> Stream:
        return Stream(chunks(), media_type="text/plain")

    return Litestar([index])


def websocket() -> Litestar:
    @websocket_route("/echo")
    async def echo(socket: WebSocket[Any, Any, Any]) -> None:
        await socket.accept()
        try:
            while True:
                await socket.send_text(await socket.receive_text())
        except WebSocketDisconnect:
            pass

    return Litestar([echo])
