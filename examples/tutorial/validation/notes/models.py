"""What a note is, and how notes are kept."""

from datetime import UTC, datetime
from itertools import count
from typing import Annotated

import msgspec

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
    """The notes, in memory."""

    def __init__(self) -> None:
        self._notes: dict[int, Note] = {}
        self._ids = count(1)

    async def all(self) -> list[Note]:
        """Every note, the newest first."""
        return list(reversed(self._notes.values()))

    async def get(self, pk: int) -> Note | None:
        """One note, if it exists."""
        return self._notes.get(pk)

    async def add(self, text: str) -> Note:
        """Keep a new note."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        note = Note(next(self._ids), text, now)
        self._notes[note.id] = note
        return note

    async def delete(self, pk: int) -> None:
        """Forget a note."""
        self._notes.pop(pk, None)
