import asyncio
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from bocadillo.closing import (
    caught_codes,
    checked_code,
    checked_reason,
    closing_for,
    is_disconnect,
    is_sendable,
    reason_of,
    seen_code,
    shortened,
)
from bocadillo.constants import WEBSOCKET_CLOSE_CODES
from bocadillo.errors import (
    ClientDisconnect,
    ClientLeft,
    HTTPError,
    RouteError,
    WebSocketDisconnect,
)

# RFC 6455 §7.4.1: these stand for what was not sent.
NEVER_SENT = {1005, 1006, 1015}


def test_registered_codes_may_be_sent_but_those_that_stand_for_none():
    sendable = set(filter(is_sendable, WEBSOCKET_CLOSE_CODES))

    assert sendable == WEBSOCKET_CLOSE_CODES.keys() - NEVER_SENT


@pytest.mark.parametrize("code", [3000, 3999, 4000, 4999])
def test_codes_of_libraries_and_apps_may_be_sent(code):
    assert checked_code(code) == code


@pytest.mark.parametrize("code", ["1000", 1000.0, None, True])
def test_a_code_is_an_int(code):
    with pytest.raises(TypeError, match="A close code must be an int, not"):
        checked_code(code)


def test_a_reason_is_text():
    with pytest.raises(TypeError, match="A close reason must be a str, not bytes"):
        checked_reason(b"bye")


@pytest.mark.parametrize(("reason", "checked"), [(None, ""), ("", ""), ("bye", "bye")])
def test_no_reason_is_an_empty_one(reason, checked):
    assert checked_reason(reason) == checked


@given(st.text(max_size=200))
def test_a_shortened_reason_fits_and_is_the_beginning(reason):
    short = shortened(reason)

    assert checked_reason(short) == short
    if short != reason.encode("utf-8", "replace").decode():
        assert short.endswith("…")
        assert reason.startswith(short.removesuffix("…"))
        # One more character would not have fitted.
        kept = len(short) - 1
        assert len((reason[: kept + 1] + "…").encode()) > 123


@pytest.mark.parametrize(
    ("code", "seen"), [(None, 1000), (1005, 1000), (1000, 1000), (1006, 1006)]
)
def test_no_status_counts_as_a_normal_close(code, seen):
    assert seen_code(code) == seen


def test_a_code_is_a_plain_number_whatever_the_server_makes_of_it():
    assert repr(seen_code(HTTPStatus.OK)) == "200"


@pytest.mark.parametrize(
    ("detail", "reason"),
    [
        ("Log in.", "Log in."),
        ({"a": "Is required.", "b.0": "Is bad."}, "a: Is required. b.0: Is bad."),
        (["other"], ""),
        ("", ""),
    ],
)
def test_a_detail_is_put_into_one_line(detail, reason):
    assert reason_of(detail) == reason


@pytest.mark.parametrize(
    ("exception", "closing"),
    [
        (None, (1000, "")),
        (WebSocketDisconnect(1006), (1000, "")),
        (ClientDisconnect(), (1000, "")),
        (HTTPError(403), (1008, "403 Forbidden")),
        (HTTPError(403, detail="Not you."), (1008, "Not you.")),
        (HTTPError(403, detail=["?"]), (1008, "403 Forbidden")),
        (HTTPException(404, "Nope"), (1008, "Nope")),
        (KeyError(), (1011, "")),
        (asyncio.CancelledError(), (1011, "")),
        (ExceptionGroup("", [ClientDisconnect()]), (1000, "")),
        (ExceptionGroup("", [ClientDisconnect(), HTTPError(401, "?")]), (1008, "?")),
        (ExceptionGroup("", [HTTPError(401), KeyError()]), (1011, "")),
        (ExceptionGroup("", [ExceptionGroup("", [KeyError()])]), (1011, "")),
    ],
    ids=repr,
)  # fmt: skip
def test_an_exception_closes_with_a_code(exception, closing):
    assert closing_for(exception) == closing


@pytest.mark.parametrize("kind", [ClientDisconnect, WebSocketDisconnect])
def test_a_client_that_left_can_be_caught_as_either(kind):
    left = ClientLeft(1001, "bye")

    assert isinstance(left, kind)
    assert (left.code, left.reason) == (1001, "bye")
    assert is_disconnect(left)


def test_all_codes_or_none_are_caught():
    everything, nothing = caught_codes(all), caught_codes(())

    assert all(code in everything for code in (1000, 1006, 4999))
    assert 1000 not in nothing


@pytest.mark.parametrize(
    "codes", [[1000], {1000}, frozenset([1000]), (1000,), {1000: 1}]
)
def test_codes_are_given_in_any_collection(codes):
    assert caught_codes(codes) == {1000}


@pytest.mark.parametrize("codes", [1000, "1000", b"1", any, None])
def test_what_is_no_collection_of_codes_is_refused(codes):
    with pytest.raises(RouteError, match=r"such as \(1000, 1001\)"):
        caught_codes(codes)
