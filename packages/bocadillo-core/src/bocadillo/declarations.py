"""What a router records: one frozen record for each declaration.

Here a view is told apart (function, class, instance) and checked, once, at the
user's line. `compilation` reads the records when the app starts.
"""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from .asgi import ASGIApp
from .constants import ALL_HTTP_METHODS
from .error_handlers import ErrorHandlers
from .errors import ExpectedAsync, RouteError
from .hooks import NO_HOOKS, Hooks, Recorder
from .inspection import (
    describe,
    is_async,
    is_plain_value,
    must_not_yield,
    name_of,
    required_parameters,
)
from .patterns import Pattern

if TYPE_CHECKING:
    from .websocket_options import Options

Methods = Iterable[str] | Callable[..., Any] | None
"""Names of methods; the built-in `all` for every method; `None` for `GET`."""

# `/<int:pk>` and `/:pk`, as others write parameters.
_FOREIGN: Final = re.compile(r"<(?:\w+:)?(?P<a>\w+)>|/:(?P<b>\w+)")

# `/search?q=`, though patterns are matched with paths.
_QUERY: Final = re.compile(r"\?(?P<name>[a-zA-Z_]\w*)=.*")

logger = logging.getLogger("bocadillo.app")

UNSET: Final = object()
"""Tells "no limit" (`None`) from "no word about it"."""


class Surroundings(Struct, frozen=True):
    """What the routers around a route add to it, outermost first."""

    prefix: str = ""
    hooks: Hooks = NO_HOOKS
    handlers: tuple[ErrorHandlers, ...] = ()

    def join(self, pattern: str) -> str:
        """The pattern as it would be written without routers."""
        if self.prefix and pattern and not pattern.startswith("/"):
            pattern = f"/{pattern}"
        return self.prefix + pattern


NOTHING_AROUND: Final = Surroundings()


class Route(Struct, frozen=True):
    """One declared HTTP route.

    Attributes:
        methods: In upper case; `None` for every method.
        view: What is called: a function, or a bound method of a class view.
        declared: What the user decorated: what `url_for` finds it by.
        name: Likewise, as text.
    """

    text: str
    methods: frozenset[str] | None
    view: Any
    declared: Any
    name: str
    max_body_size: Any = UNSET


class WebSocketRoute(Struct, frozen=True):
    """One declared websocket route.

    Attributes:
        view: What is called.
        name: What `url_for` finds it by, besides the view.
        options: What the route wants its websockets to be.
    """

    text: str
    view: Any
    name: str
    options: "Options"

    @property
    def declared(self) -> Any:
        """What the user decorated."""
        return self.view


class Mount(Struct, frozen=True):
    """Another app below a prefix."""

    text: str
    app: ASGIApp
    wsgi: bool = False


Declaration = Route | WebSocketRoute | Mount


class Placed(Struct, frozen=True):
    """A declaration, with its whole pattern and all that surrounds it."""

    pattern: Pattern
    declaration: Declaration
    surroundings: Surroundings

    @property
    def prefix(self) -> str:
        """What `root_path` grows by below it, if it is a mount."""
        return self.pattern.text.rstrip("/")


def routes_of(
    text: str,
    methods: Methods,
    view: Any,
    max_body_size: Any,
    instances: dict[type, object],
) -> Iterator[Route]:
    """The records of one decorated view: one for each method of a class.

    Args:
        text: The URL pattern.
        methods: Those of a function view.
        view: What was decorated.
        max_body_size: In bytes; `UNSET` for that of the settings.
        instances: Of the classes that have other routes already; a new one is added.

    Raises:
        RouteError: If the methods make no sense.
        ExpectedAsync: If the view, or a method of it, is not async.
    """
    _warn_of_foreign(text)
    declared = view
    if isinstance(view, type):
        name = view.__name__
        if view not in instances:
            instances[view] = _instantiated(view, text)
        view = instances[view]
    else:
        name = getattr(view, "__name__", type(view).__name__)
    offered = methods_of_class(view)
    if offered is None:
        check_view(view, "req, res")
        names = _checked_methods(methods)
        yield Route(text, names, view, declared, name, max_body_size)
        return
    if methods is not None:
        raise RouteError(
            f"{name} is a class view: it serves the methods it defines, so leave out "
            f"methods={methods!r}."
        )
    for method in offered.values():
        check_view(method, "self, req, res")
    if not offered:
        if is_plain_value(view):
            raise _no_view(view)
        logger.warning(
            "Class view %s answers every request with a 405: it has no method called "
            "like one of HTTP in lower case, as in `async def get(self, req, res)`.",
            name,
        )
        yield Route(text, frozenset(), view, declared, name, max_body_size)
    for method_name, method in offered.items():
        names = with_head([method_name], offered)
        yield Route(text, names, method, declared, name, max_body_size)


def _instantiated(view: type, text: str) -> object:
    if required_parameters(view):
        name = view.__name__
        raise RouteError(
            f"Class view {name} is made with nothing, but wants arguments: give an "
            f"instance of it, as in `app.route({text!r})({name}(...))`."
        )
    return view()


def _warn_of_foreign(text: str) -> None:
    """Log what means something elsewhere and is plain text in a pattern."""
    if found := _QUERY.search(text):
        logger.warning(
            "URL pattern %r: %s is literal text; a view takes what is in the query by "
            'a parameter, as in `%s: str = ""`.',
            text,
            found[0],
            found["name"],
        )
    if found := _FOREIGN.search(text):
        logger.warning(
            "URL pattern %r: %s is literal text; a parameter is written {%s}.",
            text,
            found[0].lstrip("/"),
            found["a"] or found["b"],
        )


def methods_of_class(view: Any) -> dict[str, Any] | None:
    """The bound methods of a class view by HTTP method; `*` for `handle`.

    Returns:
        `None` for a function view, or for an object that is called like one.
    """
    if _is_bare(view):
        return None  # PERF: as most are (benchmarks/routing: ready)
    if hasattr(view, "handle"):
        return {"*": view.handle}
    found = {
        name: getattr(view, name.lower())
        for name in ALL_HTTP_METHODS
        if callable(getattr(view, name.lower(), None))
    }
    return None if not found and callable(view) else found


def _is_bare(view: object) -> bool:
    """Whether it is a function to which nothing was added."""
    return isinstance(view, FunctionType) and not vars(view)


def with_head(names: Iterable[str], offered: Iterable[str]) -> frozenset[str] | None:
    """`HEAD` follows `GET`, unless the view answers it itself."""
    served = set(names)
    if "*" in served:
        return None
    if "GET" in served and "HEAD" not in offered:
        served.add("HEAD")
    return frozenset(served)


def _checked_methods(methods: object) -> frozenset[str] | None:
    if methods is None:
        methods = ["GET"]
    if methods is all:
        return None
    if isinstance(methods, str) or not isinstance(methods, Iterable):
        names = re.findall(r"[A-Za-z-]+", methods) if isinstance(methods, str) else []
        hint = f" Write methods={names}." if names else ""
        raise RouteError(
            f"methods must be a list of method names, or `all`, not {methods!r}.{hint}"
        )
    upper = list(map(_checked_method, methods))
    if not upper:
        raise RouteError("methods is empty, so the route could never match.")
    return with_head(upper, upper)


def _checked_method(name: object) -> str:
    # Letters, and hyphens as in WebDAV's `VERSION-CONTROL`.
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z-]+", name):
        raise RouteError(f"{name!r} is not the name of an HTTP method.")
    method = name.upper()
    for known in ALL_HTTP_METHODS:
        if _is_slip(method, known):
            raise RouteError(
                f"{name!r} is not the name of an HTTP method. Did you mean {known!r}?"
            )
    return method


def _is_slip(word: str, known: str) -> bool:
    """Whether a letter is missing or too many, or letters are in another order."""
    letters, right = Counter(word), Counter(known)
    wrong = (letters - right).total() + (right - letters).total()
    is_alike = word[0] == known[0] or word[-1] == known[-1]
    return is_alike and wrong <= 1 and word != known


def check_size(max_body_size: Any) -> None:
    """Refuse what is no limit of a body.

    Raises:
        RouteError: If it is neither a number of bytes nor `None`.
    """
    if max_body_size is UNSET or max_body_size is None:
        return
    is_number = isinstance(max_body_size, int) and not isinstance(max_body_size, bool)
    if not is_number or max_body_size < 0:
        raise RouteError(
            f"max_body_size must be a number of bytes or None, not {max_body_size!r}."
        )


def check_view(view: Any, parameters: str) -> None:
    """Refuse what could not serve.

    Args:
        view: A function, or a bound method of a class view.
        parameters: What it takes first, for the message.

    Raises:
        RouteError: If it is not callable.
        ExpectedAsync: If it is not async.
    """
    if not callable(view):
        raise _no_view(view)
    if isinstance(view, Recorder):
        raise RouteError(
            f"{view.decorator} is given a hook, as in `{view.decorator}(hook)`, and "
            "stands above the view."
        )
    must_not_yield("View ", view, "To stream, see res.stream().")
    if not is_async(view):
        name = name_of(view).rpartition(".")[2].replace("<lambda>", "view")
        raise ExpectedAsync(
            f"View {describe(view)} is not async. "
            f"Write `async def {name}({parameters}, ...): ...`."
        )


def _no_view(view: object) -> RouteError:
    return RouteError(f"A view must be a function or a class, not {view!r}.")


def too_late(what: str, router: object, started: str) -> RuntimeError:
    """What to raise when something is declared that would not be seen any more.

    Args:
        what: The declaration, in words.
        router: Where it is declared.
        started: The app that runs, as the subject of a sentence.
    """
    return RuntimeError(
        f"Cannot add {what} to {router!r}: {started} has started already. "
        "Add it before the app is served."
    )
