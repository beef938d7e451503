"""How a route wants its websockets to be: checked at the user's line."""

import re
from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from .closing import Caught, caught_codes
from .errors import RouteError
from .messages import TEXT, MessageType, message_type

# RFC 6455 §4.1: a subprotocol is a token of RFC 9110 §5.6.2.
_NAME: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"


class Options(Struct, frozen=True):
    """How a route wants its websockets to be.

    Attributes:
        auto_accept: Whether they are accepted before the view is called.
        receives: The messages that `receive` expects.
        sends: The messages that `send` makes.
        caught: The codes that end a conversation in silence.
        subprotocols: Those that the server speaks, the preferred one first.
    """

    auto_accept: bool = True
    receives: MessageType = TEXT
    sends: MessageType = TEXT
    caught: Caught = frozenset([1000, 1001])
    subprotocols: tuple[str, ...] = ()


def checked_options(
    *,
    auto_accept: object,
    value_type: Any,
    receive_type: Any,
    send_type: Any,
    caught_close_codes: object,
    subprotocols: object,
) -> Options:
    """The options of a route, checked.

    Raises:
        RouteError: If one is not accepted; the message says what is.
    """
    if not isinstance(auto_accept, bool):
        raise RouteError(f"auto_accept must be True or False, not {auto_accept!r}.")
    both = message_type(value_type, "value_type")
    return Options(
        auto_accept,
        both if receive_type is None else message_type(receive_type, "receive_type"),
        both if send_type is None else message_type(send_type, "send_type"),
        caught_codes(caught_close_codes),
        _checked_subprotocols(subprotocols),
    )


def _checked_subprotocols(names: object) -> tuple[str, ...]:
    if not isinstance(names, Sequence) or isinstance(names, str | bytes):
        raise RouteError(
            "subprotocols must be a list of names, the preferred one first, "
            f"not {names!r}."
        )
    for name in names:
        if not isinstance(name, str) or not re.fullmatch(_NAME, name):
            raise RouteError(
                f"{name!r} cannot be a subprotocol: names are letters, digits and "
                "some punctuation, as in 'chat.v1' (RFC 6455 §4.1)."
            )
    return tuple(names)
