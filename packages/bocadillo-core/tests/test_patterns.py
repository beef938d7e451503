"""Reading patterns, matching them, and building URLs from them."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bocadillo.errors import RouteError
from bocadillo.patterns import Pattern, parse_pattern

PIECES = ["/", "/", "/x", "x/", "-", "x", ".", "é", "plain", "plain", "wild", "bare"]
PATHS = st.text(alphabet="/-x.é\n", max_size=10)
VALUES = st.text(min_size=1, max_size=6)


HINT = (
    "Known converters: 'path'. "
    "To convert a value, annotate the view's parameter instead"
)
SECOND = "is a second wildcard; a pattern holds one ':path' or '{}' at most"
UNKNOWN = "has the unknown converter"


@st.composite
def pattern_texts(draw: st.DrawFn) -> str:
    """Valid patterns, with parameters called a, b, c …"""
    pieces = draw(st.lists(st.sampled_from(PIECES), max_size=8))
    names = iter("abcdefgh")
    text = ""
    wildcards = 0
    for piece in pieces:
        if piece in {"wild", "bare"}:
            wildcards += 1
        if piece == "plain" or (piece in {"wild", "bare"} and wildcards > 1):
            text += f"{{{next(names)}}}"
        elif piece == "wild":
            text += f"{{{next(names)}:path}}"
        elif piece == "bare":
            text += "{}"
        else:
            text += piece
    return text


def reference(text: str) -> re.Pattern[str]:
    """The same as a regular expression, which may backtrack."""
    expression = "" if text.startswith("/") or text == "{}" else "/"
    for piece in re.split(r"(\{.*?\})", text):
        if piece == "{}":
            expression += "(?s:.+)"
        elif piece.endswith(":path}"):
            expression += f"(?P<{piece[1]}>(?s:.+))"
        elif piece.startswith("{"):
            expression += f"(?P<{piece[1]}>[^/]+)"
        else:
            expression += re.escape(piece)
    return re.compile(expression)


def filled(pattern: Pattern, values: list[str]) -> str:
    """A path with these values, which the pattern may split otherwise."""
    text = pattern.literals[0]
    for value, literal in zip(values, pattern.literals[1:], strict=False):
        text += value + literal
    return text


# Reading


@pytest.mark.parametrize(
    ("text", "normal", "names"),
    [
        ("/", "/", ()),
        ("", "/", ()),
        ("items", "/items", ()),
        ("/items/{pk}", "/items/{pk}", ("pk",)),
        ("{page}", "/{page}", ("page",)),
        ("/{a}/{b:path}/{c}", "/{a}/{b:path}/{c}", ("a", "b", "c")),
        ("/x{}", "/x{}", ()),
        ("{}", "{}", ()),
        ("{}/x", "/{}/x", ()),
        ("/{ключ}", "/{ключ}", ("ключ",)),
    ],
)
def test_a_pattern_has_a_leading_slash_and_its_names_in_order(text, normal, names):
    pattern = parse_pattern(text)

    assert (pattern.text, pattern.names) == (normal, names)


@given(pattern_texts())
def test_reading_a_pattern_again_changes_nothing(text):
    pattern = parse_pattern(text)

    assert parse_pattern(pattern.text) == pattern


def test_a_pattern_shows_its_text_and_names():
    shown = repr(parse_pattern("/items/{pk}"))

    assert shown == "Pattern(text='/items/{pk}', names=('pk',))"


@pytest.mark.parametrize(
    ("text", "column", "problem"),
    [
        ("/a/{x}/b/{x}", 9, "parameter 'x' appears twice"),
        ("a/{x}/{x:path}", 6, "parameter 'x' appears twice"),
        ("/{1x}", 1, "parameter name '1x' is not a Python identifier"),
        ("/{ x }", 1, "parameter name ' x ' is not a Python identifier"),
        ("/{:path}", 1, "parameter name '' is not a Python identifier"),
        ("/{class}", 1, "parameter name 'class' is a Python keyword"),
        ("/a/{x", 3, "unbalanced brace, this '{' is never closed"),
        ("/{{x}}", 1, "unbalanced brace, this '{' is never closed"),
        ("/a/x}", 4, "unbalanced brace, this '}' closes nothing"),
        ("/{x}}", 4, "unbalanced brace, this '}' closes nothing"),
        (
            "/{a:path}/{b:path}",
            10,
            f"'{{b:path}}' {SECOND}",
        ),
        (
            "/{a:path}/x/{}",
            12,
            f"'{{}}' {SECOND}",
        ),
        (
            "/items/{pk:int}",
            7,
            f"parameter 'pk' {UNKNOWN} 'int'. {HINT}",
        ),
        (
            "/{x:paht}",
            1,
            f"parameter 'x' {UNKNOWN} 'paht'. Did you mean 'path'? {HINT}",
        ),
        (
            "/{x:}",
            1,
            f"parameter 'x' {UNKNOWN} ''. {HINT}",
        ),
        ("/\ud800", 1, "UTF-8 cannot express this"),
    ],
)
def test_a_mistake_is_named_and_pointed_at(text, column, problem):
    with pytest.raises(RouteError) as caught:
        parse_pattern(text)

    expected = f"Invalid URL pattern: {problem}\n  {text}\n  {' ' * column}^"
    assert str(caught.value) == expected


def test_a_mistake_is_a_type_error():
    with pytest.raises(TypeError, match="unbalanced"):
        parse_pattern("/{")


def test_a_pattern_must_be_a_string():
    with pytest.raises(RouteError, match=r"must be a string such as '/items/\{pk\}'"):
        parse_pattern(42)


@given(st.text(alphabet="/{}:pathxX1- é\n", max_size=12))
def test_any_text_is_a_pattern_or_a_route_error(text):
    try:
        pattern = parse_pattern(text)
    except RouteError as exc:
        assert text in str(exc)  # noqa: PT017
    else:
        assert "/" in pattern.text or pattern.text == "{}"


# Matching


@pytest.mark.parametrize(
    ("text", "path", "params"),
    [
        ("/", "/", {}),
        ("/items", "/items", {}),
        ("/items", "/items/", None),
        ("/items", "/items\n", None),
        ("/a.b", "/axb", None),
        ("/items/{pk}", "/items/42", {"pk": "42"}),
        ("/items/{pk}", "/items/", None),
        ("/items/{pk}", "/items/4/2", None),
        ("/items/{pk}", "/items/4\n", {"pk": "4\n"}),
        ("/items/{pk}", "items/4", None),
        ("/{a}-{b}", "/x-y-z", {"a": "x-y", "b": "z"}),
        ("/feed.{ext}", "/feed.xml", {"ext": "xml"}),
        ("/{p:path}", "/a/b", {"p": "a/b"}),
        ("/{p:path}", "/", None),
        ("/{p:path}.txt", "/a/b.txt", {"p": "a/b"}),
        ("/x/{}", "/x/a/b", {}),
        ("/x/{}/{y}", "/x/a/b/c", {"y": "c"}),
        ("/x/{}", "/x/", None),
        ("{}", "/", {}),
        ("{}", "/a/b\n", {}),
        ("{}", "", None),
        ("/{}", "/", None),
    ],
)
def test_a_pattern_matches_whole_paths(text, path, params):
    assert parse_pattern(text).match(path) == params


@given(text=pattern_texts(), path=PATHS, values=st.lists(VALUES, max_size=8))
def test_a_match_is_that_of_a_regular_expression(text, path, values):
    pattern, expression = parse_pattern(text), reference(text)
    for tried in (path, f"/{path}", filled(pattern, values)):
        expected = expression.fullmatch(tried)

        params = pattern.match(tried)

        assert params == (None if expected is None else expected.groupdict())


def test_every_match_is_a_dictionary_of_its_own():
    pattern = parse_pattern("/{a}")

    assert pattern.match("/x") is not pattern.match("/x")


# Covering


@pytest.mark.parametrize(
    ("general", "special"),
    [
        ("/a", "/a"),
        ("/{x}", "/a"),
        ("/{x}", "/{y}"),
        ("/{x}", "/{y}-{z}"),
        ("/{x}-{y}", "/{z}-b"),
        ("/{x}/{y}", "/a/{z}"),
        ("/{p:path}", "/a/{z}"),
        ("/{p:path}", "/{q:path}.txt"),
        ("/a/{}", "/a/b/{p:path}/c"),
        ("/{x}/{}", "/a/{p:path}/c"),
        ("/{x}-{}", "/a-b{p:path}"),
        ("{}", "/"),
        ("{}", "/{}"),
        ("/{}/{y}", "/x/{}/y"),
        ("/{p:path}.txt", "/a/{q:path}.txt"),
        ("/{p:path}/x-{y}", "/a/{q:path}/x-y"),
    ],
)
def test_a_pattern_covers_a_more_special_one(general, special):
    assert parse_pattern(general).covers(parse_pattern(special))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/a", "/{x}"),
        ("/a", "/b"),
        ("/{x}", "/{p:path}"),
        ("/{x}{y}", "/{z}"),
        ("/{x}-{y}", "/{z}"),
        ("/{p:path}", "/"),
        ("/{p:path}", "{}"),
        ("/{p:path}/{y}", "/{q:path}"),
        ("/{x}/{p:path}", "/{q:path}"),
        ("/a{p:path}", "/{q:path}"),
        ("/{p:path}b", "/{q:path}"),
        ("/x/{p:path}", "/x{q:path}"),
        ("/{x}/{p:path}", "/{q:path}/b"),
        ("/{p:path}/{x}", "/a/{q:path}"),
    ],
)
def test_a_pattern_does_not_cover_what_it_may_miss(one, other):
    assert not parse_pattern(one).covers(parse_pattern(other))


@given(text=pattern_texts(), values=st.lists(VALUES, max_size=20), data=st.data())
def test_what_a_pattern_covers_it_matches(text, values, data):
    special_text = text
    for number, placeholder in enumerate(re.findall(r"\{.*?\}", text)):
        choices = [f"{{n{number}}}", f"{{n{number}}}-{{m{number}}}", "x", "x/y"]
        if placeholder == "{}" or ":" in placeholder:
            choices += ["{}", f"x/{{n{number}:path}}", f"{{m{number}}}{{}}"]
        choice = data.draw(st.sampled_from(choices))
        special_text = special_text.replace(placeholder, choice, 1)
    general, special = parse_pattern(text), parse_pattern(special_text)
    path = filled(special, values)

    if general.covers(special) and special.match(path) is not None:
        assert general.match(path) is not None


@given(one=pattern_texts(), other=pattern_texts())
def test_a_pattern_without_wildcards_is_covered_exactly_when_its_sample_matches(
    one, other
):
    general, special = parse_pattern(one), parse_pattern(other)
    assume(special.wildcard is None)

    assert general.covers(special) == bool(reference(one).fullmatch(special.sample))


# Building


@pytest.mark.parametrize(
    ("text", "values", "url"),
    [
        ("/", {}, "/"),
        ("/items/{pk}", {"pk": "42"}, "/items/42"),
        ("/{x}", {"x": "a b&c?d#e%f"}, "/a%20b%26c%3Fd%23e%25f"),
        ("/café/{x}", {"x": "é"}, "/caf%C3%A9/%C3%A9"),
        ("/@{x}:y", {"x": "ann@host"}, "/@ann%40host:y"),
        ("/f/{p:path}", {"p": "a/b c//d"}, "/f/a/b%20c//d"),
        ("/{a}-{b}", {"b": "z", "a": "x-y"}, "/x-y-z"),
        ("/{p:path}", {"p": "/host.example/x"}, "/%2Fhost.example/x"),
        ("/{x}", {"x": "..."}, "/..."),
    ],
)
def test_a_url_is_built_from_values(text, values, url):
    assert parse_pattern(text).build(values) == url


@pytest.mark.parametrize(
    ("text", "values", "problem"),
    [
        ("/{a}", {}, "missing parameter 'a'."),
        ("/{a}/{b}", {}, "missing parameters 'a', 'b'."),
        ("/{pk}", {"pkk": "1"}, "it has no parameter 'pkk'. Did you mean 'pk'?"),
        ("/a", {"zzz": "1"}, "it has no parameter 'zzz'."),
        ("/x/{}", {}, "'{}' has no name; write '{rest:path}' instead."),
        ("/{a}", {"a": ""}, "parameter 'a' is empty."),
        (
            "/{a}/{p:path}",
            {"a": "x/y", "p": "z"},
            "parameter 'a' holds a slash, as in 'x/y'; only '{a:path}' may.",
        ),
        (
            "/{a}-{b}",
            {"a": "x", "b": "y-z"},
            (
                "'/x-y-z' would be read as {'a': 'x-y', 'b': 'z'}, "
                "not {'a': 'x', 'b': 'y-z'}."
            ),
        ),
        ("/{a}", {"a": ".."}, "clients take the segments '.' and '..' out of '/..'."),
        (
            "/{p:path}",
            {"p": "x/./y"},
            "clients take the segments '.' and '..' out of '/x/./y'.",
        ),
        ("/{a}", {"a": "\ud800"}, "UTF-8 cannot express '\\ud800'."),
    ],
)
def test_a_url_that_would_not_lead_back_is_refused(text, values, problem):
    with pytest.raises(RouteError) as caught:
        parse_pattern(text).build(values)

    assert str(caught.value) == f"Cannot build a URL for {text!r}: {problem}"


@given(text=pattern_texts(), values=st.lists(VALUES, min_size=8, max_size=8))
def test_a_url_leads_back_to_its_values(text, values):
    pattern = parse_pattern(text)
    given_values = dict(zip(pattern.names, values, strict=False))
    try:
        url = pattern.build(given_values)
    except RouteError as exc:
        assert repr(pattern.text) in str(exc)  # noqa: PT017
        return

    assert url.isascii()
    assert url.startswith("/")
    assert not url.startswith("//")
    assert pattern.match(unquote(url)) == given_values


@given(text=pattern_texts(), path=PATHS, values=st.lists(VALUES, max_size=8))
def test_a_path_that_matches_can_be_built_again(text, path, values):
    pattern = parse_pattern(text)
    assume(not pattern.anonymous)
    for tried in (f"/{path}", filled(pattern, values)):
        params = pattern.match(tried)
        if params is not None and {".", ".."}.isdisjoint(tried.split("/")):
            assert unquote(pattern.build(params)) == tried
