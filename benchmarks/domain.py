"""What every application under `apps/` serves: data and the objects it injects.

Nothing here belongs to a framework, so that each app differs only in how its framework
wants the same thing to be written. Models of request bodies are in the apps: each
framework has its preferred kind.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

GREETING = "Hello, World!"

PRODUCTS = [
    {
        "id": number,
        "name": f"Product {number}",
        "price": number * 1.25,
        "tags": ["bread", "cheese"],
        "available": number % 3 > 0,
    }
    for number in range(105)
]
"""About 10 KB of JSON."""

CHUNKS = 1_000
CHUNK = b"A chunk of sixty-four bytes, as a small event or a row may have."


async def chunks() -> AsyncIterator[bytes]:
    """What the streaming workload sends."""
    for _ in range(CHUNKS):
        yield CHUNK


def sections(count: int) -> Iterator[tuple[str, str]]:
    """Name and shape of each route of the routing workload; the last is an "item".

    An "index" is `/name`, an "item" `/name/{item_id:int}`, an "edit" page
    `/name/{slug}/edit`: a third of each, every name different.
    """
    shapes = ("item", "index", "edit")
    for number in range(count):
        yield f"section{number}", shapes[(count - 1 - number) % 3]


class Pool:
    """Lives as long as the application; knows how many transactions are open."""

    def __init__(self) -> None:
        self.open = 0


class Connection:
    """The first of three objects that live as long as one request."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool


class Session:
    """The second, when nothing needs cleaning up."""

    def __init__(self, connection: Connection) -> None:
        self.pool = connection.pool


class Transaction:
    """The second, when it must be closed.

    A cleanup that did not run would be seen: the next answer would count two.
    """

    def __init__(self, connection: Connection) -> None:
        self.pool = connection.pool
        self.pool.open += 1

    def close(self) -> None:
        """Give the transaction back to the pool."""
        self.pool.open -= 1


class User:
    """The third, made from a session."""

    def __init__(self, session: Session) -> None:
        self.name = "reader"
        self.pool = session.pool


class Author:
    """The third, made from a transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self.name = "author"
        self.pool = transaction.pool


# The dependencies as plain functions, for apps whose framework injects nothing.


async def connect(pool: Pool) -> Connection:
    """Request value made from an app value."""
    return Connection(pool)


async def open_session(connection: Connection) -> Session:
    """Request value made from a request value."""
    return Session(connection)


@asynccontextmanager
async def begin(connection: Connection) -> AsyncIterator[Transaction]:
    """Request value that is closed after the view."""
    transaction = Transaction(connection)
    try:
        yield transaction
    finally:
        transaction.close()


async def load_user(session: Session) -> User:
    """Request value the view asks for."""
    return User(session)


async def load_author(transaction: Transaction) -> Author:
    """Request value the view asks for when there is a cleanup."""
    return Author(transaction)
