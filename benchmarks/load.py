"""A small load generator: bytes out, a known number of bytes back, again.

For websockets, which wrk cannot do, and for HTTP where wrk is not installed. It sends
what `workloads.py` says and never parses: the first answer of each connection tells how
long the others are, and each must begin like the first.

    python -m benchmarks.load WORKLOAD PORT CONNECTIONS SECONDS

prints `{"requests": n, "seconds": s}`.
"""

import asyncio
import base64
import json
import sys
import time

import uvloop

from .domain import GREETING
from .workloads import Workload, workload_named

STATUS_LINE = len(b"HTTP/1.1 200")


def request_bytes(workload: Workload) -> bytes:
    """The workload's request on the wire."""
    lines = [f"{workload.method} {workload.target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in workload.headers]
    return "\r\n".join([*lines, "", ""]).encode() + workload.body


def handshake_bytes(path: str) -> bytes:
    """The request that opens a websocket, without compression (RFC 6455)."""
    key = base64.b64encode(b"sixteen bytes :)").decode()
    return (
        f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\n"
        f"connection: Upgrade\r\nsec-websocket-version: 13\r\n"
        f"sec-websocket-key: {key}\r\n\r\n"
    ).encode()


def frame(text: str, *, masked: bool) -> bytes:
    """A short text message in one frame; clients mask theirs (RFC 6455, 5.2)."""
    payload = text.encode()
    if not masked:
        return bytes([0x81, len(payload)]) + payload
    mask = b"\x12\x34\x56\x78"
    hidden = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    return bytes([0x81, 0x80 | len(payload)]) + mask + hidden


class Connection(asyncio.Protocol):
    """One client that has at most one request under way."""

    def __init__(self, opening: bytes, request: bytes, answer: bytes) -> None:
        self.answers = 0
        self.failure = ""
        loop = asyncio.get_running_loop()
        self.begun: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._opening = opening
        self._request = request
        self._start = answer
        self._length = len(answer)
        self._received = bytearray()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # for a TCP socket
        self._transport.write(self._opening or self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._opening:
            self._finish_opening()
        elif not self._length:
            self._learn_answer()
        elif len(self._received) >= self._length:
            self._count_answer()

    def _finish_opening(self) -> None:
        if self._received.endswith(b"\r\n\r\n"):
            if not self._received.startswith(b"HTTP/1.1 101"):
                self._fail()
                return
            self._opening = b""
            self._received.clear()
            self._transport.write(self._request)

    def _learn_answer(self) -> None:
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = content_length(bytes(head))
        if len(body) == length:
            self._start = bytes(head[:STATUS_LINE])
            self._length = len(self._received)
            self._count_answer()

    def _count_answer(self) -> None:
        if not self.begun.done():
            self.begun.set_result(None)
        if len(self._received) > self._length or not self._received.startswith(
            self._start
        ):
            self._fail()
            return
        self.answers += 1
        self._received.clear()
        self._transport.write(self._request)

    def _fail(self) -> None:
        self.failure = f"unexpected answer: {bytes(self._received[:200])!r}"
        self._transport.close()

    def stop(self) -> None:
        """Close, and be ended at once."""
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        for what in (self.begun, self.ended):
            if not what.done():
                what.set_result(None)


def content_length(head: bytes) -> int:
    """The body's length as the head of a response says it.

    Raises:
        ValueError: If it does not say it.
    """
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError(f"No content-length in {head!r}")


async def load(
    workload: Workload, port: int, connections: int, seconds: float
) -> dict[str, float]:
    """Keep `connections` clients busy for `seconds`.

    Raises:
        RuntimeError: If a connection ended or an answer was not like the first.
    """
    loop = asyncio.get_running_loop()
    if workload.kind == "websocket":
        parts = (
            handshake_bytes(workload.path),
            frame(GREETING, masked=True),
            frame(GREETING, masked=False),
        )
    else:
        parts = (b"", request_bytes(workload), b"")
    clients = [
        (await loop.create_connection(lambda: Connection(*parts), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    # Handshakes are over then, which are no round trips.
    await asyncio.wait([client.begun for client in clients])
    ends = [client.ended for client in clients]
    before = sum(client.answers for client in clients)
    started = time.monotonic()
    await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    elapsed = time.monotonic() - started
    answers = sum(client.answers for client in clients) - before
    ended = [client for client in clients if client.ended.done()]
    for client in clients:
        client.stop()
    await asyncio.wait(ends)
    if ended:
        raise RuntimeError(ended[0].failure or "the server closed a connection")
    return {"requests": answers, "seconds": elapsed}


if __name__ == "__main__":
    name, port, connections, seconds = sys.argv[1:]
    running = load(workload_named(name), int(port), int(connections), float(seconds))
    print(json.dumps(uvloop.run(running)))
