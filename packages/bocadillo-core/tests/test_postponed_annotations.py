"""Views whose annotations are text, by `from __future__ import annotations`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from bocadillo.markers import Header, Query
from bocadillo.parameters import Source, describe_parameters

if TYPE_CHECKING:
    from decimal import Decimal


class Todo(msgspec.Struct):
    title: str


async def view(
    req,
    res,
    pk: int,
    todo: Todo,
    price: Decimal = 0,
    limit: Annotated[int, Query(alias="n")] = 20,
    *,
    user_agent: Annotated[str | None, Header()] = None,
): ...


def test_annotations_that_are_text_mean_the_same():
    parameters = describe_parameters(view, skip=2, path=["pk"])

    assert [(it.source, it.alias, it.annotation) for it in parameters] == [
        (Source.PATH, "pk", int),
        (Source.BODY, "todo", Todo),
        (Source.QUERY, "price", "Decimal"),
        (Source.QUERY, "n", int),
        (Source.HEADER, "user-agent", str | None),
    ]
