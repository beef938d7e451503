import pytest

from bocadillo import App
from bocadillo_testing import LiveServer, async_client, create_client
from bocadillo_testing.serving import (
    Serving,
    forget_all,
    mistaken,
    serving_of,
    stop_unclosed,
    unclosed,
)


def test_an_app_is_served_once_at_a_time():
    app = object()
    first = Serving(app, "the first")
    with pytest.raises(RuntimeError) as caught:
        Serving(app, "the second")
    assert "the second cannot serve" in str(caught.value)
    assert "the first does" in str(caught.value)
    first.end()
    assert Serving(app, "the second").end()


def test_whoever_leaves_last_is_told_so():
    serving = Serving(object(), "a test")
    serving.join()
    serving.join()
    assert not serving.leave()
    assert serving_of(serving.app) is serving
    assert serving.leave()
    assert serving_of(serving.app) is None


def test_leaving_what_has_ended_stops_nothing():
    serving = Serving(object(), "a test").join()
    assert serving.end()
    assert not serving.leave()


async def test_a_loop_of_another_is_not_here():
    serving = Serving(object(), "a test")
    assert not serving.is_here
    serving.loop = object()
    assert not serving.is_here
    serving.end()


def test_the_last_that_began_stops_first(log):
    for name in "ab":
        unclosed[lambda name=name: log.append(name)] = None
    stop_unclosed()
    assert log == ["b", "a"]


def test_a_forked_process_serves_nothing():
    serving = Serving(object(), "the parent")
    unclosed[print] = None
    forget_all()
    assert serving_of(serving.app) is None
    assert not unclosed


def create_app():
    return App()


@pytest.mark.parametrize("serve", [create_client, async_client, LiveServer])
@pytest.mark.parametrize("app", [create_app, App, len])
def test_who_makes_an_app_is_not_taken_for_one(serve, app):
    with pytest.raises(TypeError, match=r"If it makes an app, call it\.$"):
        serve(app)


def test_what_has_no_signature_may_be_an_app():
    assert mistaken(max) == ""
