"""A page of notes over a JSON API, with live updates.

Open http://127.0.0.1:8000 in two windows to see them.
"""

import asyncio
import csv
from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_hex

from bocadillo import (
    App,
    HTTPError,
    Request,
    Response,
    Router,
    Templates,
    WebSocket,
    server_event,
)

from .models import Feed, NewNote, Note, Notes

app = App("notes")
api = Router()
templates = Templates(Path(__file__).parent / "templates", app=app)


@app.route("/")
async def index(req: Request, res: Response, notes: Notes) -> None:
    """The page."""
    res.html = await templates.render("index.html", {"notes": await notes.all()})


@app.route("/notes.csv")
async def download(req: Request, res: Response, notes: Notes, folder: Path) -> None:
    """All notes as a table."""
    path = folder / "notes.csv"
    await asyncio.to_thread(write_table, path, await notes.all())
    res.file(path)


@app.websocket_route("/writing")
async def writing(ws: WebSocket, writers: Feed) -> None:
    """Tell all other windows that something is being written in this one."""
    me = token_hex(4)

    async def tell() -> None:
        async for writer in writers.listen():
            if writer != me:
                await ws.send("writing")

    async with asyncio.TaskGroup() as tasks:
        telling = tasks.create_task(tell())
        async for _ in ws:
            await writers.publish(me)
        telling.cancel()


@api.route("/notes")
class NoteList:
    """All notes."""

    async def get(self, req: Request, res: Response, notes: Notes) -> None:
        """List them, the newest first."""
        res.json = await notes.all()

    async def post(
        self, req: Request, res: Response, note: NewNote, notes: Notes, feed: Feed
    ) -> None:
        """Add one."""
        added = await notes.add(note.text)
        res.status_code = 201
        res.headers["location"] = app.url_for(NoteItem, pk=added.id)
        res.json = added
        # After the response, so after the transaction.
        res.background(feed.publish, server_event("added", json=added))


@api.route("/notes/events")
async def events(req: Request, res: Response, feed: Feed) -> None:
    """What changes, as it changes."""

    @res.event_stream
    async def changes() -> AsyncIterator[str]:
        async for event in feed.listen():
            yield event


@api.route("/notes/{pk}")
class NoteItem:
    """One note."""

    async def get(self, req: Request, res: Response, pk: int, notes: Notes) -> None:
        """Show it."""
        res.json = await found(notes, pk)

    async def delete(
        self, req: Request, res: Response, pk: int, notes: Notes, feed: Feed
    ) -> None:
        """Forget it."""
        note = await found(notes, pk)
        await notes.delete(pk)
        res.status_code = 204
        res.background(feed.publish, server_event("deleted", json=note))


async def found(notes: Notes, pk: int) -> Note:
    """The note of that number.

    Raises:
        HTTPError: 404 if there is none.
    """
    note = await notes.get(pk)
    if note is None:
        raise HTTPError(404, detail=f"There is no note {pk}.")
    return note


def write_table(path: Path, notes: list[Note]) -> None:
    """Write notes as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "created", "text"])
        rows.writerows([note.id, note.created, note.text] for note in notes)


app.include_router(api, prefix="/api")
