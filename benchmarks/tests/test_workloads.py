import pytest
from benchmarks.domain import sections
from benchmarks.workloads import (
    WORKLOADS,
    Answer,
    is_json_of,
    workload_named,
)

TEXT = (("content-type", "text/plain; charset=utf-8"), ("content-length", "13"))


def test_the_right_answer_has_no_problems():
    answer = Answer(200, TEXT, b"Hello, World!")
    assert workload_named("text").problems(answer) == []


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Answer(500, TEXT, b"Hello, World!"), "status is 500, not 200"),
        (Answer(200, TEXT[:1], b"Hello, World!"), "content-length is missing"),
        (Answer(200, TEXT, b"Hello"), "content-length is 13, body has 5"),
        (Answer(200, TEXT, b"Hello, Moon!!"), "body is b'Hello, Moon!!'"),
        (Answer(200, TEXT[1:], b"Hello, World!"), "content-type is missing"),
    ],
)
def test_a_wrong_answer_is_described(answer, problem):
    assert any(problem in found for found in workload_named("text").problems(answer))


def test_json_may_have_any_whitespace():
    assert is_json_of(b'{ "a" : 1 }', {"a": 1})


@pytest.mark.parametrize("body", [b'{"a": "1"}', b'{"a": 1.0}', b'{"a": true}', b"{"])
def test_json_of_another_type_is_another_value(body):
    assert not is_json_of(body, {"a": 1})


def test_a_body_is_announced():
    headers = dict(workload_named("body").headers)
    assert headers["content-length"] == str(len(workload_named("body").body))


def test_the_query_is_part_of_the_target():
    assert workload_named("query").target == ("/search?limit=20&ratio=0.5&active=true")


def test_names_and_letters_are_unique():
    assert len({workload.name for workload in WORKLOADS}) == len(WORKLOADS)
    assert len({workload.letter for workload in WORKLOADS}) == len(WORKLOADS)


def test_any_number_of_routes_has_a_name():
    assert workload_named("routes-300").path == "/section299/7"
    assert workload_named("miss-300").status == 404


@pytest.mark.parametrize("name", ["txt", "routes-many", "path-10"])
def test_an_unknown_name_lists_the_known_ones(name):
    with pytest.raises(KeyError, match=f"No workload '{name}'. There are: text, json"):
        workload_named(name)


@pytest.mark.parametrize("count", [10, 100, 1_000, 300])
def test_the_last_section_is_an_item(count):
    assert list(sections(count))[-1] == (f"section{count - 1}", "item")


def test_sections_have_three_shapes_alike():
    shapes = [shape for _, shape in sections(300)]
    assert {shape: shapes.count(shape) for shape in shapes} == {
        "index": 100,
        "item": 100,
        "edit": 100,
    }
