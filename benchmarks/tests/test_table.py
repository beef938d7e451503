import pytest
from benchmarks.table import Spread, Table


def test_a_spread_is_the_middle_half_of_the_rounds():
    assert Spread.of([5.0, 1.0, 3.0, 2.0, 4.0]) == Spread(median=3.0, low=2.0, high=4.0)


def test_one_round_spreads_nowhere():
    assert Spread.of([7.0]) == Spread(7.0, 7.0, 7.0)


@pytest.fixture
def table() -> Table:
    table = Table("In-process", "µs")
    for raw, ours in ((1.0, 2.0), (10.0, 20.0), (2.0, 4.0)):
        table.record("text", "raw", raw)
        table.record("text", "bocadillo", ours)
    return table


def test_a_slow_round_changes_no_ratio(table):
    assert table.ratio("text", "bocadillo", "raw") == Spread(2.0, 2.0, 2.0)


def test_a_figure_is_the_spread_of_the_values(table):
    assert table.figure("text", "raw") == Spread(2.0, 1.5, 6.0)


@pytest.mark.parametrize(
    ("column", "framework"), [("json", "raw"), ("text", "starlette")]
)
def test_what_was_not_measured_has_no_figure(table, column, framework):
    assert table.figure(column, framework) is None


def test_without_a_base_there_is_no_ratio(table):
    assert table.ratio("text", "bocadillo", "starlette") is None


def test_frameworks_come_in_the_order_they_appeared(table):
    table.record("json", "starlette", 1.0)
    assert table.frameworks == ["raw", "bocadillo", "starlette"]


def test_a_table_survives_being_stored(table):
    assert Table.from_data(table.to_data()) == table


def test_six_digits_are_kept_so_that_what_is_stored_says_the_same():
    table = Table("In-process", "µs")
    table.record("text", "raw", 73_699.4999)
    assert Table.from_data(table.to_data()) == table
    assert table.figure("text", "raw") == Spread.of([73_699.5])
