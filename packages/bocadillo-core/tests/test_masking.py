from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import NamedTuple

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from starlette.datastructures import Secret

from bocadillo.masking import MASK, is_secret, mask_code, mask_text, masked, secrets_in

PLANTED = "pLaNtEd-9f3"


class Record(Struct):
    name: str
    password: str = PLANTED


@dataclass
class Data:
    name: str
    api_key: str = PLANTED
    quiet: str = field(default=PLANTED, repr=False)


@attrs.define
class Attrs:
    token: str = PLANTED


@attrs.define
class Nested:
    tokens: object = attrs.Factory(Attrs)


class Broken:
    def __repr__(self):
        raise ValueError(PLANTED)


class Named(NamedTuple):
    host: str
    password: str


@pytest.mark.parametrize(
    "name",
    [
        "SECRET_KEY",
        "db_password",
        "ApiToken",
        "KEY",
        "SENTRY_DSN",
        "set-cookie",
        "Authorization",
        "PASSWD",
        "aws_credentials",
        "Session",
    ],
)
def test_a_name_may_be_that_of_a_secret(name):
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["SSE_KEEPALIVE", "SESSIONS", "session_cookie", "PORT"]
)
def test_other_names_are_harmless(name):
    assert not is_secret(name)


@pytest.mark.parametrize(
    "value",
    [
        PLANTED,
        PLANTED.encode(),
        [PLANTED],
        {"a": PLANTED},
        12345,
        Secret(PLANTED),
        Record("x"),
        (PLANTED,),
        {PLANTED},
    ],
)
def test_the_value_of_a_secret_is_hidden(value):
    assert masked("SECRET_KEY", value) == MASK


@pytest.mark.parametrize("value", [None, True, False, "", b"", [], {}, ()])
def test_that_there_is_no_secret_is_shown(value):
    assert masked("SECRET_KEY", value) == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"a": {"password": PLANTED}}, {"a": {"password": MASK}}),
        ([{"token": PLANTED}], [{"token": MASK}]),
        (({"token": PLANTED}, 1), ({"token": MASK}, 1)),
        ({1: PLANTED[:1]}, {1: PLANTED[:1]}),
        (frozenset([f"a://{PLANTED}@b"]), frozenset([f"a://{MASK}@b"])),
        (f"postgres://me:{PLANTED}@db:5432/x", f"postgres://{MASK}@db:5432/x"),
        (f"redis://:{PLANTED}@db", f"redis://{MASK}@db"),
        (f"https://{PLANTED}@sentry.example/1", f"https://{MASK}@sentry.example/1"),
        (f"pg://me:p@{PLANTED}@db/x", f"pg://{MASK}@db/x"),
        (f"https://x/?token={PLANTED}&a=1", f"https://x/?token={MASK}&a=1"),
        ("https://example.com/@user", "https://example.com/@user"),
        ("somebody@example.com", "somebody@example.com"),
        ("KEY: value", "KEY: value"),
        (5, 5),
        (None, None),
    ],
)
def test_values_that_hold_secrets_are_shown_without(value, shown):
    assert masked("NAME", value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Record("x"), f"Record(name='x', password='{MASK}')"),
        (Data("x"), f"Data(name='x', api_key='{MASK}')"),
        (Named("x", PLANTED), f"Named(host='x', password='{MASK}')"),
        (SimpleNamespace(KEY=PLANTED), f"SimpleNamespace(KEY='{MASK}')"),
        (Attrs(), f"Attrs(token={MASK})"),
        ([Attrs()], f"[Attrs(token={MASK})]"),
        (Nested(), f"Nested(tokens={MASK})"),
        (f"a://me:{PLANTED}@b".encode(), f"b'a://{MASK}@b'"),
        (Broken(), "<Broken whose repr raises>"),
        (Data, repr(Data)),
        (Secret(PLANTED), "Secret('**********')"),
    ],
)
def test_objects_are_shown_without_their_secrets(value, shown):
    assert repr(masked("NAME", value)) == shown


def test_what_holds_nothing_to_hide_stays_as_it_is():
    value = object()

    assert masked("NAME", value) is value


def test_what_contains_itself_comes_to_an_end():
    loop = {"password": PLANTED}
    loop["loop"] = loop

    assert PLANTED not in repr(masked("NAME", loop))
    assert PLANTED in set(secrets_in("NAME", loop))


@pytest.mark.parametrize(
    "text",
    [
        f"SECRET_KEY = '{PLANTED}'",
        f'SECRET_KEY = "{PLANTED} more"',
        f"configure(app, api_key={PLANTED!r}, gzip=True)",
        f"{{'password': b'{PLANTED}', 'a': 1}}",
        f'{{"db": {{"password": "{PLANTED}"}}}}',
        f"TOKENS=['{PLANTED}', 'b']",
        f"password=Plain('{PLANTED}')",
        f"?a=1&access_token={PLANTED}&b=2",
        f"os.environ['API_KEY'] = '{PLANTED}'",
        f"could not connect to amqp://guest:{PLANTED}@queue",
    ],
)
def test_secrets_in_text_are_hidden(text):
    hidden = mask_text(text)

    assert PLANTED not in hidden
    assert MASK in hidden


@pytest.mark.parametrize(
    "text",
    [
        "KEY == other",
        "if token: pass",
        "for key in keys:",
        "https://example.com:80/@a",
        "KeyError: 'name'",
        "def find(key: str, token: str) -> None:",
        "tokens",
    ],
)
def test_other_text_stays_as_it_is(text):
    assert mask_text(text) == text
    assert mask_code(text) == text


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("token = await read_token(req)", "token = await read_token(req)"),
        ("key = settings.API_KEY", "key = settings.API_KEY"),
        (f"API_KEY = '{PLANTED}'", f"API_KEY = {MASK}"),
        (f'{{"password": b"{PLANTED}"}}', f'{{"password": {MASK}}}'),
        (f"connect('pg://me:{PLANTED}@db')", f"connect('pg://{MASK}@db')"),
    ],
)
def test_code_is_shown_without_what_is_written_in_it(line, shown):
    assert mask_code(line) == shown


def test_secrets_can_be_looked_for_elsewhere():
    value = {
        "password": {"old": "one", "new": ["two", b"three"]},
        "url": "pg://me:four@db",
        "record": Record("x", password="five"),
        "name": "harmless",
        "empty": {},
        "token": None,
        "key": Broken(),
        "secret": Secret("six"),
    }

    found = set(secrets_in("DATABASE", value))

    assert {"one", "two", "three", "four", "me:four", "five", "six"} <= found
    assert "harmless" not in found


trees = st.recursive(
    st.just(PLANTED) | st.integers() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.sampled_from(["a", "password", "b"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(trees)
def test_nothing_below_a_secret_name_is_shown(tree):
    assert PLANTED not in repr(masked("NAME", {"api_token": tree}))


@given(st.text())
def test_any_text_can_be_masked(text):
    assert isinstance(mask_text(text), str)


def test_hostile_text_is_masked_in_linear_time():
    # Hours, if it were not.
    mask_text("key" * 20_000)
    mask_text("://" + "a:" * 20_000)
    mask_text("key='" + "\\'" * 20_000)
