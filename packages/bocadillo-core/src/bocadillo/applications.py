"""The application: declare, compile once, serve.

An `App` is a router that a server can call. Until it starts it only records; how it
starts, and stops, is the business of `lifecycle`.
"""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.datastructures import State

from .asgi import ASGIApp, Receive, Scope, Send
from .declarations import Mount
from .habits import OF_APPS, pointing_out
from .lifecycle import Lifecycle
from .lifespan import as_lifespan
from .middleware import Middleware, check_asgi_middleware, warn_if_idle

if TYPE_CHECKING:
    from .providers import Store

__all__ = ["App"]

L = TypeVar("L", bound=Callable[[Any], Any])


@pointing_out(OF_APPS)
class App(Lifecycle):
    """An application: an ASGI 3 callable.

        app = App()
        configure(app)

    Args:
        name: Shown in `repr` and logs.
        providers: A store of its own, in place of the one that is made from what
            `@provider` declares.

    Attributes:
        name: See above.
        state: Free for your own values.
    """

    def __init__(
        self, name: str | None = None, *, providers: "Store | None" = None
    ) -> None:
        if providers is not None:
            from .providers import Store  # noqa: PLC0415 - who has one has this

            if not isinstance(providers, Store):
                raise TypeError(f"providers must be a Store, not {providers!r}.")
        super().__init__(providers)
        if sys.version_info < (3, 12):  # pragma: no cover - coverage is of a later one
            # NOTE: Hypercorn takes for WSGI whose `app.__call__` is no coroutine
            # function to `inspect`, which heeds no mark there.
            self.__call__ = self._call  # type: ignore[method-assign]
        self.name = name
        self.state = State()

    async def _call(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:  # pragma: no cover - likewise
        """Serve, seen by whoever wants to know what kind of app this is."""
        await self(scope, receive, send)

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        return f"<{type(self).__name__}{name} with {len(self._declared)} declarations>"

    def lifespan(self, function: L) -> L:
        """Hold a context open while the app is served.

            @app.lifespan
            async def pool(app):
                async with create_pool() as pool:
                    yield {"pool": pool}

        A mapping that it yields goes to `req.state`.

        Args:
            function: An async generator function, or one that returns an async
                context manager; it takes the app.

        Raises:
            TypeError: If it is not callable.
            RuntimeError: If the app has started already.
        """
        self._check_open("a lifespan")
        self._lifespans.append(as_lifespan(function))
        return function

    def add_middleware(self, middleware: Any, **options: Any) -> None:
        """Surround the app; what is added last is outermost.

        Args:
            middleware: A subclass of `Middleware`, or an ASGI class; those stay
                outside of these.
            options: Passed to the class, after the app that it surrounds.

        Raises:
            ValueError: If it is of the outdated ASGI 2 kind.
            RuntimeError: If the app has started already.
        """
        self._check_open("middleware")
        if isinstance(middleware, type) and issubclass(middleware, Middleware):
            warn_if_idle(middleware)
            self._middleware.append((middleware, options))
        else:
            check_asgi_middleware(middleware)
            self._asgi_middleware.append((middleware, options))

    def surround(self, middleware: Any, **options: Any) -> None:
        """Add ASGI middleware of a built-in feature.

        It stays outside of what `add_middleware` adds; what is added first is
        outermost.
        """
        self._check_open("middleware")
        self._built_in.insert(0, (middleware, options))

    def mount_first(self, prefix: str, app: ASGIApp) -> None:
        """Mount an ASGI app before all routes, so that none hides it."""
        self._check_open("a mount")
        self._declared.insert(0, Mount(f"/{prefix.strip('/')}", app))

    def override(self, **values: Any) -> AbstractContextManager[object]:
        """Replace providers in everything this app serves.

            with app.override(mailer=FakeMailer()):
                client.post("/signup")

        Args:
            values: Values by the name of their provider.

        Raises:
            UnknownOverride: If there is no such provider.
            OverrideTooLate: If a live app-scoped value depends on it.
        """
        return self._store.override(everywhere=True, **values)

    def url_for(self, view: Any, /, **params: Any) -> str:
        """Return the path of a view.

        Args:
            view: The view, or its name.
            params: Its path parameters.

        Raises:
            RouteError: If there is no such view, two have this name, or a parameter
                is missing, unknown or does not fit.
        """
        if self._compilation is not None:
            return self._compilation.urls.build(view, params)
        from .urls import URLs  # noqa: PLC0415 - if used

        return URLs(self._placed()).build(view, params)
