"""Jinja templates, rendered by async and by plain code alike.

A Jinja environment is either async or not, for good: there are two, over one loader,
sharing filters, tests and globals. Jinja is imported when the first one is needed.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any, Protocol

from .errors import SettingsError

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["Templates"]

StrPath = str | PathLike[str]
Directory = StrPath | Sequence[StrPath]


class _App(Protocol):
    """What templates need of an `App`."""

    @property
    def settings(self) -> Mapping[str, Any]: ...

    def url_for(self, view: Any, /, **params: Any) -> str: ...


class Templates:
    """Render Jinja templates from a directory.

        templates = Templates(app=app)

        @app.route("/")
        async def index(req, res):
            res.html = await templates.render("index.html", {"title": "Home"})

    Values are escaped in every template, whatever its name. Mark markup that is
    known to be safe with the `safe` filter.

    Args:
        directory: Where the templates are, relative to the working directory; or
            several, searched in order.
        context: Variables of every template.
        app: An app whose `url_for` the templates may call.

    Raises:
        TypeError: If `directory` is no path, nor several, or `app` no app.
    """

    context: dict[str, Any]
    """Variables of every template. Those passed to `render` win over them."""

    def __init__(
        self,
        directory: Directory = "templates",
        context: Mapping[str, Any] | None = None,
        app: _App | None = None,
    ) -> None:
        if app is not None and not hasattr(app, "url_for"):
            raise TypeError(f"Templates(app=…) takes an App, not {app!r}.")
        self._directory = _checked(directory)
        self.context = dict(context or {})
        self._app = app

    def __repr__(self) -> str:
        return f"<Templates {self._directory!r}>"

    @property
    def directory(self) -> Directory:
        """Where the templates are; set it to look elsewhere from now on."""
        return self._directory

    @directory.setter
    def directory(self, directory: Directory) -> None:
        self._directory = _checked(directory)
        # Made again when they are needed; the environment keeps what was added.
        self.__dict__.pop("_environments", None)

    @cached_property
    def environment(self) -> "Environment":
        """The Jinja environment: add filters, tests and globals to it.

            templates.environment.filters["euros"] = "{:.2f} €".format

        They hold for `render` and `render_sync` alike. Set what else Jinja offers,
        such as `undefined`, before the first template is rendered.
        """
        from jinja2 import Environment  # noqa: PLC0415

        environment = Environment(autoescape=True)
        if self._app is not None:
            environment.globals["url_for"] = self._app.url_for
        return environment

    @cached_property
    def _environments(self) -> "tuple[Environment, Environment]":
        """What renders: for plain code, and for async code."""
        from jinja2 import FileSystemLoader  # noqa: PLC0415

        self.environment.loader = FileSystemLoader(self._directory)
        self.environment.auto_reload = self._debug()
        overlay = self.environment.overlay
        return overlay(), overlay(enable_async=True)

    def _debug(self) -> bool:
        """Whether to look for changes of a template whenever it is rendered.

        An app in production does not: that asks the disk at every request.
        """
        try:
            return self._app is None or bool(self._app.settings["DEBUG"])
        except SettingsError:  # not configured yet
            return True

    async def render(
        self, name: str, context: Mapping[str, Any] | None = None, /, **variables: Any
    ) -> str:
        """Render a template. It may await: `{{ load() }}` gives what is awaited.

        Args:
            name: The template's path below the directory, with slashes.
            context: Variables.
            variables: More of them, which win.

        Raises:
            TemplateNotFound: If there is no such template (Jinja's).
        """
        template = self._environments[1].get_template(name)
        return await template.render_async(self._variables(context, variables))

    def render_sync(
        self, name: str, context: Mapping[str, Any] | None = None, /, **variables: Any
    ) -> str:
        """Render a template in code that cannot await. See `render`."""
        template = self._environments[0].get_template(name)
        return template.render(self._variables(context, variables))

    def render_string(
        self, source: str, context: Mapping[str, Any] | None = None, /, **variables: Any
    ) -> str:
        """Render a template given as text, escaping values too.

        Never put what a user sent into `source`: it is code. Pass it as a variable.
        """
        template = self._environments[0].from_string(source)
        return template.render(self._variables(context, variables))

    def _variables(
        self, context: Mapping[str, Any] | None, variables: dict[str, Any]
    ) -> dict[str, Any]:
        return {**self.context, **(context or {}), **variables}


def _checked(directory: Directory) -> Directory:
    paths: object = [directory] if isinstance(directory, str | PathLike) else directory
    if isinstance(paths, Sequence) and all(
        isinstance(path, str | PathLike) for path in paths
    ):
        return directory
    raise TypeError(
        f"Templates are in a directory, or in several, not in {directory!r}. "
        "An app is given by its name: Templates(app=app)."
    )
