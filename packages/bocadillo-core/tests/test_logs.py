import pytest

from bocadillo.logs import request_id


def scope(*values):
    return {"headers": [(b"host", b"a"), *((b"x-request-id", it) for it in values)]}


@pytest.mark.parametrize("given", ["a", "3f2a-1b9c", "A_b-C", "a" * 64])
def test_the_id_of_a_proxy_is_taken_over(given):
    assert request_id(scope(given.encode())) == given


@pytest.mark.parametrize(
    "given", [b"", b"a b", b"a\nb", b"\xe9", b"a" * 65, b"<b>", b"-", b"a;b", b"%s"]
)
def test_what_could_spoil_a_log_is_not(given):
    made = request_id(scope(given))

    assert made != given.decode("latin-1")
    assert len(made) == 32
    assert made.isalnum()


def test_an_id_is_made_up_once():
    connection = scope()

    assert request_id(connection) == request_id(connection)
    assert request_id(connection) != request_id(scope())


def test_a_connection_without_headers_has_one_too():
    assert len(request_id({})) == 32
