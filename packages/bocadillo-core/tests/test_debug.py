import pytest

from bocadillo.config import Settings
from bocadillo.debug import accepted_media_types, error_page, hiding, wants_page
from bocadillo.request import Request

PLANTED = "pLaNtEd-9f3"


def request(*headers, path="/", query=""):
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "query_string": query.encode(),
        "server": ("example.com", 80),
        "headers": raw,
    }
    return Request(scope, None, None)


def page(exc=None, *headers, settings=None, **more):
    return error_page(
        request(*headers, **more), exc or raised(), Settings(settings or {})
    )


def raised(exc=None):
    try:
        raise exc or ValueError("It is broken.")
    except Exception as error:  # noqa: BLE001 - any
        return error


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("text/html", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("TEXT/HTML;level=1", True),
        ("application/json;q=0.9, text/html", True),
        ("application/json", False),
        ("application/json, text/html;q=0.5", False),
        ("text/html;q=0", False),
        ("*/*", False),
        ("text/*", False),
        ("text/plain", False),
        ("", False),
        ("text/htmlx", False),
    ],
)
def test_browsers_get_a_page(accept, wanted):
    assert wants_page(request(("accept", accept))) is wanted


def test_who_says_nothing_gets_none():
    assert not wants_page(request())


def test_media_types_have_weights():
    header = "text/html;level=1;q=0.5, */*; q=0.1, application/json"

    assert accepted_media_types(header) == {
        "text/html": 0.5,
        "*/*": 0.1,
        "application/json": 1.0,
    }


def test_the_page_shows_the_error_with_its_code():
    text = page()

    assert "<title>ValueError</title>" in text
    assert "<h1>ValueError: It is broken.</h1>" in text
    assert 'class="here"' in text
    assert "raise exc or ValueError(" in text
    assert "test_debug.py" in text


def test_the_page_shows_request_and_settings():
    text = page(
        None, ("x-a", "1"), path="/items", query="page=2", settings={"PAGE_SIZE": 20}
    )

    for row in (
        ("path", "/items"),
        ("query page", "2"),
        ("x-a", "1"),
        ("PAGE_SIZE", "20"),
    ):
        assert "<td>{}</td><td>{}</td>".format(*row) in text


def test_an_error_without_text_is_its_name():
    assert "<h1>KeyError</h1>" in page(raised(KeyError()))


def test_notes_are_shown():
    exc = ValueError("a")
    exc.add_note("while <frying>")

    assert "<p>while &lt;frying&gt;</p>" in page(raised(exc))


def test_what_led_to_an_error_is_shown():
    one, two, three = ValueError("one"), ValueError("two"), ValueError("three")
    one.__cause__, two.__context__ = two, three
    text = page(one)

    assert text.index("ValueError: one") < text.index("ValueError: two")
    assert "ValueError: three" in text


def test_a_context_that_was_cut_is_not_shown():
    exc = ValueError("one")
    exc.__context__ = ValueError("two")
    exc.__suppress_context__ = True

    assert "ValueError: two" not in page(exc)


def test_causes_in_a_circle_come_to_an_end():
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one

    assert page(one).count("<h1>") == 2


def test_the_errors_of_a_group_are_shown():
    group = ExceptionGroup("both", [ValueError("one"), KeyError("two")])
    text = page(group)

    assert "ExceptionGroup: both" in text
    assert "ValueError: one" in text
    assert "KeyError: &#x27;two&#x27;" in text


def test_an_endless_recursion_fits_on_a_page():
    def recurse():
        recurse()

    try:
        recurse()
    except RecursionError as exc:
        text = page(exc)

    assert text.count("<details") == 50


def test_an_error_that_cannot_be_written_is_shown_without():
    class Mute(Exception):
        def __str__(self):
            raise ValueError

    assert "Mute: (its text cannot be shown)" in page(raised(Mute()))


@pytest.mark.parametrize("attack", ["<script>alert(1)</script>", '"><img src=x>', "'&"])
def test_everything_is_escaped(attack):
    Attack = type("Attack" + attack, (Exception,), {})
    text = page(
        raised(Attack(attack)),
        ("x-a", attack),
        path=f"/{attack}",
        query=f"a{attack}={attack}",
        settings={"OWN": attack, f"OWN {attack}": 1},
    )

    assert attack not in text.replace("&#x27;", "").replace("&quot;", "")
    assert "<script" not in text
    assert "<img" not in text


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "cookie",
        "x-api-key",
        "x-csrf-token",
        "proxy-authorization",
        "x-secret",
        "x-password",
        "x-amz-session",
    ],
)
def test_headers_that_are_secret_are_masked(name):
    text = page(None, (name, PLANTED), ("x-other", "shown"))

    assert PLANTED not in text
    assert "********" in text
    assert "shown" in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", PLANTED),
        ("DATABASES", {"default": {"PASSWORD": PLANTED}}),
        ("DATABASE_URL", f"postgres://me:{PLANTED}@db/x"),
        ("PLANETS", [{"api_token": PLANTED}]),
        ("SESSIONS", {"secret_key": [PLANTED * 3]}),
        ("AUTHORIZATION_HEADER", PLANTED),
        ("COOKIE", PLANTED),
        ("CELERY", f"amqp://guest:{PLANTED}@queue?password={PLANTED}"),
        ("CACHES", f"redis://x/?token={PLANTED}"),
    ],
)
def test_settings_that_are_secret_are_masked_wherever_they_turn_up(name, value):
    exc = RuntimeError(f"Cannot use {value!r}, nor {value}.")
    exc.add_note(f"It was {value}.")

    assert PLANTED not in page(raised(exc), settings={name: value})


def test_what_a_request_tells_in_confidence_is_masked_in_the_message():
    exc = KeyError(PLANTED, "one-session", "two-query")
    text = page(
        raised(exc),
        ("authorization", PLANTED),
        ("cookie", "a=one-session"),
        ("referer", f"https://example.com/?token={PLANTED}"),
        query="api_key=two-query",
    )

    for secret in (PLANTED, "one-session", "two-query"):
        assert f"&#x27;{secret}" not in text
    # Bearer schemes and paths: the text, not only the header.
    assert "https://example.com/?token=********" in text


def test_secrets_in_the_code_are_masked():
    try:
        password = "literally-written"
        raise ValueError(len(password))
    except ValueError as exc:
        text = page(exc)

    assert "password = ********" in text
    assert "literally-written" not in text
    assert "raise exc or" not in page(settings={"A_KEY": "raise exc or"})


def test_a_secret_is_hidden_as_it_is_and_as_repr_writes_it():
    hide = hiding(['a"b\n\\c', "long-secret", "long-secret-and-more", "abc"])

    assert hide('a"b\n\\c') == "********"
    assert hide(repr('a"b\n\\c')) == "'********'"
    assert hide("long-secret-and-more") == "********"
    assert hide("abc is too short") == "abc is too short"
    assert hiding([])("text") == "text"


def test_nothing_runs_on_the_page():
    text = page()

    for word in ("<script", "<form", "<input", "<iframe", "onclick", "http-equiv"):
        assert word not in text
