"""Quart: Flask's way, asynchronous; injection and body models by hand."""

from collections.abc import AsyncIterator

import msgspec
from quart import Quart, Response, current_app, request
from quart import websocket as socket

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


def text() -> Quart:
    app = Quart(__name__)

    @app.get("/")
    async def index() -> Response:
        return Response(GREETING, mimetype="text/plain")

    return app


async def greet() -> dict[str, str]:
    return {"message": GREETING}


def json() -> Quart:
    app = Quart(__name__)
    app.get("/")(greet)
    return app


def path() -> Quart:
    app = Quart(__name__)

    @app.get("/users/<int:user_id>/posts/<slug>")
    async def post(user_id: int, slug: str) -> dict[str, int | str]:
        return {"user": user_id, "post": slug}

    return app


def query() -> Quart:
    app = Quart(__name__)

    @app.get("/search")
    async def search() -> dict[str, int | float | bool]:
        given = request.args
        return {
            "limit": given.get("limit", 10, type=int),
            "ratio": given.get("ratio", 1.0, type=float),
            "active": given.get("active", "false") == "true",
        }

    return app


class Item(msgspec.Struct):
    name: str
    price: float
    quantity: int
    available: bool
    tags: list[str]
    note: str | None = None


def body() -> Quart:
    app = Quart(__name__)

    @app.post("/items")
    async def create() -> Response:
        item = msgspec.json.decode(await request.get_data(), type=Item)
        return Response(msgspec.json.encode(item), mimetype="application/json")

    return app


def routes(count: int = 1_000) -> Quart:
    app = Quart(__name__)
    for name, shape in sections(count):
        add_route(app, name, shape)
    return app


def add_route(app: Quart, name: str, shape: str) -> None:
    async def index() -> dict[str, str]:
        return {"section": name}

    async def item(item_id: int) -> dict[str, int]:
        return {"item": item_id}

    async def edit(slug: str) -> dict[str, str]:
        return {"slug": slug}

    match shape:
        case "item":
            app.get(f"/{name}/<int:item_id>", endpoint=name)(item)
        case "edit":
            app.get(f"/{name}/<slug>/edit", endpoint=name)(edit)
        case _:
            app.get(f"/{name}", endpoint=name)(index)


def with_pool() -> Quart:
    app = Quart(__name__)

    @app.before_serving
    async def open_pool() -> None:
        app.extensions["pool"] = Pool()

    return app


def inject() -> Quart:
    app = with_pool()

    @app.get("/")
    async def index() -> dict[str, str | int]:
        session = await open_session(await connect(current_app.extensions["pool"]))
        user = await load_user(session)
        return {"user": user.name, "open": user.pool.open}

    return app


def cleanup() -> Quart:
    app = with_pool()

    @app.get("/")
    async def index() -> dict[str, str | int]:
        connection = await connect(current_app.extensions["pool"])
        async with begin(connection) as transaction:
            author = await load_author(transaction)
            return {"user": author.name, "open": author.pool.open}

    return app


def middleware() -> Quart:
    app = json()

    async def before() -> None:
        pass

    async def after(response: Response) -> Response:
        return response

    for _ in range(4):
        app.before_request(before)
        app.after_request(after)
    return app


def products() -> Quart:
    app = Quart(__name__)

    @app.get("/")
    async def index() -> list[dict[str, object]]:
        return PRODUCTS

    return app


def stream() -> Quart:
    app = Quart(__name__)

    @app.get("/")
    async def index() -> tuple[AsyncIterator[bytes], dict[str, str]]:
        return chunks(), {"content-type": "text/plain"}

    return app


def websocket() -> Quart:
    app = Quart(__name__)

    @app.websocket("/echo")
    async def echo() -> None:
        while True:
            await socket.send(await socket.receive())

    return app
