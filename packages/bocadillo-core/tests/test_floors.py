"""A room imports from lower floors only: the plan of the house, checked."""

import ast
from pathlib import Path

import pytest

import bocadillo

ROOT = Path(bocadillo.__file__).parent

FLOORS = [
    # words, and texts
    """__about__ affixes annotations asgi closing constants cookies defaults
    disposition errors exposure headers inbox logs markers masking negotiation options
    origins problems proximity querystring ranges segments spelling
    strength suspension turns typeinfo validators versions""",
    # what is asked when an app is put together
    """config confinement converters cors cutting draining examination forms habits
    hooks inspection json lifespan limits literals lookahead misses models
    patterns pydantic_models representations sse templates tree""",
    # a client's request, and files
    """arguments chunks files form_models matching messages parameters reading request
    static_index staticfiles validation websocket_options wire""",
    # the answer, and a conversation
    "content conversation response streams websockets",
    "error_handlers middleware mounts ongoing providers sending view_calls",
    # one view, and one request
    "steps",
    "background debug layers recovery text_calls views",
    """csrf declarations dispatch guarding handshakes hosts socket_mounts socket_views
    sockets""",
    # an app
    "routing urls",
    "compilation https sessions compression",
    "lifecycle",
    "applications",
    "introspection plugins",
    "checks",
    "configuration",
    "__init__ __main__",
]
# Rooms of one floor may know each other, as long as there is no circle.
FLOOR_OF = {
    room: number for number, floor in enumerate(FLOORS) for room in floor.split()
}


def imports_of(room):
    """The rooms that a room imports, wherever in its text that is."""
    tree = ast.parse((ROOT / f"{room}.py").read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names = [node.module] if node.module else [it.name for it in node.names]
            yield from (name.split(".")[0] for name in names)


def rooms():
    return sorted(path.stem for path in ROOT.glob("*.py"))


def circles(room, path=()):
    if room in path:
        yield " -> ".join((*path[path.index(room) :], room))
        return
    for imported in imports_of(room):
        if FLOOR_OF.get(imported) == FLOOR_OF[room]:
            yield from circles(imported, (*path, room))


@pytest.mark.parametrize("room", rooms())
def test_a_room_imports_from_no_higher_floor(room):
    higher = {
        imported for imported in imports_of(room) if FLOOR_OF[imported] > FLOOR_OF[room]
    }

    assert not higher


@pytest.mark.parametrize("room", rooms())
def test_rooms_of_one_floor_form_no_circle(room):
    assert not list(circles(room))


def test_every_room_has_a_floor():
    assert set(rooms()) <= FLOOR_OF.keys()


@pytest.mark.parametrize("room", ["dispatch", "matching", "response", "sending"])
def test_what_serves_neither_inspects_nor_reads_settings(room):
    tree = ast.parse((ROOT / f"{room}.py").read_text("utf-8"))
    imported = {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for name in node.names
    }

    assert "inspect" not in imported
    assert "config" not in set(imports_of(room))


def test_only_one_room_imports_inspect():
    importing = [
        room
        for room in rooms()
        if "\nimport inspect\n" in (ROOT / f"{room}.py").read_text("utf-8")
    ]

    assert importing == ["inspection"]
