"""What each type accepts from text and what it refuses, in which words."""

import contextlib
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, Flag, IntEnum
from typing import Annotated, Any, Literal, NewType, Optional, Union
from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Meta

from bocadillo import configure, json
from bocadillo.converters import (
    as_text,
    compile_all,
    compile_converter,
    is_repeated,
)
from bocadillo.inspection import MISSING
from bocadillo.problems import MOST_PROBLEMS, Refused

HEX = "9194d446172545bd97c98d81a103f344"
DASHED = "9194d446-1725-45bd-97c9-8d81a103f344"
CET = timezone(timedelta(hours=1))
NOON = datetime(2024, 5, 1, 12, 30)  # noqa: DTZ001


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 10


class Shouted(Enum):
    YES = "YES"

    @classmethod
    def _missing_(cls, value):
        return cls[value.upper()]


class Size(Enum):
    SMALL = 1.5
    LARGE = Decimal("2.50")


UserId = NewType("UserId", int)
Positive = NewType("Positive", Annotated[int, Meta(gt=0)])

ACCEPTED: list[tuple[Any, str, object]] = [
    (str, "", ""),
    (str, " as it is ", " as it is "),
    (str, "null", "null"),
    (str | None, "null", "null"),
    (Any, "x", "x"),
    (MISSING, "x", "x"),
    ("Unresolved", "5", "5"),
    (int, "0", 0),
    (int, "-0", 0),
    (int, "007", 7),
    (int, "-42", -42),
    (int, "9" * 20, int("9" * 20)),
    (int, "-" + "9" * 20, -int("9" * 20)),
    (int | None, "5", 5),
    (Optional[int], "5", 5),  # noqa: UP045
    (Union[None, int], "5", 5),  # noqa: UP007
    (UserId, "5", 5),
    (Positive, "5", 5),
    (float, "1.5", 1.5),
    (float, "-1.5", -1.5),
    (float, "+1.5", 1.5),
    (float, "1", 1.0),
    (float, "1.", 1.0),
    (float, ".5", 0.5),
    (float, "1e3", 1000.0),
    (float, "1E-3", 0.001),
    (float, "1e-999", 0.0),
    (Decimal, "1.50", Decimal("1.50")),
    (Decimal, "-.5", Decimal("-0.5")),
    (Decimal, "1e3", Decimal("1E+3")),
    (Decimal, "0." + "1" * 100, Decimal("0." + "1" * 100)),
    (bool, "true", True),
    (bool, "1", True),
    (bool, "on", True),
    (bool, "TRUE", True),
    (bool, "false", False),
    (bool, "0", False),
    (bool, "Off", False),
    (date, "2024-02-29", date(2024, 2, 29)),
    (time, "12:30", time(12, 30)),
    (time, "12:30:15", time(12, 30, 15)),
    (time, "12:30:15.25", time(12, 30, 15, 250_000)),
    (time, "12:30:15Z", time(12, 30, 15, tzinfo=UTC)),
    (time, "12:30:15+01:00", time(12, 30, 15, tzinfo=CET)),
    (datetime, "2024-05-01T12:30", NOON),
    (datetime, "2024-05-01T12:30:00", NOON),
    (datetime, "2024-05-01 12:30:00", NOON),
    (datetime, "2024-05-01T12:30:00Z", NOON.replace(tzinfo=UTC)),
    (datetime, "2024-05-01t12:30:00z", NOON.replace(tzinfo=UTC)),
    (datetime, "2024-05-01T12:30:00+01:00", NOON.replace(tzinfo=CET)),
    (datetime, "2024-05-01T12:30:00+0100", NOON.replace(tzinfo=CET)),
    (timedelta, "PT1H30M", timedelta(hours=1, minutes=30)),
    (timedelta, "P1D", timedelta(days=1)),
    (timedelta, "-PT0.5S", timedelta(seconds=-0.5)),
    (timedelta, "P2W", timedelta(weeks=2)),
    (timedelta, "-P1W", timedelta(weeks=-1)),
    (UUID, DASHED, UUID(HEX)),
    (UUID, DASHED.upper(), UUID(HEX)),
    (UUID, HEX, UUID(HEX)),
    (Color, "red", Color.RED),
    (Color | None, "blue", Color.BLUE),
    (Level, "10", Level.HIGH),
    (Shouted, "yes", Shouted.YES),
    (Size, "1.5", Size.SMALL),
    (Size, "2.50", Size.LARGE),
    (Literal["a", "b"], "b", "b"),
    (Literal["a", None], "a", "a"),  # noqa: PYI061
    (Literal[1, 2], "2", 2),
    (Literal["auto", True], "true", True),
    (Literal[Color.RED], "red", Color.RED),
    (Annotated[int, Meta(ge=0, le=9)], "9", 9),
    (Annotated[int, Meta(gt=0), Meta(lt=9)], "8", 8),
    (Annotated[int | None, Meta(ge=0)], "0", 0),
    (Annotated[int, Meta(ge=0)] | None, "0", 0),
    (Annotated[int, "a note"], "5", 5),
    (Annotated[int, Meta(multiple_of=5)], "15", 15),
    (Annotated[Decimal, Meta(ge=0.1, multiple_of=0.1)], "0.3", Decimal("0.3")),
    (Annotated[str, Meta(min_length=2, max_length=3)], "éé", "éé"),
    (Annotated[str, Meta(pattern="^[a-z]+$")], "abc", "abc"),
    (
        Annotated[datetime, Meta(tz=False)],
        "2024-05-01T12:30",
        NOON,
    ),
]

NUMBER = "Must be a number."
BOOLEAN = "Must be a boolean."
NO_NUMBERS = [
    "", " ", "x", "null", "None", " 5", "5 ", "5\n", "1_000", "٣", "\uff15", "²", "½",
    "nan", "NaN", "inf", "-inf", "Infinity", "--5", "- 5", "-", "+", ".", "e5", "1,5",
    "0x10", "0b1", "1e", "5\0", "\ud800", "\u22125",
]  # fmt: skip

REFUSED: list[tuple[Any, str, str]] = [
    *((kind, text, NUMBER) for kind in (int, float, Decimal) for text in NO_NUMBERS),
    (int, "+5", NUMBER),
    (int, "1.0", NUMBER),
    (int, "1e3", NUMBER),
    (int, "9" * 21, NUMBER),
    (int, "9" * 5000, NUMBER),
    (int | None, "null", NUMBER),
    (int | None, "", NUMBER),
    (float | None, "null", NUMBER),
    (float, "1e999", NUMBER),
    (float, "1e-1000", NUMBER),
    (float, "9" * 5000, NUMBER),
    (Decimal, "1e1000", NUMBER),
    (Decimal, "sNaN", NUMBER),
    *(
        (bool, text, BOOLEAN)
        for text in ("", "yes", "2", " true", "t", "null", "\uff2f\uff2e")
    ),
    *(
        (date, text, "Must be a valid date.")
        for text in (
            "", "null", "2024-1-2", "20240102", "2024-W01-1", "2024-02-30",
            "0000-01-01",
            " 2024-01-02", "2024-01-02 ", "2024-01-02T00:00:00", "٢٠٢٤-01-02",
            "1704153600", "\ud800",
        )
    ),
    *(
        (time, text, "Must be a valid time.")
        for text in (
            "", "12", "1230", "24:00", "12:60", "12:30:60", "12:30 ", "12:30Z",
            "12:30:00 01:00", "٢٢:30", "xx:yy",
        )
    ),
    *(
        (datetime, text, "Must be a valid datetime.")
        for text in (
            "", "now", "2024-05-01", "1704153600", "2024-05-01T12",
            "2024-05-01T24:00:00", "2024-05-01T12:30:00 01:00",
            "2024-05-01T12:30:00+24:00", "2024-05-01T12:30Z",
            "2024-05-01T12:30:60", "20240501T123000Z", "2024-05-01T12:30:00[CET]",
        )
    ),
    *(
        (timedelta, text, "Must be a valid duration.")
        for text in (
            "", "3600", "1:00", "P", "PT", "P1Y", "P1M", "P1W2D", "P999999999W",
            "P999999999999D", "PT1,5S", " PT1H", "P٣W",
        )
    ),
    *(
        (UUID, text, "Must be a valid UUID.")
        for text in (
            "", "x", f"{{{DASHED}}}", f"urn:uuid:{DASHED}", f"{DASHED} ", "-" * 36,
        )
    ),
    (Color, "RED", "Must be one of 'red', 'blue'."),
    (Color, "", "Must be one of 'red', 'blue'."),
    (Color | None, "null", "Must be one of 'red', 'blue'."),
    (Level, "2", "Must be one of 1, 10."),
    (Level, "01", "Must be one of 1, 10."),
    (Shouted, "no", "Must be one of 'YES'."),
    (Literal["b", "a"], "c", "Must be one of 'b', 'a'."),
    (Literal["a", None], "null", "Must be one of 'a'."),  # noqa: PYI061
    (Literal[1, 2], "3", "Must be one of 1, 2."),
    (Annotated[int, Meta(ge=0)], "-1", "Must be greater than or equal to 0."),
    (Annotated[int, Meta(gt=0)], "0", "Must be greater than 0."),
    (Annotated[int, Meta(le=9)], "10", "Must be less than or equal to 9."),
    (Annotated[int, Meta(lt=9)], "9", "Must be less than 9."),
    (Annotated[int, Meta(ge=0)], "x", NUMBER),
    (Annotated[float, Meta(ge=0.5)], "0.4", "Must be greater than or equal to 0.5."),
    (Annotated[int, Meta(multiple_of=5)], "16", "Must be a multiple of 5."),
    (Annotated[Decimal, Meta(multiple_of=0.1)], "0.35", "Must be a multiple of 0.1."),
    (Annotated[Decimal, Meta(multiple_of=0.1)], "1e999", "Must be a multiple of 0.1."),
    (Annotated[str, Meta(max_length=2)], "abc", "Must have no more than 2 characters."),
    (Annotated[str, Meta(max_length=1)], "abc", "Must have no more than 1 character."),
    (Annotated[str, Meta(min_length=2)], "a", "Must have at least 2 characters."),
    (Annotated[str, Meta(pattern="^a+$")], "b", "Must match '^a+$'."),
    (Annotated[datetime, Meta(tz=True)], "2024-05-01T12:30", "Must have a time zone."),
    (Annotated[time, Meta(tz=False)], "12:30:00Z", "Must not have a time zone."),
]  # fmt: skip

REPEATED: list[tuple[Any, list[str], object]] = [
    (list[int], ["1", "2"], [1, 2]),
    (list, ["1", "2"], ["1", "2"]),
    (list[int] | None, ["1"], [1]),
    (set[int], ["1", "1"], {1}),
    (frozenset[str], ["a"], frozenset("a")),
    (tuple[int, ...], ["1", "2"], (1, 2)),
    (tuple, ["1"], ("1",)),
    (tuple[int, str], ["1", "2"], (1, "2")),
    (list[Annotated[int, Meta(ge=0)]], ["0"], [0]),
    (Annotated[list[int], Meta(max_length=2)], ["1", "2"], [1, 2]),
    (list[Color], ["red"], [Color.RED]),
]

REPEATED_REFUSED: list[tuple[Any, list[str], dict[str, str]]] = [
    (list[int], ["1", "x", ""], {"1": NUMBER, "2": NUMBER}),
    (tuple[int, int], ["x", "y"], {"0": NUMBER, "1": NUMBER}),
    (tuple[int, int], ["1"], {"": "Must have exactly 2 items."}),
    (tuple[int], ["1", "2"], {"": "Must have exactly 1 item."}),
    (
        Annotated[list[int], Meta(max_length=1)],
        ["1", "2"],
        {"": "Must have no more than 1 item."},
    ),
    (
        Annotated[list[int], Meta(min_length=2)],
        ["1"],
        {"": "Must have at least 2 items."},
    ),
]

TEXTS = st.one_of(
    st.text(),
    st.text("0123456789+-._eEinfa٣ TZPW:"),
    st.sampled_from([text for _, text, _ in REFUSED + ACCEPTED]),
    st.datetimes(timezones=st.none() | st.timezones()).map(lambda it: it.isoformat()),
    st.decimals().map(str),
)


@pytest.mark.parametrize(("annotation", "text", "value"), ACCEPTED)
def test_text_is_converted(annotation, text, value):
    converted = compile_converter(annotation)(text)

    assert converted == value
    assert type(converted) is type(value)


@pytest.mark.parametrize(("annotation", "text", "message"), REFUSED)
def test_text_is_refused_in_the_same_words_every_time(annotation, text, message):
    with pytest.raises(Refused) as caught:
        compile_converter(annotation)(text)

    assert caught.value.problems == {"": message}


@pytest.mark.parametrize("annotation", {str(it[0]): it[0] for it in ACCEPTED}.values())
@given(text=TEXTS)
@example(text="\ud800")
@example(text="9" * 10_000)
def test_no_text_does_anything_but_convert_or_be_refused(annotation, text):
    with contextlib.suppress(Refused):
        compile_converter(annotation)(text)


@given(st.integers(-(10**20) + 1, 10**20 - 1))
def test_an_integer_of_up_to_20_digits_survives(number):
    assert compile_converter(int)(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_finite_float_survives(number):
    assert compile_converter(float)(repr(number)) == number


@pytest.mark.parametrize("text", ["-0", "-00", "-0.0"])
def test_a_zero_keeps_its_sign(text):
    assert str(compile_converter(float)(text)) == "-0.0"


@given(st.datetimes(timezones=st.none() | st.just(UTC)))
def test_a_datetime_survives_its_iso_format(moment):
    assert compile_converter(datetime)(moment.isoformat()) == moment


def test_text_that_stays_text_is_recognizable():
    assert compile_converter(str | None) is as_text


class Point(Enum):
    ORIGIN = (0, 0)


class Permission(Flag):
    READ = 1


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (dict, "dict cannot be read from text; these can: str, int, "),
        (bytes, "bytes cannot be read from text"),
        (list[int], "list[int] cannot be read from text"),
        (int | str, "int | str cannot be read from text"),
        (5, "5 cannot be read from text"),
        ([int], "cannot be read from text"),
        (Point, "Point cannot be read from text: its value (0, 0) is neither"),
        (Literal[b"x"], "its value b'x' is neither a str nor a number"),
        (Annotated[str, Meta(ge=0)], "str cannot have the constraint ge"),
        (Annotated[bool, Meta(ge=0)], "bool cannot have the constraint ge"),
        (Annotated[int, Meta(pattern="x")], "int cannot have the constraint pattern"),
        (Annotated[Color, Meta(max_length=1)], "Color cannot have the constraint max_"),
    ],
)
def test_a_type_that_text_cannot_be_is_refused_at_compile_time(annotation, message):
    with pytest.raises(TypeError) as caught:
        compile_converter(annotation)

    assert message in str(caught.value)


def test_a_flag_is_read_as_one_of_its_members():
    assert compile_converter(Permission)("1") is Permission.READ


@pytest.mark.parametrize(("annotation", "texts", "value"), REPEATED)
def test_repeated_values_are_converted_one_by_one(annotation, texts, value):
    assert is_repeated(annotation)
    assert compile_all(annotation)(texts) == value


@pytest.mark.parametrize(("annotation", "texts", "problems"), REPEATED_REFUSED)
def test_each_wrong_one_of_repeated_values_is_told(annotation, texts, problems):
    with pytest.raises(Refused) as caught:
        compile_all(annotation)(texts)

    assert caught.value.problems == problems


@pytest.mark.parametrize("annotation", [int, str, dict, "list[int]", Any, MISSING])
def test_a_single_value_is_not_repeated(annotation):
    assert not is_repeated(annotation)


def test_only_lists_sets_and_tuples_can_be_repeated():
    with pytest.raises(TypeError, match="int is not a list, set or tuple"):
        compile_all(int)


def test_no_more_problems_are_told_than_anyone_reads():
    with pytest.raises(Refused) as caught:
        compile_all(list[int])(["x"] * 2 * MOST_PROBLEMS)

    assert len(caught.value.problems) == MOST_PROBLEMS


def test_a_constraint_on_a_list_must_be_one_of_length():
    with pytest.raises(TypeError, match="list cannot have the constraint ge"):
        compile_all(Annotated[list[int], Meta(ge=0)])


# What views get: the tables once more, over requests and over websockets

ACCEPTED_OF_A_VIEW = [
    *((annotation, [text], value) for annotation, text, value in ACCEPTED),
    *REPEATED,
]
REFUSED_OF_A_VIEW = [
    *((annotation, [text], {"value": words}) for annotation, text, words in REFUSED),
    *(
        (annotation, texts, {f"value.{at}".rstrip("."): it for at, it in told.items()})
        for annotation, texts, told in REPEATED_REFUSED
    ),
]
ROUTES = {"http": "route", "websocket": "websocket_route"}


def view_of(annotation, values, protocol):
    """A view with a parameter of that type, which keeps what it gets."""
    if protocol == "http":

        async def view(req, res, value=None):
            values.append(value)
    else:

        async def view(ws, value=None):
            values.append(value)

    if annotation is not MISSING:
        view.__annotations__["value"] = annotation
    return view


class Views:
    """An app with a view for each type of a table, and a client of it.

    Args:
        protocol: What the views serve, `http` or `websocket`.
        source: Where they take the value from, `path` or `query`.
    """

    def __init__(self, app, protocol, source):
        self._app, self._protocol, self._source = app, protocol, source
        self._values = []
        self._paths = {}

    def declare(self, table):
        """Have the views; the rows of the table that such views can be asked for.

        No path has an empty segment, and none has several values.
        """
        rows = [
            (annotation, texts, result)
            for annotation, texts, result in table
            if self._source == "query" or (texts[0] and not is_repeated(annotation))
        ]
        route = getattr(self._app, ROUTES[self._protocol])
        for annotation in {repr(it): it for it, *_ in rows}.values():
            path = self._paths[repr(annotation)] = f"/{len(self._paths)}"
            pattern = f"{path}/{{value}}" if self._source == "path" else path
            route(pattern)(view_of(annotation, self._values, self._protocol))
        configure(self._app, STATIC_DIR=None)
        return rows

    async def ask(self, annotation, texts, *, extensions=()):
        """The values that the view gets, and the events that are sent."""
        path, query = self._paths[repr(annotation)], ""
        if self._source == "path":
            path += f"/{texts[0]}"
        else:
            escaped = (quote(text, errors="surrogatepass") for text in texts)
            query = "&".join(f"value={it}" for it in escaped)
        self._values.clear()
        sent = await self._exchange(
            {
                "type": self._protocol,
                "method": "GET",
                "scheme": "ws" if self._protocol == "websocket" else "http",
                "path": path,
                "query_string": query.encode(),
                "headers": [],
                "extensions": {name: {} for name in extensions},
            }
        )
        return self._values, sent

    async def _exchange(self, scope):
        sent = []

        async def receive():
            return {"type": "websocket.connect"}

        async def send(event):
            sent.append(event)

        await self._app(scope, receive, send)
        return sent


@pytest.fixture(params=["path", "query"])
def source(request):
    return request.param


@pytest.fixture(params=["http", "websocket"])
def views(app, source, request):
    return Views(app, request.param, source)


async def test_a_view_gets_what_text_is_converted_to(views):
    for annotation, texts, value in views.declare(ACCEPTED_OF_A_VIEW):
        (got,), _ = await views.ask(annotation, texts)

        assert (got, type(got)) == (value, type(value)), (annotation, texts)


async def test_a_view_is_not_called_with_what_is_refused(views):
    for annotation, texts, problems in views.declare(REFUSED_OF_A_VIEW):
        got, (start, body) = await views.ask(
            annotation, texts, extensions=["websocket.http.response"]
        )

        answer = start["status"], json.decode(body["body"])["detail"], got
        assert answer == (400, problems, []), (annotation, texts)


async def test_a_handshake_is_refused_where_nobody_can_say_why(app, source):
    views = Views(app, "websocket", source)
    for annotation, texts, _ in views.declare(REFUSED_OF_A_VIEW):
        got, (event,) = await views.ask(annotation, texts)

        assert (got, event["type"]) == ([], "websocket.close"), (annotation, texts)
