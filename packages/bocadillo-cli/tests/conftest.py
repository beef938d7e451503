"""What the tests of the command share: a runner, a directory, an app in it."""

import sys
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from bocadillo_cli.main import main

SHOP = '''
"""An app with something of everything."""

from bocadillo import App, Middleware, Router, Store, configure, hooks

store = Store()


@store.provider(scope="app")
async def pool():
    yield "pool"


@store.provider
async def db(pool):
    yield f"db of {pool}"


@store.provider
async def user(req, db):
    return "ada"


@store.provider
async def old():
    return None


class Timing(Middleware):
    pass


async def log_in(req, res, params, user): ...
async def audit(req, res, params): ...


app = App("shop", providers=store)
app.add_middleware(Timing)
api = Router()
api.before(log_in)
admin = App("admin")


@app.route("/")
async def index(req, res):
    res.text = "Welcome"


@api.route("/items/{pk}")
class Item:
    @hooks.after(audit)
    async def get(self, req, res, pk: int, limit: int = 10, *, db): ...

    async def delete(self, req, res, pk: int): ...


@api.route("/items", methods=["POST"])
async def create(req, res, db): ...


@api.route("/items/new")
async def new(req, res): ...


@api.error_handler(LookupError)
async def not_found(req, res, exc): ...


@admin.route("/users/{name}")
async def admin_user(req, res, name, db): ...


app.include_router(api, prefix="/api")
app.mount("/admin", admin)
configure(app, SECRET_KEY="do not tell", gzip=True, STATIC_DIR=None)
'''


@pytest.fixture
def directory(tmp_path, monkeypatch) -> Path:
    """An empty working directory, from which modules can be imported for once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delenv("BOCADILLO_APP", raising=False)
    monkeypatch.delenv("BOCADILLO_DEBUG", raising=False)
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        module = sys.modules[name]
        places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
        if any(str(place).startswith(str(tmp_path)) for place in places):
            del sys.modules[name]


@pytest.fixture
def run(directory, monkeypatch):
    """Run `bocadillo` on a terminal of 80 columns, as in `run("create", "my-app")`."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*args: str, answers: str = "", **options) -> Result:
        return CliRunner().invoke(
            main, args, input=answers, prog_name="bocadillo", **options
        )

    return run


@pytest.fixture
def write(directory):
    """Write a module, as in `write("asgi.py", "app = …")`."""

    def write(name: str, code: str) -> Path:
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(code).lstrip(), "utf-8")
        return file

    return write


@pytest.fixture
def shop(write) -> Path:
    """The file of an app with something of everything: `shop:app`."""
    return write("shop.py", SHOP)
