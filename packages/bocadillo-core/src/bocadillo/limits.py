"""How much a client may send, decided when the app is compiled."""

import math
from typing import Final

from msgspec import Struct, structs

from .forms import FormLimits

_ANY_SIZE: Final = 2**62


class Limits(Struct, frozen=True):
    """How much a client may send; `None` lifts a limit.

    Attributes:
        body: Bytes of a body.
        upload: Bytes of a `multipart/form-data` body.
        fields: Form fields.
        files: Form files.
        body_name: What the user set to get `body`, for the message of a 413.
        upload_name: Likewise for `upload`.
        keepalive: Seconds of silence in an event stream.
        digits: Of a `Content-Length` that is allowed whatever the body is.
    """

    body: int | None = 2_500_000
    upload: int | None = 10_000_000
    fields: int | None = 1000
    files: int | None = 100
    body_name: str = "MAX_BODY_SIZE"
    upload_name: str = "MAX_UPLOAD_SIZE"
    keepalive: float = 15
    digits: int = 0

    def __post_init__(self) -> None:
        if self.body is not None and self.upload is not None:
            digits = len(str(min(self.body, self.upload))) - 1
            structs.force_setattr(self, "digits", digits)

    def for_route(self, size: int | None) -> "Limits":
        """The same limits for a route that was declared with `max_body_size`."""
        name = "max_body_size"
        return structs.replace(
            self, body=size, upload=size, body_name=name, upload_name=name
        )

    def for_form(
        self, files: float | None, fields: float | None, part: int | None
    ) -> FormLimits:
        """The limits of a form; what a view asks for by itself wins."""
        asked = {"files_name": "max_files", "fields_name": "max_fields"}
        if files is None:
            del asked["files_name"]
            files = math.inf if self.files is None else self.files
        if fields is None:
            del asked["fields_name"]
            fields = math.inf if self.fields is None else self.fields
        # One part alone is bounded by what the body is.
        return FormLimits(files, fields, _ANY_SIZE if part is None else part, **asked)


DEFAULT_LIMITS: Final = Limits()
