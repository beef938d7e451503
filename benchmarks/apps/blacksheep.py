"""BlackSheep: typed handlers, services by type, function middlewares.

Its services have no asynchronous cleanup, so the transaction is closed by the view.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from blacksheep import (
    Application,
    Request,
    Response,
    StreamedContent,
    WebSocket,
    WebSocketDisconnectError,
)
from blacksheep import (
    json as json_response,
)
from blacksheep import (
    text as text_response,
)
from blacksheep.server.routing import Router
from rodi import Container

from ..domain import (
    GREETING,
    PRODUCTS,
    Connection,
    Pool,
    Session,
    User,
    begin,
    chunks,
    load_author,
    sections,
)


def new_app() -> Application:
    """With routes of its own: the default router is shared by all applications."""
    return Application(router=Router())


def text() -> Application:
    app = new_app()

    @app.router.get("/")
    async def index() -> Response:
        return text_response(GREETING)

    return app


async def greet() -> Response:
    return json_response({"message": GREETING})


def json() -> Application:
    app = new_app()
    app.router.get("/")(greet)
    return app


def path() -> Application:
    app = new_app()

    @app.router.get("/users/{int:user_id}/posts/{slug}")
    async def post(user_id: int, slug: str) -> Response:
        return json_response({"user": user_id, "post": slug})

    return app


def query() -> Application:
    app = new_app()

    @app.router.get("/search")
    async def search(
        limit: int = 10, ratio: float = 1.0, active: bool = False
    ) -> Response:
        return json_response({"limit": limit, "ratio": ratio, "active": active})

    return app


@dataclass
class Item:
    name: str
    price: float
    quantity: int
    available: bool
    tags: list[str]
    note: str | None = None


def body() -> Application:
    app = new_app()

    @app.router.post("/items")
    async def create(item: Item) -> Response:
        return json_response(item)

    return app


def routes(count: int = 1_000) -> Application:
    app = new_app()
    for name, shape in sections(count):
        add_route(app, name, shape)
    return app


def add_route(app: Application, name: str, shape: str) -> None:
    async def index() -> Response:
        return json_response({"section": name})

    async def item(item_id: int) -> Response:
        return json_response({"item": item_id})

    async def edit(slug: str) -> Response:
        return json_response({"slug": slug})

    match shape:
        case "item":
            app.router.get(f"/{name}/{{int:item_id}}")(item)
        case "edit":
            app.router.get(f"/{name}/{{slug}}/edit")(edit)
        case _:
            app.router.get(f"/{name}")(index)


def with_services() -> Application:
    services = Container()
    services.add_instance(Pool())
    services.add_scoped(Connection)
    services.add_scoped(Session)
    services.add_scoped(User)
    return Application(router=Router(), services=services)


def inject() -> Application:
    app = with_services()

    @app.router.get("/")
    async def index(user: User) -> Response:
        return json_response({"user": user.name, "open": user.pool.open})

    return app


def cleanup() -> Application:
    app = with_services()

    @app.router.get("/")
    async def index(connection: Connection) -> Response:
        async with begin(connection) as transaction:
            author = await load_author(transaction)
            return json_response({"user": author.name, "open": author.pool.open})

    return app


async def nothing(
    request: Request, handler: Callable[[Request], Awaitable[Response]]
) -> Response:
    return await handler(request)


def middleware() -> Application:
    app = json()
    app.middlewares.extend([nothing] * 4)
    return app


def products() -> Application:
    app = new_app()

    @app.router.get("/")
    async def index() -> Response:
        return json_response(PRODUCTS)

    return app


def stream() -> Application:
    app = new_app()

    @app.router.get("/")
    async def index() -> Response:
        return Response(200, content=StreamedContent(b"text/plain", chunks))

    return app


def websocket() -> Application:
    app = new_app()

    @app.router.ws("/echo")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                await socket.send_text(await socket.receive_text())
        except WebSocketDisconnectError:
            pass

    return app
