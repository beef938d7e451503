"""Reading `Accept-Encoding` headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo.negotiation import accepted_codings


@pytest.mark.parametrize(
    ("header", "codings"),
    [
        ("", {}),
        ("gzip, deflate, br", {"gzip": 1, "deflate": 1, "br": 1}),
        ("GZip;Q=0.5 , br ; q=0", {"gzip": 0.5, "br": 0}),
        ("gzip;q=1.000,identity;q=0.001", {"gzip": 1, "identity": 0.001}),
        ("*;q=0", {"*": 0}),
        ("gzip;q=1.5, br;q=x, zstd;q=-1, deflate;level=1", {}),
        ("gzip br,, x-gzip", {"x-gzip": 1}),
    ],
)
def test_a_header_weighs_codings(header, codings):
    assert accepted_codings(header) == codings


# What a header can hold, as servers decode it.
LATIN_1 = "".join(map(chr, range(256)))


@given(st.text(LATIN_1) | st.text("gzipbr;q=01., *"))
def test_any_text_is_read(header):
    assert all(0 <= weight <= 1 for weight in accepted_codings(header).values())
