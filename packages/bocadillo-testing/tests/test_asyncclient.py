import httpx2
import pytest

from bocadillo import App
from bocadillo_testing import AsyncClient, LiveServer, async_client
from bocadillo_testing.serving import serving_of


async def test_it_is_a_client_of_httpx2(app):
    async with async_client(app) as client:
        assert isinstance(client, httpx2.AsyncClient)
        assert isinstance(client, AsyncClient)
        assert client.app is app


async def test_requests_are_answered(app):
    async with async_client(app) as client:
        assert (await client.get("/")).json() == {"hello": "world"}
        assert (await client.post("/echo", content=b"abc")).content == b"abc"


async def test_the_lifespan_runs_in_the_block(app, log):
    async with async_client(app):
        assert log == ["startup"]
    assert log == ["startup", "shutdown"]


async def test_the_app_runs_in_the_loop_of_the_test(app):
    import asyncio

    loops = []

    @app.route("/loop")
    async def loop(req, res):
        loops.append(asyncio.get_running_loop())

    async with async_client(app) as client:
        await client.get("/loop")
    assert loops == [asyncio.get_running_loop()]


async def test_it_can_be_closed_without_a_block(app, log):
    client = await async_client(app).__aenter__()
    await client.aclose()
    await client.aclose()
    assert log == ["startup", "shutdown"]


async def test_it_cannot_be_used_before_it_is_open(app, log):
    client = async_client(app)
    with pytest.raises(RuntimeError, match=r"async with async_client\(app\)"):
        await client.get("/")
    with pytest.raises(RuntimeError, match=r"async with async_client\(app\)"):
        client.websocket("/chat/cats")
    assert log == []


async def test_it_cannot_be_entered_twice(app, log):
    async with async_client(app) as client:
        with pytest.raises(RuntimeError, match="more than once"):
            await client.__aenter__()
    assert log == ["startup", "shutdown"]


async def test_clients_of_one_app_share_its_lifespan(app, log):
    async with async_client(app) as ada:
        async with async_client(app) as bob:
            assert (await bob.get("/")).status_code == 200
        assert (await ada.get("/")).status_code == 200
    assert log == ["startup", "shutdown"]


async def test_an_app_that_a_server_serves_is_refused(app):
    with LiveServer(app) as server:
        with pytest.raises(RuntimeError) as caught:
            async with async_client(app):
                pass
        assert f"<LiveServer of {app!r} at {server.url}> does" in str(caught.value)


async def test_a_failing_startup_is_raised_in_the_test(app):
    @app.on("startup")
    async def fail():
        raise LookupError("no database")

    with pytest.raises(LookupError, match="no database"):
        async with async_client(app):
            pass
    assert serving_of(app) is None


async def test_a_failing_shutdown_is_raised_in_the_test(app):
    @app.on("shutdown")
    async def fail():
        raise LookupError("cannot stop")

    with pytest.raises(LookupError, match="cannot stop"):
        async with async_client(app):
            pass
    assert serving_of(app) is None


async def test_the_app_stops_when_the_test_fails(app, log):
    with pytest.raises(ZeroDivisionError):
        async with async_client(app):
            1 / 0  # noqa: B018
    assert log == ["startup", "shutdown"]


async def test_exceptions_of_the_app_are_raised_in_the_test(app):
    async with async_client(app) as client:
        with pytest.raises(LookupError, match="no such thing"):
            await client.get("/fail")


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
async def test_what_ends_a_process_is_raised_in_the_test_only(app, kind):
    @app.route("/exit")
    async def exit_(req, res):
        raise kind("the end")

    async with async_client(app) as client:
        with pytest.raises(kind, match="the end"):
            await client.get("/exit")
        assert (await client.get("/")).status_code == 200


async def test_exceptions_can_be_answered_instead(app):
    async with async_client(app, raise_server_exceptions=False) as client:
        assert (await client.get("/fail")).status_code == 500


async def test_redirects_are_followed_when_told_so(app):
    async with async_client(app) as client:
        assert (await client.get("/old")).status_code == 302
        followed = await client.get("/old", follow_redirects=True)
        assert followed.json() == {"hello": "world"}


async def test_the_options_are_those_of_create_client(app):
    @app.route("/seen")
    async def seen(req, res):
        res.json = {
            "client": list(req.client),
            "url": str(req.url),
            "x": req.headers["x"],
            "cookie": req.cookies["a"],
        }

    async with async_client(
        app,
        base_url="https://shop.example",
        root_path="/shop",
        headers={"x": "1"},
        cookies={"a": "b"},
        client=("192.0.2.1", 99),
    ) as client:
        assert (await client.get("/shop/seen?q=1")).json() == {
            "client": ["192.0.2.1", 99],
            "url": "https://shop.example/shop/seen?q=1",
            "x": "1",
            "cookie": "b",
        }


async def test_the_state_of_the_lifespan_is_that_of_requests(app):
    @app.lifespan
    async def lifespan(app):
        yield {"seen": []}

    @app.route("/state")
    async def state(req, res):
        req.state.seen.append(1)
        req.state.other = 1
        res.json = [req.state.seen, "other" in req.scope["state"]]

    async with async_client(app) as client:
        assert (await client.get("/state")).json() == [[1], True]
        # Each request has a copy, as behind a server.
        assert (await client.get("/state")).json()[0] == [1, 1]


async def test_an_override_of_the_context_of_the_test_is_seen(app):
    store = app._store

    @store.provider
    def mailer():
        return "real"

    @app.route("/mailer")
    async def send(req, res, mailer):
        res.text = mailer

    async with async_client(app) as client:
        with store.override(mailer="fake"):
            assert (await client.get("/mailer")).text == "fake"
        assert (await client.get("/mailer")).text == "real"


async def test_what_is_no_app_is_refused():
    with pytest.raises(TypeError, match="ASGI app, not None"):
        async_client(None)


async def test_an_unconfigured_app_says_so():
    with pytest.raises(RuntimeError, match=r"configure\(app\)"):
        async with async_client(App()):
            pass
