"""What a note is, and how notes are kept."""

from asyncio import Queue
from collections.abc import AsyncIterator
from typing import Annotated

import aiosqlite
import msgspec

SCHEMA = """
CREATE TABLE IF NOT EXISTS note (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    created TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ'))
)
"""

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class NewNote(msgspec.Struct, forbid_unknown_fields=True):
    """What a client sends: checked before the view runs."""

    text: Text


class Note(msgspec.Struct):
    """What a client gets."""

    id: int
    text: str
    created: str


class Notes:
    """The notes, seen from one transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def all(self) -> list[Note]:
        """Every note, the newest first."""
        query = "SELECT id, text, created FROM note ORDER BY id DESC"
        async with self._connection.execute(query) as rows:
            return [Note(*row) async for row in rows]

    async def get(self, pk: int) -> Note | None:
        """One note, if it exists."""
        query = "SELECT id, text, created FROM note WHERE id = ?"
        async with self._connection.execute(query, [pk]) as rows:
            row = await rows.fetchone()
        return None if row is None else Note(*row)

    async def add(self, text: str) -> Note:
        """Keep a new note."""
        query = "INSERT INTO note (text) VALUES (?) RETURNING id, text, created"
        async with self._connection.execute(query, [text]) as rows:
            (row,) = await rows.fetchall()
        return Note(*row)

    async def delete(self, pk: int) -> None:
        """Forget a note."""
        await self._connection.execute("DELETE FROM note WHERE id = ?", [pk])


class Feed:
    """Tells everyone who listens what has changed."""

    def __init__(self) -> None:
        self._listeners: set[Queue[str]] = set()

    async def publish(self, event: str) -> None:
        """Send an event to whoever listens now, and keeps up."""
        for listener in self._listeners:
            if not listener.full():
                listener.put_nowait(event)

    async def listen(self) -> AsyncIterator[str]:
        """Wait for events, one after another."""
        listener: Queue[str] = Queue(maxsize=100)
        self._listeners.add(listener)
        try:
            while True:
                yield await listener.get()
        finally:
            self._listeners.discard(listener)
