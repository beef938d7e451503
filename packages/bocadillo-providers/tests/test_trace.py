import json

import anyio

from bocadillo_providers import Span


async def test_a_trace_has_one_span_per_provider(store):
    @store.provider
    async def db():
        await anyio.sleep(0.01)
        return 1

    store.provider(lambda db: db, name="repo")
    store.provider(lambda repo, db: 1, name="mailer")
    get = store.consumer(lambda mailer: 1)

    with store.trace() as trace:
        await get()
    await get()

    assert [span.name for span in trace.spans] == ["db", "repo", "mailer"]
    first, second, _ = trace.spans
    assert isinstance(first, Span)
    assert first.duration >= 0.009
    assert second.start >= first.start + first.duration
    name = get.__wrapped__.__qualname__.rpartition("<locals>.")[2]
    assert first.path == f"db <- repo <- mailer <- {name}"


async def test_a_trace_as_a_tree_shows_who_needed_what(store):
    store.provider(lambda: 1, name="db")
    store.provider(lambda db: 1, name="repo")

    @store.consumer
    def first(repo, db): ...

    @store.consumer
    def second(db): ...

    with store.trace() as trace:
        await first()
        await second()

    rows = [line.split() for line in trace.tree().splitlines()]
    assert [row[0] for row in rows] == ["first", "repo", "db", "second", "db"]
    assert [len(row) for row in rows] == [1, 3, 3, 1, 3]
    indents = [len(line) - len(line.lstrip()) for line in trace.tree().splitlines()]
    assert indents == [0, 2, 4, 0, 2]


async def test_a_tree_adds_up_what_was_needed_in_the_same_way(store):
    store.provider(lambda: 1, name="db")
    store.provider(lambda db: 1, name="repo")

    @store.consumer
    def get(repo): ...

    with store.trace() as trace:
        await get()
        await get()

    rows = [line.split() for line in trace.tree().splitlines()]
    assert [row[0] for row in rows] == ["get", "repo", "db"]
    assert [row[3:] for row in rows] == [[], ["2", "times"], ["2", "times"]]
    repos = sum(span.duration for span in trace.spans if span.name == "repo")
    assert rows[1][1] == f"{repos * 1e3:.3f}"


async def test_a_trace_can_be_opened_in_a_browser(store):
    store.provider(lambda: 1, name="db")

    with store.trace() as trace:
        await store.consumer(lambda db: db)()

    (event,) = json.loads(trace.chrome_json())["traceEvents"]
    assert event["name"] == "db"
    assert event["ph"] == "X"
    assert event["dur"] == trace.spans[0].duration * 1e6
    assert event["ts"] == trace.spans[0].start * 1e6


async def test_the_start_of_a_session_is_traced(store):
    store.provider(lambda: 1, name="pool", scope="app")

    with store.trace() as outer, store.trace() as inner:
        async with store.session():
            pass

    assert [span.path for span in outer.spans] == ["pool <- the session"]
    assert len(inner.spans) == 1
