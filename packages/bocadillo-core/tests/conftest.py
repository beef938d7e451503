import pytest
from starlette.testclient import TestClient

from bocadillo import App, Store, configure


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
