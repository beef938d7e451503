import pytest

from bocadillo import WebSocketDisconnect
from bocadillo_testing import HandshakeRefused, async_client, create_client
from chat.asgi import app
from chat.models import Rooms


@pytest.fixture
def rooms():
    return Rooms()


@pytest.fixture
def client(rooms):
    with app.override(rooms=rooms), create_client(app) as client:
        yield client


def people(*names):
    return {"type": "people", "names": list(names)}


def said(author, text):
    return {"type": "said", "author": author, "text": text}


def test_the_lobby_is_empty_at_first(client):
    assert "Nobody is here yet" in client.get("/").text


def test_the_lobby_leads_to_the_rooms_where_somebody_is(client):
    with client.websocket_connect("/rooms/kitchen?name=Ada"):
        page = client.get("/").text

    assert 'href="/rooms/kitchen"' in page
    assert "1 here" in page


def test_the_form_of_the_lobby_leads_to_a_room(client):
    response = client.get("/?room=kitchen", follow_redirects=False)

    assert response.status_code == 303
    assert "<h1>kitchen</h1>" in client.get(response.headers["location"]).text


@pytest.mark.parametrize("path", ["/rooms/K%20itchen", "/rooms/" + "x" * 31])
def test_the_name_of_a_room_is_plain(client, path):
    assert client.get(path).status_code == 400


def test_who_is_in_a_room_hears_what_is_said(client):
    with (
        client.websocket_connect("/rooms/kitchen?name=Ada") as ada,
        client.websocket_connect("/rooms/kitchen?name=Grace") as grace,
    ):
        ada.send_json({"text": "Hello!"})

        assert ada.receive_json() == people("Ada")
        assert ada.receive_json() == people("Ada", "Grace")
        assert ada.receive_json() == said("Ada", "Hello!")
        assert grace.receive_json() == people("Ada", "Grace")
        assert grace.receive_json() == said("Ada", "Hello!")


def test_who_is_in_another_room_does_not(client):
    with (
        client.websocket_connect("/rooms/kitchen?name=Ada") as ada,
        client.websocket_connect("/rooms/garden?name=Grace") as grace,
    ):
        ada.send_json({"text": "Hello!"})
        grace.send_json({"text": "Silence."})

        assert grace.receive_json() == people("Grace")
        assert grace.receive_json() == said("Grace", "Silence.")


def test_who_comes_later_hears_what_was_said(client):
    with client.websocket_connect("/rooms/kitchen?name=Ada") as ada:
        ada.send_json({"text": "Hello!"})
        ada.receive_json()
        ada.receive_json()
        with client.websocket_connect("/rooms/kitchen?name=Grace") as grace:
            assert grace.receive_json() == said("Ada", "Hello!")
            assert grace.receive_json() == people("Ada", "Grace")
        assert ada.receive_json() == people("Ada", "Grace")
        assert ada.receive_json() == people("Ada")


def test_an_empty_room_is_forgotten(client, rooms):
    with client.websocket_connect("/rooms/kitchen?name=Ada") as ada:
        ada.receive_json()
        assert rooms.crowds() == {"kitchen": 1}

    with client.websocket_connect("/rooms/garden?name=Ada"):
        assert rooms.crowds() == {"garden": 1}


@pytest.mark.parametrize("words", [{}, {"text": ""}, {"text": "x" * 501}, {"x": 1}])
def test_words_that_make_no_sense_end_the_conversation(client, words):
    with client.websocket_connect("/rooms/kitchen?name=Ada") as ada:
        ada.receive_json()
        ada.send_json(words)

        with pytest.raises(WebSocketDisconnect) as caught:
            ada.receive_json()

    assert caught.value.code == 1007


async def test_who_has_no_name_is_not_let_in(rooms):
    with app.override(rooms=rooms):
        async with async_client(app) as client:
            with pytest.raises(HandshakeRefused) as caught:
                async with client.websocket("/rooms/kitchen"):
                    """Not reached."""

    assert caught.value.status_code == 400
    assert "Is required." in str(caught.value)
