"""What importing costs, counted: the modules that are loaded, and by what.

A second of CPU is another one on each machine; a module is a module. Importing
Bocadillo shall take no more than 1.3 times what importing Starlette's applications
takes. It did when these bounds were set: look before you raise one (`benchmarks`, and
`python -X importtime -c "import bocadillo"`).
"""

import subprocess
import sys

import pytest

IMPORT = "import bocadillo"
HELLO = """\
from bocadillo import App, Request, Response, configure
app = App()
configure(app)
@app.route("/")
async def index(req: Request, res: Response) -> None:
    res.text = "Hello"
"""
SERVED = f"""\
{HELLO}
import asyncio
scope = {{"type": "http", "method": "GET", "path": "/", "headers": []}}
async def receive(): return {{"type": "http.request"}}
async def send(message): assert message.get("status", 200) == 200
asyncio.run(app(scope, receive, send))
"""

LATE = "attr attrs pydantic jinja2 whitenoise aiofiles websockets wsproto a2wsgi"
"""Libraries of features: whoever uses one imports it."""

STARLETTE = "import starlette.applications, starlette.websockets"
BEYOND = "asyncio, decimal, gc, importlib.util, msgspec, pathlib"
"""What we import and Starlette does not (asyncio: from Python 3.13 on)."""

MOST_ROOMS = 51

FEATURES = """bocadillo.conversation bocadillo.handshakes bocadillo.lookahead
bocadillo.messages bocadillo.socket_mounts bocadillo.socket_views bocadillo.static_index
bocadillo.staticfiles bocadillo.text_calls bocadillo.websocket_options
bocadillo.websockets bocadillo.wire
bocadillo_providers.compiler bocadillo_providers.drawing bocadillo_providers.stages html
unicodedata"""
"""What only those apps need that have websockets, mount, inject, draw, take parameters,
send HTML errors or attachments: others would keep it in memory for nothing."""

SERVING = "compilation dispatch matching providers sending sockets views"
"""Among the rooms that an app needs when it starts, and not to be declared."""


@pytest.fixture(scope="module")
def loaded_by():
    """The modules that a fresh interpreter has after running some code."""
    known = {}

    def modules(code):
        if code not in known:
            done = subprocess.run(
                [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
                capture_output=True,
                text=True,
                check=True,
            )
            known[code] = set(done.stdout.split())
        return known[code]

    return modules


@pytest.mark.parametrize("code", [IMPORT, HELLO, SERVED], ids=["import", "app", "call"])
def test_libraries_of_features_wait_until_they_are_used(loaded_by, code):
    assert not loaded_by(code) & set(LATE.split())


def test_importing_takes_little_that_starlette_does_not_take(loaded_by):
    expected = loaded_by(f"{STARLETTE}, {BEYOND}")
    newcomers = {name.partition(".")[0] for name in loaded_by(IMPORT) - expected}

    assert newcomers == {"bocadillo"}


@pytest.mark.parametrize("code", [IMPORT, HELLO], ids=["import", "app"])
def test_an_app_is_declared_without_what_serves_it(loaded_by, code):
    serving = {f"bocadillo.{room}" for room in SERVING.split()}

    assert not loaded_by(code) & (serving | {"bocadillo_providers"})


def test_importing_loads_few_rooms(loaded_by):
    rooms = sorted(name for name in loaded_by(IMPORT) if name.startswith("bocadillo."))

    assert len(rooms) <= MOST_ROOMS, f"There is one too many: {rooms}"


@pytest.mark.parametrize("code", [HELLO, SERVED], ids=["app", "call"])
def test_an_app_that_serves_text_keeps_nothing_of_other_features(loaded_by, code):
    loaded = loaded_by(code) - loaded_by("")  # which may be measuring coverage

    assert not loaded & set(FEATURES.split())


def test_an_app_that_serves_text_loads_what_serves(loaded_by):
    serving = {f"bocadillo.{room}" for room in SERVING.split()}

    assert serving <= loaded_by(SERVED)
