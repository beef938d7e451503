"""Forms, parsed by Starlette; their defects are mapped here and nowhere else.

What is malformed, incomplete or has too many parts is the client's mistake: a 400. What
the client calls a file is never a path.
"""

from collections.abc import AsyncGenerator, Awaitable
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from msgspec import Struct
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from .disposition import without_path
from .errors import HTTPError

MULTIPART: Final = "multipart/form-data"
_URLENCODED: Final = "application/x-www-form-urlencoded"


class PendingForm(Awaitable[FormData], AbstractAsyncContextManager[FormData], Protocol):
    """A form that is read when awaited, or entered by `async with`."""


class FormLimits(Struct, frozen=True):
    """How many parts a form may have, and how large they may be.

    Attributes:
        files: At most so many; infinity for no limit.
        fields: Likewise.
        part: Bytes of one field that is no file.
        files_name: What was set to get `files`, for the message of a 400.
        fields_name: Likewise for `fields`.
    """

    files: float
    fields: float
    part: int
    files_name: str = "MAX_FORM_FILES"
    fields_name: str = "MAX_FORM_FIELDS"


class _MultiPartParser(MultiPartParser):
    """Knows whether the last boundary came; without it, parts may be missing."""

    ended = False

    def on_end(self) -> None:
        self.ended = True


async def parse_form(
    headers: Headers, stream: AsyncGenerator[bytes, None], limits: FormLimits
) -> FormData:
    """Parse the body of a request.

    Args:
        headers: Of the request: they say what the body is.
        stream: The body. It is not read if it is no form.
        limits: What it may have.

    Returns:
        The form; empty if the body is none.

    Raises:
        HTTPError: 400 if it is malformed or incomplete, or has too many parts.
    """
    parser = _parser(headers, stream, limits)
    if parser is None:
        return FormData()
    try:
        form = await parser.parse()
    except MultiPartException as exc:
        detail = _too_many(parser, limits) or exc.message
        raise HTTPError(400, detail=detail) from exc
    except ValueError as exc:  # the encoding that it names, or the text in it
        raise HTTPError(400, detail="The form is malformed.") from exc
    if isinstance(parser, _MultiPartParser) and not parser.ended:
        await form.close()
        raise HTTPError(400, detail="The form ends before its last boundary.")
    for _, value in form.multi_items():
        if isinstance(value, UploadFile):
            value.filename = without_path(value.filename or "")
    return form


def _parser(
    headers: Headers, stream: AsyncGenerator[bytes, None], limits: FormLimits
) -> _MultiPartParser | FormParser | None:
    kind = parse_options_header(headers.get("content-type"))[0].decode("latin-1")
    if kind == MULTIPART:
        return _MultiPartParser(
            headers,
            stream,
            max_files=limits.files,
            max_fields=limits.fields,
            max_part_size=limits.part,
        )
    if kind == _URLENCODED:
        return FormParser(
            headers, stream, max_fields=limits.fields, max_part_size=limits.part
        )
    return None


def _too_many(parser: _MultiPartParser | FormParser, limits: FormLimits) -> str | None:
    """What there is too much of, and who says so; `None` if that is not the problem."""
    if parser._current_fields > limits.fields:
        return f"A form may have at most {limits.fields} fields ({limits.fields_name})."
    if getattr(parser, "_current_files", 0) > limits.files:
        return f"A form may have at most {limits.files} files ({limits.files_name})."
    return None
