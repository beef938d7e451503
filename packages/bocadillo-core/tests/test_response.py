"""The response builder, beyond content that is there at once."""

from datetime import timedelta
from pathlib import PurePath

import pytest

from bocadillo import Response
from bocadillo.streams import EventStream, Stream


def test_a_cookie_is_a_header_of_its_own(res):
    res.set_cookie("a", "1")
    res.set_cookie("b", "2", max_age=timedelta(seconds=3), path="/b")

    assert res.headers.getlist("set-cookie") == [
        "a=1; Path=/; HttpOnly; SameSite=Lax",
        "b=2; Max-Age=3; Path=/b; HttpOnly; SameSite=Lax",
    ]


@pytest.mark.parametrize(
    ("scheme", "name", "options", "secure"),
    [
        ("http", "a", {}, False),
        ("https", "a", {}, True),
        ("https", "a", {"secure": False}, False),
        ("http", "a", {"secure": True}, True),
        ("http", "a", {"samesite": "none"}, True),
        ("http", "a", {"samesite": None}, False),
        ("http", "a", {"partitioned": True}, True),
        ("http", "__Host-a", {}, True),
    ],
)
def test_a_cookie_is_secure_where_it_must_be(ask, scheme, name, options, secure):
    res = Response(ask(scheme=scheme))
    res.set_cookie(name, "b", **options)

    assert ("Secure" in res.headers["set-cookie"].split("; ")) is secure


def test_a_cookie_that_is_refused_leaves_no_header(res):
    with pytest.raises(ValueError, match="control characters"):
        res.set_cookie("a", "b\r\nset-cookie: c=d")

    assert "set-cookie" not in res.headers


def test_a_cookie_is_deleted_where_it_was_set(res):
    res.delete_cookie("a", path="/x", domain="example.com")

    cookie = res.headers["set-cookie"]
    assert cookie.startswith('a=""; Expires=')
    assert cookie.endswith(
        " GMT; Max-Age=0; Domain=example.com; Path=/x; HttpOnly; SameSite=Lax"
    )


def test_an_attachment_has_a_name(res):
    assert res.attachment is None

    res.attachment = "name.txt"

    assert res.attachment == 'attachment; filename="name.txt"'
    assert res.headers["content-disposition"] == res.attachment

    res.attachment = PurePath("there/name.txt")

    assert res.attachment == 'attachment; filename="name.txt"'

    res.attachment = None

    assert "content-disposition" not in res.headers


def test_an_attachment_has_no_other_name(res):
    with pytest.raises(TypeError, match="the name of a file, a str, or None, not int"):
        res.attachment = 5


def test_a_stream_is_content(res):
    res.json = {}

    @res.stream
    async def chunks():
        yield "a"

    assert isinstance(res._content, Stream)
    assert res.headers["content-type"] == "text/plain; charset=utf-8"
    assert res.json is None


def test_a_stream_keeps_the_type_that_was_said(res):
    res.headers["content-type"] = "text/csv"

    @res.stream(raise_on_disconnect=True)
    async def chunks():
        yield "a"

    assert res.headers["content-type"] == "text/csv"


def test_events_are_not_kept_by_caches(res):
    res.headers["content-length"] = "3"

    @res.event_stream
    async def events():
        yield "a"

    assert isinstance(res._content, EventStream)
    assert dict(res.headers) == {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache",
    }


def test_what_is_said_of_caches_holds_for_events(res):
    res.headers["cache-control"] = "no-store"

    @res.event_stream
    async def events():
        yield "a"

    assert res.headers["cache-control"] == "no-store"


async def coroutine(): ...


async def generator_of(size):
    yield size


def plain():
    yield "a"


@pytest.mark.parametrize("kind", ["stream", "event_stream"])
@pytest.mark.parametrize("function", [coroutine, generator_of, plain, 3, print])
def test_only_async_generators_are_streamed(res, kind, function):
    with pytest.raises(TypeError, match="async generator function without parameters"):
        getattr(res, kind)(function)
    with pytest.raises(TypeError, match="async generator function without parameters"):
        getattr(res, kind)(raise_on_disconnect=True)(function)

    assert res.content == b""


def test_text_takes_the_place_of_a_stream(res):
    @res.stream
    async def chunks():
        yield "a"

    res.text = "b"

    assert res.content == b"b"


def test_a_file_is_attached_unless_it_is_to_be_shown(res, tmp_path):
    res.status_code = 201
    res.file(tmp_path / "é.csv")

    assert res.attachment == (
        "attachment; filename=\"e.csv\"; filename*=UTF-8''%C3%A9.csv"
    )
    assert res.headers["content-type"].startswith("text/csv")
    assert res.status_code == 201

    res.file("a.txt", attach=False, root=tmp_path)

    assert res.attachment is None


def test_a_name_set_after_a_file_wins(res, tmp_path):
    res.attachment = "before.txt"
    res.file(tmp_path / "a.txt")
    assert res.attachment == 'attachment; filename="a.txt"'

    res.attachment = "after.txt"

    assert res.attachment == 'attachment; filename="after.txt"'


def test_tasks_are_kept_in_order(res):
    def first(*args, **kwargs): ...

    assert res.background(first, 1, a=2) is first

    @res.background
    async def second(): ...

    assert res._background == ((first, (1,), {"a": 2}), (second, (), {}))


def test_a_task_that_was_called_already_is_told(res):
    with pytest.raises(TypeError, match=r"`res\.background\(function, \*args\)`"):
        res.background(None)


def test_the_name_of_a_cookie_may_be_given_as_its_key(res):
    res.set_cookie(key="a", value="1")
    res.delete_cookie(key="b")

    assert [it.partition("=")[0] for it in res.headers.getlist("set-cookie")] == [
        "a",
        "b",
    ]


@pytest.mark.parametrize("wrong", [None, 3, b"a.txt"])
def test_the_path_of_a_file_is_text_or_a_path(res, wrong):
    with pytest.raises(TypeError, match=r"path of res\.file\(\) must be a str or a pa"):
        res.file(wrong)


@pytest.mark.parametrize("wrong", [3, b"files"])
def test_the_root_of_a_file_is_text_or_a_path(res, wrong):
    with pytest.raises(TypeError, match=r"root of res\.file\(\) must be a str or a pa"):
        res.file("a.txt", root=wrong)


@pytest.mark.parametrize("name", ["other.txt", PurePath("other.txt")])
def test_a_file_is_not_attached_under_a_name_that_would_be_lost(res, name):
    with pytest.raises(TypeError, match=r"set res\.attachment after res\.file\(\)"):
        res.file("a.txt", attach=name)
