"""What type checkers say about programs that use the package."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bocadillo_providers

SAMPLE = """
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, assert_type

import bocadillo_providers
from bocadillo_providers import Consumer, Lazy, Provider, Registry, Store, use


class Connection: ...


store = Store()


@store.provider(scope="app")
async def pool() -> AsyncIterator[int]:
    yield 1


@store.provider
async def db(pool: int) -> AsyncIterator[Connection]:
    yield Connection()


@store.provider
def generator() -> Iterator[str]:
    yield ""


@store.provider
def plain() -> bytes:
    return b""


@store.provider
async def coroutine() -> float:
    return 1.0


@store.provider
@contextmanager
def manager() -> Iterator[str]:
    yield ""


@store.provider
@asynccontextmanager
async def async_manager() -> AsyncIterator[str]:
    yield ""


@Registry().provider(name="connection", lazy=True)
class Made(Connection): ...


assert_type(pool, Provider[int])
assert_type(db, Provider[Connection])
assert_type(generator, Provider[str])
assert_type(plain, Provider[bytes])
assert_type(coroutine, Provider[float])
assert_type(manager, Provider[str])
assert_type(async_manager, Provider[str])
assert_type(use(db), Connection)


@store.consumer
async def rename(user_id: int, name: str, *, db: Connection = use(db)) -> str:
    assert_type(db, Connection)
    return name


@store.consumer(supplied=("job",))
def work(job: int, report: Lazy[str] = use("report")) -> int:
    return job


@bocadillo_providers.consumer
async def default(by_name: int = use()) -> None: ...


async def main() -> None:
    async with store.session() as session:
        assert_type(await rename(3, name="Ada"), str)
        assert_type(work.call_sync(1), int)
        assert_type(await work(1), int)
        assert_type(await session.get(db), Connection)
        assert_type(session.get_sync(pool), int)
        assert_type(await session.get("db"), Any)
        async with session.scope("request", req=1) as scope:
            assert_type(await scope.call(rename, 3, name="Ada"), str)
        run = session.bind(work)
        assert_type(await run(1), int)
    with store.override(db=1), store.trace() as trace:
        print(trace.tree(), rename.plan, rename.providers)


class Users:
    @store.consumer
    async def find(self, number: int, *, db: Connection = use(db)) -> str:
        return ""


async def method(users: Users) -> None:
    assert_type(await users.find(3), str)


async def report(lazy: Lazy[str]) -> None:
    assert_type(await lazy, str)
"""

MISTAKES = """
from bocadillo_providers import Store, use

store = Store()


@store.provider
def db() -> int:
    return 1


@store.consumer
async def rename(user_id: int, *, db: int = use(db)) -> str:
    return ""


class Users:
    @store.consumer
    async def find(self, number: int) -> str:
        return ""


async def main() -> None:
    await Users().find("3")  # error
    await rename()  # error
    await rename("3")  # error
    await rename(3, nme=1)  # error
    number: int = await rename(3)  # error


def wrong(db: str = use(db)) -> None: ...  # error


store.provider(scop="app")  # error
"""


def check(command, source, tmp_path):
    """Run a checker on a source; the lines that it complains about."""
    file = tmp_path / "sample.py"
    file.write_text(source)
    done = subprocess.run(
        [*command, str(file)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={
            **os.environ,
            "MYPYPATH": str(Path(bocadillo_providers.__file__).parents[1]),
        },
    )
    output = done.stdout + done.stderr
    return {
        int(line) for line in re.findall(r"sample\.py:(\d+).*error", output)
    }, output


def checkers(tmp_path):
    """The type checkers that are installed, as commands."""
    bin_ = Path(sys.executable).parent
    commands = []
    if mypy := shutil.which("mypy", path=bin_):
        options = ["--strict", "--no-error-summary", f"--cache-dir={tmp_path}/cache"]
        commands.append([mypy, *options])
    if pyright := shutil.which("pyright", path=bin_):
        (tmp_path / "pyrightconfig.json").write_text(
            f'{{"extraPaths": ["{Path(bocadillo_providers.__file__).parents[1]}"]}}'
        )
        commands.append([pyright, f"--pythonpath={sys.executable}"])
    return commands


@pytest.fixture(params=[0, 1], ids=["mypy", "pyright"])
def command(request, tmp_path):
    name = ["mypy", "pyright"][request.param]
    found = [each for each in checkers(tmp_path) if Path(each[0]).stem == name]
    if not found:
        pytest.skip(f"{name} is not installed")
    return found[0]


def test_a_right_program_has_no_errors(command, tmp_path):
    lines, output = check(command, SAMPLE, tmp_path)

    assert lines == set(), output
    assert not output or "0 errors" in output


def test_mistakes_are_found(command, tmp_path):
    lines, output = check(command, MISTAKES, tmp_path)

    expected = {
        number
        for number, line in enumerate(MISTAKES.splitlines(), 1)
        if line.endswith("# error")
    }
    assert lines == expected, output
