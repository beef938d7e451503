import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocadillo.proximity import nearest

ROUTES = ["/", "/items", "/items/{pk}", "/items/{pk}/edit", "/feeds/"]


def found(path: str) -> tuple[str, tuple[str, ...]] | None:
    near = nearest(path, [(pattern, pattern) for pattern in ROUTES])
    return near and (near.route, near.differences)


@pytest.mark.parametrize(
    ("path", "pattern", "differences"),
    [
        ("/itmes", "/items", ["'itmes' is not 'items'"]),
        ("/Items/4", "/items/{pk}", ["'Items' is not 'items'"]),
        ("/items/4/edti", "/items/{pk}/edit", ["'edti' is not 'edit'"]),
        ("/item/4/edti", "/items/{pk}/edit",
         ["'item' is not 'items'", "'edti' is not 'edit'"]),
        ("/items/4/edit/now", "/items/{pk}/edit",
         ["the route has no '/now' at its end"]),
        ("/items/", "/items", ["the path ends with a slash"]),
        ("/feeds", "/feeds/", ["the route ends with a slash"]),
        ("/feed", "/feeds/", ["'feed' is not 'feeds'", "the route ends with a slash"]),
    ],
)  # fmt: skip
def test_the_nearest_route_and_what_is_different(path, pattern, differences):
    assert found(path) == (pattern, tuple(differences))


def test_a_part_that_the_path_lacks_is_named():
    near = nearest("/a/b", [("/a/b/c", None)])

    assert near is not None
    assert near.differences == ("the path has no '/c' at its end",)


@pytest.mark.parametrize(
    ("path", "differences"),
    [
        ("/items/4", ["the path has no '/api' at its start"]),
        ("/itmes/4", ["'itmes' is not 'items'", "the path has no '/api' at its start"]),
        ("/v1/api/items/4", ["the route has no '/v1' at its start"]),
    ],
)
def test_a_prefix_that_is_missing_is_named(path, differences):
    near = nearest(path, [("/", 0), ("/api/items", 1), ("/api/items/{pk}", 2)])

    assert near is not None
    assert (near.route, near.differences) == (2, tuple(differences))


@pytest.mark.parametrize(
    ("path", "differences"),
    [
        ("/users", ["'users' is not 'items'", "the path has no '/{pk}' at its end"]),
        ("", ["the path has no '/items/{pk}' at its end"]),
    ],
)
def test_a_path_that_is_like_nothing_has_a_nearest_route_too(path, differences):
    near = nearest(path, [("/items/{pk}", None)])

    assert near is not None
    assert near.differences == tuple(differences)


def test_what_the_root_has_not_is_named():
    near = nearest("/nope", [("/", None)])

    assert near is not None
    assert near.differences == ("the route has no '/nope' at its end",)


def test_without_routes_none_is_near():
    assert nearest("/nope", []) is None


def test_of_equally_near_routes_the_first_declared_is_told():
    near = nearest("/itemx", [("/itema", 1), ("/itemb", 2)])

    assert near is not None
    assert near.route == 1


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_path_can_be_compared_with_any_pattern(path, pattern):
    near = nearest(f"/{path}", [(f"/{pattern}", None)])

    assert near is None or all(isinstance(it, str) for it in near.differences)
