"""Accepted or refused."""

import msgspec
import pytest

from bocadillo import (
    HTTPError,
    Redirect,
)


async def echo(ws):
    async for message in ws:
        await ws.send(message)


@pytest.fixture
def told():
    """What a view has to tell."""
    return []


REFUSED = {"type": "websocket.close", "code": 1000, "reason": ""}


def name_view(name):
    async def view(ws):
        await ws.send(name)

    return view


async def body_of(peer):
    """Status and JSON body of a refusal, and its headers."""
    start, body = await peer.end()
    assert start["type"] == "websocket.http.response.start"
    assert body["type"] == "websocket.http.response.body"
    return start["status"], msgspec.json.decode(body["body"]), dict(start["headers"])


# Accepting


async def test_a_view_may_accept_by_itself(app, connect, told):
    @app.websocket_route("/", auto_accept=False)
    async def view(ws):
        told.append(repr(ws))
        await ws.accept()
        await ws.send("hi")

    async with connect("/") as peer:
        assert await peer.receive() == "hi"
        assert await peer.code() == 1000
    assert told == ["<WebSocket '/' connecting>"]


async def test_a_block_accepts_and_closes(app, connect, told):
    @app.websocket_route("/", auto_accept=False)
    async def view(ws):
        async with ws as same:
            assert same is ws
            await ws.send("in")
        told.append(repr(ws))

    async with connect("/") as peer:
        assert await peer.receive() == "in"
        assert await peer.code() == 1000
    assert told == ["<WebSocket '/' ended>"]


async def test_entering_a_block_when_accepted_is_fine(app, connect):
    @app.websocket_route("/")
    async def view(ws):
        async with ws:
            await ws.send("in")

    async with connect("/") as peer:
        assert await peer.receive() == "in"
        assert await peer.code() == 1000
    assert [event["type"] for event in peer.sent] == [
        "websocket.accept",
        "websocket.send",
        "websocket.close",
    ]


async def test_accepting_twice_names_the_option(app, connect):
    @app.websocket_route("/")
    async def view(ws):
        with pytest.raises(RuntimeError, match="auto_accept=False"):
            await ws.accept()

    async with connect("/") as peer:
        assert await peer.code() == 1000


@pytest.mark.parametrize("form", ["receive", "receive_event", "__anext__"])
async def test_nothing_is_received_before_it_is_accepted(app, connect, form):
    @app.websocket_route("/", auto_accept=False)
    async def view(ws):
        with pytest.raises(RuntimeError, match=r"not accepted yet. `await ws.accept\("):
            await getattr(ws, form)()
        await ws.accept()

    async with connect("/") as peer:
        assert await peer.code() == 1000


async def test_nothing_is_sent_before_it_is_accepted(app, connect):
    @app.websocket_route("/", auto_accept=False)
    async def view(ws):
        for send in (ws.send, ws.send_text):
            with pytest.raises(RuntimeError, match=r"Cannot send: .* not accepted yet"):
                await send("hi")
        await ws.accept()

    async with connect("/") as peer:
        assert await peer.code() == 1000


@pytest.mark.parametrize(
    "parameters",
    [
        "pk: int, db",
        "db, pk: int",
        "*, db, pk: int",
        "db, *, pk: int",
    ],
)
async def test_parameters_and_providers_come_in_whatever_order(
    app, store, connect, parameters
):
    store.provider(lambda: "db", name="db")
    namespace = {}
    exec(
        f"async def view(ws, {parameters}):\n    await ws.send(f'{{pk + 1}} {{db}}')",
        namespace,
    )
    app.websocket_route("/{pk}")(namespace["view"])

    async with connect("/3") as peer:
        assert await peer.receive() == "4 db"


async def test_it_is_accepted_after_its_providers_are_set_up(app, store, connect, told):
    @store.provider
    async def user(connection):
        told.append(f"user, {connection!r}")
        yield "ada"
        told.append(f"clean, {connection!r}")

    @app.websocket_route("/{number}")
    async def view(ws, number: int, user):
        await ws.send(f"{user} {number + 1}")

    async with connect("/41") as peer:
        assert await peer.receive() == "ada 42"
        assert await peer.code() == 1000
    # A cleanup that fails can still be told.
    assert told == [
        "user, <WebSocket '/41' connecting>",
        "clean, <WebSocket '/41' open>",
    ]


# Subprotocols


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [
        (["v1", "v2"], "v2"),
        (["v1"], "v1"),
        (["other", "v1"], "v1"),
        (["other"], None),
        ([], None),
    ],
)
async def test_the_first_subprotocol_that_both_know_is_agreed_on(
    app, connect, told, offered, agreed
):
    @app.websocket_route("/", subprotocols=["v2", "v1"])
    async def view(ws):
        told.append(ws.subprotocol)

    async with connect("/", subprotocols=offered) as peer:
        await peer.end()
    assert peer.sent[0]["subprotocol"] == agreed
    assert told == [agreed]


async def test_a_view_may_choose_a_subprotocol(app, connect):
    @app.websocket_route("/", auto_accept=False, subprotocols=["v2", "v1"])
    async def view(ws):
        await ws.accept("v1")

    async with connect("/", subprotocols=["v2", "v1"]) as peer:
        await peer.end()
    assert peer.sent[0]["subprotocol"] == "v1"


async def test_a_subprotocol_that_is_not_offered_is_refused(app, connect):
    @app.websocket_route("/", auto_accept=False)
    async def view(ws):
        with pytest.raises(ValueError, match=r"'v3': the client offers 'v1', 'v2'"):
            await ws.accept("v3")
        await ws.accept()

    async with connect("/", subprotocols=["v1", "v2"]) as peer:
        assert await peer.code() == 1000


# Refusing


async def test_an_unknown_path_is_refused(app, connect):
    async with connect("/nope", handshake=False) as peer:
        assert await peer.end() == [REFUSED]


async def test_there_is_no_redirect_to_a_trailing_slash(app, connect):
    app.websocket_route("/rooms/")(echo)

    async with connect("/rooms", handshake=False) as peer:
        assert await peer.end() == [REFUSED]


async def test_a_path_of_requests_only_is_refused(app, connect):
    @app.route("/")
    async def page(req, res):
        pass

    async with connect("/", handshake=False) as peer:
        assert await peer.end() == [REFUSED]


async def test_a_view_may_reject(app, connect, told):
    @app.websocket_route("/", auto_accept=False)
    async def view(ws):
        await ws.reject()
        for again in (ws.reject, ws.accept, lambda: ws.send("x"), ws.receive):
            with pytest.raises(RuntimeError) as caught:
                await again()
            told.append(str(caught.value))

    async with connect("/", handshake=False) as peer:
        assert await peer.end() == [REFUSED]
    assert told == [
        (
            "<WebSocket '/' ended> is closed already. Where that is as good, use "
            "ensure_closed()."
        ),
        "Cannot accept <WebSocket '/' ended>: it is closed.",
        "Cannot send: the websocket is closed.",
        "Cannot receive: the websocket is closed.",
    ]


async def test_rejecting_what_is_accepted_names_the_option(app, connect):
    @app.websocket_route("/")
    async def view(ws):
        with pytest.raises(RuntimeError, match="auto_accept=False"):
            await ws.reject()

    async with connect("/") as peer:
        assert await peer.code() == 1000


@pytest.mark.parametrize("end", ["close", "ensure_closed", "nothing"])
async def test_closing_before_accepting_refuses(app, connect, end):
    @app.websocket_route("/", auto_accept=False)
    async def view(ws):
        if end != "nothing":
            await getattr(ws, end)()

    async with connect("/", handshake=False) as peer:
        assert await peer.end() == [REFUSED]


async def test_parameters_that_do_not_fit_are_a_400(app, connect):
    @app.websocket_route("/{number}")
    async def view(ws, number: int, limit: int = 1):
        raise AssertionError

    async with connect("/x?limit=y", handshake=False) as peer:
        status, body, headers = await body_of(peer)
    assert status == 400
    assert body["detail"] == {
        "number": "Must be a number.",
        "limit": "Must be a number.",
    }
    assert headers[b"content-type"] == b"application/json"
    assert headers[b"x-content-type-options"] == b"nosniff"


@pytest.mark.parametrize("place", ["provider", "view"])
async def test_an_http_error_refuses_with_its_status_and_body(
    app, store, connect, caplog, place
):
    @store.provider
    async def user():
        raise HTTPError(401, detail="Log in.", headers={"www-authenticate": "Basic"})

    @app.websocket_route("/provider")
    async def from_provider(ws, user):
        raise AssertionError

    @app.websocket_route("/view", auto_accept=False)
    async def from_view(ws):
        raise HTTPError(401, detail="Log in.", headers={"www-authenticate": "Basic"})

    async with connect(f"/{place}", handshake=False) as peer:
        status, body, headers = await body_of(peer)
    assert (status, body["detail"]) == (401, "Log in.")
    assert headers[b"www-authenticate"] == b"Basic"
    assert caplog.records == []


async def test_a_server_that_cannot_deny_refuses_with_a_403(app, store, connect):
    @store.provider
    async def user():
        raise HTTPError(401)

    @app.websocket_route("/")
    async def view(ws, user):
        raise AssertionError

    async with connect("/", handshake=False, denial=False) as peer:
        assert await peer.end() == [REFUSED]


async def test_a_server_need_not_tell_the_scheme(app, store, connect):
    @store.provider
    async def user():
        raise HTTPError(401)

    @app.websocket_route("/")
    async def view(ws, user):
        raise AssertionError

    async with connect("/", handshake=False) as peer:
        del peer.scope["scheme"]
        start, _ = await peer.end()
        assert start["status"] == 401


@pytest.mark.parametrize("denial", [True, False])
async def test_a_defect_before_the_handshake_is_a_500_and_is_raised_on(
    app, store, connect, denial
):
    @store.provider
    async def user():
        raise KeyError("defect")

    @app.websocket_route("/")
    async def view(ws, user):
        raise AssertionError

    async with connect("/", handshake=False, denial=denial) as peer:
        with pytest.raises(KeyError, match="defect") as caught:
            await peer.end()
    first = peer.sent[0]
    assert first.get("status") == (500 if denial else None)
    note = caught.value.__notes__[-1]
    assert note.startswith("while serving the websocket '/' (request ")


async def test_error_handlers_say_how_a_handshake_is_refused(app, store, connect):
    class NotAMember(Exception):
        pass

    @app.error_handler(NotAMember)
    async def refuse(req, res, exc):
        res.status_code = 402
        res.json = [req.method, str(req.url)]

    @store.provider
    async def member():
        raise NotAMember

    @app.websocket_route("/")
    async def view(ws, member):
        raise AssertionError

    async with connect("/", handshake=False) as peer:
        status, body, _ = await body_of(peer)
    assert (status, body) == (402, ["GET", "http://example.com/"])


async def test_a_handshake_may_be_redirected(app, store, connect):
    @store.provider
    async def moved():
        raise Redirect("/elsewhere")

    @app.websocket_route("/")
    async def view(ws, moved):
        raise AssertionError

    async with connect("/", handshake=False) as peer:
        start, _ = await peer.end()
    assert start["status"] == 302
    assert (b"location", b"/elsewhere") in start["headers"]


async def test_a_refusal_may_be_a_file(app, store, connect, tmp_path):
    (tmp_path / "no.txt").write_text("no")

    @app.error_handler(HTTPError)
    async def refuse(req, res, exc):
        res.file(tmp_path / "no.txt", attach=False)

    async with connect(
        "/", handshake=False, headers=[(b"origin", b"https://evil.example")],
        settings={"WEBSOCKET_ORIGINS": []},
    ) as peer:  # fmt: skip
        events = await peer.end()
    assert b"".join(event["body"] for event in events[1:]) == b"no"


async def test_who_leaves_while_refused_harms_nothing(app, store, connect, caplog):
    @store.provider
    async def user():
        peer.close(1006)
        raise HTTPError(401)

    @app.websocket_route("/")
    async def view(ws, user):
        raise AssertionError

    async with connect("/", handshake=False) as peer:
        assert await peer.end() == []
    assert caplog.records == []


async def test_who_leaves_during_the_handshake_ends_it_quietly(
    app, store, connect, caplog, told
):
    @store.provider
    async def user():
        peer.close(1006)
        try:
            yield "ada"
        finally:
            told.append("clean")

    @app.websocket_route("/")
    async def view(ws, user):
        raise AssertionError

    async with connect("/", handshake=False) as peer:
        assert await peer.end() == []
    assert told == ["clean"]
    assert caplog.records == []


# Origins


FOREIGN = [(b"origin", b"https://evil.example")]
OWN = [(b"origin", b"http://example.com")]
OTHER = [(b"origin", b"https://friend.example")]


@pytest.mark.parametrize(
    ("settings", "headers", "status"),
    [
        ({}, FOREIGN, None),
        ({"WEBSOCKET_ORIGINS": []}, FOREIGN, 403),
        ({"WEBSOCKET_ORIGINS": []}, OWN, None),
        ({"WEBSOCKET_ORIGINS": []}, [], None),
        ({"WEBSOCKET_ORIGINS": ["https://friend.example"]}, OTHER, None),
        ({"WEBSOCKET_ORIGINS": ["https://friend.example"]}, OWN, None),
        ({"WEBSOCKET_ORIGINS": ["https://friend.example"]}, FOREIGN, 403),
        ({"WEBSOCKET_ORIGINS": ["*"]}, FOREIGN, None),
    ],
)
async def test_foreign_pages_may_be_refused(app, connect, settings, headers, status):
    app.websocket_route("/")(name_view("in"))

    async with connect(
        "/", headers=headers, settings=settings, handshake=False
    ) as peer:
        events = await peer.end()
    assert events[0].get("status") == status
