"""What a note is, and how notes are kept."""

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
