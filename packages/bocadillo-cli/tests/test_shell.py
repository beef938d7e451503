import asyncio
import platform
import sys

import pytest

from bocadillo import App, Store, configure
from bocadillo_cli.prompts import Providers

BANNER = f"Python {platform.python_version()}, shop:app. `await` works here.\n"


@pytest.fixture(autouse=True)
def without_ipython(monkeypatch):
    """Also where it is installed."""
    monkeypatch.setitem(sys.modules, "IPython", None)


def test_what_is_at_hand_is_said(run, shop):
    result = run("shell", "--app", "shop:app")

    assert result.exit_code == 0
    assert result.stderr.startswith(
        f'{BANNER}At hand: app, settings, await providers.get("…")'
    )


def answers(result) -> list[str]:
    """What was printed after each prompt."""
    return result.stdout.replace("... ", "").split(">>> ")[1:]


def test_await_works_outside_of_functions(run, shop):
    result = run("shell", "--app", "shop:app", answers="""\
import asyncio
await asyncio.sleep(0, "slept")
async def answer():
    return 42

await answer()
""")  # fmt: skip

    assert answers(result) == ["", "'slept'\n", "", "42\n", ""]


def test_the_app_and_its_settings_are_at_hand(run, shop):
    result = run(
        "shell", "--app", "shop:app", answers="app\nsettings.GZIP_MIN_SIZE\nproviders\n"
    )

    assert answers(result) == [
        "<App 'shop' with 3 declarations>\n",
        "2048\n",
        '<providers: use `await providers.get("name")`>\n',
        "",
    ]


def test_providers_are_evaluated_once_and_clean_up(run, write):
    write("app.py", """
        from bocadillo import App, Store, configure

        store = Store()

        @store.provider(scope="app")
        async def pool():
            yield "pool"
            print("pool closed")

        @store.provider
        async def db(pool):
            print("db opened")
            yield f"db of {pool}"
            print("db closed")

        app = configure(App(providers=store))
        """)  # fmt: skip

    result = run(
        "shell",
        answers='await providers.get("db")\nawait providers.get("db")\n',
    )

    assert answers(result) == [
        "db opened\n'db of pool'\n",
        "'db of pool'\n",
        "db closed\npool closed\n",
    ]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ('await providers.get("nobody")', "MissingProvider: 'nobody' is asked for"),
        ("def f(:", "SyntaxError: invalid syntax"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_after_an_error_the_prompt_goes_on(run, shop, line, error):
    result = run("shell", "--app", "shop:app", answers=f"{line}\n1 + 1\n")

    assert result.exit_code == 0
    assert error in result.stderr
    assert answers(result)[1:] == ["2\n", ""]


def test_exit_ends_it(run, shop):
    result = run("shell", "--app", "shop:app", answers="exit()\n1 / 0\n")

    assert result.exit_code == 0
    assert "ZeroDivisionError" not in result.stderr


def test_a_client_is_at_hand_if_there_is_a_library_for_it(run, shop):
    pytest.importorskip("bocadillo_testing")

    result = run("shell", "--app", "shop:app", answers='client.get("/").text\n')

    assert 'client.get("/")\n' in result.stderr
    assert answers(result) == ["'Welcome'\n", ""]


def test_without_that_library_there_is_no_client(run, shop, monkeypatch):
    monkeypatch.setitem(sys.modules, "bocadillo_testing", None)

    result = run("shell", "--app", "shop:app", answers="client\n")

    assert "client.get" not in result.stderr
    assert "NameError: name 'client' is not defined" in result.stderr


def test_an_app_that_could_not_start_is_a_failure(run, write):
    write("app.py", """
        from bocadillo import App, Store, configure

        store = Store()

        @store.provider
        async def db(databse): ...

        app = configure(App(providers=store))
        """)  # fmt: skip

    result = run("shell")

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: 1 problem in the provider graph\n")


class TestProviders:
    async def test_a_session_that_cannot_be_opened_is_told_and_tried_again(self):
        store, failures = Store(), [LookupError("no network")]

        @store.provider(scope="app")
        async def pool():
            if failures:
                raise failures.pop()
            return "pool"

        providers = Providers(configure(App(providers=store)))

        with pytest.raises(LookupError, match="no network"):
            await providers.get("pool")
        assert await providers.get("pool") == "pool"
        await providers.close()

    async def test_set_up_and_clean_up_are_in_one_task(self):
        store, tasks = Store(), []

        @store.provider
        async def db():
            tasks.append(asyncio.current_task())
            yield
            tasks.append(asyncio.current_task())

        providers = Providers(configure(App(providers=store)))
        await asyncio.create_task(providers.get("db"))
        await asyncio.create_task(providers.close())

        assert len(tasks) == 2
        assert tasks[0] is tasks[1]

    async def test_what_was_never_used_needs_no_closing(self):
        await Providers(configure(App(providers=Store()))).close()


# Stands for IPython, which is large: its interface, as far as it is used.
IPYTHON = """
from IPython.core.async_helpers import get_asyncio_loop

def start_ipython(argv, user_ns, config):
    print(config.TerminalInteractiveShell.banner1)
    value = get_asyncio_loop().run_until_complete(user_ns["providers"].get("pool"))
    print(argv, sorted(user_ns), value)
"""
HELPERS = """
import asyncio

loop = asyncio.new_event_loop()

def get_asyncio_loop():
    return loop
"""
TRAITLETS = """
class Config:
    class TerminalInteractiveShell:
        pass
"""


def test_ipython_is_used_if_it_is_installed(run, shop, write, monkeypatch, directory):
    write("IPython/__init__.py", IPYTHON)
    write("IPython/core/async_helpers.py", HELPERS)
    write("traitlets/config.py", TRAITLETS)
    monkeypatch.delitem(sys.modules, "IPython")
    monkeypatch.syspath_prepend(directory)

    result = run("shell", "--app", "shop:app")

    assert result.exit_code == 0
    assert result.stdout.startswith(BANNER)
    assert result.stdout.endswith("'settings'] pool\n")
    from IPython.core.async_helpers import loop

    loop.close()
