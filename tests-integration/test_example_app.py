"""The example application of `hatch run serve`, on a real server, as with curl."""

import httpx2
import pytest


@pytest.fixture(scope="module")
def client(serve, notes):
    with (
        serve(notes, "notes.asgi:app") as url,
        httpx2.Client(base_url=url, timeout=10) as client,
    ):
        yield client


def test_the_page_is_html(client):
    response = client.get("/")

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "<form" in response.text


def test_a_valid_note_is_created_and_listed(client):
    before = client.get("/api/notes").json()

    created = client.post("/api/notes", json={"text": "Buy tomatoes"})

    assert created.status_code == 201
    assert created.json()["text"] == "Buy tomatoes"
    after = client.get("/api/notes").json()
    assert created.json() in after
    assert len(after) == len(before) + 1


def test_a_note_is_found_by_its_number(client):
    note = client.post("/api/notes", json={"text": "Buy tomatoes"}).json()

    assert client.get(f"/api/notes/{note['id']}").json() == note


def test_a_note_is_text_on_the_page_and_no_markup(client):
    client.post("/api/notes", json={"text": "<script>alert(1)</script>"})

    page = client.get("/").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page


def test_a_malformed_body_is_a_400(client):
    response = client.post("/api/notes", content=b'{"text": ')

    assert response.status_code == 400
    assert response.json() == {
        "error": "400 Bad Request",
        "status": 400,
        "detail": "JSON is malformed.",
    }


def test_a_missing_field_is_a_400_that_names_it(client):
    response = client.post("/api/notes", json={})

    assert response.status_code == 400
    assert response.json()["detail"] == {"text": "Is required."}


def test_a_number_that_is_none_is_a_400_that_names_the_parameter(client):
    response = client.get("/api/notes/abc")

    assert response.status_code == 400
    assert response.json()["detail"] == {"pk": "Must be a number."}


def test_an_unknown_path_is_a_404_as_json(client):
    response = client.get("/nope")

    assert response.status_code == 404
    assert response.json() == {"error": "404 Not Found", "status": 404}


def test_an_unknown_note_is_a_404(client):
    assert client.get("/api/notes/1000000").status_code == 404


def test_notes_survive_a_restart(serve, notes):
    with serve(notes, "notes.asgi:app") as url:
        note = httpx2.post(f"{url}/api/notes", json={"text": "Still here"}).json()

    with serve(notes, "notes.asgi:app") as url:
        assert note in httpx2.get(f"{url}/api/notes").json()
