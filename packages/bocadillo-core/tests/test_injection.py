"""Hostile text in headers, cookies, names, URLs and events: 50 000 of each run.

What is refused is a `ValueError` where the view says it, and what is accepted is on the
wire once, as it was meant, and adds nothing. Answers are read by the grammars of the
RFCs, not by our own code.
"""

import asyncio
import random
import re
from collections.abc import Iterator
from http import HTTPStatus
from itertools import cycle
from urllib.parse import urlsplit

from starlette.requests import cookie_parser

from bocadillo import App, Redirect, Store, configure, server_event

COUNT = 10_000
PIECES = (
    *"\r\n\0\t\x0b\x0c\x1b\x7f\x85\u2028 ;,=\"'\\/:%?#@[]&*aZ9éÿ\u0100\ud800\U0001f600",
    "\r\n\r\n<script>", "\r\nset-cookie: a=b", "\n\ndata: x", "; domain=evil.example",
    "javascript:", "//evil.example", "\u560d\u560a", "%0d%0a", "name", "value",
)  # fmt: skip
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")  # RFC 9110 §5.5
DISPOSITION = re.compile(
    rb"attachment(?:; filename=\"(?:[^\"\\\x00-\x1f\x7f-\xff]|\\[\"\\])*\""
    rb"(?:; filename\*=UTF-8''[A-Za-z0-9!#$&+^`|~._%-]+)?)?"
)
COOKIE = re.compile(
    rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=([\x20-\x3a\x3c-\x7e]*)"
    rb"((?:; (?:Path=[\x20-\x3a\x3c-\x7e]*|Domain=[\x20-\x3a\x3c-\x7e]+|HttpOnly|"
    rb"SameSite=Lax))*)"
)


class Texts:
    """The same hostile texts at each run."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def __call__(self, longest: int = 6) -> str:
        pieces = self._chance.choices(PIECES, k=self._chance.randrange(longest))
        return "".join(pieces)

    def token(self) -> str:
        """One that may be a name; half of them are."""
        return "x-name" if self._chance.random() < 0.5 else self(3)


class Answers:
    """Answers of a view, in the process and without a client that would mend them."""

    def __init__(self) -> None:
        self.app = App(providers=Store())
        self.app.route("/")(self._view)
        configure(self.app, STATIC_DIR=None, SECURITY_HEADERS=False)
        self.fill = None
        self.refused = False

    async def _view(self, req, res):
        res.text = "x"
        try:
            self.fill(res)
        except ValueError:
            self.refused = True

    async def __call__(self, fill):
        """The headers that the view added; `None` if it was refused."""
        self.fill, self.refused = fill, False
        sent = []

        async def send(message):
            sent.append(message)

        await self.app(
            {"type": "http", "method": "GET", "path": "/", "query_string": b"",
             "headers": [], "root_path": ""},
            None, send,
        )  # fmt: skip
        start, body = sent
        own = (b"content-type", b"content-length")
        headers = [it for it in start["headers"] if it[0] not in own]
        assert body["body"] in (b"x", b""), "an answer was split"
        if self.refused:
            assert start["status"] == HTTPStatus.OK
            assert headers == []
            return None
        for name, value in headers:
            assert TOKEN.fullmatch(name.decode("latin-1"))
            assert VALUE.fullmatch(value)
        return headers


def run(check):
    """How many texts were accepted, and how many refused."""

    async def main():
        answers, counts = Answers(), [0, 0]
        for _ in range(COUNT):
            counts[await check(answers) is None] += 1
        return counts

    accepted, refused = asyncio.run(main())
    assert accepted > COUNT / 100, "nothing is tested if everything is refused"
    return accepted, refused


def test_headers_are_what_was_set():
    text = Texts(1)
    methods = cycle(["__setitem__", "add", "setdefault", "append"])

    async def check(answers):
        method, name, value = next(methods), text.token(), text()
        headers = await answers(lambda res: getattr(res.headers, method)(name, value))
        if headers is not None:
            assert headers == [
                (name.lower().encode(), value.strip(" \t").encode("latin-1"))
            ]
        return headers

    assert run(check)[1] > COUNT / 10


def test_cookies_are_what_was_set():
    text = Texts(2)

    async def check(answers):
        name, value = text.token(), text()
        path, domain = "/" + text(3), text(2) or None
        headers = await answers(
            lambda res: res.set_cookie(name, value, path=path, domain=domain)
        )
        if headers is not None:
            ((key, cookie),) = headers
            assert key == b"set-cookie"
            pair = COOKIE.fullmatch(cookie)
            assert pair, cookie
            assert pair[1] == name.encode()
            sent = b"%s=%s" % (pair[1], pair[2])
            assert cookie_parser(sent.decode("latin-1")) == {name: value}
            assert pair[3].count(b"Path=") == pair[3].count(b"HttpOnly") == 1
            assert pair[3].count(b"Domain=") == (domain is not None)
        return headers

    assert run(check)[1] > COUNT / 10


def test_a_name_of_a_download_is_one_header_and_no_path():
    text = Texts(3)

    async def check(answers):
        name = text(8)
        headers = await answers(lambda res: setattr(res, "attachment", name))
        ((key, value),) = headers
        assert key == b"content-disposition"
        assert DISPOSITION.fullmatch(value), value
        assert b"/" not in value.replace(b"''", b"")
        return headers

    assert run(check) == (COUNT, 0)


def test_a_redirect_goes_to_http_or_nowhere():
    text = Texts(4)

    async def check(answers):
        url = text(8)

        def redirect(res):
            raise Redirect(url)

        headers = await answers(redirect)
        if headers is not None:
            ((key, location),) = headers
            assert key == b"location"
            assert re.fullmatch(rb"[\x21-\x7e]*", location), location
            assert urlsplit(location).scheme in (b"", b"http", b"https")
        return headers

    assert run(check)[1] > COUNT / 10


def fields_of(event: str) -> Iterator[tuple[str, str]]:
    """The fields of one event, as WHATWG HTML §9.2.6 has them."""
    *lines, blank, end = re.split(r"\r\n|\r|\n", event)
    assert (blank, end) == ("", ""), "an event ends with one blank line"
    for line in lines:
        assert line, "an event was split"
        field, _, value = line.partition(":")
        yield field, value.removeprefix(" ")


def test_an_event_has_the_fields_that_were_given():
    text = Texts(5)
    accepted = refused = 0
    for _ in range(COUNT):
        name, key, data, comment = text(4), text(3), text(8), text(5)
        try:
            event = server_event(name, id=key, data=data, comment=comment)
        except ValueError:
            assert re.search("[\r\n\0]", name + key)
            refused += 1
            continue
        accepted += 1
        sent = list(fields_of(event))
        lines = {
            field: [value for found, value in sent if found == field]
            for field in ("", "id", "event", "data")
        }
        assert len(sent) == sum(map(len, lines.values()))
        assert (lines["id"], lines["event"]) == ([key], [name])
        assert lines["data"] == re.split(r"\r\n|\r|\n", data)
        assert lines[""] == re.split(r"\r\n|\r|\n", comment)

    assert accepted > COUNT / 10
    assert refused > COUNT / 10
