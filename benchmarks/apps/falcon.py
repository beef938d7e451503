"""Falcon: resources; injection and body models by hand, as its users do."""

import msgspec
from falcon import WebSocketDisconnected
from falcon.asgi import App, Request, Response, WebSocket

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

AsyncApp = App[Request, Response]


def text() -> AsyncApp:
    class Index:
        async def on_get(self, req: Request, resp: Response) -> None:
            resp.content_type = "text/plain; charset=utf-8"
            resp.text = GREETING

    app = App()
    app.add_route("/", Index())
    return app


class Greeting:
    async def on_get(self, req: Request, resp: Response) -> None:
        resp.media = {"message": GREETING}


def json() -> AsyncApp:
    app = App()
    app.add_route("/", Greeting())
    return app


def path() -> AsyncApp:
    class Post:
        async def on_get(
            self, req: Request, resp: Response, user_id: int, slug: str
        ) -> None:
            resp.media = {"user": user_id, "post": slug}

    app = App()
    app.add_route("/users/{user_id:int}/posts/{slug}", Post())
    return app


def query() -> AsyncApp:
    class Search:
        async def on_get(self, req: Request, resp: Response) -> None:
            resp.media = {
                "limit": req.get_param_as_int("limit", default=10),
                "ratio": req.get_param_as_float("ratio", default=1.0),
                "active": req.get_param_as_bool("active", default=False),
            }

    app = App()
    app.add_route("/search", Search())
    return app


class Item(msgspec.Struct):
    name: str
    price: float
    quantity: int
    available: bool
    tags: list[str]
    note: str | None = None


def body() -> AsyncApp:
    class Items:
        async def on_post(self, req: Request, resp: Response) -> None:
            item = msgspec.json.decode(await req.stream.read(), type=Item)
            resp.content_type = "application/json"
            resp.data = msgspec.json.encode(item)

    app = App()
    app.add_route("/items", Items())
    return app


def routes(count: int = 1_000) -> AsyncApp:
    app = App()
    for name, shape in sections(count):
        add_route(app, name, shape)
    return app


def add_route(app: AsyncApp, name: str, shape: str) -> None:
    class Index:
        async def on_get(self, req: Request, resp: Response) -> None:
            resp.media = {"section": name}

    class Item:
        async def on_get(self, req: Request, resp: Response, item_id: int) -> None:
            resp.media = {"item": item_id}

    class Edit:
        async def on_get(self, req: Request, resp: Response, slug: str) -> None:
            resp.media = {"slug": slug}

    match shape:
        case "item":
            app.add_route(f"/{name}/{{item_id:int}}", Item())
        case "edit":
            app.add_route(f"/{name}/{{slug}}/edit", Edit())
        case _:
            app.add_route(f"/{name}", Index())


def inject() -> AsyncApp:
    class Index:
        def __init__(self, pool: Pool) -> None:
            self._pool = pool

        async def on_get(self, req: Request, resp: Response) -> None:
            session = await open_session(await connect(self._pool))
            user = await load_user(session)
            resp.media = {"user": user.name, "open": user.pool.open}

    app = App()
    app.add_route("/", Index(Pool()))
    return app


def cleanup() -> AsyncApp:
    class Index:
        def __init__(self, pool: Pool) -> None:
            self._pool = pool

        async def on_get(self, req: Request, resp: Response) -> None:
            async with begin(await connect(self._pool)) as transaction:
                author = await load_author(transaction)
                resp.media = {"user": author.name, "open": author.pool.open}

    app = App()
    app.add_route("/", Index(Pool()))
    return app


class Nothing:
    async def process_request(self, req: Request, resp: Response) -> None:
        pass

    async def process_response(
        self, req: Request, resp: Response, resource: object, req_succeeded: bool
    ) -> None:
        pass


def middleware() -> AsyncApp:
    app = App(middleware=[Nothing() for _ in range(4)])
    app.add_route("/", Greeting())
    return app


def products() -> AsyncApp:
    class Index:
        async def on_get(self, req: Request, resp: Response) -> None:
            resp.media = PRODUCTS

    app = App()
    app.add_route("/", Index())
    return app


def stream() -> AsyncApp:
    class Index:
        async def on_get(self, req: Request, resp: Response) -> None:
            resp.content_type = "text/plain"
            resp.stream = chunks()

    app = App()
    app.add_route("/", Index())
    return app


def websocket() -> AsyncApp:
    class Echo:
        async def on_websocket(self, req: Request, socket: WebSocket) -> None:
            await socket.accept()
            try:
                while True:
                    await socket.send_text(await socket.receive_text())
            except WebSocketDisconnected:
                pass

    app = App()
    app.add_route("/echo", Echo())
    return app
