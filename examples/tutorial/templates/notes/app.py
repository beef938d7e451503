"""A page of notes over a JSON API."""

from pathlib import Path

from bocadillo import App, HTTPError, Request, Response, Router, Templates

from .models import NewNote, Note, Notes

app = App("notes")
api = Router()
notes = Notes()
templates = Templates(Path(__file__).parent / "templates", app=app)


@app.route("/")
async def index(req: Request, res: Response) -> None:
    """The page."""
    res.html = await templates.render("index.html", {"notes": await notes.all()})


@api.route("/notes")
class NoteList:
    """All notes."""

    async def get(self, req: Request, res: Response) -> None:
        """List them, the newest first."""
        res.json = await notes.all()

    async def post(self, req: Request, res: Response, note: NewNote) -> None:
        """Add one."""
        added = await notes.add(note.text)
        res.status_code = 201
        res.headers["location"] = app.url_for(NoteItem, pk=added.id)
        res.json = added


@api.route("/notes/{pk}")
class NoteItem:
    """One note."""

    async def get(self, req: Request, res: Response, pk: int) -> None:
        """Show it."""
        res.json = await found(pk)

    async def delete(self, req: Request, res: Response, pk: int) -> None:
        """Forget it."""
        await found(pk)
        await notes.delete(pk)
        res.status_code = 204


async def found(pk: int) -> Note:
    """The note of that number.

    Raises:
        HTTPError: 404 if there is none.
    """
    note = await notes.get(pk)
    if note is None:
        raise HTTPError(404, detail=f"There is no note {pk}.")
    return note


app.include_router(api, prefix="/api")
