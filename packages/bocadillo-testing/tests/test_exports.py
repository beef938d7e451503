import subprocess
import sys

import pytest

import bocadillo_testing


@pytest.mark.parametrize("name", bocadillo_testing.__all__)
def test_every_name_can_be_imported(name):
    assert getattr(bocadillo_testing, name) is not None
    assert name in dir(bocadillo_testing)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'LiveServe'"):
        _ = bocadillo_testing.LiveServe


def test_the_package_loads_its_rooms_when_they_are_used():
    script = "import bocadillo_testing, sys; print('httpx2' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_functions_are_not_hidden_by_the_rooms_they_are_in():
    script = (
        "from bocadillo_testing import AsyncClient, Client\n"
        "from bocadillo_testing import async_client, create_client\n"
        "print(callable(async_client), callable(create_client))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True True\n"
