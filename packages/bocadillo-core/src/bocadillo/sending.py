"""How a response that was built leaves.

`settle` does what could still fail; from then on `send_settled` can only be stopped by
the client. Which response it is was decided by views and error handlers.
"""

from typing import Final

from .asgi import Message, RawHeaders, Scope, Send
from .chunks import send_body
from .content import JSON, NO_JSON, TEXT, FileContent, Header
from .errors import ClientDisconnect
from .files import open_file
from .json import encode
from .ongoing import Ongoing
from .request import Request
from .response import Response
from .streams import Stream

SMALL: Final = 512
"""Bytes of content from which on it is not small any more."""

SmallHeads = tuple[Header, list[RawHeaders | None]]
"""A content type, and the headers of small responses of it that got no others, by
size; `None` if there was none of that size yet."""

BODILESS: Final = frozenset([*range(100, 200), 204, 304])
"""Neither type nor body (RFC 9110 §15.2, §15.3.5, §15.4.5)."""

_BODY_HEADERS: Final = frozenset(
    [b"content-type", b"content-length", b"transfer-encoding"]
)
_LENGTH: Final = frozenset([b"content-length"])
_ENCODING: Final = frozenset([b"transfer-encoding"])
_NOTHING: Final[frozenset[bytes]] = frozenset()

KEEPS_BODY: Final = "bocadillo.keeps_body"
"""In a scope: who asked for it needs the body of a HEAD, and takes it away."""


async def settle(res: Response) -> None:
    """Make the content final: encode an object, open a file.

    Raises:
        TypeError: If an object cannot be encoded.
        HTTPError: 404 if a file cannot be sent.
    """
    content = res._content
    if content is None:
        if res._json is not NO_JSON:
            res._content = encode(res._json)
    elif isinstance(content, FileContent):
        if content.answer is None:
            await _open(res, content)
    elif isinstance(content, Stream) and res._status in BODILESS:
        res._content = b""


async def _open(res: Response, content: FileContent) -> None:
    if res._file is not None:
        await res._file.aclose()
    scope = res.request.scope
    content.status = res._status
    answer = content.answer = res._file = await open_file(
        content.path,
        root=content.root,
        status=res._status,
        method=scope["method"],
        headers=scope["headers"],
        response_headers=res.headers,
    )
    res.status_code = answer.status
    res.headers.update(answer.headers)


async def send_settled(
    res: Response, send: Send, defaults: RawHeaders, ongoing: Ongoing
) -> None:
    """Send a settled response.

    Args:
        res: The response.
        send: The server's.
        defaults: Headers to add unless the response has one of that name.
        ongoing: Runs it if it is a stream.
    """
    content = b"" if res._content is None else res._content
    if isinstance(content, bytes):
        res.started = True
        await send(head(res, len(content), defaults))
        if _withholds_body(res._status, res.request.scope):
            content = b""
        await send({"type": "http.response.body", "body": content})
    else:
        await _send_parts(res, send, defaults, ongoing)


def all_headers(kind: Header, content: bytes, defaults: RawHeaders) -> RawHeaders:
    """The headers of a response to which nothing is added."""
    return [(b"content-length", b"%d" % len(content)), *defaults, kind]


def head(res: Response, size: int, defaults: RawHeaders) -> Message:
    """The message that a response of so many bytes begins with.

    Args:
        res: The response.
        size: Bytes of content.
        defaults: Headers to add unless the response has one of that name.
    """
    status = res._status
    if res._headers is None and (status == 200 or status not in BODILESS):
        # PERF: nearly every response takes this way (bench a, b).
        length = b"content-length", b"%d" % size
        kind = res._content_type
        if kind is None:
            if res._json is not NO_JSON:
                kind = JSON
            elif res._content is not None:
                kind = TEXT
        headers = [length, *defaults, kind] if kind else [length, *defaults]
    else:
        headers = raw_headers(res, defaults, size)
    return {"type": "http.response.start", "status": status, "headers": headers}


def _withholds_body(status: int, scope: Scope) -> bool:
    """Whether the body of a response is announced at most."""
    return status in BODILESS or (scope["method"] == "HEAD" and KEEPS_BODY not in scope)


async def _send_parts(
    res: Response, send: Send, defaults: RawHeaders, ongoing: Ongoing
) -> None:
    async def open_() -> bool:
        await start(res, send, defaults)
        return True

    content = res._content
    if isinstance(content, Stream):
        await ongoing.run(content, open_)
        await conclude(res.request)
        return
    await open_()
    file = content.answer if isinstance(content, FileContent) else None
    if file is None or res._status in BODILESS:
        await send({"type": "http.response.body"})
    else:
        disconnect = res.request._listening().listen
        await send_body(file.bodies(), file.length, send, disconnect)


async def start(res: Response, send: Send, defaults: RawHeaders) -> None:
    """Send status and headers, for a body that follows in parts.

    Raises:
        ClientDisconnect: If the client has left.
    """
    res.started = True
    headers = raw_headers(res, defaults, None)
    status = res._status
    try:
        await send(
            {"type": "http.response.start", "status": status, "headers": headers}
        )
    except OSError as exc:  # so a server says it (ASGI, HTTP version 2.4)
        raise ClientDisconnect from exc


async def conclude(request: Request) -> None:
    """Send the end of a stream, if one is due: the client learns that all went well."""
    last, request._last = request._last, None
    if last is not None:
        try:
            await request._send({"type": "http.response.body", "body": last})
        except OSError:
            request._is_disconnected = True


def raw_headers(res: Response, defaults: RawHeaders, size: int | None) -> RawHeaders:
    """The headers as they go out.

    Args:
        res: The response.
        defaults: Headers to add unless the response has one of that name.
        size: Bytes of content; `None` when nobody knows, or a header says so.
    """
    raw = res.headers.raw
    names = {name for name, _ in raw}
    dropped = _NOTHING if size is None else _LENGTH
    if res._status in BODILESS:
        dropped, size = _BODY_HEADERS, None
    elif b"transfer-encoding" in names:
        # HTTP/1.0 cannot, and HTTP/2 need not, chunk (RFC 9112 §6.1).
        if res.request.scope.get("http_version", "1.1") == "1.1":
            dropped, size = _LENGTH, None
        else:
            dropped = dropped | _ENCODING
    elif size == 0 and res._content is None and _announces(res):
        dropped, size = _NOTHING, None
    # PERF: most responses have none of these (`benchmarks.features`).
    if not dropped.isdisjoint(names):
        raw = [header for header in raw if header[0] not in dropped]
        names -= dropped
    if size is not None:
        raw.append((b"content-length", b"%d" % size))
    for name, _ in defaults:
        if name in names:
            return raw + [header for header in defaults if header[0] not in names]
    return [*raw, *defaults]


def _announces(res: Response) -> bool:
    """Whether an own answer to `HEAD` tells the length of what it did not make.

    See RFC 9110 §8.6.
    """
    return res.request.scope["method"] == "HEAD" and "content-length" in res.headers
