"""Markers only record."""

import pytest
import starlette.datastructures

from bocadillo.markers import Body, Cookie, File, Form, Header, Query, UploadFile


@pytest.mark.parametrize("marker", [Body, Cookie, File, Form, Query])
def test_a_value_has_the_name_of_its_parameter(marker):
    assert marker().alias_of("user_agent") == "user_agent"


def test_a_header_has_hyphens():
    assert Header().alias_of("user_agent") == "user-agent"


@pytest.mark.parametrize("marker", [Body, Cookie, File, Form, Header, Query])
def test_an_alias_is_taken_as_it_is(marker):
    assert marker(alias="X_y").alias_of("other") == "X_y"


@pytest.mark.parametrize("marker", [Body, Cookie, File, Form, Header, Query])
def test_an_alias_is_a_name(marker):
    with pytest.raises(TypeError, match=rf"{marker.__name__}\(\) is a name, not 3"):
        marker(3)


def test_markers_of_one_kind_and_alias_are_equal():
    assert Query(alias="q") == Query(alias="q")
    assert Query() != Header()
    assert repr(Query(alias="q")) == "Query(alias='q')"


def test_an_upload_is_starlettes():
    assert UploadFile is starlette.datastructures.UploadFile
