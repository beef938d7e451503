"""FastAPI: return annotations, `Depends`, pydantic models; pure ASGI middleware."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request, WebSocket
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import BaseModel

from ..asgi import ASGIApp, Receive, Scope, Send
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


def text() -> FastAPI:
    app = FastAPI()

    @app.get("/", response_class=PlainTextResponse)
    async def index() -> str:
        return GREETING

    return app


async def greet() -> dict[str, str]:
    return {"message": GREETING}


def json() -> FastAPI:
    app = FastAPI()
    app.get("/")(greet)
    return app


def path() -> FastAPI:
    app = FastAPI()

    @app.get("/users/{user_id}/posts/{slug}")
    async def post(user_id: int, slug: str) -> dict[str, int | str]:
        return {"user": user_id, "post": slug}

    return app


def query() -> FastAPI:
    app = FastAPI()

    @app.get("/search")
    async def search(
        limit: int = 10, ratio: float = 1.0, active: bool = False
    ) -> dict[str, int | float | bool]:
        return {"limit": limit, "ratio": ratio, "active": active}

    return app


class Item(BaseModel):
    name: str
    price: float
    quantity: int
    available: bool
    tags: list[str]
    note: str | None = None


def body() -> FastAPI:
    app = FastAPI()

    @app.post("/items")
    async def create(item: Item) -> Item:
        return item

    return app


def routes(count: int = 1_000) -> FastAPI:
    app = FastAPI()
    for name, shape in sections(count):
        add_route(app, name, shape)
    return app


def add_route(app: FastAPI, name: str, shape: str) -> None:
    async def index() -> dict[str, str]:
        return {"section": name}

    async def item(item_id: int) -> dict[str, int]:
        return {"item": item_id}

    async def edit(slug: str) -> dict[str, str]:
        return {"slug": slug}

    match shape:
        case "item":
            app.get(f"/{name}/{{item_id}}")(item)
        case "edit":
            app.get(f"/{name}/{{slug}}/edit")(edit)
        case _:
            app.get(f"/{name}")(index)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.pool = Pool()
    yield


async def connection(request: Request) -> Connection:
    return Connection(request.app.state.pool)


async def session(connection: Annotated[Connection, Depends(connection)]) -> Session:
    return Session(connection)


async def user(session: Annotated[Session, Depends(session)]) -> User:
    return User(session)


async def transaction(
    connection: Annotated[Connection, Depends(connection)],
) -> AsyncIterator[Transaction]:
    transaction = Transaction(connection)
    try:
        yield transaction
    finally:
        transaction.close()


async def author(
    transaction: Annotated[Transaction, Depends(transaction)],
) -> Author:
    return Author(transaction)


def inject() -> FastAPI:
    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def index(user: Annotated[User, Depends(user)]) -> dict[str, str | int]:
        return {"user": user.name, "open": user.pool.open}

    return app


def cleanup() -> FastAPI:
    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def index(
        author: Annotated[Author, Depends(author)],
    ) -> dict[str, str | int]:
        return {"user": author.name, "open": author.pool.open}

    return app


class Nothing:
    """Pure ASGI: far cheaper here than `@app.middleware("http")`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def middleware() -> FastAPI:
    app = json()
    for _ in range(4):
        app.add_middleware(Nothing)
    return app


class Product(BaseModel):
    id: int
    name: str
    price: float
    tags: list[str]
    available: bool


def products() -> FastAPI:
    app = FastAPI()

    @app.get("/", response_model=list[Product])
    async def index() -> list[dict[str, object]]:
        return PRODUCTS

    return app


def stream() -> FastAPI:
    app = FastAPI()

    @app.get("/")
    async def index() -> StreamingResponse:
        return StreamingResponse(chunks(), media_type="text/plain")

    return app


def websocket() -> FastAPI:
    app = FastAPI()

    @app.websocket("/echo")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        async for message in socket.iter_text():
            await socket.send_text(message)

    return app
