"""What type checkers infer from apps: `hatch run types:check` reads this file."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated, Any, assert_type

import msgspec
from starlette.datastructures import FormData

from bocadillo import (
    App,
    Header,
    HTTPError,
    Middleware,
    Query,
    Redirect,
    Request,
    Response,
    Router,
    WebSocket,
    configure,
    hooks,
    server_event,
    settings,
    static,
)
from bocadillo.error_handlers import error_to_text

app, router = App(), Router()
assert_type(configure(app, {"GZIP": True}, debug=True), App)


class Item(msgspec.Struct):
    name: str


async def require(
    req: Request, res: Response, params: dict[str, Any], role: str
) -> None: ...


@app.route("/")
async def index(req: Request, res: Response) -> None:
    res.text = res.html = res.content = "text"
    res.content = b"bytes"
    res.json = {"any": object()}
    res.status_code = HTTPStatus.CREATED
    res.status_code = 201
    res.headers["x-name"] = "value"
    res.headers.add("x-name", "other")
    res.set_cookie(key="name", value="value", max_age=60)
    res.delete_cookie("name")
    res.chunked = True
    res.attachment = "name.txt"
    res.file("name.txt", attach=False, root="files")
    assert_type(res.content, bytes)
    assert_type(res.status_code, int)


@app.route("/items/{pk}", methods=["post"])
async def create(
    req: Request,
    res: Response,
    pk: int,
    item: Item,
    term: Annotated[str, Query()],
    token: Annotated[str | None, Header(alias="x-token")] = None,
) -> None:
    assert_type(await req.json(Item), Item)
    assert_type(await req.json(list[Item]), list[Item])
    assert_type(await req.json(Item | None), Any)
    assert_type(await req.json(), Any)
    async for chunk in req:
        assert_type(chunk, bytes)


async def streams(req: Request, res: Response) -> None:
    @res.stream
    async def numbers() -> AsyncIterator[str]:
        yield "1"

    @res.stream(raise_on_disconnect=True)
    async def raw() -> AsyncIterator[bytes]:
        yield b"1"

    @res.event_stream
    async def events() -> AsyncIterator[str]:
        yield server_event("name", json={"a": 1})

    @res.background
    async def report(count: int) -> None: ...

    res.background(report, count=1)
    await report(1)
    assert_type(numbers(), AsyncIterator[str])
    assert_type(raw(), AsyncIterator[bytes])


@app.route("/pages")
@hooks.before(require, "admin")
class Pages:
    @hooks.after(require, role="admin")
    async def get(self, req: Request, res: Response) -> None: ...


app.route("/more")(Pages())
assert_type(app.url_for(Pages), str)
assert_type(app.url_for("index", pk=3), str)


@app.lifespan
async def pool(app: App) -> AsyncIterator[dict[str, int]]:
    yield {"pool": 3}


@app.lifespan
@asynccontextmanager
async def other(app: App) -> AsyncIterator[None]:
    yield


assert_type(pool(app), AsyncIterator[dict[str, int]])


@app.on("startup")
def start(pool: int) -> None: ...


@app.error_handler(HTTPError)
async def on_error(req: Request, res: Response, exc: HTTPError) -> None:
    if exc.status_code == 401:
        raise Redirect("/", permanent=True)
    raise HTTPError(404, {"pk": "Unknown."}, headers={"x-name": "value"})


app.on("shutdown", start)
app.add_error_handler(HTTPError, error_to_text)
app.before(require, "admin")


class Timing(Middleware):
    def __init__(self, inner: Any, limit: float = 1.0) -> None:
        super().__init__(inner)

    async def before_dispatch(self, req: Request, res: Response) -> Response | None:
        return res


app.add_middleware(Timing, limit=2.0)
app.include_router(router, prefix="/api")
app.mount("/assets", static("assets"))
assert_type(app.settings.DEBUG, Any)
assert_type(settings.get("PAGE", 3), Any)


@app.websocket_route("/chat/{room}")
async def chat(ws: WebSocket, room: str) -> None:
    async for message in ws:
        await ws.send(message)


@app.route("/form", methods=["post"])
async def submit(req: Request, res: Response) -> None:
    assert_type(await req.form(), FormData)
    async with req.form(max_files=1) as form:
        assert_type(form, FormData)
