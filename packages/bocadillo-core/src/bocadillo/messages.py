"""What the messages of a websocket are: text, bytes, JSON or a model.

A `MessageType` is chosen when a route is declared; from then on it reads what arrives
and writes what leaves, one message at a time. It knows no connection.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, get_origin

from msgspec import Struct

from . import json
from .annotations import name_type, split, union_members
from .asgi import Message
from .closing import reason_of
from .errors import HTTPError, RouteError
from .spelling import close_matches
from .validation import Decode, compile_model

Frame = Literal["text", "bytes"]
"""The kind of a frame on the wire, and the key of its data in an ASGI event."""

ROOT: Final = "message"
"""The key of a problem with a message as a whole."""


class _Nothing:
    """Has no instances."""


class MessageType(Struct, frozen=True):
    """How messages of one type are read and written.

    Attributes:
        name: What it is called in a message to people.
        frame: Which frames hold it.
        encode: Makes the data of a frame; raises `TypeError` for what it cannot.
        decode: Makes a value; raises `HTTPError` with all problems. `None` where the
            data of the frame is the value.
    """

    name: str
    frame: Frame
    encode: Callable[[Any], str | bytes]
    decode: Decode | None = None

    @property
    def plain_frame(self) -> str:
        """The frame whose data is the value; empty if it has to be decoded."""
        return "" if self.decode else self.frame

    @property
    def plain_class(self) -> type:
        """The class of values that are text as they are; one without any if none."""
        return str if self.encode is _encode_text else _Nothing

    def event(self, value: object) -> Message:
        """The ASGI event that sends a value.

        Raises:
            TypeError: If the value is not of this type.
        """
        return {"type": "websocket.send", self.frame: self.encode(value)}


def message_type(chosen: Any, option: str) -> MessageType:
    """What a message option stands for.

    Args:
        chosen: `"text"`, `"bytes"`, `"json"`, or a model.
        option: The option's name, for messages.

    Raises:
        RouteError: If it is something else; the message lists what is accepted.
    """
    if isinstance(chosen, str) and chosen in TYPES:
        return TYPES[chosen]
    problem = ""
    if isinstance(chosen, str):
        near = close_matches(chosen, TYPES)
        problem = f" Did you mean {near[0]!r}?" if near else ""
    elif chosen is str or chosen is bytes:
        problem = f" Did you mean {'text' if chosen is str else 'bytes'!r}?"
    elif chosen is not None:
        try:
            decode = compile_model(chosen, root=ROOT)
        except TypeError as exc:
            problem = f" {exc}."
        else:
            return MessageType(
                name_type(chosen), "text", _encoder(chosen, decode), decode
            )
    raise RouteError(
        f"{option} must be 'text', 'bytes', 'json' or a model, not {chosen!r}.{problem}"
    )


def _encode_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(
            f"A text message must be a str, not {type(value).__name__}. For other "
            "objects use send_json(), or declare value_type='json'."
        )
    return value


def _encode_bytes(value: object) -> bytes:
    if not isinstance(value, bytes | bytearray | memoryview):
        raise TypeError(
            f"A bytes message must be bytes, not {type(value).__name__}. "
            "For text use send_text()."
        )
    return bytes(value)


def _encode_json(value: object) -> str:
    return json.encode(value).decode()


def _encoder(model: Any, decode: Decode) -> Callable[[Any], str]:
    """Encodes instances of a model, and what can be converted to one."""
    classes = _classes_of(model)

    def encode(value: object) -> str:
        encoded = json.encode(value)
        if isinstance(value, classes):
            return encoded.decode()
        try:
            return _encode_json(decode(encoded))
        except HTTPError as exc:
            raise TypeError(
                f"This {type(value).__name__} is no {name_type(model)}: "
                f"{reason_of(exc.detail)}"
            ) from exc

    return encode


def _classes_of(model: Any) -> tuple[type, ...]:
    """Whose instances need no further look; none where `isinstance` would not tell."""
    plain, _ = split(model)
    members = union_members(plain) or (plain,)
    certain = all(
        isinstance(it, type)
        and get_origin(it) is None
        and not hasattr(it, "__total__")  # a `TypedDict`
        for it in members
    )
    return members if certain else ()


TEXT: Final = MessageType("text", "text", _encode_text)
BYTES: Final = MessageType("bytes", "bytes", _encode_bytes)
JSON: Final = MessageType("json", "text", _encode_json, json.decode)

TYPES: Final[Mapping[str, MessageType]] = {it.name: it for it in (TEXT, BYTES, JSON)}
"""What is chosen by name."""
