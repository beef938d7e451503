"""Starlette: no injection and no body models of its own, so those are by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    JSONResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from ..asgi import ASGIApp, Receive, Scope, Send
from ..domain import (
    GREETING,
    PRODUCTS,
    Pool,
    begin,
    chunks,
    connect,
    load_author,
    load_user,
    open_session,
    sections,
)


def text() -> Starlette:
    async def index(request: Request) -> Response:
        return PlainTextResponse(GREETING)

    return Starlette(routes=[Route("/", index)])


async def greet(request: Request) -> Response:
    return JSONResponse({"message": GREETING})


def json() -> Starlette:
    return Starlette(routes=[Route("/", greet)])


def path() -> Starlette:
    async def post(request: Request) -> Response:
        params = request.path_params
        return JSONResponse({"user": params["user_id"], "post": params["slug"]})

    return Starlette(routes=[Route("/users/{user_id:int}/posts/{slug}", post)])


def query() -> Starlette:
    async def search(request: Request) -> Response:
        params = request.query_params
        return JSONResponse(
            {
                "limit": int(params.get("limit", "10")),
                "ratio": float(params.get("ratio", "1")),
                "active": params.get("active", "false") == "true",
            }
        )

    return Starlette(routes=[Route("/search", search)])


class Item(msgspec.Struct):
    name: str
    price: float
    quantity: int
    available: bool
    tags: list[str]
    note: str | None = None


def body() -> Starlette:
    async def create(request: Request) -> Response:
        item = msgspec.json.decode(await request.body(), type=Item)
        return Response(msgspec.json.encode(item), media_type="application/json")

    return Starlette(routes=[Route("/items", create, methods=["POST"])])


def routes(count: int = 1_000) -> Starlette:
    def route(name: str, shape: str) -> Route:
        async def index(request: Request) -> Response:
            return JSONResponse({"section": name})

        async def item(request: Request) -> Response:
            return JSONResponse({"item": request.path_params["item_id"]})

        async def edit(request: Request) -> Response:
            return JSONResponse({"slug": request.path_params["slug"]})

        match shape:
            case "item":
                return Route(f"/{name}/{{item_id:int}}", item)
            case "edit":
                return Route(f"/{name}/{{slug}}/edit", edit)
            case _:
                return Route(f"/{name}", index)

    return Starlette(routes=[route(*section) for section in sections(count)])


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    app.state.pool = Pool()
    yield


def inject() -> Starlette:
    async def index(request: Request) -> Response:
        connection = await connect(request.app.state.pool)
        user = await load_user(await open_session(connection))
        return JSONResponse({"user": user.name, "open": user.pool.open})

    return Starlette(routes=[Route("/", index)], lifespan=lifespan)


def cleanup() -> Starlette:
    async def index(request: Request) -> Response:
        connection = await connect(request.app.state.pool)
        async with begin(connection) as transaction:
            author = await load_author(transaction)
            return JSONResponse({"user": author.name, "open": author.pool.open})

    return Starlette(routes=[Route("/", index)], lifespan=lifespan)


class Nothing:
    """Pure ASGI, as Starlette's documentation advises for speed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def middleware() -> Starlette:
    ring = [Middleware(Nothing) for _ in range(4)]
    return Starlette(routes=[Route("/", greet)], middleware=ring)


def products() -> Starlette:
    async def index(request: Request) -> Response:
        return JSONResponse(PRODUCTS)

    return Starlette(routes=[Route("/", index)])


def stream() -> Starlette:
    async def index(request: Request) -> Response:
        return StreamingResponse(chunks(), media_type="text/plain")

    return Starlette(routes=[Route("/", index)])


def websocket() -> Starlette:
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        async for message in socket.iter_text():
            await socket.send_text(message)

    return Starlette(routes=[WebSocketRoute("/echo", echo)])
