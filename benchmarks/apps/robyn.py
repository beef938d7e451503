"""Robyn, on its own server in Rust; nested injection by hand.

Bodies too: msgspec does less than the pydantic models that it also takes.
"""

# Its decorators have no types.
# mypy: disable-error-code="untyped-decorator,no-untyped-call"

import logging

import msgspec
from robyn import Request, Response, Robyn, WebSocketAdapter, WebSocketDisconnect
from robyn.robyn import Headers

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


def serve(app: Robyn, port: int) -> None:
    """One process, one worker."""
    app.start(host="127.0.0.1", port=port, _check_port=False)


def new_app() -> Robyn:
    """Without a line of log for each route."""
    logging.getLogger("robyn.logger").setLevel(logging.WARNING)
    return Robyn(__file__)


Injected = dict[str, Pool]
Answer = dict[str, object]


def text() -> Robyn:
    app = new_app()

    @app.get("/")
    async def index(request: Request) -> str:
        return GREETING

    return app


def json() -> Robyn:
    app = new_app()

    @app.get("/")
    async def greet(request: Request) -> dict[str, str]:
        return {"message": GREETING}

    return app


def path() -> Robyn:
    app = new_app()

    @app.get("/users/:user_id/posts/:slug")
    async def post(request: Request) -> Answer:
        given = request.path_params
        return {"user": int(given["user_id"]), "post": given["slug"]}

    return app


def query() -> Robyn:
    app = new_app()

    @app.get("/search")
    async def search(request: Request) -> Answer:
        given = request.query_params
        return {
            "limit": int(given.get("limit", None) or "10"),
            "ratio": float(given.get("ratio", None) or "1"),
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


def body() -> Robyn:
    app = new_app()

    @app.post("/items")
    async def create(request: Request) -> Response:
        item = msgspec.json.decode(request.body, type=Item)
        headers = Headers({"content-type": "application/json"})
        return Response(200, headers, msgspec.json.encode(item))

    return app


def routes(count: int = 1_000) -> Robyn:
    app = new_app()
    for name, shape in sections(count):
        add_route(app, name, shape)
    return app


def add_route(app: Robyn, name: str, shape: str) -> None:
    async def index(request: Request) -> Answer:
        return {"section": name}

    async def item(request: Request) -> Answer:
        return {"item": int(request.path_params["item_id"])}

    async def edit(request: Request) -> Answer:
        return {"slug": request.path_params["slug"]}

    match shape:
        case "item":
            app.get(f"/{name}/:item_id")(item)
        case "edit":
            app.get(f"/{name}/:slug/edit")(edit)
        case _:
            app.get(f"/{name}")(index)


def inject() -> Robyn:
    app = new_app()
    app.inject_global(pool=Pool())

    @app.get("/")
    async def index(request: Request, global_dependencies: Injected) -> Answer:
        connection = await connect(global_dependencies["pool"])
        user = await load_user(await open_session(connection))
        return {"user": user.name, "open": user.pool.open}

    return app


def cleanup() -> Robyn:
    app = new_app()
    app.inject_global(pool=Pool())

    @app.get("/")
    async def index(request: Request, global_dependencies: Injected) -> Answer:
        async with begin(await connect(global_dependencies["pool"])) as transaction:
            author = await load_author(transaction)
            return {"user": author.name, "open": author.pool.open}

    return app


def middleware() -> Robyn:
    app = json()

    async def before(request: Request) -> Request:
        return request

    async def after(response: Response) -> Response:
        return response

    for _ in range(4):
        app.before_request()(before)
        app.after_request()(after)
    return app


def products() -> Robyn:
    app = new_app()

    @app.get("/")
    async def index(request: Request) -> list[dict[str, object]]:
        return PRODUCTS

    return app


def websocket() -> Robyn:
    app = new_app()

    @app.websocket("/echo")
    async def echo(websocket: WebSocketAdapter) -> None:
        try:
            while True:
                await websocket.send_text(await websocket.receive_text())
        except WebSocketDisconnect:
            pass

    return app
