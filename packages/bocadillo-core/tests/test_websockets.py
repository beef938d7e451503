"""The contract of websockets, through a server that behaves as uvicorn."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

import pytest

from bocadillo import (
    ExpectedAsync,
    HTTPError,
    Query,
    Router,
    WebSocket,
    configure,
    hooks,
    useprovider,
)
from bocadillo.errors import ParameterError, RouteError


async def echo(ws):
    async for message in ws:
        await ws.send(message)


@pytest.fixture
def told():
    """What a view has to tell."""
    return []


async def echo_name(ws, name):
    await ws.send(name)


# Routes


async def test_a_websocket_is_accepted_and_closed_when_its_view_has_ended(app, connect):
    @app.websocket_route("/")
    async def view(ws):
        pass

    async with connect("/") as peer:
        assert await peer.code() == 1000


async def test_messages_are_iterated_over_until_the_client_closes(app, connect, told):
    @app.websocket_route("/")
    async def view(ws):
        async for message in ws:
            await ws.send(message.upper())
        told.append("left")

    async with connect("/") as peer:
        peer.send("one")
        assert await peer.receive() == "ONE"
        peer.send("two")
        assert await peer.receive() == "TWO"
        peer.close()
        assert await peer.end() == []
    assert told == ["left"]


def test_a_view_is_returned_unchanged(app):
    assert app.websocket_route("/")(echo) is echo


def test_a_view_that_is_not_async_is_refused(app):
    with pytest.raises(ExpectedAsync, match=r"`async def view\(ws, ...\): ...`"):

        @app.websocket_route("/")
        def view(ws):
            pass


async def test_path_and_query_parameters_are_converted(app, connect):
    @app.websocket_route("/chat/{room}/{day}", value_type="json")
    async def view(ws, room, day: date, limit: int = 10, anonymous: bool = False):
        await ws.send([room, day, limit, anonymous])

    async with connect("/chat/lobby/2026-11-20?anonymous=on") as peer:
        assert await peer.receive() == '["lobby","2026-11-20",10,true]'


async def test_a_query_parameter_may_be_required(app, connect):
    @app.websocket_route("/")
    async def view(ws, *, token: Annotated[str, Query()]):
        await ws.send(token)

    async with connect("/?token=abc") as peer:
        assert await peer.receive() == "abc"


def test_a_websocket_has_no_body(app):
    @dataclass
    class Model:
        name: str

    @app.websocket_route("/")
    async def view(ws, body: Model):
        pass

    configure(app)
    with pytest.raises(ParameterError, match="body, which a websocket does not have"):
        app._compile(None)


async def test_the_first_declared_route_wins(app, connect):
    @app.websocket_route("/{name}")
    async def first(ws, name):
        await ws.send("first")

    @app.websocket_route("/fixed")
    async def second(ws):
        await ws.send("second")

    async with connect("/fixed") as peer:
        assert await peer.receive() == "first"


def test_a_hidden_route_is_told_at_the_start(app, caplog):
    app.websocket_route("/{name}")(echo)
    app.websocket_route("/fixed")(echo)
    app.route("/fixed")(page)

    configure(app)
    app._compile(None)

    assert caplog.text.count("can never match") == 1


async def page(req, res):
    res.text = "page"


async def test_requests_and_websockets_share_a_path(app, client, connect):
    app.websocket_route("/")(echo)
    app.route("/")(page)

    assert client.get("/").text == "page"
    with client.websocket_connect("/") as ws:
        ws.send_text("hello")
        assert ws.receive_text() == "hello"


async def test_a_router_adds_its_prefix(app, connect):
    router = Router()
    router.websocket_route("/{name}")(echo_name)
    app.include_router(router, prefix="/rooms")

    async with connect("/rooms/lobby") as peer:
        assert await peer.receive() == "lobby"


def test_a_path_is_made_from_a_view(app):
    app.websocket_route("/rooms/{name}")(echo_name)

    assert app.url_for(echo_name, name="a b") == "/rooms/a%20b"
    assert app.url_for("echo_name", name="lobby") == "/rooms/lobby"


def test_hooks_are_refused(app):
    async def hook(req, res, params):
        pass

    @app.websocket_route("/")
    @hooks.before(hook)
    async def view(ws):
        pass

    configure(app)
    with pytest.raises(ParameterError, match="has hooks, which take a request and a"):
        app._compile(None)


# What a websocket says of itself


async def test_a_websocket_knows_its_handshake(app, connect, told):
    @app.websocket_route("/rooms/{name}")
    async def view(ws: WebSocket, name):
        ws.state.mark = 1
        told.append(
            {
                "url": str(ws.url),
                "header": ws.headers["x-name"],
                "query": ws.query_params["q"],
                "path": ws.path_params,
                "client": ws.client.host,
                "mark": ws.scope["state"]["mark"],
                "repr": repr(ws),
                "app": ws.app is app,
            }
        )

    async with connect("/rooms/7?q=1", headers=[(b"x-name", b"ada")]):
        pass

    assert told == [
        {
            "url": "ws://example.com/rooms/7?q=1",
            "header": "ada",
            "query": "1",
            "path": {"name": "7"},
            "client": "127.0.0.1",
            "mark": 1,
            "repr": "<WebSocket '/rooms/7' open>",
            "app": True,
        }
    ]


async def test_a_session_is_that_of_the_handshake(app, connect, told):
    @app.websocket_route("/")
    async def view(ws):
        told.append(ws.session)

    async with connect("/", session={"user": "ada"}):
        pass
    assert told == [{"user": "ada"}]


async def test_a_session_that_is_off_says_how_to_turn_it_on(app, connect):
    @app.websocket_route("/")
    async def view(ws):
        with pytest.raises(RuntimeError, match="SESSIONS=True"):
            ws.session  # noqa: B018

    async with connect("/") as peer:
        assert await peer.code() == 1000


# Options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"value_type": "jsn"},
            "value_type must be 'text', 'bytes', 'json' or a model",
        ),
        ({"value_type": "jsn"}, "Did you mean 'json'?"),
        ({"receive_type": str}, "Did you mean 'text'?"),
        ({"send_type": bytes}, "Did you mean 'bytes'?"),
        ({"value_type": None}, "value_type must be .*, not None"),
        ({"value_type": complex}, "complex cannot be read from JSON"),
        ({"value_type": ["text"]}, "must be 'text', 'bytes', 'json' or a model"),
        ({"auto_accept": "yes"}, "auto_accept must be True or False, not 'yes'"),
        ({"caught_close_codes": 1000}, "must be a tuple of close codes"),
        ({"caught_close_codes": "1000"}, "must be a tuple of close codes"),
        (
            {"caught_close_codes": (1000, 42)},
            "has 42, but close codes are numbers from",
        ),
        ({"caught_close_codes": ["1000"]}, "has '1000', but close codes are numbers"),
        ({"subprotocols": "chat"}, "subprotocols must be a list of names"),
        ({"subprotocols": None}, "subprotocols must be a list of names"),
        ({"subprotocols": ["a b"]}, "'a b' cannot be a subprotocol"),
        ({"subprotocols": [1]}, "1 cannot be a subprotocol"),
    ],
)
def test_options_are_checked_at_the_decorator(app, options, message):
    with pytest.raises(RouteError, match=message):
        app.websocket_route("/", **options)


def test_an_unknown_option_is_refused(app):
    with pytest.raises(TypeError, match="value_typ"):
        app.websocket_route("/", value_typ="json")


def test_no_route_is_added_once_the_app_has_started(app, client):
    client.get("/")

    with pytest.raises(RuntimeError, match="has started already"):
        app.websocket_route("/")


# Providers


async def test_a_provider_may_take_the_websocket(app, store, connect):
    @store.provider
    async def room(ws: WebSocket):
        return ws.path_params["name"]

    @store.provider
    async def user(connection):
        return connection.headers["x-user"]

    @app.websocket_route("/{name}")
    async def view(ws, name, room, user, connection):
        assert connection is ws
        await ws.send(f"{user} in {room}")

    async with connect("/lobby", headers=[(b"x-user", b"ada")]) as peer:
        assert await peer.receive() == "ada in lobby"


async def test_a_provider_is_evaluated_once_for_a_conversation(
    app, store, connect, told
):
    @store.provider
    async def user():
        told.append("set up")
        yield "ada"
        told.append("clean")

    @app.websocket_route("/")
    async def view(ws, user):
        async for _ in ws:
            await ws.send(user)

    async with connect("/") as peer:
        for _ in range(2):
            peer.send("?")
            assert await peer.receive() == "ada"
        assert told == ["set up"]
    assert told == ["set up", "clean"]


async def test_useprovider_holds_for_websockets(app, store, connect):
    @store.provider
    async def member():
        raise HTTPError(403)

    @app.websocket_route("/")
    @useprovider("member")
    async def view(ws):
        raise AssertionError

    async with connect("/", handshake=False) as peer:
        assert (await peer.event())["status"] == 403


async def test_an_autouse_provider_is_evaluated_for_websockets(app, store, connect):
    @store.provider(autouse=True)
    async def guard(connection):
        raise HTTPError(403)

    @app.websocket_route("/")
    async def view(ws):
        raise AssertionError

    async with connect("/", handshake=False) as peer:
        assert (await peer.event())["status"] == 403


@pytest.mark.parametrize("name", ["req", "res"])
def test_a_provider_of_requests_only_is_refused_at_the_start(app, store, name):
    exec(f"async def user({name}): pass", namespace := {})
    store.provider(namespace["user"])

    @app.websocket_route("/")
    async def view(ws, user):
        pass

    configure(app)
    with pytest.raises(Exception, match=name) as caught:
        app._compile(None)
    hint = "connection" if name == "req" else "a websocket has no response"
    assert hint in str(caught.value)


async def test_overrides_hold_for_websockets(app, store, connect):
    @store.provider
    async def user():
        return "ada"

    @app.websocket_route("/")
    async def view(ws, user):
        await ws.send(user)

    configure(app)
    with app.override(user="eve"):
        async with connect("/") as peer:
            assert await peer.receive() == "eve"
