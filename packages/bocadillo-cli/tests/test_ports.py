import socket

import pytest

from bocadillo_cli.ports import next_free_port, open_port


@pytest.fixture
def taken():
    """A port that somebody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_free_port_is_taken():
    with open_port("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            assert open_port("127.0.0.1", port) is None


def test_a_taken_port_gives_nothing(taken):
    assert open_port("127.0.0.1", taken) is None


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="There is no IPv6 here.")
def test_addresses_may_be_of_version_6():
    with open_port("::1", 0) as listener:
        assert listener.family == socket.AF_INET6


def test_a_host_that_is_not_ours_is_an_error():
    with pytest.raises(OSError, match="address"):
        open_port("192.0.2.1", 0)  # RFC 5737: an address for documentation


def test_the_next_free_port_is_found(taken):
    found = next_free_port("127.0.0.1", taken - 1)

    assert found is not None
    assert found > taken
    with open_port("127.0.0.1", found) as listener:
        assert listener.getsockname()[1] == found


def test_after_the_last_port_there_is_none():
    assert next_free_port("127.0.0.1", 65535) is None
