"""Forms, parsed by Starlette; their defects are mapped here and nowhere else.

What is malformed, incomplete or has too many parts is the client's mistake: a 400.
"""

from collections.abc import AsyncGenerator
from typing import Any, Final

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from .errors import HTTPError

MULTIPART: Final = "multipart/form-data"
_URLENCODED: Final = "application/x-www-form-urlencoded"


class _MultiPartParser(MultiPartParser):
    """Knows whether the last boundary came; without it, parts may be missing."""

    ended = False

    def on_end(self) -> None:
        self.ended = True


async def parse_form(
    headers: Headers, stream: AsyncGenerator[bytes, None], **limits: Any
) -> FormData:
    """Parse the body of a request.

    Args:
        headers: Of the request: they say what the body is.
        stream: The body. It is not read if it is no form.
        limits: `max_files`, `max_fields`, and `max_part_size` in bytes.

    Returns:
        The form; empty if the body is none.

    Raises:
        HTTPError: 400 if it is malformed or incomplete, or has too many parts.
    """
    kind = parse_options_header(headers.get("content-type"))[0].decode("latin-1")
    try:
        if kind == MULTIPART:
            parser = _MultiPartParser(headers, stream, **limits)
            form = await parser.parse()
            if not parser.ended:
                await form.close()
                raise HTTPError(400, detail="The form ends before its last boundary.")
            return form
        if kind == _URLENCODED:
            del limits["max_files"]
            return await FormParser(headers, stream, **limits).parse()
    except MultiPartException as exc:
        raise HTTPError(400, detail=exc.message) from exc
    except ValueError as exc:  # the encoding that it names, or the text in it
        raise HTTPError(400, detail="The form is malformed.") from exc
    return FormData()
