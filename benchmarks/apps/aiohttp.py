"""aiohttp, on its own server; injection and body models by hand."""

from collections.abc import AsyncIterator

import msgspec
import uvloop
from aiohttp import WSMsgType, web
from aiohttp.typedefs import Handler

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


def serve(app: web.Application, port: int) -> None:
    """On uvloop, without an access log."""
    loop = uvloop.new_event_loop()
    web.run_app(
        app, host="127.0.0.1", port=port, access_log=None, print=None, loop=loop
    )


def app_of(*routes: web.RouteDef) -> web.Application:
    app = web.Application()
    app.add_routes(routes)
    return app


def text() -> web.Application:
    async def index(request: web.Request) -> web.Response:
        return web.Response(text=GREETING)

    return app_of(web.get("/", index))


async def greet(request: web.Request) -> web.Response:
    return web.json_response({"message": GREETING})


def json() -> web.Application:
    return app_of(web.get("/", greet))


def path() -> web.Application:
    async def post(request: web.Request) -> web.Response:
        given = request.match_info
        return web.json_response({"user": int(given["user_id"]), "post": given["slug"]})

    return app_of(web.get(r"/users/{user_id:\d+}/posts/{slug}", post))


def query() -> web.Application:
    async def search(request: web.Request) -> web.Response:
        given = request.query
        return web.json_response(
            {
                "limit": int(given.get("limit", "10")),
                "ratio": float(given.get("ratio", "1")),
                "active": given.get("active", "false") == "true",
            }
        )

    return app_of(web.get("/search", search))


class Item(msgspec.Struct):
    name: str
    price: float
    quantity: int
    available: bool
    tags: list[str]
    note: str | None = None


def body() -> web.Application:
    async def create(request: web.Request) -> web.Response:
        item = msgspec.json.decode(await request.read(), type=Item)
        return web.Response(
            body=msgspec.json.encode(item), content_type="application/json"
        )

    return app_of(web.post("/items", create))


def routes(count: int = 1_000) -> web.Application:
    return app_of(*(route(*section) for section in sections(count)))


def route(name: str, shape: str) -> web.RouteDef:
    async def index(request: web.Request) -> web.Response:
        return web.json_response({"section": name})

    async def item(request: web.Request) -> web.Response:
        return web.json_response({"item": int(request.match_info["item_id"])})

    async def edit(request: web.Request) -> web.Response:
        return web.json_response({"slug": request.match_info["slug"]})

    match shape:
        case "item":
            return web.get(rf"/{name}/{{item_id:\d+}}", item)
        case "edit":
            return web.get(f"/{name}/{{slug}}/edit", edit)
        case _:
            return web.get(f"/{name}", index)


POOL = web.AppKey("pool", Pool)


async def open_pool(app: web.Application) -> AsyncIterator[None]:
    app[POOL] = Pool()
    yield


def inject() -> web.Application:
    async def index(request: web.Request) -> web.Response:
        session = await open_session(await connect(request.app[POOL]))
        user = await load_user(session)
        return web.json_response({"user": user.name, "open": user.pool.open})

    app = app_of(web.get("/", index))
    app.cleanup_ctx.append(open_pool)
    return app


def cleanup() -> web.Application:
    async def index(request: web.Request) -> web.Response:
        async with begin(await connect(request.app[POOL])) as transaction:
            author = await load_author(transaction)
            return web.json_response({"user": author.name, "open": author.pool.open})

    app = app_of(web.get("/", index))
    app.cleanup_ctx.append(open_pool)
    return app


@web.middleware
async def nothing(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await handler(request)


def middleware() -> web.Application:
    app = json()
    app.middlewares.extend([nothing] * 4)
    return app


def products() -> web.Application:
    async def index(request: web.Request) -> web.Response:
        return web.json_response(PRODUCTS)

    return app_of(web.get("/", index))


def websocket() -> web.Application:
    async def echo(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await socket.send_str(message.data)
        return socket

    return app_of(web.get("/echo", echo))
