"""The `content-disposition` header, read back with a parser of our own."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bocadillo.disposition import attachment_header

# RFC 6266 §4.1, RFC 9110 §5.6.4 and RFC 5987 §3.2.1, written as strictly.
QUOTED = r'"(?:[ !#-\[\]-~]|\\["\\])*"'
EXTENDED = r"UTF-8''(?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})+"
HEADER = re.compile(
    rf"attachment(?:; filename=(?P<plain>{QUOTED})"
    rf"(?:; filename\*=(?P<ext>{EXTENDED}))?)?"
)


def filenames(header: str) -> tuple[str | None, str | None]:
    """The `filename` and `filename*` of a header, which must be well-formed."""
    found = HEADER.fullmatch(header)
    assert found is not None, header
    plain, extended = found["plain"], found["ext"]
    return (
        plain and re.sub(r"\\(.)", r"\1", plain[1:-1]),
        extended and unquote(extended.removeprefix("UTF-8''"), errors="strict"),
    )


@pytest.mark.parametrize(
    ("filename", "header"),
    [
        ("name.txt", 'attachment; filename="name.txt"'),
        ("two words; x=1.txt", 'attachment; filename="two words; x=1.txt"'),
        ('a"b.txt', 'attachment; filename="a\\"b.txt"'),
        (
            "é.pdf",
            "attachment; filename=\"e.pdf\"; filename*=UTF-8''%C3%A9.pdf",
        ),
        (
            "日.txt",
            "attachment; filename=\"_.txt\"; filename*=UTF-8''%E6%97%A5.txt",
        ),
        (
            "50%41.txt",
            "attachment; filename=\"50_41.txt\"; filename*=UTF-8''50%2541.txt",
        ),
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        ("C:\\Users\\x\\plan.doc", 'attachment; filename="plan.doc"'),
        (".bashrc", 'attachment; filename=".bashrc"'),
        ("a\r\nset-cookie: x=1", 'attachment; filename="aset-cookie: x=1"'),
        ("a\0b\x7fc\x85d.txt", 'attachment; filename="abcd.txt"'),
        ("a\u202etxt.exe", 'attachment; filename="atxt.exe"'),
        (".\x01.", "attachment"),
        ("", "attachment"),
        ("..", "attachment"),
        (" . ", "attachment"),
        ("dir/", "attachment"),
        ("\r\n\t", "attachment"),
        ("\ud800", "attachment"),
    ],
)
def test_a_name_gives_the_header(filename, header):
    assert attachment_header(filename) == header


@given(st.text(st.characters()) | st.text('./\\\r\n"%é \u202e\ud800\0;='))
@example("\uff0e\uff0e\uff0fpasswd")
@example("\u2025")
def test_any_text_gives_one_header_that_names_a_file(filename):
    header = attachment_header(filename)
    plain, extended = filenames(header)

    assert header.isascii()
    assert header.isprintable()
    for name in (plain, extended):
        assert name is None or not re.search(r"[/\\\r\n\0]", name)
        assert name not in ("", ".", "..")


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"])))
def test_a_printable_name_reads_back(filename):
    expected = re.split(r"[/\\]", filename)[-1]
    plain, extended = filenames(attachment_header(filename))

    if expected in ("", ".", ".."):
        assert (plain, extended) == (None, None)
    else:
        assert (extended or plain) == expected
