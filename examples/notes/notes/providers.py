"""Providers: a view has what it names as a parameter."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import aiosqlite

from bocadillo import provider, settings

from .models import SCHEMA, Feed, Notes


@provider(scope="app")
def database_path() -> Path:
    """Where the notes are kept; tests have another place."""
    path: Path = settings.DATABASE
    return path


@provider(scope="app")
async def database(database_path: Path) -> Path:
    """The file of the database, which is created when the app starts."""
    async with aiosqlite.connect(database_path) as connection:
        await connection.execute(SCHEMA)
        await connection.commit()
    return database_path


@provider
async def notes(database: Path) -> AsyncIterator[Notes]:
    """The notes, in a transaction: if the view fails, nothing has changed."""
    async with aiosqlite.connect(database) as connection:
        yield Notes(connection)
        await connection.commit()


@provider(scope="app")
async def feed() -> Feed:
    """Where changes are announced."""
    return Feed()


@provider(scope="app")
async def writers() -> Feed:
    """Where it is announced that somebody writes."""
    return Feed()


@provider
def folder() -> Iterator[Path]:
    """A folder for the files of one request, which is removed after it."""
    with TemporaryDirectory() as path:
        yield Path(path)
