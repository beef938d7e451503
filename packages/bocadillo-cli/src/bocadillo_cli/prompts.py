"""Interactive prompts in which `await` works, and what they offer.

Imports asyncio and the framework: only a command that starts a prompt imports this.
"""

import ast
import asyncio
import code
import contextlib
from collections.abc import Callable, Coroutine
from importlib import import_module
from types import CodeType, FunctionType
from typing import Any

from bocadillo import App

Close = Callable[[], Coroutine[Any, Any, None]]


class Providers:
    """The values of an app's providers, all in one scope that ends with the prompt.

    Args:
        app: The app. It is not started: there are values, but no startup handlers run.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._injection = app._compile(None).injection
        self._wanted: asyncio.Queue[tuple[str, asyncio.Future[Any]] | None]
        self._keeper: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return '<providers: use `await providers.get("name")`>'

    async def get(self, name: str) -> Any:
        """The value of a provider, as a view would get it.

        Args:
            name: The provider's name.

        Raises:
            LookupError: If there is no provider of that name.
        """
        if self._keeper is None:
            self._wanted = asyncio.Queue()
            self._keeper = asyncio.create_task(self._keep())
        value: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        await self._wanted.put((name, value))
        await asyncio.wait([value, self._keeper], return_when=asyncio.FIRST_COMPLETED)
        if not value.done():
            # The session could not be opened.
            keeper, self._keeper = self._keeper, None
            await keeper
        return await value

    async def close(self) -> None:
        """Let the providers clean up."""
        if self._keeper is not None:
            await self._wanted.put(None)
            await self._keeper

    async def _keep(self) -> None:
        """Hold the scope open, in one task: what sets up must clean up, too."""
        opened = self._injection.session(self._app)
        async with opened as session, session.scope() as scope:
            while wanted := await self._wanted.get():
                name, value = wanted
                try:
                    value.set_result(await scope.get(name))
                except Exception as exc:  # noqa: BLE001 - goes to who asked
                    value.set_exception(exc)


class AsyncConsole(code.InteractiveConsole):
    """Python's own prompt, with `await` outside of functions.

    Args:
        names: What is at hand.
        runner: What runs coroutines.
    """

    def __init__(self, names: dict[str, Any], runner: asyncio.Runner) -> None:
        super().__init__(names)
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self._names = names
        self._runner = runner

    def runcode(self, code: CodeType) -> None:
        """Run one statement, to its end if it awaits."""
        try:
            result = FunctionType(code, self._names)()
            if asyncio.iscoroutine(result):
                self._runner.run(result)
        except SystemExit:
            raise
        except BaseException:  # noqa: BLE001 - Ctrl+C ends the statement only
            self.showtraceback()


def start_python(names: dict[str, Any], banner: str, close: Close) -> None:
    """Python's prompt, until end of file."""
    with contextlib.suppress(ImportError):  # not on every platform
        import readline
        import rlcompleter

        readline.set_completer(rlcompleter.Completer(names).complete)
        readline.parse_and_bind("tab: complete")
    with asyncio.Runner() as runner:
        try:
            AsyncConsole(names, runner).interact(banner, exitmsg="")
        finally:
            runner.run(close())


def start_ipython(names: dict[str, Any], banner: str, close: Close) -> None:
    """IPython's prompt."""
    ipython = import_module("IPython")
    loop = import_module("IPython.core.async_helpers").get_asyncio_loop()
    config = import_module("traitlets.config").Config()
    config.TerminalInteractiveShell.banner1 = f"{banner}\n"
    try:
        ipython.start_ipython(argv=[], user_ns=names, config=config)
    finally:
        loop.run_until_complete(close())
