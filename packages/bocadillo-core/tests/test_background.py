"""Work after the response, with providers, in order, whatever fails."""

import logging
import threading
from functools import partial, wraps

import pytest

from bocadillo import Lazy


@pytest.fixture
def log():
    return []


@pytest.fixture
def mailer(store):
    @store.provider
    async def mailer():
        yield "mailer"


def test_tasks_run_in_order_after_the_response(app, client, log):
    class Sender:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            async def watch(message):
                log.append(message["type"])
                await send(message)

            await self.app(scope, receive, watch)

    app.add_middleware(Sender)

    @app.route("/")
    async def index(req, res):
        @res.background
        async def first():
            log.append("first")

        res.background(second, 1, b=2)
        res.text = "sent"

    async def second(a, b):
        log.append(("second", a, b))

    assert client.get("/").text == "sent"
    assert log[-4:] == [
        "http.response.start",
        "http.response.body",
        "first",
        ("second", 1, 2),
    ]


def test_a_task_names_providers_beyond_its_arguments(app, client, store, log):
    @store.provider
    async def mailer():
        log.append("connected")
        yield "mailer"
        log.append("disconnected")

    async def send(address, mailer, *, subject="Hello", copies):
        log.append((address, mailer, subject, copies))

    @app.route("/")
    async def index(req, res):
        res.background(send, "ada@example.com", copies=1)

    client.get("/")

    assert log == [
        "connected",
        ("ada@example.com", "mailer", "Hello", 1),
        "disconnected",
    ]


def test_a_task_evaluates_what_is_lazy_when_it_awaits_it(app, client, store, log):
    @store.provider
    async def mailer():
        log.append("mailer")
        return "sent"

    @store.provider(lazy=True)
    async def printer():
        log.append("printer")

    async def send(mailer: Lazy[str], printer):
        log.append("begin")
        log.append(await mailer)

    @app.route("/")
    async def index(req, res):
        res.background(send)

    client.get("/")

    assert log == ["begin", "mailer", "sent"]


def test_what_is_for_requests_is_not_evaluated_for_tasks(app, client, store, log):
    @store.provider(autouse=True)
    async def guard(req):
        log.append(req.url.path)

    @store.provider
    async def mailer():
        return "mailer"

    @app.on("startup")
    async def start():
        log.append("start")

    async def send(mailer):
        log.append(mailer)

    @app.route("/")
    async def index(req, res):
        res.background(send)

    client.get("/")

    assert log == ["start", "/", "mailer"]


def test_a_task_that_needs_the_request_is_told_of(app, client, store, caplog):
    @store.provider
    async def user(req):
        return "ada"

    async def send(user): ...

    @app.route("/")
    async def index(req, res):
        res.background(send)

    client.get("/")

    assert "send() needs 'req', which is not supplied here (req <- user" in caplog.text


def test_an_argument_wins_over_a_provider_of_its_name(app, client, mailer, log):
    async def send(mailer):
        log.append(mailer)

    @app.route("/")
    async def index(req, res):
        res.background(send, "first")
        res.background(send, mailer="second")
        res.background(send)

    client.get("/")

    assert log == ["first", "second", "mailer"]


def test_a_plain_function_runs_in_a_thread(app, client, mailer, log):
    def send(address, mailer):
        log.append((address, mailer, threading.current_thread()))

    @app.route("/")
    async def index(req, res):
        res.background(send, "ada@example.com")
        log.append(threading.current_thread())

    client.get("/")

    serving, (address, provided, sending) = log
    assert (address, provided) == ("ada@example.com", "mailer")
    assert sending is not serving


@pytest.mark.parametrize("task", ["append", "update", "object", "partial", "wrapped"])
def test_whatever_can_be_called_is_a_task(app, client, mailer, log, task):
    class Appender:
        async def __call__(self, value, mailer):
            log.append(value)

    async def append(value, mailer):
        log.append(value)

    @wraps(append)
    async def wrapped(*args, **kwargs):
        await append(*args, **kwargs)

    found = {}
    tasks = {
        "append": log.append,
        "update": found.update,
        "object": Appender(),
        "partial": partial(append, mailer=None),
        "wrapped": wrapped,
    }

    @app.route("/")
    async def index(req, res):
        res.background(tasks[task], {"done": 1})

    client.get("/")

    assert [*log, *filter(None, [found])] == [{"done": 1}]


def test_a_plain_function_may_give_something_to_await(app, client, mailer, log):
    async def send(text, mailer):
        log.append((text, mailer))

    @app.route("/")
    async def index(req, res):
        res.background(lambda mailer: send("hi", mailer))

    client.get("/")

    assert log == [("hi", "mailer")]


async def yields_async():
    yield


def yields():
    yield


@pytest.mark.parametrize("task", [yields, yields_async])
def test_a_task_that_yields_is_told_of(app, client, task, caplog):
    @app.route("/")
    async def index(req, res):
        res.background(task)

    assert client.get("/").status_code == 200
    assert f"{task.__name__}() (" in caplog.text
    assert "yields, so nothing of it ran: write a background task" in caplog.text


def test_a_failure_is_logged_with_the_id_of_the_request(app, client, log, caplog):
    async def fail():
        raise LookupError("no such mailbox")

    async def later():
        log.append("later")

    @app.route("/")
    async def index(req, res):
        res.background(fail)
        res.background(later)

    with caplog.at_level(logging.ERROR, "bocadillo.background"):
        client.get("/")

    assert log == ["later"]
    (record,) = caplog.records
    assert "fail()" in record.message
    assert "of request" in record.message
    assert record.exc_info[0] is LookupError


def test_a_name_that_nobody_provides_is_logged(app, client, caplog):
    async def send(mialer): ...

    @app.route("/")
    async def index(req, res):
        res.background(send)

    assert client.get("/").status_code == 200
    assert "asks for 'mialer', which nobody provides" in caplog.text


@pytest.mark.parametrize("task", [None, 3, "send"])
def test_a_task_can_be_called(app, client, caplog, task):
    @app.route("/")
    async def index(req, res):
        with pytest.raises(TypeError, match="A background task is a function, not"):
            res.background(task)
        res.text = "refused"

    assert client.get("/").text == "refused"


def test_a_handled_error_drops_what_the_view_began(app, client, log):
    @app.error_handler(LookupError)
    async def on_lookup_error(req, res, exc):
        res.status_code = 404

    @app.route("/")
    async def index(req, res):
        res.background(log.append, "sent")
        raise LookupError

    assert client.get("/").status_code == 404
    assert log == []
