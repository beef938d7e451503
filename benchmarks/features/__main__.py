"""What features cost, as ratios of processor time, in turn and in one process.

First the defaults, on and off; a control, two apps that are alike, tells how much is
noise. Then what a view takes: all of it should cost about the sum of its parts.
"""

import asyncio
import statistics
import time

import msgspec

from bocadillo import App, Router, Store, configure, hooks
from bocadillo.config import registry

ROUNDS = 60
REQUESTS = 500
OFF = {
    "SECURITY_HEADERS": False,
    "REDIRECT_TRAILING_SLASH": False,
    "MAX_BODY_SIZE": None,
    "MAX_UPLOAD_SIZE": None,
    "MAX_FORM_FIELDS": None,
    "MAX_FORM_FILES": None,
}
BODY = b'{"a": [1, 2, 3]}'
LENGTH = (b"content-length", b"%d" % len(BODY))


class Numbers(msgspec.Struct):
    a: list[int]


async def no_op(req, res, params): ...


async def look(req, res, params, db): ...


def make_store():
    store = Store()

    @store.provider
    async def db():
        return 3

    @store.provider
    async def transaction(db):
        yield db

    return store


views = Router()


@views.route("/")
async def index(req, res):
    res.text = "Hello"


@views.route("/json", methods=["post"])
async def echo(req, res):
    res.json = await req.json()


@views.route("/nothing", methods=["post"])
async def nothing(req, res):
    res.json = 3


@views.route("/header", methods=["post"])
async def header(req, res):
    res.json = 3
    res.headers["cache-control"] = "no-cache"


@views.route("/cookie", methods=["post"])
async def cookie(req, res):
    res.json = 3
    res.set_cookie("theme", "dark")


@views.route("/param/{pk}", methods=["post"])
async def param(req, res, pk: int):
    res.json = pk


@views.route("/body", methods=["post"])
async def body(req, res, numbers: Numbers):
    res.json = 3


@views.route("/hook", methods=["post"])
@hooks.before(no_op)
async def hook(req, res):
    res.json = 3


@views.route("/provider", methods=["post"])
async def provider(req, res, transaction):
    res.json = transaction


@views.route("/providing-hook", methods=["post"])
@hooks.before(look)
async def providing_hook(req, res):
    res.json = 3


@views.route("/all/{pk}", methods=["post"])
@hooks.before(look)
@hooks.after(no_op)
async def everything(req, res, pk: int, numbers: Numbers, transaction):
    res.json = pk


class Ring:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


def make(*, rings=0, **settings):
    app = App(providers=make_store())
    app.include_router(views)
    for _ in range(rings):
        app.add_middleware(Ring)
    return configure(app, STATIC_DIR=None, **settings)


def scope(method, path):
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost"), *([LENGTH] if method == "POST" else [])],
        "client": ("127.0.0.1", 1234),
        "server": ("127.0.0.1", 80),
    }


async def receive():
    return {"type": "http.request", "body": BODY, "more_body": False}


async def send(message):
    pass


async def seconds(app, method, path):
    start = time.process_time()
    for _ in range(REQUESTS):
        await app(scope(method, path), receive, send)
    return time.process_time() - start


async def compare(title, one, other):
    """Print what one app and request costs, × another."""
    await seconds(*one)
    await seconds(*other)
    found = []
    for number in range(ROUNDS):
        pair = [one, other] if number % 2 else [other, one]
        taken = {it: await seconds(*it) for it in pair}
        found.append(taken[one] / taken[other])
    low, median, high = statistics.quantiles(found, n=4)
    print(f"{title} = {median:.3f} (quartiles {low:.3f} to {high:.3f})")


async def main():
    defaults, control, off = make(), make(), make(**OFF)
    # As in production, where a process serves one app.
    registry.several = False
    for request in (("GET", "/"), ("POST", "/json")):
        name = " ".join(request)
        for kind, other in (("themselves", control), ("off", off)):
            title = f"{name}: defaults / {kind}"
            await compare(title, (defaults, *request), (other, *request))
    nothing = (defaults, "POST", "/nothing")
    around = {
        "a ring of ASGI middleware": make(rings=1),
        "ALLOWED_HOSTS": make(ALLOWED_HOSTS=["localhost"]),
        "CORS": make(CORS=True),
        "GZIP": make(GZIP=True),
    }
    registry.several = False
    for title, app in around.items():
        await compare(f"{title} / none", (app, "POST", "/nothing"), nothing)
    parts = "header", "cookie", "param/3", "body", "hook", "provider", "providing-hook"
    for part in (*parts, "all/3"):
        title = f"a view with {part.split('/')[0]} / with nothing"
        await compare(title, (defaults, "POST", f"/{part}"), nothing)


if __name__ == "__main__":
    asyncio.run(main())
