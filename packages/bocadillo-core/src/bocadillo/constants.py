"""Facts that users and rooms alike refer to by name."""

from enum import StrEnum
from typing import Final

__all__ = [
    "ALL_HTTP_METHODS",
    "CONTENT_TYPE",
    "DEFAULT_CORS_CONFIG",
    "WEBSOCKET_CLOSE_CODES",
]

ALL_HTTP_METHODS: Final = (
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
)
"""The methods that RFC 9110 §9 and RFC 5789 define: what a class view may serve."""


class CONTENT_TYPE(StrEnum):  # noqa: N801 - a name that users import
    """Media types that the response builder sets."""

    PLAIN_TEXT = "text/plain; charset=utf-8"
    HTML = "text/html; charset=utf-8"
    JSON = "application/json"
    EVENT_STREAM = "text/event-stream; charset=utf-8"


DEFAULT_CORS_CONFIG: Final[dict[str, object]] = {
    "allow_origins": [],
    "allow_methods": ["GET"],
}
"""What `CORS = True` means: no foreign origin, and only `GET`."""

WEBSOCKET_CLOSE_CODES: Final = {
    1000: "Normal Closure",
    1001: "Going Away",
    1002: "Protocol Error",
    1003: "Unsupported Data",
    1005: "No Status Received",
    1006: "Abnormal Closure",
    1007: "Invalid Payload Data",
    1008: "Policy Violation",
    1009: "Message Too Big",
    1010: "Mandatory Extension",
    1011: "Internal Error",
    1012: "Service Restart",
    1013: "Try Again Later",
    1014: "Bad Gateway",
    1015: "TLS Handshake Failure",
}
"""Registered close codes (RFC 6455 §7.4 and its IANA registry) and their meaning."""
