"""Which apps are being served in this process, by what, and how to reach them.

An app lives once at a time, for its app-scoped values exist once. So the clients of
one app share one lifespan, which ends when the last of them leaves; and whoever needs
the served app's own values finds it here.

Imports nothing but the standard library: the pytest plugin loads this room.
"""

import sys
from collections.abc import Callable
from inspect import signature
from typing import Any, Final

__all__ = ["Serving", "mistaken", "serving_of", "stop_unclosed", "unclosed"]


class Serving:
    """An app between its start-up and its shutdown. Whoever makes one starts the app.

    Args:
        app: The application.
        by: What serves it, in words for messages.

    Attributes:
        portal: Reaches its event loop from other threads: `portal.call(function)`;
            `None` if that loop is a test's own.
        loop: The event loop, if it is a test's own.
        state: The initial `state` of its requests.
        stop: Stops the app; whoever leaves last calls it.

    Raises:
        RuntimeError: If the app is being served already.
    """

    def __init__(self, app: object, by: str) -> None:
        other = serving_of(app)
        if other is not None:
            raise RuntimeError(
                f"{by} cannot serve {app!r}: {other.by} does, and an app can be served "
                "once at a time. Use that one, or close it first."
            )
        self.app = app
        self.by: str = by
        self.portal: Any = None
        self.loop: Any = None
        self.state: dict[str, Any] = {}
        self.stop: Callable[[], Any]
        self._users = 0
        _servings[id(app)] = self

    @property
    def is_here(self) -> bool:
        """Whether its event loop is the running one."""
        asyncio: Any = sys.modules.get("asyncio")
        return self.loop is not None and self.loop is asyncio._get_running_loop()

    def join(self) -> "Serving":
        """Use it, until `leave`."""
        self._users += 1
        return self

    def leave(self) -> bool:
        """Use it no longer.

        Returns:
            Whether nobody else does: then call `stop`.
        """
        self._users -= 1
        return not self._users and self.end()

    def end(self) -> bool:
        """Say that the app is not served any more; tells whether it was."""
        return _servings.pop(id(self.app), None) is not None


def mistaken(app: object) -> str:
    """What something is, in words, if it cannot be an ASGI app; else empty.

    Args:
        app: What a test, or the configuration of pytest, takes for one.
    """
    if not callable(app):
        return repr(app)
    try:
        signature(app).bind(None, None, None)
    except ValueError:  # its signature cannot be read
        return ""
    except TypeError:
        return (
            f"{app!r}, which does not take (scope, receive, send). If it makes an app, "
            "call it"
        )
    return ""


_servings: Final[dict[int, Serving]] = {}

unclosed: Final[dict[Callable[[], object], None]] = {}
"""What closes clients that started by themselves, in the order they did."""


def serving_of(app: object) -> Serving | None:
    """Who serves an app now, if anybody does."""
    return _servings.get(id(app))


def stop_unclosed() -> None:
    """Let the clients stop that nobody closed, the last one first.

    Raises:
        Exception: What made a shutdown fail; the others have stopped nevertheless.
    """
    failure: Exception | None = None
    while unclosed:
        stop, _ = unclosed.popitem()
        try:
            stop()
        except Exception as exc:  # noqa: BLE001 - raised below
            failure = failure or exc
    if failure is not None:
        raise failure


def forget_all() -> None:
    """Forget what a parent process serves: a forked one does not."""
    _servings.clear()
    unclosed.clear()
