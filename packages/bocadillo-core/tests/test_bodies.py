"""How much clients may send, over HTTP and by what they say of it."""

import pytest
from starlette.testclient import TestClient

from bocadillo import App, Store, configure
from bocadillo.errors import RouteError

BODY, UPLOAD = 2_500_000, 10_000_000
FORM = {"content-type": "application/x-www-form-urlencoded"}


def serve(**settings):
    app = App(providers=Store())

    @app.route("/body", methods=["post"])
    async def body(req, res):
        res.json = len(await req.body())

    @app.route("/stream", methods=["post"])
    async def stream(req, res):
        res.json = sum([len(chunk) async for chunk in req])

    @app.route("/json", methods=["post"])
    async def json(req, res):
        res.json = len(await req.json())

    @app.route("/form", methods=["post"])
    async def form(req, res):
        res.json = len((await req.form()).multi_items())

    @app.route("/name", methods=["post"])
    async def name(req, res):
        res.json = (await req.form())["f"].filename

    @app.route("/asked", methods=["post"])
    async def asked(req, res):
        res.json = len(await req.form(max_fields=1, max_files=1, max_part_size=3))

    @app.route("/unread", methods=["post"])
    async def unread(req, res):
        res.json = "unread"

    @app.route("/small", methods=["post"], max_body_size=5)
    async def small(req, res):
        res.json = len(await req.body())

    @app.route("/any", methods=["post"], max_body_size=None)
    async def any_(req, res):
        res.json = len(await req.body())

    return TestClient(configure(app, STATIC_DIR=None, **settings))


@pytest.fixture(scope="module")
def client():
    return serve()


def in_chunks(size):
    """A body of unknown length."""
    for start in range(0, size, 500_000):
        yield b"x" * min(500_000, size - start)


def too_large(response, limit, setting):
    assert response.status_code == 413, response.text
    assert response.json() == {
        "error": "413 Content Too Large",
        "status": 413,
        "detail": f"The body may have at most {limit} bytes ({setting}).",
    }
    return True


@pytest.mark.parametrize("path", ["/body", "/stream"])
@pytest.mark.parametrize("send", [lambda size: b"x" * size, in_chunks])
def test_a_body_is_counted_whether_its_length_is_said_or_not(client, path, send):
    assert client.post(path, content=send(BODY)).json() == BODY
    assert too_large(client.post(path, content=send(BODY + 1)), BODY, "MAX_BODY_SIZE")


@pytest.mark.parametrize("length", ["99999999", "9" * 5_000])
def test_what_content_length_says_is_enough(client, length):
    headers = {"content-length": length}

    assert too_large(
        client.post("/body", content=b"x", headers=headers), BODY, "MAX_BODY_SIZE"
    )


@pytest.mark.parametrize("length", ["1", "0", "-5", "x", ""])
def test_what_content_length_says_is_not_trusted(length):
    client = serve(max_body_size=10)
    headers = {"content-length": length}

    assert too_large(
        client.post("/body", content=b"x" * 11, headers=headers), 10, "MAX_BODY_SIZE"
    )


def test_other_bodies_are_counted_alike(client):
    assert too_large(
        client.post("/json", content=b"x" * (BODY + 1)), BODY, "MAX_BODY_SIZE"
    )
    assert too_large(
        client.post("/form", data={"a": "x" * BODY}), BODY, "MAX_BODY_SIZE"
    )


def test_who_reads_no_body_gets_no_413(client):
    assert client.post("/unread", content=b"x" * (BODY + 1)).json() == "unread"


def test_for_uploads_another_limit_holds(client):
    fits = client.post("/form", files={"f": ("a", b"x" * (BODY + 1))})

    assert fits.json() == 1
    assert too_large(
        client.post("/form", files={"f": ("a", b"x" * UPLOAD)}),
        UPLOAD,
        "MAX_UPLOAD_SIZE",
    )
    # A field of it may have as much.
    fits = client.post("/form", data={"a": "x" * (BODY + 1)}, files={"f": ("a", b"x")})
    assert fits.json() == 2


def test_the_limit_for_uploads_may_be_the_smaller_one():
    client = serve(max_upload_size=5)

    assert client.post("/body", content=b"x" * 100).json() == 100
    assert too_large(
        client.post("/form", files={"f": ("a", b"x")}), 5, "MAX_UPLOAD_SIZE"
    )


def test_a_limit_may_be_none():
    client = serve(max_body_size=None, max_upload_size=100)
    assert client.post("/body", content=b"x" * (BODY + 1)).json() == BODY + 1
    assert too_large(
        client.post("/form", files={"f": ("a", b"x" * 100)}), 100, "MAX_UPLOAD_SIZE"
    )

    client = serve(max_body_size=None, max_upload_size=None)
    assert client.post("/stream", content=in_chunks(BODY + 1)).json() == BODY + 1


def test_a_limit_may_be_nothing_at_all():
    client = serve(max_body_size=0)

    assert client.post("/body").json() == 0
    assert too_large(client.post("/body", content=b"x"), 0, "MAX_BODY_SIZE")


def test_a_route_has_a_limit_of_its_own(client):
    assert client.post("/small", content=b"12345").json() == 5
    assert too_large(client.post("/small", content=b"123456"), 5, "max_body_size")
    assert too_large(
        client.post("/small", files={"f": ("a", b"123456")}), 5, "max_body_size"
    )
    assert client.post("/any", content=b"x" * (BODY + 1)).json() == BODY + 1


@pytest.mark.parametrize("size", [-1, "5", 1.5, True])
def test_what_is_no_size_is_refused_where_it_stands(size):
    with pytest.raises(RouteError, match="max_body_size must be a number of bytes"):
        App(providers=Store()).route("/", max_body_size=size)


MULTIPART = {"content-type": "multipart/form-data; boundary=x"}
PART = b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nfoo'


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ({"content-type": "multipart/form-data"}, PART + b"\r\n--x--"),
        ({"content-type": "multipart/form-data; boundary=y"}, PART + b"\r\n--x--"),
        (MULTIPART, b""),
        (MULTIPART, b"garbage"),
        (MULTIPART, PART),
        (MULTIPART, PART + b"\r\n--x"),
        (MULTIPART, b"--x\r\ncontent-disposition: form-data\r\n\r\nfoo\r\n--x--"),
        (MULTIPART, b"--x\r\n\xff\xfe: \r\n\r\n\r\n--x--"),
        (MULTIPART, b"\x00" * 1_000),
        (
            {"content-type": MULTIPART["content-type"] + "; charset=undefined"},
            PART + b"\r\n--x--",
        ),
    ],
)
def test_a_malformed_form_is_a_400(client, headers, content):
    response = client.post("/form", headers=headers, content=content)

    assert response.status_code == 400
    assert isinstance(response.json()["detail"], str)


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("notes.txt", "notes.txt"),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("..", ""),
        ("dir/", ""),
    ],
)
def test_what_a_client_calls_a_file_is_no_path(client, sent, name):
    part = f'--x\r\ncontent-disposition: form-data; name="f"; filename="{sent}"'
    content = f"{part}\r\n\r\nfoo\r\n--x--"

    assert client.post("/name", content=content, headers=MULTIPART).json() == name


def fields(count):
    return {"content": b"&".join([b"a=1"] * count), "headers": FORM}


def files(count):
    return {"files": [("f", (str(number), b"")) for number in range(count)]}


@pytest.mark.parametrize(
    ("settings", "sent", "status"),
    [
        ({}, fields(1_000), 200),
        ({}, fields(1_001), 400),
        ({}, fields(100_000), 400),
        ({}, files(100), 200),
        ({}, files(101), 400),
        ({"max_form_fields": 2}, fields(2), 200),
        ({"max_form_fields": 2}, fields(3), 400),
        ({"max_form_files": 0}, files(1), 400),
        ({"max_form_fields": 1}, {**files(1), "data": {"a": "1", "b": "2"}}, 400),
        ({"max_form_fields": None}, fields(1_001), 200),
        ({"max_form_files": None}, files(101), 200),
    ],
)
def test_a_form_has_so_many_parts(settings, sent, status):
    response = serve(**settings).post("/form", **sent)

    assert response.status_code == status
    if status == 400:
        assert "MAX_FORM_" in response.json()["detail"]


def test_a_view_may_ask_for_other_limits():
    client = serve(max_form_fields=0, max_form_files=0)

    assert client.post("/asked", data={"a": "1"}, files=files(1)["files"]).json() == 2
    many = client.post("/asked", **fields(2)).json()["detail"]
    assert many == "A form may have at most 1 fields (max_fields)."
    many = client.post("/asked", **files(2)).json()["detail"]
    assert many == "A form may have at most 1 files (max_files)."
    assert client.post("/asked", data={"a": "1234"}).status_code == 400


def test_what_is_no_form_is_an_empty_one(client):
    assert client.post("/form", json={"a": 1}).json() == 0
    assert client.post("/form").json() == 0
