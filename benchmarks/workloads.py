"""What is asked of every framework, and which answer counts as right.

A workload names the function of `apps/<framework>.py` that builds its application. An
app that has no function of that name does not offer the workload. An answer is checked
before it is timed: a fast wrong answer is no answer.
"""

import json
from dataclasses import dataclass
from typing import Literal

from .domain import CHUNK, CHUNKS, GREETING, PRODUCTS

Kind = Literal["http", "stream", "websocket"]

ITEM = {
    "name": "Sandwich",
    "price": 4.5,
    "quantity": 3,
    "available": True,
    "tags": ["bread", "cheese"],
    "note": None,
}

HEADERS = (
    ("host", "127.0.0.1:8000"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"),
    ("accept", "application/json,text/plain;q=0.9,*/*;q=0.8"),
    ("accept-language", "en-US,en;q=0.5"),
    ("accept-encoding", "gzip, deflate, br"),
    ("connection", "keep-alive"),
)
"""What a browser sends, in both modes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a framework answered."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of that lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One request, its right answer, and the application that gives it.

    Attributes:
        name: As typed on the command line.
        letter: As in the tables.
        title: One line for people.
        factory: The function of the app's module that builds the application.
        routes: Given to the factory of the routing workloads.
        kind: How it is driven.
        units: What one request counts for: its chunks, or the messages of one socket.
        expected: The body: text, or a value whose JSON it must be. `None`: anything.
    """

    name: str
    letter: str
    title: str
    factory: str
    routes: int | None = None
    kind: Kind = "http"
    units: int = 1
    method: str = "GET"
    path: str = "/"
    query: str = ""
    body: bytes = b""
    status: int = 200
    expected: object = None

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The request's headers."""
        if not self.body:
            return HEADERS
        length = str(len(self.body))
        return (
            *HEADERS,
            ("content-type", "application/json"),
            ("content-length", length),
        )

    @property
    def target(self) -> str:
        """Path and query as they stand in the request line."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def problems(self, answer: Answer) -> list[str]:
        """What is wrong with an answer, in words; empty when it is right."""
        found = []
        if answer.status != self.status:
            found.append(
                f"status is {answer.status}, not {self.status}: {answer.body[:300]!r}"
            )
        length = answer.header("content-length")
        if length is None and self.kind == "http":
            found.append("content-length is missing")
        if length is not None and int(length) != len(answer.body):
            found.append(f"content-length is {length}, body has {len(answer.body)}")
        if self.expected is not None:
            found += self._problems_of_body(answer)
        return found

    def _problems_of_body(self, answer: Answer) -> list[str]:
        content_type = answer.header("content-type") or "missing"
        if isinstance(self.expected, bytes):
            return [] if answer.body == self.expected else ["body differs"]
        if isinstance(self.expected, str):
            wanted_type = "text/plain"
            same = answer.body == self.expected.encode()
        else:
            # Encoders differ in whitespace, so JSON is compared as a value.
            wanted_type = "application/json"
            same = is_json_of(answer.body, self.expected)
        found = [] if same else [f"body is {answer.body[:200]!r}"]
        if not content_type.startswith(wanted_type):
            found.append(f"content-type is {content_type}, not {wanted_type}")
        return found


def is_json_of(body: bytes, value: object) -> bool:
    """Whether `body` is JSON of `value`, types included: `1`, `1.0`, `true` differ."""
    try:
        decoded = json.loads(body)
    except ValueError:
        return False
    return json.dumps(decoded, sort_keys=True) == json.dumps(value, sort_keys=True)


def last_route(count: int) -> Workload:
    """The last of `count` routes."""
    return Workload(
        name=f"routes-{count}",
        letter=f"{count:,} routes, hit",
        title=f"{count:,} routes",
        factory="routes",
        routes=count,
        path=f"/section{count - 1}/7",
        expected={"item": 7},
    )


def no_route(count: int) -> Workload:
    """A path that none of `count` routes matches."""
    return Workload(
        name=f"miss-{count}",
        letter=f"{count:,} routes, miss",
        title=f"{count:,} routes, none matches",
        factory="routes",
        routes=count,
        path="/section0/7/nothing",
        status=404,
    )


WORKLOADS = (
    Workload(name="text", letter="a", title="text", factory="text", expected=GREETING),
    Workload(
        name="json",
        letter="b",
        title="small JSON",
        factory="json",
        expected={"message": GREETING},
    ),
    Workload(
        name="path",
        letter="c",
        title="two path parameters",
        factory="path",
        path="/users/42/posts/hello-world",
        expected={"user": 42, "post": "hello-world"},
    ),
    Workload(
        name="query",
        letter="d",
        title="three typed query parameters",
        factory="query",
        path="/search",
        query="limit=20&ratio=0.5&active=true",
        expected={"limit": 20, "ratio": 0.5, "active": True},
    ),
    Workload(
        name="body",
        letter="e",
        title="POST of six fields, validated",
        factory="body",
        method="POST",
        path="/items",
        body=json.dumps(ITEM, separators=(",", ":")).encode(),
        expected=ITEM,
    ),
    Workload(
        name="routes",
        letter="f",
        title="the last of 1,000 routes",
        factory="routes",
        routes=1_000,
        path="/section999/7",
        expected={"item": 7},
    ),
    Workload(
        name="inject",
        letter="g",
        title="one app, three request dependencies",
        factory="inject",
        expected={"user": "reader", "open": 0},
    ),
    Workload(
        name="cleanup",
        letter="g2",
        title="the same, one cleans up",
        factory="cleanup",
        expected={"user": "author", "open": 1},
    ),
    Workload(
        name="middleware",
        letter="h",
        title="four middlewares",
        factory="middleware",
        expected={"message": GREETING},
    ),
    Workload(
        name="missing",
        letter="i",
        title="404",
        factory="text",
        path="/missing",
        status=404,
    ),
    Workload(
        name="list",
        letter="j",
        title="10 KB of JSON",
        factory="products",
        expected=PRODUCTS,
    ),
    Workload(
        name="stream",
        letter="stream",
        title="one chunk of a stream",
        factory="stream",
        kind="stream",
        units=CHUNKS,
        expected=CHUNK * CHUNKS,
    ),
    Workload(
        name="websocket",
        letter="websocket",
        title="one echoed websocket message",
        factory="websocket",
        kind="websocket",
        units=1_000,
        path="/echo",
    ),
)

ROUTE_COUNTS = (10, 100, 1_000, 10_000)
ROUTING = tuple(
    make(count) for count in ROUTE_COUNTS for make in (last_route, no_route)
)

_BY_NAME = {workload.name: workload for workload in WORKLOADS}


def workload_named(name: str) -> Workload:
    """The workload of that name; `routes-N` and `miss-N` exist for every N.

    Raises:
        KeyError: If there is none; the message lists those that exist.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    make = {"routes": last_route, "miss": no_route}.get(name.partition("-")[0])
    count = name.partition("-")[2]
    if make is None or not count.isdecimal() or int(count) == 0:
        known = ", ".join(_BY_NAME)
        raise KeyError(f"No workload {name!r}. There are: {known}, routes-N, miss-N")
    return make(int(count))
