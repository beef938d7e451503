"""Tables of routes that differ in one place, and paths that make matchers slow."""

from dataclasses import dataclass
from itertools import product

from bocadillo.matching import Matcher, Route
from bocadillo.patterns import parse_pattern

READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Family:
    """Routes whose patterns differ in a number.

    Attributes:
        name: For the table.
        pattern: A pattern with `#` in place of the number.
        hit: A path that matches, likewise.
        miss: A path that matches none of them, but looks like it.
    """

    name: str
    pattern: str
    hit: str
    miss: str

    def matcher(self, count: int) -> Matcher[int]:
        """Compile the first `count` routes."""
        texts = [self.pattern.replace("#", str(number)) for number in range(count)]
        return matcher_of(texts)

    def paths(self, count: int) -> list[str]:
        """Ten paths that match, from all over the table."""
        return [
            self.hit.replace("#", str(number))
            for number in range(0, count, count // 10)
        ]


FAMILIES = (
    Family("literal", "/route#", "/route#", "/none"),
    Family("first segment", "/items#/{pk}", "/items#/42", "/none/42"),
    Family(
        "third segment",
        "/users/{id}/posts#/{slug}",
        "/users/42/posts#/hello-world",
        "/users/42/none/hello-world",
    ),
    Family("last segment", "/{x}/a#", "/42/a#", "/42/none"),
    Family("start of a segment", "/chat#-{x}", "/chat#-lobby", "/chat-lobby"),
    Family("the same, no dash", "/chat#x{x}", "/chat#xlobby", "/chat-lobby"),
    Family("end of a segment", "/{x}.e#", "/lobby.e#", "/lobby.none"),
    Family("middle of a segment", "/{a}-k#-{b}", "/x-k#-y", "/x-none-y"),
    Family("before a wildcard", "/w#/{p:path}", "/w#/a/b/c", "/none/a/b/c"),
    Family("after a wildcard", "/{p:path}/x#/{y}", "/a/b/x#/c", "/a/b/none/c"),
)

HOSTILE_TABLES = {
    "/{a}-{b}-{c}-{d}": ["/{a}-{b}-{c}-{d}"],
    "/{p:path}/x/{y}": ["/{p:path}/x/{y}"],
    "/{p:path}-{a}-{b}/{y}-{z}": ["/{p:path}-{a}-{b}/{y}-{z}"],
    "literal or parameter, 12 levels": [
        "".join(
            "/a" if literal else f"/{{p{level}}}" for level, literal in enumerate(kinds)
        )
        for kinds in product((True, False), repeat=12)
    ],
    "{x}, {x}/{y} … 200 levels": [
        "".join(f"/{{p{level}}}" for level in range(depth)) for depth in range(1, 201)
    ],
}

HOSTILE_PATHS = (
    *(("/", part) for part in ("/", "-", "a/", "a", "a-", "/x/", "-/", "/x/-", "-k10")),
    ("/a" * 11 + "/", "x"),
)
"""How each begins, and what is repeated up to the length wanted."""


def matcher_of(texts: list[str]) -> Matcher[int]:
    """Compile patterns that answer to GET and HEAD."""
    return Matcher(
        Route(parse_pattern(text), READING, number) for number, text in enumerate(texts)
    )
