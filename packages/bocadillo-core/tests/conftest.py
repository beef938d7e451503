import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from starlette.testclient import TestClient

from bocadillo import App, Request, Response, Store, configure


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def app(store):
    return App("test", providers=store)


@pytest.fixture
def client(app):
    """A client whose app is configured, and starts, at the first request."""
    clients = []

    class Lazy:
        def __getattr__(self, name):
            if not clients:
                if app._settings is None:
                    configure(app, STATIC_DIR=None)
                client = TestClient(
                    app, raise_server_exceptions=False, follow_redirects=False
                )
                clients.append(client.__enter__())
            return getattr(clients[0], name)

    yield Lazy()
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def ask():
    """Make the request of a client: `ask(b"a", b"b")` sends a body in two parts.

    Events other than parts of a body are given as they are. What a server was sent in
    answer is in `request.sent`.
    """

    def ask(*events, method="GET", path="/", headers=(), **scope):
        messages = [
            event
            if isinstance(event, dict)
            else {"type": "http.request", "body": event, "more_body": True}
            for event in events or [b""]
        ]
        if messages[-1]["type"] == "http.request":
            messages[-1]["more_body"] = False

        async def receive():
            if not messages:
                await asyncio.Event().wait()
            return messages.pop(0)

        async def send(message):
            request.sent.append(message)

        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers],
            **scope,
        }
        request = Request(scope, receive, send)
        request.sent = []
        return request

    return ask


@pytest.fixture
def res(ask):
    """The response to a plain request."""
    return Response(ask())


class Peer:
    """The client of a websocket, and the server between it and the app.

    Tells the app in the ways of uvicorn that the client has left: in `receive`, by an
    `OSError` from `send`, and by a `RuntimeError` where it has closed by itself.
    """

    def __init__(self, app, path, *, headers=(), denial=True, **scope):
        path, _, query = path.partition("?")
        self.scope = {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", b"example.com"), *headers],
            "client": ("127.0.0.1", 1234),
            "server": ("127.0.0.1", 80),
            "subprotocols": [],
            "state": {"peer": self},
            "extensions": {"websocket.http.response": {}} if denial else {},
            **scope,
        }
        self.sent = []
        self._to_app = asyncio.Queue()
        self._to_client = asyncio.Queue()
        self._gone = None
        self._to_app.put_nowait({"type": "websocket.connect"})
        self.served = asyncio.create_task(app(self.scope, self._to_app.get, self._send))

    async def _send(self, event):
        if self._gone is not None:
            raise self._gone
        self.sent.append(event)
        self._to_client.put_nowait(event)
        if event["type"] == "websocket.close":
            code = event.get("code", 1000)
            self.tell({"type": "websocket.disconnect", "code": code})
            self._gone = RuntimeError("Unexpected, after sending 'websocket.close'.")

    def tell(self, event):
        """Give the app an event to receive."""
        self._to_app.put_nowait(event)

    def send(self, data):
        """Send a message: text, bytes, or anything else as JSON."""
        if isinstance(data, bytes):
            self.tell({"type": "websocket.receive", "bytes": data})
        else:
            text = data if isinstance(data, str) else json.dumps(data)
            self.tell({"type": "websocket.receive", "text": text})

    def close(self, code=1000, reason=""):
        """Close, as a client does."""
        self.fail(code, reason, OSError("The client has left."))

    def fail(self, code, reason="", error=None):
        """Close, as a server does when its client breaks the protocol."""
        self._gone = error or RuntimeError("Unexpected message.")
        self.tell({"type": "websocket.disconnect", "code": code, "reason": reason})

    async def event(self):
        """What the app sends next."""
        return await asyncio.wait_for(self._to_client.get(), 5)

    async def receive(self):
        """The data of the message that the app sends next."""
        event = await self.event()
        assert event["type"] == "websocket.send", event
        return event.get("text", event.get("bytes"))

    async def end(self):
        """Wait until the app has served it; the events that nobody has looked at."""
        await asyncio.wait_for(self.served, 5)
        rest = []
        while not self._to_client.empty():
            rest.append(self._to_client.get_nowait())
        return rest

    async def code(self):
        """The code of the close that the app has sent last."""
        await self.end()
        (*_, last) = self.sent
        assert last["type"] == "websocket.close", last
        return last["code"]


@pytest.fixture
def connect(app):
    """Open a websocket: `async with connect("/chat") as peer`, accepted by then.

    `handshake=False` leaves out to wait for that.
    """

    @asynccontextmanager
    async def connect(path="/", *, handshake=True, settings=None, **options):
        if app._settings is None:
            configure(app, settings, STATIC_DIR=None)
        peer = Peer(app, path, **options)
        try:
            if handshake:
                event = await peer.event()
                assert event["type"] == "websocket.accept", event
            yield peer
        finally:
            if not peer.served.done():
                peer.close(1001)
                await asyncio.wait({peer.served}, timeout=5)
            assert peer.served.done(), "The view did not end."

    return connect
