import csv
import io

import httpx2
import pytest


@pytest.fixture
def note(client):
    return client.post("/api/notes", json={"text": "Buy bread"}).json()


def test_there_are_no_notes_at_first(client):
    assert client.get("/api/notes").json() == []


def test_a_note_is_added_and_says_where_it_is(client):
    response = client.post("/api/notes", json={"text": "Buy bread"})

    assert response.status_code == 201
    assert client.get(response.headers["location"]).json() == response.json()


def test_the_newest_note_comes_first(client, note):
    newest = client.post("/api/notes", json={"text": "Slice it"}).json()

    assert client.get("/api/notes").json() == [newest, note]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, {"text": "Is required."}),
        ({"text": ""}, {"text": "Must have at least 1 character."}),
        ({"text": 3}, {"text": "Must be a string."}),
        ({"text": "a", "tag": "b"}, {"tag": "Is not a known field."}),
    ],
)
def test_a_note_that_makes_no_sense_is_refused(client, body, detail):
    response = client.post("/api/notes", json=body)

    assert response.status_code == 400
    assert response.json()["detail"] == detail


def test_a_note_can_be_deleted_once(client, note):
    path = f"/api/notes/{note['id']}"

    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == 404


def test_the_page_shows_notes_as_text(client):
    client.post("/api/notes", json={"text": "<b>Bread</b>"})

    assert "&lt;b&gt;Bread&lt;/b&gt;" in client.get("/").text


def test_the_notes_can_be_downloaded(client, note):
    response = client.get("/notes.csv")

    assert 'filename="notes.csv"' in response.headers["content-disposition"]
    assert list(csv.DictReader(io.StringIO(response.text))) == [
        {"id": str(note["id"]), "created": note["created"], "text": "Buy bread"}
    ]


def test_notes_survive_a_restart(client, note):
    client.stop()

    # The app starts again.
    assert client.get("/api/notes").json() == [note]


def test_others_see_that_somebody_is_writing(client):
    with (
        client.websocket_connect("/writing") as mine,
        client.websocket_connect("/writing") as other,
    ):
        mine.send_text("writing")

        assert other.receive_text() == "writing"


@pytest.mark.anyio
async def test_an_open_window_hears_of_a_new_note(async_client):
    async with async_client.events("/api/notes/events") as events:
        await async_client.post("/api/notes", json={"text": "Buy bread"})
        event = await anext(events)

    assert event.event == "added"
    assert event.json()["text"] == "Buy bread"


def test_notes_are_served_to_the_network(live_server):
    assert "<title>Notes" in httpx2.get(live_server.url).text
