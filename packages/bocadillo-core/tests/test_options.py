from types import MappingProxyType
from typing import Annotated, Literal

import pytest
from msgspec import Meta, Struct
from starlette.datastructures import CommaSeparatedStrings

from bocadillo.errors import SettingsError
from bocadillo.options import read_options


class Options(Struct):
    max_age: Annotated[int, Meta(ge=0)] | None = 60
    names: list[str] = []
    mode: Literal["lax", "strict"] = "lax"
    types: dict[str, str] = {}
    secure: bool = False


class Needed(Struct):
    secret: str


def refused(value, kind=Options):
    with pytest.raises(SettingsError) as caught:
        read_options("THING", value, kind)
    return str(caught.value)


@pytest.mark.parametrize("value", [True, {}, MappingProxyType({})])
def test_defaults_hold_where_nothing_is_given(value):
    assert read_options("THING", value, Options) == Options()


def test_options_are_read():
    given = {"max_age": None, "names": ("a", "b"), "mode": "strict", "secure": True}

    assert read_options("THING", given, Options) == Options(
        max_age=None, names=["a", "b"], mode="strict", secure=True
    )


def test_lists_may_be_other_sequences():
    given = {"names": CommaSeparatedStrings("a, b")}

    assert read_options("THING", given, Options).names == ["a", "b"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"maxage": 1},
            "Setting THING has no option 'maxage'. Did you mean 'max_age'?",
        ),
        (
            {1: 1},
            (
                "Setting THING has no option 1. It has max_age, names, mode, "
                "types, secure."
            ),
        ),
        (
            {"max_age": "1"},
            (
                "Setting THING: option 'max_age' is not accepted: expected int | None, "
                "got str."
            ),
        ),
        (
            {"max_age": -1},
            (
                "Setting THING: option 'max_age' is not accepted: expected int >= 0, "
                "got int."
            ),
        ),
        (
            {"names": "a"},
            "Setting THING: option 'names' is not accepted: expected list, got str.",
        ),
        (
            {"names": ["a", 1]},
            "Setting THING: option 'names[1]' is not accepted: expected str, got int.",
        ),
        (
            {"types": {".a": 1}},
            (
                "Setting THING: option 'types[...]' is not accepted: "
                "expected str, got int."
            ),
        ),
        (
            {"mode": "none"},
            (
                "Setting THING: option 'mode' is not accepted: expected 'lax' or "
                "'strict', got 'none'."
            ),
        ),
        (
            {"secure": 1},
            "Setting THING: option 'secure' is not accepted: expected bool, got int.",
        ),
    ],
)
def test_what_does_not_fit_is_told(given, message):
    assert refused(given) == message


def test_an_option_that_is_needed_is_told():
    assert "required field secret" in refused({}, Needed)
