"""Templates, rendered by async and by plain code."""

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from jinja2 import StrictUndefined, TemplateNotFound, UndefinedError

from bocadillo.errors import SettingsError
from bocadillo.templates import Templates


class Routes:
    """What templates need of an app."""

    def __init__(self, **settings):
        self._settings = settings

    @property
    def settings(self):
        if not self._settings:
            raise SettingsError("not configured")
        return self._settings

    def url_for(self, view, /, **params):
        return f"/{view}/{params['pk']}"


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "hello.html").write_text("Hello, {{ name }}!")
    return tmp_path


@pytest.fixture
def templates(directory):
    return Templates(directory)


@pytest.mark.parametrize("given", [Routes(), None, 5, b"bytes", ["a", 5]])
def test_templates_are_in_directories_only(templates, given):
    with pytest.raises(TypeError, match=r"Templates\(app=app\)"):
        Templates(given)
    with pytest.raises(TypeError, match="Templates are in a directory"):
        templates.directory = given


def test_an_app_that_is_none_is_refused():
    with pytest.raises(TypeError, match=r"takes an App, not 'templates'\.$"):
        Templates(app="templates")


def touch(path, text):
    """Write a file so that its time certainly differs."""
    before = path.stat().st_mtime
    path.write_text(text)
    os.utime(path, (before + 10, before + 10))


async def test_a_template_is_rendered_with_a_mapping_and_keywords(templates):
    assert await templates.render("hello.html", {"name": "you"}) == "Hello, you!"
    assert await templates.render("hello.html", name="me") == "Hello, me!"


async def test_keywords_win_over_the_mapping_and_that_over_the_context(directory):
    (directory / "all.txt").write_text("{{ a }}{{ b }}{{ c }}")
    templates = Templates(directory, {"a": 1, "b": 1, "c": 1})

    assert await templates.render("all.txt", {"b": 2, "c": 2}, c=3) == "123"
    assert templates.context == {"a": 1, "b": 1, "c": 1}


@pytest.mark.parametrize("variable", ["name", "context", "source", "variables"])
async def test_any_name_may_be_a_variable(templates, directory, variable):
    source = f"{{{{ {variable} }}}}"
    (directory / "any.html").write_text(source)

    assert await templates.render("any.html", **{variable: "x"}) == "x"
    assert templates.render_sync("any.html", **{variable: "x"}) == "x"
    assert templates.render_string(source, **{variable: "x"}) == "x"


async def test_a_variable_may_be_called_self(templates):
    # It is passed on; Jinja itself calls the template so.
    assert await templates.render("hello.html", self="x", name="you") == "Hello, you!"


@pytest.mark.parametrize("name", ["page.html", "page.txt", "page", "page.jinja"])
async def test_values_are_escaped_whatever_the_name(templates, directory, name):
    (directory / name).write_text("{{ name }} {{ '<b>'|safe }}")

    rendered = await templates.render(name, name="<script>")

    assert rendered == "&lt;script&gt; <b>"
    assert templates.render_sync(name, name="<script>") == rendered


def test_a_string_is_rendered_and_its_values_are_escaped(templates):
    assert templates.render_string("<p>{{ a }}", {"a": "<"}) == "<p>&lt;"


def test_a_string_may_include_templates(templates):
    source = "{% include 'hello.html' %}"

    assert templates.render_string(source, name="you") == "Hello, you!"


async def test_an_unknown_template_is_not_found(templates):
    with pytest.raises(TemplateNotFound, match=r"nothing\.html"):
        await templates.render("nothing.html")
    with pytest.raises(TemplateNotFound, match=r"nothing\.html"):
        templates.render_sync("nothing.html")


async def test_a_missing_directory_holds_no_templates(tmp_path):
    with pytest.raises(TemplateNotFound):
        await Templates(tmp_path / "nowhere").render("hello.html")


async def test_no_template_lies_outside_the_directory(templates, directory):
    inner = directory / "inner"
    inner.mkdir()
    templates.directory = inner

    with pytest.raises(TemplateNotFound):
        await templates.render("../hello.html", name="you")


async def test_an_async_template_awaits_what_it_calls(templates, directory):
    (directory / "load.html").write_text("{% for n in rows() %}{{ n }};{% endfor %}")

    async def rows():
        for number in range(3):
            await asyncio.sleep(0)
            yield number

    assert await templates.render("load.html", rows=rows) == "0;1;2;"


async def test_sync_and_async_rendering_overlap_freely(templates, directory):
    (directory / "slow.html").write_text("{{ wait() }}{{ number }}")
    (directory / "fast.html").write_text("{{ wait() }}{{ number }}")

    async def wait():
        await asyncio.sleep(0.001)
        return "a"

    def render_sync(number):
        return templates.render_sync("fast.html", wait=lambda: "s", number=number)

    numbers = range(50)
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(4) as threads:
        asynchronous = asyncio.gather(
            *[templates.render("slow.html", wait=wait, number=n) for n in numbers]
        )
        synchronous = asyncio.gather(
            *[loop.run_in_executor(threads, render_sync, n) for n in numbers]
        )
        inline = [render_sync(n) for n in numbers]

        assert await asynchronous == [f"a{n}" for n in numbers]
        assert await synchronous == inline == [f"s{n}" for n in numbers]


async def test_the_directory_may_be_several_and_be_set(directory, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "hello.html").write_text("Bye, {{ name }}!")
    templates = Templates([other, directory])
    assert await templates.render("hello.html", name="you") == "Bye, you!"

    templates.directory = str(directory)

    assert templates.directory == str(directory)
    assert await templates.render("hello.html", name="you") == "Hello, you!"
    assert templates.render_sync("hello.html", name="you") == "Hello, you!"


async def test_the_context_may_be_set(templates):
    templates.context = {"name": "all"}

    assert await templates.render("hello.html") == "Hello, all!"
    assert templates.render_sync("hello.html") == "Hello, all!"


async def test_filters_hold_in_both_environments_and_survive_another_directory(
    templates, directory
):
    templates.environment.filters["shout"] = str.upper
    (directory / "shout.html").write_text("{{ 'a'|shout }}")
    assert await templates.render("shout.html") == "A"

    templates.environment.filters["twice"] = lambda text: text * 2
    templates.directory = [directory]
    (directory / "twice.html").write_text("{{ 'a'|shout|twice }}")

    assert await templates.render("twice.html") == "AA"
    assert templates.render_sync("twice.html") == "AA"


def test_the_environment_takes_what_jinja_offers(templates):
    templates.environment.undefined = StrictUndefined

    with pytest.raises(UndefinedError, match="'name' is undefined"):
        templates.render_sync("hello.html")


async def test_url_for_is_a_global_when_the_app_is_given(directory):
    (directory / "link.html").write_text("{{ url_for('item', pk=3) }}")
    templates = Templates(directory, app=Routes())

    assert await templates.render("link.html") == "/item/3"
    assert templates.render_sync("link.html") == "/item/3"


def test_there_is_no_url_for_without_an_app(templates):
    assert templates.render_string("{{ url_for is defined }}") == "False"


@pytest.mark.parametrize(
    ("app", "rendered"),
    [
        (None, "new"),
        (Routes(), "new"),
        (Routes(DEBUG=True), "new"),
        (Routes(DEBUG=False), "Hello, you!"),
    ],
    ids=["no app", "not configured", "debug", "production"],
)
async def test_changes_are_looked_for_unless_in_production(directory, app, rendered):
    templates = Templates(directory, {"name": "you"}, app)
    assert await templates.render("hello.html") == "Hello, you!"

    touch(directory / "hello.html", "new")

    assert await templates.render("hello.html") == rendered


def test_the_directory_is_shown():
    assert repr(Templates()) == "<Templates 'templates'>"


def test_jinja_is_imported_only_when_a_template_is_needed():
    script = (
        "import sys; from bocadillo.templates import Templates; t = Templates();"
        "t.directory = 'x'; assert 'jinja2' not in sys.modules; t.environment;"
        "assert 'jinja2' in sys.modules"
    )

    subprocess.run([sys.executable, "-c", script], check=True)
