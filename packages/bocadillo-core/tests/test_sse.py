"""The text of server-sent events, read back as a browser would."""

import dataclasses
import json
import re

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo.sse import server_event

ONE_LINE = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"))
TEXT = st.text(
    st.one_of(st.sampled_from("\r\n :x\u2028\x0b\x85\0"), st.characters(codec="utf-8"))
)


@dataclasses.dataclass
class Dispatched:
    """What an `EventSource` makes of a stream: its events and its state."""

    events: list[tuple[str, str, str]]
    last_id: str = ""
    retry: int | None = None


def lines_of(stream: str) -> list[str]:
    """The complete lines of a stream: CR LF, CR and LF end one, nothing else does."""
    lines = [""]
    previous = ""
    for character in stream:
        if character in "\r\n" and previous + character != "\r\n":
            lines.append("")
        elif character != "\n":
            lines[-1] += character
        previous = character
    return lines[:-1]


def read_event_stream(stream: str) -> Dispatched:
    """Interpret a stream as WHATWG HTML §9.2.6 says, field by field."""
    read = Dispatched([])
    buffers = {"data": "", "event": "", "id": ""}
    for line in lines_of(stream):
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if line == "":
            read.last_id = buffers["id"]
            if buffers["data"]:
                kind = buffers["event"] or "message"
                read.events.append((kind, buffers["data"][:-1], read.last_id))
            buffers |= {"data": "", "event": ""}
        elif field == "data":
            buffers["data"] += value + "\n"
        elif field == "event" or (field == "id" and "\0" not in value):
            buffers[field] = value
        elif field == "retry" and value.isascii() and value.isdigit():
            read.retry = int(value)
    return read


def test_fields_come_in_a_fixed_order():
    event = server_event("tick", data="a\nb", id="7", retry=500, comment="hello")

    assert event == (": hello\nid: 7\nevent: tick\nretry: 500\ndata: a\ndata: b\n\n")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "\n"),
        ({"name": "ping"}, "event: ping\n\n"),
        ({"data": ""}, "data: \n\n"),
        ({"data": []}, "\n"),
        ({"data": ("1", "2\r\n3")}, "data: 1\ndata: 2\ndata: 3\n\n"),
        ({"data": "a\rb\nc\r\nd\n"}, "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n"),
        ({"data": "x\u2028y\x0bz"}, "data: x\u2028y\x0bz\n\n"),
        ({"json": {"a": [1, None]}}, 'data: {"a":[1,null]}\n\n'),
        ({"json": "a\nb"}, 'data: "a\\nb"\n\n'),
        ({"json": float("nan")}, "data: null\n\n"),
        ({"id": 3}, "id: 3\n\n"),
        ({"id": ""}, "id: \n\n"),
        ({"retry": 0}, "retry: 0\n\n"),
        ({"comment": "a\nb"}, ": a\n: b\n\n"),
        ({"comment": ""}, ": \n\n"),
    ],
)
def test_an_event_is_written_as(arguments, text):
    assert server_event(**arguments) == text


@pytest.mark.parametrize("argument", ["name", "id"])
@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\0b", "\r\n"])
def test_a_name_or_id_cannot_end_its_line(argument, text):
    with pytest.raises(ValueError, match=f"The {argument} of a server-sent event"):
        server_event(**{argument: text})


def test_data_and_json_exclude_each_other():
    with pytest.raises(ValueError, match="either data= or json="):
        server_event(data="1", json=1)


@pytest.mark.parametrize("data", [5, b"bytes", ["a", 1], {"a": "b"}])
def test_data_must_be_text(data):
    with pytest.raises(TypeError, match="use json= for other objects"):
        server_event(data=data)


@pytest.mark.parametrize("fields", [{"name": 5}, {"comment": b"5"}])
def test_a_name_and_a_comment_must_be_text(fields):
    (argument, value), *_ = fields.items()
    message = f"The {argument} of a server-sent event must be text, not {value!r}."
    with pytest.raises(TypeError, match=message):
        server_event(**fields)


@pytest.mark.parametrize("retry", [1.5, True, "5"])
def test_a_retry_must_be_whole_milliseconds(retry):
    with pytest.raises(TypeError, match="whole number of milliseconds"):
        server_event(retry=retry)


def test_a_retry_cannot_be_negative():
    with pytest.raises(ValueError, match="must not be negative: -1"):
        server_event(retry=-1)


def test_json_takes_what_a_response_takes():
    class Price(pydantic.BaseModel):
        eur: int

    assert server_event(json=[Price(eur=4)]) == 'data: [{"eur":4}]\n\n'


def test_what_json_cannot_express_is_refused():
    with pytest.raises(TypeError, match="object"):
        server_event(json=object())


@given(
    name=st.none() | ONE_LINE,
    texts=TEXT | st.lists(TEXT, min_size=1),
    last_id=st.none() | ONE_LINE,
    retry=st.none() | st.integers(min_value=0),
    comment=st.none() | TEXT,
)
def test_a_browser_reads_back_what_was_written(name, texts, last_id, retry, comment):
    event = server_event(name, data=texts, id=last_id, retry=retry, comment=comment)
    items = [texts] if isinstance(texts, str) else texts
    lines = "\n".join(re.sub("\r\n|\r", "\n", item) for item in items)

    read = read_event_stream(event + server_event("next", data="!"))

    assert read.events == [
        (name or "message", lines, last_id or ""),
        ("next", "!", last_id or ""),
    ]
    assert read.retry == retry


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
        lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    ).filter(lambda value: value is not None)
)
def test_json_is_one_line_and_reads_back(value):
    ((_, data, _),) = read_event_stream(server_event(json=value)).events

    assert json.loads(data) == value
