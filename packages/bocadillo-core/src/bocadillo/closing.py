"""Why a websocket is closed: the codes and reasons that may stand on the wire.

Pure. RFC 6455 §7.4 and its IANA registry say which codes there are, §5.5.1 how long a
reason may be. `constants` has their names.
"""

from collections.abc import Collection, Container, Iterator, Mapping
from typing import Final

from starlette.exceptions import HTTPException

from .errors import ClientDisconnect, HTTPError, RouteError, WebSocketDisconnect

Caught = Container[int]
"""The close codes that end a conversation in silence."""

_SENDABLE: Final = (range(1000, 1004), range(1007, 1015), range(3000, 5000))
_REASON_BYTES: Final = 123  # 125 in a control frame, of which two are the code

_OUTCOMES: Final = (HTTPError, HTTPException)

_NO_STATUS: Final = 1005
_NORMAL: Final = 1000


def is_sendable(code: int) -> bool:
    """Whether a close frame may hold this code."""
    return any(code in codes for codes in _SENDABLE)


def checked_code(code: object) -> int:
    """A code that may be sent.

    Raises:
        TypeError: If it is no whole number.
        ValueError: If it may not stand in a close frame, as 1005 or 1006.
    """
    if not isinstance(code, int) or isinstance(code, bool):
        raise TypeError(f"A close code must be an int, not {type(code).__name__}.")
    if not is_sendable(code):
        raise ValueError(
            f"Close code {code} cannot be sent: use 1000 to 1003 or 1007 to 1014 for "
            "what RFC 6455 gives them, or 3000 to 4999 for meanings of your own."
        )
    return int(code)


def checked_reason(reason: object) -> str:
    """A reason that fits into a close frame; empty for `None`.

    Raises:
        TypeError: If it is no text.
        ValueError: If it has more than 123 bytes in UTF-8.
    """
    if reason is None:
        return ""
    if not isinstance(reason, str):
        raise TypeError(f"A close reason must be a str, not {type(reason).__name__}.")
    size = len(reason.encode())
    if size > _REASON_BYTES:
        raise ValueError(
            f"A close reason may have {_REASON_BYTES} bytes, but this one has {size}. "
            "Send what is longer in a message before closing."
        )
    return reason


def shortened(reason: str) -> str:
    """As much of a reason as fits into a close frame, in whole characters."""
    encoded = reason.encode("utf-8", "replace")
    if len(encoded) <= _REASON_BYTES:
        return encoded.decode()
    ellipsis = "…".encode()
    cut = encoded[: _REASON_BYTES - len(ellipsis)]
    return cut.decode("utf-8", "ignore") + "…"


def seen_code(code: int | None) -> int:
    """The code that a client's close counts as: none at all is a normal one."""
    return _NORMAL if code is None or code == _NO_STATUS else int(code)


def closing_for(exc: BaseException | None) -> tuple[int, str]:
    """The code and the reason that tell a client how its conversation ended.

    An error on purpose is 1008, a defect 1011; that the client left is neither. A
    group, as task groups raise it, is judged by what is in it.
    """
    errors = [] if exc is None else list(_errors_in(exc))
    if not errors:
        return 1000, ""
    first = errors[0]
    if isinstance(first, _OUTCOMES) and all(isinstance(it, _OUTCOMES) for it in errors):
        return 1008, shortened(reason_of(first.detail) or str(first))
    return 1011, ""


def is_disconnect(exc: BaseException) -> bool:
    """Whether it says that the client has left, and nothing else."""
    return not any(_errors_in(exc))


def _errors_in(exc: BaseException) -> Iterator[BaseException]:
    """What it tells besides that the client has left."""
    if isinstance(exc, BaseExceptionGroup):
        for inner in exc.exceptions:
            yield from _errors_in(inner)
    elif not isinstance(exc, WebSocketDisconnect | ClientDisconnect):
        yield exc


def reason_of(detail: object) -> str:
    """The detail of an `HTTPError` in one line; empty if it is no sentence."""
    if isinstance(detail, Mapping):
        return " ".join(f"{key}: {problem}" for key, problem in detail.items())
    return detail if isinstance(detail, str) else ""


def caught_codes(codes: object) -> Caught:
    """What the option `caught_close_codes` stands for.

    Raises:
        RouteError: If it is neither `all` nor a collection of close codes.
    """
    if codes is all:
        return range(5000)
    if not isinstance(codes, Collection) or isinstance(codes, str | bytes):
        raise RouteError(
            "caught_close_codes must be a tuple of close codes such as (1000, 1001), "
            f"() for none, or the built-in `all`, not {codes!r}."
        )
    for code in codes:
        if not isinstance(code, int) or not 1000 <= code < 5000:
            raise RouteError(
                f"caught_close_codes has {code!r}, but close codes are numbers from "
                "1000 to 4999."
            )
    return frozenset(map(seen_code, codes))
