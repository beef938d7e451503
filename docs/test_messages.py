"""Every message that a user can meet is explained on the page of messages.

An entry is a term of a definition list: a message as it begins, with `…` for what
differs from case to case. It explains the messages that begin so, if its own words are
at least half of their first sentence: `Setting … holds …` would explain too much. Parts
of messages, and hints, may also be quoted in an explanation, whole.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

DOCS = Path(__file__).parent
ROOT = DOCS.parent
PAGE = DOCS / "reference" / "messages.md"
SOURCES = sorted(ROOT.glob("packages/*/src/bocadillo*/**/*.py"))

NO_PROSE = re.compile(r"<!---.*?-->|^```.*?^```$", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"(?P<ticks>`+) ?(?P<text>[^\n]+?) ?(?P=ticks)(?!`)")
TERM = re.compile(rf"^{SPAN.pattern}(?: \(\w+\))?$", re.MULTILINE)
# Markup, style sheets, and lists of identifiers.
NO_SENTENCE = re.compile(r"</|{ |^(?:\w+_\w+\s?)+$")
PLACEHOLDER = re.compile(r"%\([a-z]+\)s|%[sdrg]")
WORD = re.compile(r"[A-Za-z_]{2,}")
SENTENCE = re.compile(r"(?<=[^\s.])[.?!:;](?=\s|$)")

# What the command line says of its options: it has a reference made from it.
HELP = {"help", "epilog", "description", "metavar"}

# Modules without messages, by the end of their paths.
SILENT = {
    "bocadillo/constants.py": "media types, and names of close codes",
    "bocadillo/text_calls.py": "code that is generated",
    "bocadillo_providers/compiler.py": "code that is generated",
}

# Texts that are no messages, or of which no user reads.
ALLOWED = {
    "what commands print when all is well": {
        "(… bytes, exists)",
        "(hidden by …)",
        "(see above)",
        "from the …",
        "not installed",
        "…, a redirect to …",
        ": the path answers …",
        "Serving … at …",
        "…. Reloads on changes. Ctrl+C stops.",
        "Python …, …. `await` works here. At hand: …",
        "a JSON API with models and validation",
        "one route and one provider",
        "pages with templates, a form and a style sheet",
        "rooms to talk in, over websockets",
        "declared at …, scope …",
        "needed by nobody",
        "needed by: …",
        "needs nothing",
    },
    "code, commands and their names": {
        "bocadillo run",
        "bocadillo serve",
        "python -m bocadillo_providers",
        "`uvicorn module:app`, or `bocadillo run`, in a terminal",
        '@app.route("/path", methods=["…"])',
        'app.include_router(router, prefix="/prefix")',
        'app.on("startup", handler)',
        "app.add_error_handler(SomeError, handler)",
        "app.url_for(view, name=value)",
        "@provider, from bocadillo, or a Store's",
        "app.settings, which configure(app, ...) gives it",
        "python -m pytest",
        'await providers.get("…")',
        "def run(…): return then((…))",
        "Scope | Call | Ground",
        "req, res",
        "self, req, res",
        "tab: complete",
    },
    "drawings of a graph": {
        "flowchart LR",
        "digraph providers {",
        '"…" [label=…, shape=box];',
        '"…" [label=…, shape=oval];',
        "clean up …",
    },
    "headers": {
        "GET, HEAD",
        "attachment; filename=…",
        "attachment; filename=…; filename*=UTF-8''…",
        "multipart/byteranges; boundary=…",
        "text/plain; charset=utf-8",
        "…; charset=utf-8",
        "… content-type: … content-range: …",
    },
    "what others say, or we ourselves, to be recognized": {
        "<frozen importlib",
        r"- at `\$\.?(?P<place>[^`]*)`$",
        "invalid enum value",
        "while providing",
    },
    "raised and caught inside; clients get a 400 or 404": {
        "Not a regular file",
        "nested too deeply for pydantic",
    },
    "the kind of a parameter that is fine": {"positional or keyword"},
    "a name that is part of the next one": {"the session"},
    "the docstring of a fixture": {"The value of provider …."},
    "goes on with a message of its own": {"asks for …, …", "… asks for …, …."},
}
NO_MESSAGE = frozenset().union(*ALLOWED.values())


class Message(NamedTuple):
    """A text in the sources, with `…` for each value in it."""

    text: str
    place: str


def shape_of(node: ast.AST) -> str:
    """The text of a literal, with `…` for each value in it; empty if it is none."""
    match node:
        case ast.Constant(value=str(text)):
            return PLACEHOLDER.sub("…", text)
        case ast.JoinedStr(values=values):
            text = "".join(shape_of(value) or "…" for value in values)
            return re.sub("…+", "…", text)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = shape_of(left), shape_of(right)
            return "".join(part or "…" for part in parts) if any(parts) else ""
    return ""


def is_code(node: object) -> bool:
    """Whether a part of a module may hold messages."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.FunctionDef(name="__repr__"):
            return False
        case ast.keyword(arg=name):
            return name not in HELP
    return isinstance(node, ast.AST)


def parts_of(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns"):
            yield from filter(is_code, value if isinstance(value, list) else [value])


def messages_in(node: ast.AST, name: str, *, least: int = 2) -> Iterator[Message]:
    """The texts below a part of a module that look like messages.

    They have two words or more; what is raised is a message with only one, too.
    """
    if isinstance(node, ast.Raise):
        least = 1
    text = " ".join(shape_of(node).split())
    if words_in(text) >= least and " " in text and not NO_SENTENCE.search(text):
        yield Message(text, f"{name}:{node.lineno}")
    for part in parts_of(node):
        # Of a text, only the values that are put into it.
        if not text or isinstance(part, ast.FormattedValue):
            yield from messages_in(part, name, least=least)


def messages_of(path: Path) -> Iterator[Message]:
    name = path.relative_to(ROOT).as_posix()
    if name.endswith(tuple(SILENT)):
        return
    yield from messages_in(ast.parse(path.read_text("utf-8")), name)


def words_in(text: str) -> int:
    return len(WORD.findall(text))


@cache
def prose() -> str:
    return NO_PROSE.sub("", PAGE.read_text("utf-8"))


@cache
def terms() -> dict[str, re.Pattern[str]]:
    """The entries of the page, and what matches the messages they explain."""
    found = [term["text"] for term in TERM.finditer(prose())]
    pattern_of = {it: ".*".join(map(re.escape, it.split("…"))) for it in found}
    return {term: re.compile(pattern) for term, pattern in pattern_of.items()}


@cache
def quotations() -> frozenset[str]:
    """What stands as code in explanations, also over the end of a line."""
    explanations = " ".join(TERM.sub("", prose()).split())
    return frozenset(span["text"] for span in SPAN.finditer(explanations))


def entries_for(message: str) -> list[str]:
    needed = words_in(SENTENCE.split(message)[0]) / 2
    return [
        term
        for term, pattern in terms().items()
        if pattern.match(message) and words_in(term) >= needed
    ]


def is_explained(message: str) -> bool:
    return (
        message in NO_MESSAGE
        or bool(entries_for(message))
        or message in quotations()
        # A hint, such as one of `bocadillo check`, may be the explanation itself.
        or (words_in(message) > 3 and message in " ".join(prose().split()))
    )


@cache
def messages() -> list[Message]:
    return [message for path in SOURCES for message in messages_of(path)]


def test_every_message_is_explained():
    missing = [message for message in messages() if not is_explained(message.text)]

    assert not missing, "\n".join(f"{it.place}: {it.text}" for it in missing)


def test_every_entry_explains_a_message():
    used = {term for message in messages() for term in entries_for(message.text)}

    assert not terms().keys() - used


def test_what_is_allowed_is_there():
    assert not NO_MESSAGE - {message.text for message in messages()}


@pytest.mark.parametrize("module", SILENT)
def test_silent_modules_raise_nothing(module):
    (path,) = [path for path in SOURCES if path.as_posix().endswith(module)]

    assert not [
        node
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Raise)
    ]


@pytest.mark.parametrize(
    "code",
    [
        'raise ValueError(f"Nobody has explained {this} one.")',
        'raise ValueError("Unexplained: it has one word")',
        'raise SettingsError(f"Setting NEW holds {name!r}, which nobody explains.")',
        'logger.warning("Nobody has explained %s", this)',
        'yield f"asks for {name}, and nobody explains that"',
        'problems = {"key": "Must not be without an explanation."}',
        'exc.add_note("Nobody has explained" + this)',
    ],
)
def test_a_new_message_would_be_missed(code):
    (message,) = messages_in(ast.parse(code), "new.py")

    assert not is_explained(message.text)


def test_docstrings_annotations_and_help_are_no_messages():
    code = '''
    def command(path: "some type", *, option=Option(help="What it is for.")):
        """What it does."""
        def __repr__(self) -> "a type":
            return f"<an object of {type(self)}>"
    '''

    assert not list(messages_in(ast.parse(dedent(code)), "new.py"))
