"""Raw ASGI: the limit. Each function does by hand what its workload asks, no more.

It checks method and path, as any answer must, sends two messages, and uses msgspec for
JSON, the fastest encoder at hand. Nothing is precomputed that a framework could not
know, and nothing is looked at that the answer does not need.
"""

from urllib.parse import parse_qsl

import msgspec

from ..asgi import ASGIApp, Receive, Scope, Send
from ..domain import (
    GREETING,
    PRODUCTS,
    Pool,
    Transaction,
    chunks,
    connect,
    load_author,
    load_user,
    open_session,
    sections,
)

TEXT = (b"content-type", b"text/plain; charset=utf-8")
JSON = (b"content-type", b"application/json")
encode = msgspec.json.Encoder().encode


async def send_text(send: Send, text: str, status: int = 200) -> None:
    body = text.encode()
    headers = [TEXT, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def send_json(send: Send, value: object) -> None:
    body = encode(value)
    headers = [JSON, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def text() -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/" or scope["method"] != "GET":
            return await send_text(send, "Not Found", 404)
        return await send_text(send, GREETING)

    return app


def json() -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/" or scope["method"] != "GET":
            return await send_text(send, "Not Found", 404)
        return await send_json(send, {"message": GREETING})

    return app


def path() -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        match scope["path"].split("/"):
            case ["", "users", user, "posts", slug] if (
                scope["method"] == "GET" and user.isdecimal()
            ):
                return await send_json(send, {"user": int(user), "post": slug})
            case _:
                return await send_text(send, "Not Found", 404)

    return app


def parse_query(text: str) -> dict[str, str]:
    """As `parse_qsl`, which costs more than all the rest, when nothing is escaped."""
    if "%" in text or "+" in text:
        return dict(parse_qsl(text))
    return dict([pair.split("=", 1) for pair in text.split("&") if "=" in pair])


def query() -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/search" or scope["method"] != "GET":
            return await send_text(send, "Not Found", 404)
        given = parse_query(scope["query_string"].decode())
        answer = {
            "limit": int(given.get("limit", 10)),
            "ratio": float(given.get("ratio", 1.0)),
            "active": given.get("active", "false") == "true",
        }
        return await send_json(send, answer)

    return app


class Item(msgspec.Struct):
    name: str
    price: float
    quantity: int
    available: bool
    tags: list[str]
    note: str | None = None


def body() -> ASGIApp:
    decode = msgspec.json.Decoder(Item).decode

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/items" or scope["method"] != "POST":
            return await send_text(send, "Not Found", 404)
        message = await receive()
        received = message["body"]
        while message.get("more_body", False):
            message = await receive()
            received += message["body"]
        return await send_json(send, decode(received))

    return app


def routes(count: int = 1_000) -> ASGIApp:
    shapes = dict(sections(count))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        _, section, *rest = scope["path"].split("/")
        shape = shapes.get(section)
        answer: dict[str, object]
        if scope["method"] != "GET":
            return await send_text(send, "Not Found", 404)
        if shape == "item" and len(rest) == 1 and rest[0].isdecimal():
            answer = {"item": int(rest[0])}
        elif shape == "index" and not rest:
            answer = {"section": section}
        elif shape == "edit" and len(rest) == 2 and rest[1] == "edit":
            answer = {"slug": rest[0]}
        else:
            return await send_text(send, "Not Found", 404)
        return await send_json(send, answer)

    return app


def inject() -> ASGIApp:
    pool = Pool()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/" or scope["method"] != "GET":
            return await send_text(send, "Not Found", 404)
        connection = await connect(pool)
        session = await open_session(connection)
        user = await load_user(session)
        return await send_json(send, {"user": user.name, "open": user.pool.open})

    return app


def cleanup() -> ASGIApp:
    pool = Pool()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/" or scope["method"] != "GET":
            return await send_text(send, "Not Found", 404)
        connection = await connect(pool)
        transaction = Transaction(connection)
        try:
            author = await load_author(transaction)
            answer = {"user": author.name, "open": author.pool.open}
        finally:
            transaction.close()
        return await send_json(send, answer)

    return app


def middleware() -> ASGIApp:
    def wrap(inner: ASGIApp) -> ASGIApp:
        async def wrapper(scope: Scope, receive: Receive, send: Send) -> None:
            await inner(scope, receive, send)

        return wrapper

    app = json()
    for _ in range(4):
        app = wrap(app)
    return app


def products() -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/" or scope["method"] != "GET":
            return await send_text(send, "Not Found", 404)
        return await send_json(send, PRODUCTS)

    return app


def stream() -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/" or scope["method"] != "GET":
            return await send_text(send, "Not Found", 404)
        await send({"type": "http.response.start", "status": 200, "headers": [TEXT]})
        async for chunk in chunks():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        return await send({"type": "http.response.body", "body": b""})

    return app


def websocket() -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/echo":
            return await send({"type": "websocket.close"})
        await receive()
        await send({"type": "websocket.accept"})
        message = await receive()
        while message["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
            message = await receive()
        return None

    return app
