import xml.etree.ElementTree as ET

import pytest
from benchmarks.__main__ import PAGE, RESULTS
from benchmarks.chart import LEFT, RIGHT, WIDTH, Axis, Series, dot_plot, line_plot
from benchmarks.docs import with_figures
from benchmarks.goals import LIMITS, verdicts
from benchmarks.pictures import pictures
from benchmarks.providers.contenders import BASELINE, OURS
from benchmarks.report import grid, markdown, number
from benchmarks.results import Results
from benchmarks.table import Table
from benchmarks.workloads import WORKLOADS

MACHINE = {
    "processor": "A processor",
    "cores": "2 cores",
    "memory": "8 GiB",
    "system": "A system",
    "kernel": "Linux 6",
    "python": "CPython 3.11",
}


@pytest.fixture
def results() -> Results:
    results = Results(MACHINE, {"uvicorn": "0.54"}, "wrk", taken="2026-01-31")
    in_process = Table("In-process", "µs CPU per request")
    for name, micros in (("raw", 1.0), ("bocadillo", 1.5), ("starlette", 9.0)):
        in_process.record("text", name, micros)
        in_process.record("stream", name, micros)
    results.tables["in-process"] = in_process
    served = Table("Whole server", "requests/s")
    for name, rate in (("raw", 100.0), ("bocadillo", 90.0), ("sanic", 120.0)):
        served.record("text", name, rate)
    results.tables["server"] = served
    routing = Table("Routing", "µs CPU per request")
    for count in ("10", "100", "1,000", "10,000"):
        for outcome in ("hit", "miss"):
            routing.record(f"{count} {outcome}", "bocadillo", 2.0)
    results.tables["routing"] = routing
    providers = Table("Providers", "µs CPU per call")
    for name, micros in ((BASELINE, 4.0), (OURS, 3.0), ("dishka", 8.0)):
        providers.record("chain", name, micros)
    results.tables["providers"] = providers
    return results


@pytest.mark.parametrize(
    ("value", "text"), [(0.123, "0.12"), (12.34, "12.3"), (1234.5, "1,234")]
)
def test_numbers_have_the_digits_that_matter(value, text):
    assert number(value) == text


def test_a_grid_is_a_markdown_table():
    assert grid(["", "a"], [["x", "1"]]) == "|  | a |\n| --- | ---: |\n| x | 1 |"


def test_the_report_shows_figures_and_ratios(results):
    report = markdown(results)

    assert "| Starlette | 9.00 |" in report
    assert "| Bocadillo | 1.50 |" in report


def test_several_rounds_have_a_spread(results):
    results.tables["in-process"].record("text", "raw", 2.0)

    assert "| raw ASGI | 1.50 ±0.25 |" in markdown(results)


def test_a_server_of_its_own_has_a_star(results):
    assert "| Sanic \\* | 1.20 |" in markdown(results)


def test_providers_are_compared_with_what_is_written_by_hand(results):
    assert "| dishka | 2.00 |" in markdown(results)
    assert "| providers | a call, chain, × the same by hand | ≤ 1 | 0.75 | yes" in (
        markdown(results)
    )


def test_what_was_not_run_is_left_out(results):
    assert "## Import" not in markdown(results)


def test_no_table_is_empty():
    part = Results(MACHINE, {"uvicorn": "0.54"}, "wrk", taken="2026-01-31")
    part.tables["in-process"] = Table("In-process", "µs CPU per request")
    part.tables["in-process"].record("text", "raw", 1.0)
    part.tables["server"] = part.tables["server-cpu"] = Table("Whole server", "")
    headings = [line for line in markdown(part).splitlines() if line.startswith("#")]

    assert headings == ["# Benchmark results", "## In-process"]


def test_goals_are_judged_by_ratios(results):
    first = next(verdicts(results))

    assert (first.workload, first.measured, first.held) == ("text", 1.5, True)


def test_a_framework_on_its_own_server_is_no_peer(results):
    assert all("fastest peer" not in verdict.what for verdict in verdicts(results))


def test_a_comparison_with_a_peer_says_what_raw_asgi_reaches(results):
    verdict = next(one for one in verdicts(results) if "any peer" in one.what)

    assert (verdict.measured, verdict.limit_of_raw) == (6.0, 9.0)
    assert verdict.asked == "≤ 3.91"  # 9 / 2.3


def test_a_missed_goal_is_shown(results):
    stream = [verdict for verdict in verdicts(results) if verdict.workload == "stream"]

    assert [verdict.held for verdict in stream] == [False]
    assert "| stream | in-process, × raw | ≤ 1.1 | 1.50 | **no** |  |" in markdown(
        results
    )


def test_every_http_workload_has_a_goal():
    assert set(LIMITS) == {one.name for one in WORKLOADS if one.kind == "http"}


def test_results_survive_being_stored(results, tmp_path):
    results.save(tmp_path)

    assert Results.load_from(tmp_path) == results


def test_charts_are_well_formed(results):
    drawn = pictures(results)

    assert list(drawn) == ["in-process.svg", "server.svg", "routing.svg"]
    for drawing in drawn.values():
        assert ET.fromstring(drawing).tag.endswith("svg")


def test_a_dot_stands_where_its_value_is():
    series = [Series("raw", "raw", {"a": 1.0}), Series("bocadillo", "B", {"a": 2.0})]
    drawing = dot_plot("", "", {"a": "A"}, series, logarithmic=False, ours="bocadillo")
    dots = [
        float(dot.attrib["cx"])
        for dot in ET.fromstring(drawing).iter()
        if dot.tag.endswith("circle") and "B, A: 2.00×" in "".join(dot.itertext())
    ]

    assert dots == [pytest.approx(LEFT + (WIDTH - RIGHT - LEFT) / 1.04, abs=0.1)]


def test_a_ring_says_other_conditions():
    series = [
        Series("raw", "raw", {"a": 1.0}),
        Series("x", "X", {"a": 2.0}, hollow=True),
    ]
    drawing = dot_plot("", "", {"a": "A"}, series, logarithmic=True, ours="bocadillo")

    assert 'fill="none" stroke="#555555"' in drawing


def test_text_is_escaped():
    series = [Series("raw", "<raw>", {"1": 1.0, "10": 2.0})]
    drawing = line_plot("a < b", "", [1, 10], series, ours="raw")

    assert ET.fromstring(drawing) is not None


@pytest.mark.parametrize(
    ("axis", "ticks"),
    [
        (Axis(1, 60, 0, 1, logarithmic=True), [1, 2, 5, 10, 20, 50]),
        (Axis(0, 1.04, 0, 1), [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (Axis(0, 7, 0, 1), [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_ticks_are_round(axis, ticks):
    assert axis.ticks() == pytest.approx(ticks)


def test_equal_ratios_are_equally_far_apart_on_a_logarithmic_axis():
    axis = Axis(1, 100, 0, 200, logarithmic=True)

    assert [axis.at(1), axis.at(10), axis.at(100)] == pytest.approx([0, 100, 200])


def test_a_page_gets_its_figures(results):
    page = "Before\n<!-- figures: origin -->\nold\n<!-- end -->\nAfter\n"
    renewed = with_figures(page, results)

    assert renewed.startswith("Before\n<!-- figures: origin -->\n\nTaken on 2026-01-31")
    assert renewed.endswith("\n\n<!-- end -->\nAfter\n")
    assert with_figures(renewed, results) == renewed


def test_what_is_published_is_what_was_stored():
    stored = Results.load_from(RESULTS)

    assert with_figures(PAGE.read_text(), stored) == PAGE.read_text()
    assert markdown(stored) == (RESULTS / "results.md").read_text()
    for name, drawing in pictures(stored).items():
        assert drawing == (RESULTS / name).read_text()
        assert drawing == (PAGE.parent / f"performance-{name}").read_text()


def test_a_page_that_asks_for_the_unknown_is_an_error(results):
    with pytest.raises(KeyError, match="There are: in-process"):
        with_figures("<!-- figures: weather -->\n<!-- end -->", results)
