"""Rooms to talk in: a page for each, and a websocket behind it.

Try it with `hatch run chat`, then open http://127.0.0.1:8000 in several windows.
"""

from asyncio import TaskGroup
from pathlib import Path
from typing import Annotated

from bocadillo import App, Query, Redirect, Request, Response, Templates, WebSocket

from .models import Guest, Name, RoomName, Rooms, Words
from .providers import store

app = App("chat", providers=store)
templates = Templates(Path(__file__).parent / "templates", app=app)


@app.route("/")
async def index(
    req: Request,
    res: Response,
    rooms: Rooms,
    room: Annotated[RoomName | None, Query()] = None,
) -> None:
    """The rooms where somebody is, and a form to open another one."""
    if room is not None:
        raise Redirect(app.url_for(show, room=room), status_code=303)
    res.html = await templates.render("index.html", {"rooms": rooms.crowds()})


@app.route("/rooms/{room}")
async def show(req: Request, res: Response, room: RoomName) -> None:
    """The page of a room; its script opens the websocket below."""
    res.html = await templates.render("room.html", {"room": room})


@app.websocket_route("/rooms/{room}", receive_type=Words, send_type="json")
async def talk(
    ws: WebSocket, room: RoomName, name: Annotated[Name, Query()], rooms: Rooms
) -> None:
    """Be in a room: say what the client sends, and send what is said there."""
    with rooms.enter(room, name) as guest:
        async with TaskGroup() as tasks:
            listening = tasks.create_task(listen(ws, guest))
            async for words in ws:
                guest.say(words.text)
            listening.cancel()


async def listen(ws: WebSocket, guest: Guest) -> None:
    """Send whatever a guest hears."""
    async for news in guest.hear():
        await ws.send(news)
