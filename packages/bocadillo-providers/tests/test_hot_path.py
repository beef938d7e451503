"""The frames of a warm call, counted: so they repeat exactly."""

import gc
import sys

import pytest

from bocadillo_providers import Store


def frames_of(call, *args):
    """Names of the Python functions that run, in order, also when resumed."""
    names = []

    def profile(frame, event, arg):
        if event == "call":
            names.append(frame.f_code.co_name)

    gc.disable()  # what it finalizes would be counted
    sys.setprofile(profile)
    try:
        call(*args).send(None)
    except StopIteration:
        pass
    finally:
        sys.setprofile(None)
        gc.enable()
    return names


@pytest.fixture
def store():
    store = Store()
    store.provider(lambda: "pool", name="pool", scope="app")

    @store.provider
    async def db(pool):
        yield f"db({pool})"

    @store.provider
    def user(db): ...

    return store


def test_a_bound_call_has_one_frame_of_its_own(store):
    store.value("req")

    async def view(req, user): ...

    consumer = store.consumer(view, supplied=("req",))
    session = store.session()
    with pytest.raises(StopIteration):
        session.__aenter__().send(None)
    run = session.bind(consumer)

    assert frames_of(run, "req") == ["call", "db", "user", "view", "db"]
    with pytest.raises(StopIteration):
        session.__aexit__(None, None, None).send(None)


def test_a_plain_call_has_one_more_that_binds_arguments(store):
    @store.consumer
    async def view(a, *, user): ...

    session = store.session()
    with pytest.raises(StopIteration):
        session.__aenter__().send(None)
    frames_of(view, 1)

    frames = frames_of(view, 1)
    assert frames == ["__call__", "view", "db", "user", "view", "db"]
    with pytest.raises(StopIteration):
        session.__aexit__(None, None, None).send(None)
