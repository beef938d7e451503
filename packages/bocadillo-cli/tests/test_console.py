import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo_cli.console import (
    Failure,
    echo_json,
    echo_table,
    plural,
    relative,
)

cells = st.text(st.characters(categories=["Ll"]), max_size=8)
words = st.lists(cells, max_size=4).map(" ".join)


@pytest.fixture
def width(monkeypatch):
    """Sets how wide the terminal is."""
    return lambda columns: monkeypatch.setenv("COLUMNS", str(columns))


def test_columns_are_as_wide_as_they_need_to_be(width, capsys):
    width(80)

    echo_table(("NAME", "X"), [("a", "1"), ("longer", "22")])

    assert capsys.readouterr().out == "NAME    X\na       1\nlonger  22\n"


def test_what_does_not_fit_is_wrapped_in_its_column(width, capsys):
    width(20)

    echo_table(("NAME", "TEXT"), [("a", "one two three"), ("b", "four")])

    assert capsys.readouterr().out == ("NAME  TEXT\na     one two three\nb     four\n")

    width(14)

    echo_table(("NAME", "TEXT"), [("a", "one two three"), ("b", "four")])

    assert capsys.readouterr().out == (
        "NAME  TEXT\na     one two\n      three\nb     four\n"
    )


def test_the_widest_column_is_narrowed_first(width, capsys):
    width(16)

    echo_table(("A", "B"), [("a a a", "b b b b b b b b")])

    assert capsys.readouterr().out == "A      B\na a a  b b b b b\n       b b b\n"


def test_a_word_is_never_broken(width, capsys):
    width(5)

    echo_table(("A", "B"), [("/items/{pk}", "item-view")])

    assert capsys.readouterr().out == "A            B\n/items/{pk}  item-view\n"


@given(st.lists(st.tuples(words, words, words), max_size=5), st.integers(1, 60))
def test_a_table_holds_every_word_in_its_order(rows, columns):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(columns))
        lines: list[str] = []
        patch.setattr("click.secho", lambda line, **style: lines.append(line))
        echo_table(("A", "B", "C"), rows)

    shown = sorted(" ".join(lines).split())
    assert shown == sorted(" ".join(["A B C", *map(" ".join, rows)]).split())


def test_data_that_json_does_not_know_is_written_as_it_is_best(capsys):
    echo_json({"set": {1}, "other": 1j})

    assert capsys.readouterr().out == (
        '{\n  "set": [\n    1\n  ],\n  "other": "1j"\n}\n'
    )


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 routes"), (1, "1 route"), (2, "2 routes")]
)
def test_plurals(count, text):
    assert plural(count, "route") == text


def test_a_location_is_read_from_the_working_directory(directory):
    assert relative(f"{directory}/app.py:3") == "app.py:3"
    assert relative("/elsewhere/app.py:3") == "/elsewhere/app.py:3"


def test_a_failure_ends_with_exit_code_1():
    assert Failure("So it is.").exit_code == 1
