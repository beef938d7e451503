"""What reaches the wire was meant: nothing adds a header, a cookie or an event."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bocadillo import Redirect, server_event
from bocadillo.cookies import format_cookie
from bocadillo.disposition import attachment_header
from bocadillo.headers import ResponseHeaders

LINE_END = re.compile(r"[\r\n\0]").search
HOSTILE = [
    *"\r\n\0\t\x0b\x0c\x1c\x85\u2028\u2029\ud800;,=\"'\\%/: \x7f\xe9€😀aB0.-",
    *(
        "\r\n",
        "%0d%0a",
        "Set-Cookie: a=b",
        "; Domain=evil",
        "\r\n\r\n<html>",
        "..",
        "//",
    ),
    *("data:", "id:", "javascript:", "http://", "\\\\", "\ufeff", "\u202e", "嘊", "嘍"),
]
texts = st.text(max_size=30) | st.lists(st.sampled_from(HOSTILE)).map("".join)


def add_header(name, value):
    headers = ResponseHeaders()
    try:
        headers[name] = value
        headers.add(name, value)
    except ValueError:
        assert headers.raw == []
        return
    assert len(headers.raw) == 2
    for raw_name, raw_value in headers.raw:
        assert re.fullmatch(rb"[!#$%&'*+\-.^_`|~0-9a-z]+", raw_name)
        assert not LINE_END(raw_value.decode("latin-1"))


def add_cookie(name, value, attribute="/"):
    try:
        cookie = format_cookie(
            name,
            value,
            max_age=5,
            expires=None,
            path=attribute,
            domain=attribute,
            secure=True,
            httponly=True,
            samesite="lax",
            partitioned=False,
        )
    except ValueError:
        return
    assert cookie.encode("latin-1")
    assert not any(ord(it) < 0x20 or ord(it) == 0x7F for it in cookie)
    # A quoted value has no bare semicolon, so the attributes are ours.
    _, *attributes = cookie.split(";")
    assert attributes == [
        " Max-Age=5",
        f" Domain={attribute}",
        f" Path={attribute}",
        " Secure",
        " HttpOnly",
        " SameSite=Lax",
    ]


def name_attachment(start, end):
    header = attachment_header(start + end)
    assert header.isascii()
    assert header.isprintable()
    plain = (
        r'attachment(; filename="(?:[^"\\]|\\.)*"(; filename\*=UTF-8\'\'[^;"\s]+)?)?'
    )
    assert re.fullmatch(plain, header)
    if "filename*" in header:
        assert not re.search("%2F|%5C|%0|%1[0-9A-F]", header.partition("''")[2])


def redirect(start, end):
    try:
        location = Redirect(start + end).url
    except ValueError:
        return
    assert location.isascii()
    assert location.isprintable()
    assert " " not in location
    assert "\\" not in location
    scheme = re.match(r"([a-z][a-z0-9+.-]*):", location.lower())
    assert scheme is None or scheme[1] in ("http", "https")


def parse_events(text):
    """The events that a browser reads: WHATWG HTML §9.2.6."""
    name, data, last_id, events = "", [], "", []
    for line in re.split(r"\r\n|\r|\n", text):
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "" if not line:
                if data:
                    events.append((name, "\n".join(data), last_id))
                name, data = "", []
            case "event":
                name = value
            case "data":
                data.append(value)
            case "id":
                last_id = value
    return events


def send_event(name, data):
    try:
        text = server_event(name, data=data, id=name, comment=data)
    except ValueError:
        assert LINE_END(name)
        return
    lines = re.sub(r"\r\n|\r", "\n", data)
    assert parse_events(text) == [(name, lines, name)]


CHECKS = [add_header, add_cookie, name_attachment, redirect, send_event]


@pytest.mark.parametrize("check", CHECKS)
@settings(max_examples=50)
@given(first=texts, second=texts)
def test_any_text_adds_nothing(check, first, second):
    check(first, second)


@settings(max_examples=50)
@given(texts)
def test_any_attribute_adds_nothing_to_a_cookie(attribute):
    add_cookie("name", "value", attribute)


@pytest.mark.parametrize("check", CHECKS)
def test_ten_thousand_hostile_texts_add_nothing(check):
    chance = random.Random(20_250_101)

    def text(most):
        return "".join(chance.choices(HOSTILE, k=chance.randint(0, most)))

    for _ in range(10_000):
        # Names are often good, so that values are looked at.
        check(chance.choice(("name", "/path", text(4))), text(8))
