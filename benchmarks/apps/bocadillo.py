"""Bocadillo, with every feature and default on."""

from collections.abc import AsyncIterator

import msgspec

from bocadillo import (
    App,
    Middleware,
    Request,
    Response,
    Store,
    WebSocket,
    configure,
)

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

store = Store()


def new_app() -> App:
    app = App(providers=store)
    configure(app)
    return app


def text() -> App:
    app = new_app()

    @app.route("/")
    async def index(req: Request, res: Response) -> None:
        res.text = GREETING

    return app


async def greet(req: Request, res: Response) -> None:
    res.json = {"message": GREETING}


def json() -> App:
    app = new_app()
    app.route("/")(greet)
    return app


def path() -> App:
    app = new_app()

    @app.route("/users/{user_id}/posts/{slug}")
    async def post(req: Request, res: Response, user_id: int, slug: str) -> None:
        res.json = {"user": user_id, "post": slug}

    return app


def query() -> App:
    app = new_app()

    @app.route("/search")
    async def search(
        req: Request,
        res: Response,
        limit: int = 10,
        ratio: float = 1.0,
        active: bool = False,
    ) -> None:
        res.json = {"limit": limit, "ratio": ratio, "active": active}

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

    @app.route("/items", methods=["POST"])
    async def create(req: Request, res: Response, item: Item) -> None:
        res.json = item

    return app


def routes(count: int = 1_000) -> App:
    app = new_app()
    for name, shape in sections(count):
        add_route(app, name, shape)
    return app


def add_route(app: App, name: str, shape: str) -> None:
    async def index(req: Request, res: Response) -> None:
        res.json = {"section": name}

    async def item(req: Request, res: Response, item_id: int) -> None:
        res.json = {"item": item_id}

    async def edit(req: Request, res: Response, slug: str) -> None:
        res.json = {"slug": slug}

    match shape:
        case "item":
            app.route(f"/{name}/{{item_id}}")(item)
        case "edit":
            app.route(f"/{name}/{{slug}}/edit")(edit)
        case _:
            app.route(f"/{name}")(index)


@store.provider(scope="app")
async def pool() -> Pool:
    return Pool()


@store.provider
async def connection(pool: Pool) -> Connection:
    return Connection(pool)


@store.provider
async def session(connection: Connection) -> Session:
    return Session(connection)


@store.provider
async def user(session: Session) -> User:
    return User(session)


@store.provider
async def transaction(connection: Connection) -> AsyncIterator[Transaction]:
    transaction = Transaction(connection)
    try:
        yield transaction
    finally:
        transaction.close()


@store.provider
async def author(transaction: Transaction) -> Author:
    return Author(transaction)


def inject() -> App:
    app = new_app()

    @app.route("/")
    async def index(req: Request, res: Response, user: User) -> None:
        res.json = {"user": user.name, "open": user.pool.open}

    return app


def cleanup() -> App:
    app = new_app()

    @app.route("/")
    async def index(req: Request, res: Response, author: Author) -> None:
        res.json = {"user": author.name, "open": author.pool.open}

    return app


class Nothing(Middleware):
    async def before_dispatch(self, req: Request, res: Response) -> None:
        pass

    async def after_dispatch(self, req: Request, res: Response) -> None:
        pass


def middleware() -> App:
    app = json()
    for _ in range(4):
        app.add_middleware(Nothing)
    return app


def products() -> App:
    app = new_app()

    @app.route("/")
    async def index(req: Request, res: Response) -> None:
        res.json = PRODUCTS

    return app


def stream() -> App:
    app = new_app()

    @app.route("/")
    async def index(req: Request, res: Response) -> None:
        res.stream(chunks)

    return app


def websocket() -> App:
    app = new_app()

    @app.websocket_route("/echo")
    async def echo(ws: WebSocket) -> None:
        async for message in ws:
            await ws.send(message)

    return app
