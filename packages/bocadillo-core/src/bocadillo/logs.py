"""What log records say of a request."""

from uuid import uuid4

from .asgi import Scope

_KEY = "bocadillo.request_id"


def request_id(scope: Scope) -> str:
    """What identifies a connection in the log.

    The `x-request-id` that a proxy in front has set, if it is short and plain; else
    one is made up when it is first needed.
    """
    known = scope.get(_KEY)
    if known is None:
        known = _given(scope) or uuid4().hex
        scope[_KEY] = known
    return str(known)


def _given(scope: Scope) -> str:
    for name, value in scope.get("headers", ()):
        if name == b"x-request-id":
            text: str = value.decode("latin-1")
            plain = text.isascii() and text.replace("-", "").replace("_", "").isalnum()
            return text if plain and len(text) <= 64 else ""
    return ""
