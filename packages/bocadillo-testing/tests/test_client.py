import subprocess
import sys

import pytest
from starlette.testclient import TestClient, WebSocketDisconnect

import bocadillo
from bocadillo import App, Store, configure
from bocadillo_testing import LiveServer, async_client, create_client
from bocadillo_testing.round_trip import WHOLE
from bocadillo_testing.serving import serving_of, stop_unclosed


def test_a_client_is_a_test_client_of_starlette(app):
    assert isinstance(create_client(app), TestClient)


def test_bocadillo_exports_it():
    assert bocadillo.create_client is create_client


def test_requests_are_answered(app):
    with create_client(app) as client:
        assert client.get("/").json() == {"hello": "world"}
        assert client.post("/echo", content=b"abc").content == b"abc"


def test_the_lifespan_runs_in_the_block(app, log):
    with create_client(app):
        assert log == ["startup"]
    assert log == ["startup", "shutdown"]


def test_the_lifespan_starts_by_itself_at_the_first_request(app, log):
    client = create_client(app)
    assert log == []
    client.get("/")
    client.get("/")
    assert log == ["startup"]
    client.close()
    assert log == ["startup", "shutdown"]


def test_entering_after_the_first_request_starts_nothing_twice(app, log):
    client = create_client(app)
    client.get("/")
    with client:
        client.get("/")
    assert log == ["startup", "shutdown"]


def test_closing_twice_stops_once(app, log):
    client = create_client(app)
    client.get("/")
    client.close()
    client.close()
    assert log == ["startup", "shutdown"]


def test_a_closed_client_starts_nothing(app, log):
    client = create_client(app)
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.get("/")
    assert log == []


def test_clients_that_nobody_closed_stop_with_the_test(app, log):
    create_client(app).get("/")
    stop_unclosed()
    assert log == ["startup", "shutdown"]


def test_a_client_can_be_used_again_after_its_test(app, log):
    client = create_client(app)
    client.get("/")
    stop_unclosed()
    assert client.get("/").status_code == 200
    client.close()
    assert log == ["startup", "shutdown"] * 2


def test_clients_that_nobody_closed_stop_at_the_end_of_the_process(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from bocadillo import App, configure, create_client\n"
        "app = App()\n"
        "configure(app)\n"
        "app.on('shutdown', lambda: print('stopped'))\n"
        "create_client(app).get('/')\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == "stopped\n"


def test_exceptions_of_the_app_are_raised_in_the_test(app):
    with create_client(app) as client, pytest.raises(LookupError, match="no such"):
        client.get("/fail")


def test_exceptions_can_be_answered_instead(app):
    with create_client(app, raise_server_exceptions=False) as client:
        assert client.get("/fail").status_code == 500


def test_redirects_are_followed_unless_told_otherwise(app):
    with create_client(app) as client:
        assert client.get("/old").json() == {"hello": "world"}
    with create_client(app, follow_redirects=False) as client:
        assert client.get("/old").status_code == 302


def test_the_options_are_those_of_starlette(app):
    @app.route("/seen")
    async def seen(req, res):
        res.json = {
            "client": list(req.client),
            "host": req.headers["host"],
            "x": req.headers["x"],
            "cookie": req.cookies["a"],
            "root": req.scope["root_path"],
        }

    options = {
        "base_url": "http://shop.example",
        "root_path": "/shop",
        "headers": {"x": "1"},
        "cookies": {"a": "b"},
        "client": ("192.0.2.1", 99),
        "backend": "asyncio",
        "backend_options": {"debug": True},
    }
    with create_client(app, **options) as client:
        assert client.get("/shop/seen").json() == {
            "client": ["192.0.2.1", 99],
            "host": "shop.example",
            "x": "1",
            "cookie": "b",
            "root": "/shop",
        }


def test_background_tasks_have_run_when_the_response_is_there(app, log):
    with create_client(app) as client:
        client.get("/later")
        assert log == ["startup", "background"]


@pytest.mark.parametrize("path", ["/endless", "/events"])
def test_an_endless_stream_can_be_read_and_left(app, log, path):
    with create_client(app) as client:
        with client.stream("GET", path) as response:
            chunks = response.iter_raw()
            assert [next(chunks), next(chunks)]
        # Its cleanup awaited, and was not cut short.
        assert log == ["startup", "left"]
        assert client.get("/").status_code == 200


def test_a_stream_that_was_not_left_ends_with_its_client(app, log):
    with create_client(app) as client:
        context = client.stream("GET", "/endless")
        response = context.__enter__()
        next(response.iter_raw())
    assert log == ["startup", "left", "shutdown"]


def test_what_a_stream_raises_when_it_is_left_is_raised_in_the_test(app):
    @app.route("/bad")
    async def bad(req, res):
        @res.stream
        async def stream():
            try:
                while True:
                    yield "x"
            finally:
                raise LookupError("cleanup")

    with create_client(app) as client:
        stream = client.stream("GET", "/bad")
        chunks = stream.__enter__().iter_raw()
        next(chunks)
        with pytest.raises(LookupError, match="cleanup"):
            stream.__exit__(None, None, None)


def test_websockets_can_be_talked_to(app, log):
    with create_client(app) as client:
        with client.websocket_connect("/chat/cats") as ws:
            ws.send_text("hello")
            assert ws.receive_text() == "cats: hello"
        assert log == ["startup", "left"]


def test_a_websocket_starts_the_app_by_itself(app, log):
    client = create_client(app)
    with client.websocket_connect("/chat/cats", subprotocols=["chat.v2"]) as ws:
        assert ws.accepted_subprotocol == "chat.v2"
    client.close()
    assert log == ["startup", "left", "shutdown"]


def test_a_refused_websocket_raises(app):
    with create_client(app) as client, pytest.raises(WebSocketDisconnect):
        client.websocket_connect("/nothing").__enter__()


@pytest.mark.parametrize("by_itself", [True, False])
def test_a_failing_startup_is_raised_in_the_test(app, by_itself):
    @app.on("startup")
    async def fail():
        raise LookupError("no database")

    client = create_client(app)
    with pytest.raises(LookupError, match="no database"):
        client.get("/") if by_itself else client.__enter__()
    assert serving_of(app) is None


def test_a_failing_shutdown_is_raised_in_the_test(app):
    @app.on("shutdown")
    async def fail():
        raise LookupError("cannot stop")

    with pytest.raises(LookupError, match="cannot stop"), create_client(app):
        pass
    assert serving_of(app) is None


def test_when_several_cannot_stop_the_first_failure_is_raised(log):
    apps = [App(providers=Store()), App(providers=Store())]
    for app in apps:
        configure(app)

        @app.on("shutdown")
        async def fail():
            log.append("stopping")
            raise LookupError(f"{len(log)}")

        create_client(app).get("/")
    with pytest.raises(LookupError, match="1"):
        stop_unclosed()
    assert log == ["stopping"] * 2


def test_an_unconfigured_app_says_so():
    with pytest.raises(RuntimeError, match=r"configure\(app\)"):
        create_client(App()).get("/")


def test_what_is_no_app_is_refused():
    with pytest.raises(TypeError, match="ASGI app, not 'shop:app'"):
        create_client("shop:app")


def test_clients_of_one_app_share_its_lifespan(app, log):
    with create_client(app) as ada, create_client(app) as bob:
        ada.cookies.set("name", "ada")
        assert ada.get("/").status_code == bob.get("/").status_code == 200
        assert "name" not in bob.cookies
        assert ada.portal is bob.portal
    assert log == ["startup", "shutdown"]


def test_the_last_client_to_leave_stops_the_app(app, log):
    ada, bob = create_client(app), create_client(app)
    ada.get("/")
    bob.get("/")
    ada.close()
    assert log == ["startup"]
    assert bob.get("/").status_code == 200
    bob.close()
    assert log == ["startup", "shutdown"]


def test_a_client_joins_a_live_server(app, log):
    with LiveServer(app), create_client(app) as client:
        assert client.get("/").status_code == 200
    assert log == ["startup", "shutdown"]


async def test_a_client_would_block_the_loop_of_an_async_client(app):
    async with async_client(app):
        with pytest.raises(RuntimeError, match="event loop of this test"):
            create_client(app).get("/")


async def test_a_synchronous_client_works_in_an_async_test(app):
    with create_client(app) as client:
        assert client.get("/").status_code == 200


def test_the_state_of_the_lifespan_is_that_of_requests(app):
    @app.lifespan
    async def lifespan(app):
        yield {"answer": 42}

    @app.route("/state")
    async def state(req, res):
        res.json = req.state.answer

    with create_client(app) as client:
        assert client.get("/state").json() == 42


def test_any_asgi_app_can_be_tested():
    async def plain(scope, receive, send):
        if scope["type"] == "lifespan":
            raise NotImplementedError
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    with create_client(plain) as client:
        assert client.get("/").status_code == 204


def test_a_request_of_a_client_that_another_thread_has_closed_says_so(app):
    client = create_client(app)
    request = client.build_request("GET", "/")
    request.extensions = {WHOLE: True}

    with pytest.raises(RuntimeError, match="closed before this request was sent"):
        client._transport.handle_request(request)
