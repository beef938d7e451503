"""A page of notes."""

from bocadillo import App, Request, Response

app = App("notes")


@app.route("/")
async def index(req: Request, res: Response) -> None:
    """The page."""
    res.text = "No notes yet."
