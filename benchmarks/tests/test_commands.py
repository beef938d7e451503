import pytest
from benchmarks.__main__ import is_complete, main, parser
from benchmarks.frameworks import FRAMEWORKS
from benchmarks.instructions import changes, requests_of, total
from benchmarks.progress import rotated
from benchmarks.workloads import workload_named


def test_raw_asgi_always_takes_part():
    options = parser().parse_args(["run", "--frameworks", "falcon,bocadillo"])

    names = [framework.name for framework in options.frameworks]
    assert names == ["raw", "bocadillo", "falcon"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--workloads", "txt"], "No workload 'txt'. There are: text"),
        (["run", "--frameworks", "flask"], "No framework 'flask'. There are: raw"),
        (["run", "--mode", "fast"], "No mode 'fast'. There are: in-process"),
        (["run", "--workloads", "routes-0"], "No workload 'routes-0'. There are:"),
    ],
)
def test_a_wrong_name_lists_the_right_ones(arguments, message, capsys):
    with pytest.raises(SystemExit):
        parser().parse_args(arguments)

    assert message in capsys.readouterr().err


@pytest.mark.parametrize("number", ["0", "-1", "x"])
@pytest.mark.parametrize("option", ["--rounds", "--server-rounds"])
def test_without_a_round_there_is_no_figure(option, number, capsys):
    with pytest.raises(SystemExit):
        parser().parse_args(["run", option, number])

    assert f"Not a number of rounds: {number!r}" in capsys.readouterr().err


def test_a_run_of_everything_may_be_published():
    assert is_complete(parser().parse_args(["run"]), FRAMEWORKS)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--rounds", "1"],
        ["--server-rounds", "1"],
        ["--workloads", "text"],
        ["--mode", "server"],
    ],
)
def test_a_part_of_a_run_is_not_published(arguments):
    assert not is_complete(parser().parse_args(["run", *arguments]), FRAMEWORKS)


def test_a_run_without_a_peer_that_is_not_installed_is_not_published():
    assert not is_complete(parser().parse_args(["run"]), FRAMEWORKS[:-1])


def test_rounds_start_with_another_framework_each_time():
    assert [rotated("abc", number) for number in range(4)] == [
        ["a", "b", "c"],
        ["b", "c", "a"],
        ["c", "a", "b"],
        ["a", "b", "c"],
    ]


def test_nothing_can_be_rotated():
    assert rotated([], 3) == []


def test_growth_is_relative_to_the_baseline():
    assert changes({"text": 103, "new": 5}, {"text": 100, "old": 1}) == {
        "text": pytest.approx(0.03)
    }


def test_another_framework_is_no_baseline():
    with pytest.raises(SystemExit, match="The baseline is Bocadillo's"):
        main(["instructions", "--framework", "raw", "--write"])


def test_the_total_of_a_dump_is_read():
    assert total("events: Ir\nfn=(1)\n0 3\n\ntotals: 1234\n") == 1234


def test_a_dump_without_a_total_is_an_error():
    with pytest.raises(ValueError, match="without a total"):
        total("events: Ir\n")


def test_one_stream_has_many_chunks():
    assert requests_of(workload_named("stream")) == 1
    assert requests_of(workload_named("text")) == 200
