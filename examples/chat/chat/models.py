"""Who is in which room, and what is said there."""

from asyncio import Queue
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Annotated

from msgspec import Meta, Struct

RoomName = Annotated[str, Meta(pattern="^[a-z0-9-]+$", max_length=30)]
Name = Annotated[str, Meta(min_length=1, max_length=20)]

REMEMBERED = 50
"""So many messages of a room are told to who comes later."""

PENDING = 200
"""So many may wait for a guest whose connection is slow; more are dropped."""


class Words(Struct, forbid_unknown_fields=True):
    """What a client sends. It is checked when it arrives."""

    text: Annotated[str, Meta(min_length=1, max_length=500)]


class Said(Struct, tag="said", tag_field="type"):
    """Somebody said something."""

    author: str
    text: str


class People(Struct, tag="people", tag_field="type"):
    """Somebody came or went: these are here now."""

    names: list[str]


class Room:
    """Guests who hear each other."""

    def __init__(self) -> None:
        self.guests: dict[Guest, None] = {}
        self.history: deque[Said] = deque(maxlen=REMEMBERED)

    def tell(self, news: Said | People) -> None:
        """Let every guest hear it."""
        for guest in self.guests:
            guest.tell(news)

    def tell_who_is_here(self) -> None:
        """Let every guest hear who the guests are."""
        self.tell(People(sorted(guest.name for guest in self.guests)))


class Guest:
    """Somebody in a room: one for each open window."""

    def __init__(self, name: str, room: Room) -> None:
        self.name = name
        self._room = room
        self._news: Queue[Said | People] = Queue(maxsize=PENDING)
        for said in room.history:
            self.tell(said)

    def say(self, text: str) -> None:
        """Let everybody in the room hear it."""
        said = Said(self.name, text)
        self._room.history.append(said)
        self._room.tell(said)

    def tell(self, news: Said | People) -> None:
        """Have it heard, unless too much waits already."""
        if not self._news.full():
            self._news.put_nowait(news)

    async def hear(self) -> AsyncIterator[Said | People]:
        """Wait for news, one after another."""
        while True:
            yield await self._news.get()


class Rooms:
    """The rooms where somebody is. An empty one is forgotten."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}

    def crowds(self) -> dict[str, int]:
        """How many guests each room has, by its name."""
        return {name: len(room.guests) for name, room in sorted(self._rooms.items())}

    @contextmanager
    def enter(self, room_name: str, name: str) -> Iterator[Guest]:
        """Be in a room until the block ends."""
        room = self._rooms.setdefault(room_name, Room())
        guest = Guest(name, room)
        room.guests[guest] = None
        room.tell_who_is_here()
        try:
            yield guest
        finally:
            del room.guests[guest]
            room.tell_who_is_here()
            if not room.guests:
                del self._rooms[room_name]
