import pytest

from bocadillo.cors import cors_options
from bocadillo.errors import SettingsError


def refused(**options):
    with pytest.raises(SettingsError) as caught:
        cors_options(options)
    return str(caught.value)


def test_true_is_restrictive():
    options = cors_options(True)

    assert options["allow_origins"] == []
    assert options["allow_methods"] == ["GET"]
    assert not options["allow_credentials"]


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://example.com", "https://example.com"),
        ("https://Example.COM", "https://example.com"),
        ("https://example.com:443", "https://example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("null", "null"),
        ("*", "*"),
    ],
)
def test_origins_are_written_as_browsers_send_them(given, origin):
    assert cors_options({"allow_origins": [given]})["allow_origins"] == [origin]


def test_methods_are_in_upper_case():
    assert cors_options({"allow_methods": ["get", "Post"]})["allow_methods"] == [
        "GET",
        "POST",
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"allow_origins": ("https://a.example",), "allow_credentials": True},
        {"allow_origin_regex": r"https://.*\.example\.com", "allow_credentials": True},
        {"allow_origin_regex": ".*"},
        {"allow_headers": ["*"], "expose_headers": ["X-Total"], "max_age": 0},
        {"allow_private_network": True},
    ],
)
def test_options_are_accepted(options):
    assert (
        cors_options(options).items()
        >= {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in options.items()
        }.items()
    )


@pytest.mark.parametrize(
    "options",
    [
        {"allow_origins": ["*"], "allow_credentials": True},
        {"allow_origins": ["https://a", "null"], "allow_credentials": True},
        {"allow_origin_regex": ".*", "allow_credentials": True},
        {"allow_origin_regex": "https://.+", "allow_credentials": True},
        {"allow_origin_regex": "null|https://a", "allow_credentials": True},
    ],
)
def test_credentials_for_every_origin_are_refused(options):
    assert "allows credentials to every origin" in refused(**options)


@pytest.mark.parametrize(
    "origin", ["example.com", "https://example.com/", "https://", "", "https://a/b"]
)
def test_an_origin_that_could_never_match_is_refused(origin):
    assert f"'allow_origins' holds {origin!r}: write scheme and host" in refused(
        allow_origins=[origin]
    )


@pytest.mark.parametrize("origin", ["https://*.example.com", "*.example.com", "**"])
def test_a_pattern_among_the_origins_is_refused(origin):
    message = refused(allow_origins=[origin])
    assert f"'allow_origins' holds {origin!r}, but origins are compared" in message
    assert "write a pattern as 'allow_origin_regex'" in message


@pytest.mark.parametrize("option", ["allow_methods", "allow_headers", "expose_headers"])
@pytest.mark.parametrize("name", ["a b", "a\r\nb: c", "", "é"])
def test_names_that_would_split_headers_are_refused(option, name):
    assert f"option {option!r} holds {name!r}" in refused(**{option: [name]})


def test_a_pattern_that_is_none_is_pointed_at():
    assert refused(allow_origin_regex="https://(a") == (
        "Setting CORS: option 'allow_origin_regex' is no pattern: missing ), "
        "unterminated subpattern at position 8\n  https://(a\n          ^"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"allow_origin": []}, "has no option 'allow_origin'. Did you mean"),
        ({"allow_origins": "*"}, "expected list, got str"),
        ({"allow_credentials": 1}, "expected bool, got int"),
        ({"max_age": -1}, "expected int >= 0"),
    ],
)
def test_other_mistakes_are_told(options, message):
    assert message in refused(**options)
