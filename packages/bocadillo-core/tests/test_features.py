"""The built-in features together, as a client and a server see them."""

import logging

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse

from bocadillo import (
    App,
    HTTPError,
    Redirect,
    SettingsError,
    Store,
    configure,
    server_event,
    settings,
)
from bocadillo.headers import SECURITY_HEADERS

KEY = "n7Qm2Xv9Lw4Tz8Rb5Kd1Hc6Yp3Jg0FsA"
PLANTED = "pLaNtEd-9f3"


@pytest.fixture
def app(store):
    app = App("features", providers=store)

    @app.route("/", methods=["get", "post"])
    async def index(req, res):
        res.text = "Hello"

    @app.route("/visits")
    async def visits(req, res):
        req.session["visits"] = req.session.get("visits", 0) + 1
        res.text = str(req.session["visits"])

    @app.route("/read")
    async def read(req, res):
        res.json = dict(req.session)

    @app.route("/large")
    async def large(req, res):
        req.session["large"] = "x" * 5000

    @app.route("/broken")
    async def broken(req, res):
        raise RuntimeError(f"It broke at {settings.get('OWN_URL')}")

    @app.route("/long")
    async def long(req, res):
        res.text = "Gazpacho. " * 500

    @app.route("/cookie")
    async def cookie(req, res):
        res.text = "Gazpacho. " * 500
        res.set_cookie("a", "b")

    @app.route("/events")
    async def events(req, res):
        @res.event_stream
        async def stream():
            yield server_event(data="x" * 5000)

    @app.route("/teapot")
    async def teapot(req, res):
        raise HTTPError(418)

    @app.route("/moved")
    async def moved(req, res):
        raise Redirect("/")

    @app.route("/framed")
    async def framed(req, res):
        res.headers["x-frame-options"] = "SAMEORIGIN"

    @app.route("/unchanged")
    async def unchanged(req, res):
        res.status_code = 304

    @app.websocket_route("/ws")
    async def ws(ws):
        await ws.send(str(dict(ws.session) if "session" in ws.scope else None))

    return app


@pytest.fixture
def serve(app):
    """Configure the app, and give a client of it."""
    clients = []

    def serve(*, base_url="http://testserver", **given):
        configure(app, **{"STATIC_DIR": None} | given)
        client = TestClient(
            app,
            base_url=base_url,
            raise_server_exceptions=False,
            follow_redirects=False,
        )
        clients.append(client.__enter__())
        return clients[0]

    yield serve
    for client in clients:
        client.__exit__(None, None, None)


async def asgi(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"asgi"})


def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"wsgi"]


class Failing:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["path"] == "/failing":
            raise HTTPError(503)
        if scope["path"] == "/crashing":
            raise RuntimeError("crashed")
        await self.app(scope, receive, send)


EVERYTHING = [
    ("GET", "/", 200),
    ("HEAD", "/", 200),
    ("POST", "/teapot", 405),
    ("GET", "/teapot", 418),
    ("GET", "/nowhere", 404),
    ("GET", "/moved", 302),
    ("GET", "/broken", 500),
    ("GET", "/events", 200),
    ("GET", "/unchanged", 304),
    ("GET", "/asgi/", 200),
    ("GET", "/asgi", 302),
    ("GET", "/wsgi/", 200),
    ("GET", "/static/a.css", 200),
    ("GET", "/static/b.css", 404),
    ("GET", "/failing", 503),
    ("GET", "/crashing", 500),
]


@pytest.fixture
def everything(app, serve, tmp_path):
    (tmp_path / "a.css").write_text("p {}")
    app.mount("/asgi", asgi)
    app.mount("/wsgi", wsgi)
    app.add_middleware(Failing)

    def serve_everything(**given):
        return serve(STATIC_DIR=tmp_path, **given)

    return serve_everything


# Security headers


@pytest.mark.parametrize(("method", "path", "status"), EVERYTHING)
def test_every_response_has_the_security_headers(everything, method, path, status):
    response = everything().request(method, path)

    assert response.status_code == status
    assert response.headers.items() >= SECURITY_HEADERS.items()


def test_each_is_there_once(everything):
    client = everything(GZIP=True, CORS=True, SESSIONS={"secret_key": KEY})

    for method, path, _ in EVERYTHING:
        names = [name for name, _ in client.request(method, path).headers.multi_items()]
        for name in SECURITY_HEADERS:
            assert names.count(name) == 1, (path, name)


def test_a_header_of_the_view_wins(serve):
    assert serve().get("/framed").headers["x-frame-options"] == "SAMEORIGIN"


def test_security_headers_can_be_changed(serve):
    headers = (
        serve(SECURITY_HEADERS={"X-Frame-Options": None, "a": "b"}).get("/").headers
    )

    assert "x-frame-options" not in headers
    assert headers["a"] == "b"
    assert headers["x-content-type-options"] == "nosniff"


def test_security_headers_can_be_turned_off(everything):
    client = everything(SECURITY_HEADERS=False)

    for method, path, _ in EVERYTHING:
        assert not SECURITY_HEADERS.keys() & client.request(method, path).headers.keys()


# Hosts


@pytest.mark.parametrize(("method", "path", "status"), EVERYTHING)
def test_another_host_is_refused_before_anything_else(everything, method, path, status):
    client = everything(ALLOWED_HOSTS=["testserver"], HSTS=True)
    response = client.request(method, path, headers={"host": "evil.example"})

    assert response.status_code == 400
    assert response.headers.items() >= SECURITY_HEADERS.items()


def test_a_websocket_of_another_host_is_refused(serve):
    client = serve(ALLOWED_HOSTS=["testserver"])

    with (
        pytest.raises(WebSocketDenialResponse) as caught,
        client.websocket_connect("/ws", headers={"host": "evil.example"}),
    ):
        pass
    assert caught.value.status_code == 400
    with client.websocket_connect("/ws") as ws:
        assert ws.receive_text() == "None"


# HTTPS


@pytest.mark.parametrize(("method", "path", "status"), EVERYTHING)
def test_http_is_redirected_with_path_and_query(everything, method, path, status):
    response = everything(HSTS=True).request(method, f"{path}?a=b%20c")

    assert response.status_code == 308
    assert response.headers["location"] == f"https://testserver{path}?a=b%20c"
    assert "strict-transport-security" not in response.headers


@pytest.mark.parametrize(("method", "path", "status"), EVERYTHING)
def test_https_says_that_it_will_stay(everything, method, path, status):
    client = everything(HSTS=True, base_url="https://testserver")
    response = client.request(method, path)

    assert response.status_code == status
    assert response.headers["strict-transport-security"] == "max-age=31536000"


def test_a_websocket_is_redirected_to_wss(serve):
    client = serve(HSTS=True)

    with (
        pytest.raises(WebSocketDenialResponse) as caught,
        client.websocket_connect("/ws?a=b"),
    ):
        pass
    assert caught.value.status_code == 308
    assert caught.value.headers["location"] == "wss://testserver/ws?a=b"


# CORS

ORIGIN = {"origin": "https://app.example"}


def test_a_preflight_is_answered(serve):
    response = serve(
        CORS={"allow_origins": ["https://app.example"], "allow_methods": ["PUT"]}
    ).options("/nowhere", headers=ORIGIN | {"access-control-request-method": "PUT"})

    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "https://app.example"
    assert response.headers["access-control-allow-methods"] == "PUT"
    assert response.headers.items() >= SECURITY_HEADERS.items()


@pytest.mark.parametrize(("method", "path", "status"), EVERYTHING)
def test_errors_can_be_read_by_other_origins_too(everything, method, path, status):
    client = everything(CORS={"allow_origins": ["https://app.example"]})
    response = client.request(method, path, headers=ORIGIN)

    assert response.status_code == status
    assert response.headers["access-control-allow-origin"] == "https://app.example"
    assert "Origin" in response.headers["vary"]


def test_true_allows_no_origin(serve):
    response = serve(CORS=True).get("/", headers=ORIGIN)

    assert "access-control-allow-origin" not in response.headers


# CSRF


def test_unsafe_requests_of_other_sites_are_refused_where_sessions_are_on(serve):
    client = serve(
        SESSIONS={"secret_key": KEY}, CSRF_TRUSTED_ORIGINS=["https://app.example"]
    )

    assert client.post("/").status_code == 200
    assert client.post("/", headers=ORIGIN).status_code == 200
    response = client.post("/", headers={"origin": "https://evil.example"})
    assert response.status_code == 403
    assert response.json()["detail"] == "This request comes from another site."
    assert client.get("/", headers={"sec-fetch-site": "cross-site"}).status_code == 200


def test_without_sessions_there_is_nothing_to_protect(serve):
    assert (
        serve().post("/", headers={"sec-fetch-site": "cross-site"}).status_code == 200
    )


def test_an_error_handler_chooses_the_format_of_a_refusal(app, serve):
    from bocadillo.error_handlers import error_to_text

    app.add_error_handler(HTTPError, error_to_text)
    client = serve(SESSIONS={"secret_key": KEY})
    response = client.post("/", headers={"sec-fetch-site": "cross-site"})

    assert response.headers["content-type"].startswith("text/plain")


def test_an_error_handler_may_look_at_the_session_of_what_was_refused(app, serve):
    @app.error_handler(HTTPError)
    async def explain(req, res, exc):
        res.status_code = exc.status_code
        res.json = dict(req.session)

    client = serve(SESSIONS={"secret_key": KEY})
    client.get("/visits")
    response = client.post("/", headers={"sec-fetch-site": "cross-site"})

    assert (response.status_code, response.json()) == (403, {})
    assert client.get("/read").json() == {"visits": 1}


# Sessions


def test_where_sessions_are_off_a_request_says_so(app, serve):
    client = serve()
    client._transport.raise_server_exceptions = True

    with pytest.raises(RuntimeError, match=r"off: configure\(app, SESSIONS=True\)"):
        client.get("/read")


def test_a_session_lasts_from_request_to_request(serve):
    client = serve(SESSIONS={"secret_key": KEY})

    assert [client.get("/visits").text for _ in range(3)] == ["1", "2", "3"]
    assert client.get("/read").json() == {"visits": 3}
    with client.websocket_connect("/ws") as ws:
        assert ws.receive_text() == "{'visits': 3}"


def test_a_session_that_is_too_large_is_a_500_that_is_logged(serve):
    client = serve(SESSIONS={"secret_key": KEY})
    client.get("/visits")

    assert client.get("/large").status_code == 500
    client._transport.raise_server_exceptions = True
    with pytest.raises(
        ValueError, match=r"The session takes 6.* and browsers keep 4096"
    ):
        client.get("/large")
    client._transport.raise_server_exceptions = False
    assert client.get("/read").json() == {"visits": 1}


def test_a_response_varies_only_where_the_session_was_read(serve):
    client = serve(SESSIONS={"secret_key": KEY})

    assert "vary" not in client.get("/").headers
    assert client.get("/read").headers["vary"] == "Cookie"


@pytest.mark.parametrize("cookie", ["x", "a.b.c", "", "é".encode("latin-1")])
def test_a_cookie_that_makes_no_sense_is_no_error(serve, cookie):
    name = b"session="
    value = cookie if isinstance(cookie, bytes) else cookie.encode()
    response = serve(SESSIONS={"secret_key": KEY}).get(
        "/read", headers={b"cookie": name + value}
    )

    assert (response.status_code, response.json()) == (200, {})


# Compression


@pytest.mark.parametrize(
    ("path", "compressed"),
    [("/long", True), ("/", False), ("/cookie", False), ("/events", False)],
)
def test_responses_are_compressed(serve, path, compressed):
    response = serve(GZIP=True).get(path)

    assert (response.headers.get("content-encoding") == "gzip") is compressed
    assert response.text


def test_a_response_that_changes_the_session_is_not_compressed(serve):
    client = serve(GZIP=True, GZIP_MIN_SIZE=0, SESSIONS={"secret_key": KEY})

    assert "content-encoding" not in client.get("/visits").headers
    assert client.get("/read").headers["content-encoding"] == "gzip"


def test_ranges_of_files_are_not_compressed(serve, tmp_path):
    (tmp_path / "a.css").write_text("p { color: red }\n" * 500)
    client = serve(GZIP=True, STATIC_DIR=tmp_path)
    part = client.get("/static/a.css", headers={"range": "bytes=0-3999"})

    assert part.status_code == 206
    assert "content-encoding" not in part.headers
    assert client.get("/static/a.css").headers["content-encoding"] == "gzip"
    assert client.head("/static/a.css").status_code == 200


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, False),
        ({"DEBUG": True}, True),
        ({"DEBUG": True, "STATIC_CONFIG": {"autorefresh": False}}, False),
        ({"STATIC_CONFIG": {"autorefresh": True}}, True),
    ],
)
def test_files_that_are_added_later_are_found_while_debugging(
    serve, tmp_path, settings, found
):
    client = serve(STATIC_DIR=tmp_path, **settings)
    (tmp_path / "new.css").write_text("p {}")

    assert client.get("/static/new.css").status_code == (200 if found else 404)


def test_a_compressed_file_can_be_validated(serve, tmp_path):
    (tmp_path / "a.css").write_text("p { color: red }\n" * 500)
    client = serve(GZIP=True, STATIC_DIR=tmp_path)
    etag = client.get("/static/a.css").headers["etag"]

    assert etag.startswith('W/"')
    again = client.get("/static/a.css", headers={"if-none-match": etag})
    assert again.status_code == 304


# DEBUG


def test_a_browser_sees_the_error_in_debug(serve):
    client = serve(DEBUG=True, OWN_URL=f"pg://me:{PLANTED}@db")
    response = client.get(
        "/broken", headers={"accept": "text/html", "x-token": PLANTED}
    )

    assert response.status_code == 500
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "RuntimeError: It broke at pg://********@db" in response.text
    assert PLANTED not in response.text


def test_other_clients_get_no_page(serve):
    response = serve(DEBUG=True).get("/broken", headers={"accept": "application/json"})

    assert response.json() == {"error": "500 Internal Server Error", "status": 500}


def test_nobody_sees_it_otherwise(serve):
    response = serve().get("/broken", headers={"accept": "text/html"})

    assert response.json() == {"error": "500 Internal Server Error", "status": 500}


def test_secrets_are_in_no_log_or_repr(serve, app, caplog):
    caplog.set_level(logging.DEBUG)
    client = serve(
        SESSIONS={"secret_key": [PLANTED, PLANTED * 4]},
        API_KEYS={"weather": PLANTED},
        OWN_URL=f"redis://:{PLANTED}@cache",
        ALOWED_HOSTS=[f"https://me:{PLANTED}@a"],
        HSTS={"redirect": False},
    )
    for path in ("/", "/read", "/visits", "/nowhere"):
        client.get(path, headers={"authorization": PLANTED})
    records = [
        record for record in caplog.records if record.name.startswith("bocadillo")
    ]

    assert records
    for record in records:
        assert PLANTED not in record.getMessage()
    for thing in (app, app.settings, settings):
        assert PLANTED not in repr(thing)


# Whose settings


def test_each_request_reads_the_settings_of_its_app():
    apps = []
    for number in (1, 2):
        app = App(str(number), providers=Store())

        @app.route("/")
        async def index(req, res):
            res.text = f"{settings.NUMBER}"

        @app.on("startup")
        async def start():
            apps.append(settings.NUMBER)

        @app.websocket_route("/ws")
        async def ws(ws):
            await ws.send(str(settings.NUMBER))

        configure(app, NUMBER=number, STATIC_DIR=None)
        apps.append(app)
    one, two, _ = apps[0], apps[1], apps

    with TestClient(one) as first, TestClient(two) as second:
        assert apps[2:] == [1, 2]
        for client, number in ((first, "1"), (second, "2"), (first, "1")):
            assert client.get("/").text == number
            with client.websocket_connect("/ws") as ws:
                assert ws.receive_text() == number


def test_a_mounted_app_shares_the_settings_of_its_parent_unless_it_has_its_own():
    parent, sharing, own = App(providers=Store()), App(), App()
    for app in (parent, sharing, own):

        @app.route("/")
        async def index(req, res):
            res.text = settings.NAME

    configure(own, NAME="own", STATIC_DIR=None)
    configure(parent, NAME="parent", STATIC_DIR=None)
    parent.mount("/sharing", sharing)
    parent.mount("/own", own)

    with TestClient(parent) as client:
        assert client.get("/").text == "parent"
        assert client.get("/sharing/").text == "parent"
        assert client.get("/own/").text == "own"


def test_a_plugin_reads_the_settings_of_its_app_while_others_are_served():
    read = []

    def use_number(app):
        read.append(settings.NUMBER)

    one, two, three = (App(str(number), providers=Store()) for number in (1, 2, 3))
    configure(one, NUMBER=1, STATIC_DIR=None)
    configure(two, NUMBER=2, STATIC_DIR=None)
    with TestClient(one), TestClient(two):
        configure(three, NUMBER=3, PLUGINS=[use_number], STATIC_DIR=None)
        with pytest.raises(SettingsError, match="2 apps are being served"):
            _ = settings.NUMBER

    assert read == [3]
