"""What is inside an annotation."""

from typing import Annotated, Any, Literal, NewType, Optional, Union

import pytest
from typing_extensions import TypeAliasType

from bocadillo.annotations import accepts_none, name_type, split, union_members

UserId = NewType("UserId", Annotated[int, "id"])
Ids = TypeAliasType("Ids", list[int])


class Outer:
    class Inner:
        pass


@pytest.mark.parametrize(
    ("annotation", "parts"),
    [
        (int, (int, ())),
        (Annotated[int, 1, 2], (int, (1, 2))),
        (UserId, (int, ("id",))),
        (Annotated[UserId, "path"], (int, ("id", "path"))),
        (Ids, (list[int], ())),
        (Annotated[int | None, 1], (int | None, (1,))),
        ("int", ("int", ())),
    ],
)
def test_a_type_is_parted_from_its_metadata(annotation, parts):
    assert split(annotation) == parts


@pytest.mark.parametrize(
    ("annotation", "members"),
    [
        (int | None, (int, type(None))),
        (Optional[int], (int, type(None))),  # noqa: UP045
        (Union[int, str], (int, str)),  # noqa: UP007
        (list[int], ()),
        (int, ()),
    ],
)
def test_a_union_has_members(annotation, members):
    assert union_members(annotation) == members


@pytest.mark.parametrize(
    ("annotation", "accepted"),
    [
        (int | None, True),
        (None, True),
        (Annotated[int | None, 1], True),
        (int | Annotated[str | None, 1], True),
        (int, False),
        (Any, False),
        (list[None], False),
    ],
)
def test_none_is_accepted_where_a_type_says_so(annotation, accepted):
    assert accepts_none(annotation) is accepted


@pytest.mark.parametrize(
    ("annotation", "name"),
    [
        (int, "int"),
        (Outer.Inner, "Outer.Inner"),
        (list[int], "list[int]"),
        (int | None, "int | None"),
        (Literal["a"], "Literal['a']"),
        (Any, "Any"),
    ],
)
def test_a_type_is_named_as_in_the_source(annotation, name):
    assert name_type(annotation) == name


def test_a_local_class_is_named_without_its_function():
    class Local:
        pass

    assert name_type(Local) == "Local"
