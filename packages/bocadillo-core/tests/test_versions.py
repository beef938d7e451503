"""Versions of dependencies that are known to be vulnerable."""

import pytest

from bocadillo.versions import numbers


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1.10.0", (1, 10, 0)), ("2.0rc1", (2, 0)), ("1.dev3", (1,)), ("", ())],
)
def test_versions_are_compared_by_their_numbers(version, expected):
    assert numbers(version) == expected
