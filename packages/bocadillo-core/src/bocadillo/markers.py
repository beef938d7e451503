"""Markers that say, in an annotation, where in a request a value comes from.

    async def search(req, res, term: Annotated[str, Query(alias="q")]): ...

They only record: `parameters` reads them when the app starts.
"""

from enum import StrEnum
from typing import ClassVar

from msgspec import Struct
from starlette.datastructures import UploadFile

__all__ = ["Body", "Cookie", "File", "Form", "Header", "Query", "UploadFile"]


class Source(StrEnum):
    """Where the value of a view's parameter comes from."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"
    BODY = "body"
    FORM = "form"
    FILE = "file"
    PROVIDER = "provider"


class Marker(Struct, frozen=True):
    """What all markers have in common.

    Args:
        alias: The name that the client uses, when it is not the parameter's own.
    """

    source: ClassVar[Source]

    alias: str | None = None

    def __post_init__(self) -> None:
        alias: object = self.alias
        if not isinstance(alias, str | None):
            raise TypeError(
                f"The alias of {type(self).__name__}() is a name, not {alias!r}. "
                "A default stands after `=`, outside of Annotated."
            )

    def alias_of(self, name: str) -> str:
        """The client's name for the parameter called `name` in Python."""
        return self.alias or name


class Query(Marker, frozen=True):
    """Take the value from the query string.

    Without a default the parameter is required. `list[T]`, `set[T]` and `tuple[T, ...]`
    take every occurrence of the key; for any other type the last one counts.
    """

    source = Source.QUERY


class Header(Marker, frozen=True):
    """Take the value from a header of the request.

    Without an alias, underscores are read as hyphens: `user_agent` is `user-agent`.
    `list[T]` takes every occurrence; for any other type the first one counts.
    """

    source = Source.HEADER

    def alias_of(self, name: str) -> str:
        """The header's name; the case of its letters does not matter."""
        return self.alias or name.replace("_", "-")


class Cookie(Marker, frozen=True):
    """Take the value from a cookie."""

    source = Source.COOKIE


class Body(Marker, frozen=True):
    """Take the value from the JSON body.

    Models need no marker. With it any type that JSON can express is accepted, such as
    `Annotated[dict[str, int], Body()]`.
    """

    source = Source.BODY


class Form(Marker, frozen=True):
    """Take the value from a field of the submitted form, or a model from its fields."""

    source = Source.FORM


class File(Marker, frozen=True):
    """Take an uploaded file: `UploadFile`, or a list of them."""

    source = Source.FILE
