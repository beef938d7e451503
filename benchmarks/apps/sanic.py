"""Sanic, on its own server; injection and body models by hand."""

from itertools import count as counter
from typing import Any

import msgspec
from sanic import HTTPResponse, Request, Sanic, Websocket
from sanic.response import BaseHTTPResponse
from sanic.response import json as json_response
from sanic.response import raw as raw_response
from sanic.response import text as say

from ..domain import (
    GREETING,
    PRODUCTS,
    Pool,
    begin,
    connect,
    load_author,
    load_user,
    open_session,
    sections,
)

App = Sanic[Any, Any]
numbers = counter()


def serve(app: App, port: int) -> None:
    """In this one process, without an access log."""
    app.run(
        host="127.0.0.1", port=port, single_process=True, access_log=False, motd=False
    )


def new_app() -> App:
    """Every application must have another name."""
    return Sanic(f"bench{next(numbers)}", configure_logging=False)


def text() -> App:
    app = new_app()

    @app.get("/")
    async def index(request: Request) -> HTTPResponse:
        return say(GREETING)

    return app


async def greet(request: Request) -> HTTPResponse:
    return json_response({"message": GREETING})


def json() -> App:
    app = new_app()
    app.add_route(greet, "/")
    return app


def path() -> App:
    app = new_app()

    @app.get("/users/<user_id:int>/posts/<slug:str>")
    async def post(request: Request, user_id: int, slug: str) -> HTTPResponse:
        return json_response({"user": user_id, "post": slug})

    return app


def query() -> App:
    app = new_app()

    @app.get("/search")
    async def search(request: Request) -> HTTPResponse:
        given = request.args
        return json_response(
            {
                "limit": int(given.get("limit", "10")),
                "ratio": float(given.get("ratio", "1")),
                "active": given.get("active", "false") == "true",
            }
        )

    return app


class Item(msgspec.Struct):
    name: str
    price: float
    quantity: int
    available: bool
    tags: list[str]
    note: str | None = None


def body() -> App:
    app = new_app()

    @app.post("/items")
    async def create(request: Request) -> HTTPResponse:
        item = msgspec.json.decode(request.body, type=Item)
        return raw_response(msgspec.json.encode(item), content_type="application/json")

    return app


def routes(count: int = 1_000) -> App:
    app = new_app()
    for name, shape in sections(count):
        add_route(app, name, shape)
    return app


def add_route(app: App, name: str, shape: str) -> None:
    async def index(request: Request) -> HTTPResponse:
        return json_response({"section": name})

    async def item(request: Request, item_id: int) -> HTTPResponse:
        return json_response({"item": item_id})

    async def edit(request: Request, slug: str) -> HTTPResponse:
        return json_response({"slug": slug})

    match shape:
        case "item":
            app.add_route(item, f"/{name}/<item_id:int>", name=name)
        case "edit":
            app.add_route(edit, f"/{name}/<slug:str>/edit", name=name)
        case _:
            app.add_route(index, f"/{name}", name=name)


def with_pool() -> App:
    app = new_app()

    @app.before_server_start
    async def open_pool(app: App) -> None:
        app.ctx.pool = Pool()

    return app


def inject() -> App:
    app = with_pool()

    @app.get("/")
    async def index(request: Request) -> HTTPResponse:
        session = await open_session(await connect(request.app.ctx.pool))
        user = await load_user(session)
        return json_response({"user": user.name, "open": user.pool.open})

    return app


def cleanup() -> App:
    app = with_pool()

    @app.get("/")
    async def index(request: Request) -> HTTPResponse:
        async with begin(await connect(request.app.ctx.pool)) as transaction:
            author = await load_author(transaction)
            return json_response({"user": author.name, "open": author.pool.open})

    return app


def add_middleware(app: App) -> None:
    """New functions each time: the same one would be registered once."""

    async def before(request: Request) -> None:
        pass

    async def after(request: Request, response: BaseHTTPResponse) -> None:
        pass

    app.register_middleware(before, "request")
    app.register_middleware(after, "response")


def middleware() -> App:
    app = json()
    for _ in range(4):
        add_middleware(app)
    return app


def products() -> App:
    app = new_app()

    @app.get("/")
    async def index(request: Request) -> HTTPResponse:
        return json_response(PRODUCTS)

    return app


def websocket() -> App:
    app = new_app()

    @app.websocket("/echo")  # type: ignore[untyped-decorator]
    async def echo(request: Request, socket: Websocket) -> None:
        async for message in socket:
            await socket.send(message)

    return app
