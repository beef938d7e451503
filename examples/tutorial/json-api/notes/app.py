"""A page of notes over a JSON API."""

from bocadillo import App, HTTPError, Request, Response, Router

from .models import Note, Notes

app = App("notes")
api = Router()
notes = Notes()


@app.route("/")
async def index(req: Request, res: Response) -> None:
    """The page."""
    res.text = "No notes yet."


@api.route("/notes")
class NoteList:
    """All notes."""

    async def get(self, req: Request, res: Response) -> None:
        """List them, the newest first."""
        res.json = await notes.all()

    async def post(self, req: Request, res: Response) -> None:
        """Add one."""
        body = await req.json()
        added = await notes.add(body["text"])
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
