"""What people write who come from other frameworks, and what to write here.

Asking an app for such an attribute is an `AttributeError`, as ever; its message says
more than that there is none. They are descriptors, because `__getattr__` would make
each read of any attribute slower.

Pure; `routing` and `applications` put them on their classes.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

__all__ = ["OF_APPS", "OF_ROUTERS", "pointing_out"]

T = TypeVar("T", bound=type)

_METHODS = ("post", "put", "patch", "delete", "head", "options")

OF_ROUTERS: Final[Mapping[str, str]] = {
    "get": '@app.route("/path")',
    **{
        method: f'@app.route("/path", methods=["{method.upper()}"])'
        for method in _METHODS
    },
    "websocket": '@app.websocket_route("/path")',
    "errorhandler": "@app.error_handler(SomeError)",
    "exception_handler": "@app.error_handler(SomeError)",
    "before_request": "app.before(hook)",
    "after_request": "app.after(hook)",
    "on_event": '@app.on("startup")',
    "add_event_handler": 'app.on("startup", handler)',
    "add_exception_handler": "app.add_error_handler(SomeError, handler)",
    "add_route": 'app.route("/path")(view)',
    "provider": "@provider, from bocadillo, or a Store's",
    "register_blueprint": 'app.include_router(router, prefix="/prefix")',
}
"""Attributes of other frameworks' routers and apps → what does the same here."""

OF_APPS: Final[Mapping[str, str]] = {
    "run": "`uvicorn module:app`, or `bocadillo run`, in a terminal",
    "config": "app.settings, which configure(app, ...) gives it",
    "middleware": "app.add_middleware(SomeClass)",
    "test_client": "create_client(app)",
    "url_path_for": "app.url_for(view, name=value)",
    "dependency_overrides": "app.override(name=value)",
}
"""The same, for what is of apps only."""


class _Elsewhere:
    """An attribute that is not there, and what to write instead."""

    def __init__(self, name: str, instead: str) -> None:
        self._name = name
        self._instead = instead

    def __get__(self, instance: object, owner: type) -> Any:
        message = f"{owner.__name__} has no {self._name!r}. Write {self._instead}."
        raise AttributeError(message, name=self._name, obj=instance)


def pointing_out(habits: Mapping[str, str]) -> Callable[[T], T]:
    """Have a class say what to write instead of attributes that it does not have.

    Args:
        habits: Their names → what does the same.
    """

    def prepare(owner: T) -> T:
        for name, instead in habits.items():
            setattr(owner, name, _Elsewhere(name, instead))
        return owner

    return prepare
