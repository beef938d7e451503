import asyncio

import pytest
from benchmarks.clients import Load, parse_wrk, wrk_script
from benchmarks.load import content_length, frame, handshake_bytes, load, request_bytes
from benchmarks.processes import Absent
from benchmarks.workloads import workload_named

REPORT = """\
Running 1s test @ http://127.0.0.1:8000/
  1 threads and 64 connections
  {requests} requests in {time}, 7.42MB read
{errors}Requests/sec:  45677.35
"""


def test_a_request_has_its_body_after_its_headers():
    workload = workload_named("body")
    head, _, body = request_bytes(workload).partition(b"\r\n\r\n")

    assert head.startswith(b"POST /items HTTP/1.1\r\nhost: ")
    assert body == workload.body
    assert content_length(head) == len(body)


def test_a_response_without_a_length_cannot_be_followed():
    with pytest.raises(ValueError, match="No content-length"):
        content_length(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked")


def test_a_client_masks_its_frame():
    assert frame("Hi", masked=True) == (
        b"\x81\x82\x12\x34\x56\x78" + bytes([ord("H") ^ 0x12, ord("i") ^ 0x34])
    )


def test_a_server_does_not():
    assert frame("Hi", masked=False) == b"\x81\x02Hi"


def test_the_handshake_has_a_key_of_sixteen_bytes():
    key = b"sec-websocket-key: c2l4dGVlbiBieXRlcyA6KQ=="
    assert key in handshake_bytes("/echo")


@pytest.mark.parametrize(
    ("time", "seconds"), [("1.10s", 1.1), ("900.00ms", 0.9), ("1.50m", 90.0)]
)
def test_the_report_of_wrk_is_understood(time, seconds):
    report = REPORT.format(requests=50_000, time=time, errors="")
    load = parse_wrk(report, workload_named("text"))

    assert load.requests == 50_000
    assert load.seconds == pytest.approx(seconds)


@pytest.mark.parametrize(
    "errors",
    [
        "  Non-2xx or 3xx responses: 3\n",
        "  Socket errors: connect 0, read 3, write 0, timeout 0\n",
    ],
)
def test_errors_during_the_load_end_the_run(errors):
    report = REPORT.format(requests=9, time="1.00s", errors=errors)
    with pytest.raises(Absent, match="wrong answers or broken"):
        parse_wrk(report, workload_named("text"))


def test_a_404_is_right_where_it_is_asked_for():
    errors = "  Non-2xx or 3xx responses: 9\n"
    report = REPORT.format(requests=9, time="1.00s", errors=errors)

    assert parse_wrk(report, workload_named("missing")) == Load(9, 1.0)


def test_a_report_without_requests_is_shown():
    with pytest.raises(Absent, match="connection refused"):
        parse_wrk("connection refused", workload_named("text"))


def test_wrk_sends_the_body_and_the_headers():
    script = wrk_script(workload_named("body"))

    assert 'wrk.method = "POST"' in script
    assert 'wrk.headers["content-type"] = "application/json"' in script
    assert r'wrk.body = "{\"name\":\"Sandwich\"' in script


async def serve(answers: list[bytes]) -> asyncio.Server:
    """A server that gives those answers in turn, the last one for ever."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = list(answers)
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(left.pop(0) if len(left) > 1 else left[0])
        except (asyncio.IncompleteReadError, ConnectionResetError):
            pass
        finally:
            writer.close()

    return await asyncio.start_server(talk, "127.0.0.1", 0)


def under_load(answers: list[bytes]) -> dict[str, float]:
    async def run() -> dict[str, float]:
        async with await serve(answers) as server:
            port = server.sockets[0].getsockname()[1]
            return await load(workload_named("text"), port, 3, 0.1)

    return asyncio.run(run())


RIGHT = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nHi"


def test_answers_are_counted():
    assert under_load([RIGHT])["requests"] > 3


@pytest.mark.parametrize(
    "wrong",
    [b"HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\nHi", RIGHT + b"and more"],
)
def test_an_answer_unlike_the_first_ends_the_load(wrong):
    with pytest.raises(RuntimeError, match="unexpected answer"):
        under_load([RIGHT, wrong])
