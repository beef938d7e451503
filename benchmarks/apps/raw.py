"""Raw ASGI: the limit. Each function gives by hand the answers that our app gives.

Those to wrong requests, too: it checks method and path, answers HEAD, and reads
parameters and bodies so that bad ones are refused. Its responses carry the headers
that ours carry (a test compares them). It does so as a careful person would for this
one application: msgspec for JSON, the fastest encoder at hand; two messages per
response; no more of the request looked at than the answer needs. Nothing is
precomputed that depends on the request or on what a view returns.
"""

from collections.abc import Awaitable, Sequence
from math import isfinite
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
SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
encode = msgspec.json.Encoder().encode


class Wrong(Exception):
    """A request that is refused, and what the client is told."""

    def __init__(self, status: int, title: str, **more: object) -> None:
        self.status = status
        self.body = encode({"error": title, "status": status, **more})


def bad(detail: object) -> Wrong:
    """A parameter or body that cannot be read."""
    return Wrong(400, "400 Bad Request", detail=detail)


async def send_bytes(
    send: Send,
    scope: Scope,
    body: bytes,
    kind: tuple[bytes, bytes] = JSON,
    *,
    status: int = 200,
    extra: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    headers = [(b"content-length", b"%d" % len(body)), *SECURITY, kind, *extra]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if scope["method"] == "HEAD":
        body = b""
    await send({"type": "http.response.body", "body": body})


# Plain functions, for a coroutine more would cost something.


def send_text(send: Send, scope: Scope, text: str) -> Awaitable[None]:
    return send_bytes(send, scope, text.encode(), TEXT)


def send_json(send: Send, scope: Scope, value: object) -> Awaitable[None]:
    return send_bytes(send, scope, encode(value))


def send_wrong(send: Send, scope: Scope, wrong: Wrong) -> Awaitable[None]:
    return send_bytes(send, scope, wrong.body, status=wrong.status)


NOT_FOUND = Wrong(404, "404 Not Found")
NOT_ALLOWED = Wrong(405, "405 Method Not Allowed")


async def refuse(send: Send, scope: Scope, allowed: bytes | None) -> None:
    """Answer a path that is unknown, or a method that it has not."""
    if allowed is None:
        return await send_wrong(send, scope, NOT_FOUND)
    allow = (b"allow", allowed)
    return await send_bytes(send, scope, NOT_ALLOWED.body, status=405, extra=[allow])


def is_get(scope: Scope) -> bool:
    return scope["method"] in ("GET", "HEAD")


def text() -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/":
            return await refuse(send, scope, None)
        if not is_get(scope):
            return await refuse(send, scope, b"GET, HEAD")
        return await send_text(send, scope, GREETING)

    return app


def json() -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/":
            return await refuse(send, scope, None)
        if not is_get(scope):
            return await refuse(send, scope, b"GET, HEAD")
        return await send_json(send, scope, {"message": GREETING})

    return app


def to_int(text: str) -> int | None:
    digits = text.removeprefix("-")
    if digits.isdigit() and digits.isascii() and len(digits) <= 20:
        return int(text)
    return None


def to_float(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    # Python also takes spaces, underscores and other digits.
    plain = text.isascii() and "_" not in text and text == text.strip()
    return number if plain and isfinite(number) else None


BOOLEANS = {
    **dict.fromkeys(("true", "1", "on"), True),
    **dict.fromkeys(("false", "0", "off"), False),
}


def path() -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        match scope["path"].split("/"):
            case ["", "users", user, "posts", slug] if user and slug:
                if not is_get(scope):
                    return await refuse(send, scope, b"GET, HEAD")
                user_id = to_int(user)
                if user_id is None:
                    wrong = bad({"user_id": "Must be a number."})
                    return await send_wrong(send, scope, wrong)
                return await send_json(send, scope, {"user": user_id, "post": slug})
            case _:
                return await refuse(send, scope, None)

    return app


def parse_query(text: str) -> dict[str, str]:
    """As `parse_qsl`, which costs more than all the rest, when nothing is escaped."""
    if "%" in text or "+" in text:
        return dict(parse_qsl(text, keep_blank_values=True))
    return dict([pair.split("=", 1) for pair in text.split("&") if "=" in pair])


def query() -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/search":
            return await refuse(send, scope, None)
        if not is_get(scope):
            return await refuse(send, scope, b"GET, HEAD")
        given = parse_query(scope["query_string"].decode())
        problems = {}
        limit = to_int(given.get("limit", "10"))
        if limit is None:
            problems["limit"] = "Must be a number."
        ratio = to_float(given.get("ratio", "1"))
        if ratio is None:
            problems["ratio"] = "Must be a number."
        active = BOOLEANS.get(given.get("active", "false").lower())
        if active is None:
            problems["active"] = "Must be a boolean."
        if problems:
            return await send_wrong(send, scope, bad(problems))
        answer = {"limit": limit, "ratio": ratio, "active": active}
        return await send_json(send, scope, answer)

    return app


MAX_BODY_SIZE = 2_500_000


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body, unless the client leaves or sends too much."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            if value.isdigit() and int(value[:20]) > MAX_BODY_SIZE:
                raise TOO_LARGE
            break
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        body += message.get("body", b"")
        if len(body) > MAX_BODY_SIZE:
            raise TOO_LARGE
        if not message.get("more_body", False):
            return body


TOO_LARGE = Wrong(
    413,
    "413 Content Too Large",
    detail=f"The body may have at most {MAX_BODY_SIZE} bytes (MAX_BODY_SIZE).",
)


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
        if scope["path"] != "/items":
            return await refuse(send, scope, None)
        if scope["method"] != "POST":
            return await refuse(send, scope, b"POST")
        try:
            item = decode(await read_body(scope, receive))
        except Wrong as wrong:
            return await send_wrong(send, scope, wrong)
        except msgspec.ValidationError as exc:
            return await send_wrong(send, scope, bad({"item": str(exc)}))
        except (ValueError, RecursionError):
            return await send_wrong(send, scope, bad("JSON is malformed."))
        return await send_json(send, scope, item)

    return app


def routes(count: int = 1_000) -> ASGIApp:
    shapes = dict(sections(count))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        _, section, *rest = scope["path"].split("/")
        shape = shapes.get(section)
        answer: dict[str, object]
        if shape == "item" and len(rest) == 1 and rest[0]:
            item_id = to_int(rest[0])
            if item_id is None:
                wrong = bad({"item_id": "Must be a number."})
                return await send_wrong(send, scope, wrong)
            answer = {"item": item_id}
        elif shape == "index" and not rest:
            answer = {"section": section}
        elif shape == "edit" and len(rest) == 2 and rest[0] and rest[1] == "edit":
            answer = {"slug": rest[0]}
        else:
            return await refuse(send, scope, None)
        if not is_get(scope):
            return await refuse(send, scope, b"GET, HEAD")
        return await send_json(send, scope, answer)

    return app


def inject() -> ASGIApp:
    pool = Pool()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/":
            return await refuse(send, scope, None)
        if not is_get(scope):
            return await refuse(send, scope, b"GET, HEAD")
        connection = await connect(pool)
        session = await open_session(connection)
        user = await load_user(session)
        return await send_json(send, scope, {"user": user.name, "open": user.pool.open})

    return app


def cleanup() -> ASGIApp:
    pool = Pool()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/":
            return await refuse(send, scope, None)
        if not is_get(scope):
            return await refuse(send, scope, b"GET, HEAD")
        connection = await connect(pool)
        transaction = Transaction(connection)
        try:
            author = await load_author(transaction)
            answer = {"user": author.name, "open": author.pool.open}
        finally:
            transaction.close()
        return await send_json(send, scope, answer)

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
        if scope["path"] != "/":
            return await refuse(send, scope, None)
        if not is_get(scope):
            return await refuse(send, scope, b"GET, HEAD")
        return await send_json(send, scope, PRODUCTS)

    return app


def stream() -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/":
            return await refuse(send, scope, None)
        if not is_get(scope):
            return await refuse(send, scope, b"GET, HEAD")
        headers = [*SECURITY, TEXT]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
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
