"""Defaults on and off, in turn and in one process, as ratios of processor time.

A control, two apps that are alike, tells how much is noise.
"""

import asyncio
import statistics
import time

from bocadillo import App, Store, configure
from bocadillo.config import registry

ROUNDS = 60
REQUESTS = 1000
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


def make(**settings):
    app = App(providers=Store())

    @app.route("/")
    async def index(req, res):
        res.text = "Hello"

    @app.route("/json", methods=["post"])
    async def echo(req, res):
        res.json = await req.json()

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


async def ratios(app, other, method, path):
    found = []
    for number in range(ROUNDS):
        pair = [app, other] if number % 2 else [other, app]
        taken = {id(it): await seconds(it, method, path) for it in pair}
        found.append(taken[id(app)] / taken[id(other)])
    return statistics.quantiles(found, n=4)


async def main():
    defaults, control, off = make(), make(), make(**OFF)
    # As in production, where a process serves one app.
    registry.several = False
    for method, path in (("GET", "/"), ("POST", "/json")):
        for app in (defaults, control, off):
            await seconds(app, method, path)
        for name, other in (("themselves", control), ("off", off)):
            low, median, high = await ratios(defaults, other, method, path)
            print(
                f"{method} {path}: defaults / {name} = {median:.3f} "
                f"(quartiles {low:.3f} to {high:.3f})"
            )


if __name__ == "__main__":
    asyncio.run(main())
