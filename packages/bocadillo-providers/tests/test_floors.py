"""Which room may import which: arrows only go down."""

import ast
import sys
from pathlib import Path

import pytest

import bocadillo_providers

SOURCE = Path(bocadillo_providers.__file__).parent

FLOORS = [
    {"__about__", "errors", "context", "discovery", "markers", "spelling"}
    | {"trace", "yields"},
    {"callables", "waiting"},
    {"provider"},
    {"annotations", "decorators", "generated", "cleanup", "scopes"},
    {"registry"},
    {"graph"},
    {"calls"},
    {"plan"},
    {"checks", "failures", "drawing", "stages"},
    {"layers", "consumer", "compiler"},
    {"runtime"},
    {"values"},
    {"asking"},
    {"scope"},
    {"session", "override"},
    {"store"},
    {"default", "__main__"},
    {"__init__"},
]


def rooms():
    return sorted(path.stem for path in SOURCE.glob("*.py"))


def imports(room):
    """What a room imports: (siblings, others), also inside functions."""
    siblings, others = set(), set()
    tree = ast.parse((SOURCE / f"{room}.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            (siblings if node.level else others).add((node.module or "").split(".")[0])
        elif isinstance(node, ast.Import):
            others |= {alias.name.split(".")[0] for alias in node.names}
    return siblings, others


def test_each_room_has_a_floor():
    assert sorted(set().union(*FLOORS)) == rooms()


@pytest.mark.parametrize("room", rooms())
def test_a_room_imports_from_lower_floors_only(room):
    floor = next(index for index, rooms in enumerate(FLOORS) if room in rooms)
    below = set().union(*FLOORS[:floor])

    assert imports(room)[0] <= below


@pytest.mark.parametrize("room", rooms())
def test_a_room_imports_nothing_but_the_standard_library(room):
    # `annotationlib` is imported on Python 3.14 and later.
    assert imports(room)[1] <= sys.stdlib_module_names | {"annotationlib"}


@pytest.mark.parametrize("room", rooms())
def test_no_room_is_too_large(room):
    assert len((SOURCE / f"{room}.py").read_text().splitlines()) <= 350


def test_only_few_rooms_inspect():
    """Nothing is inspected while calls are made."""
    users = {room for room in rooms() if "inspect" in imports(room)[1]}

    assert users == {
        "annotations",
        "callables",
        "calls",
        "generated",
        "override",
        "provider",
    }
