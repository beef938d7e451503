"""Starting, serving and stopping an app, as a server sees it."""

import asyncio
import gc
from contextlib import asynccontextmanager

import anyio
import pytest

from bocadillo import App, Middleware, Router, Store, configure, server_event, settings
from bocadillo.errors import ParameterError, RouteError
from bocadillo_providers import GraphError

pytestmark = pytest.mark.anyio


def http(path="/", **more):
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [],
        "scheme": "http",
        **more,
    }


async def call(app, scope):
    """Call an app; gives status, headers and body."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    body = b"".join(it.get("body", b"") for it in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body


async def answer(*message): ...


async def ignore(message): ...


async def forever():
    await asyncio.Event().wait()


class Lifespan:
    """Runs the lifespan of an app, as a server does."""

    def __init__(self, app, **scope):
        self.app = app
        self.scope = {"type": "lifespan", **scope}
        self.sent = asyncio.Queue()
        self.received = asyncio.Queue()

    async def __aenter__(self):
        self.task = asyncio.create_task(
            self.app(self.scope, self.received.get, self.sent.put)
        )
        await self.received.put({"type": "lifespan.startup"})
        assert (await self.sent.get())["type"] == "lifespan.startup.complete"
        return self

    async def __aexit__(self, *exc):
        await self.received.put({"type": "lifespan.shutdown"})
        self.last = await self.sent.get()
        await self.task


@pytest.fixture
def app(store):
    app = App("test", providers=store)

    @app.route("/")
    async def index(req, res):
        res.text = "Hello"

    @app.route("/state")
    async def state(req, res):
        res.json = req.state.pool

    return configure(app, STATIC_DIR=None)


async def test_an_app_starts_by_itself_where_there_is_no_lifespan(app):
    answers = await asyncio.gather(*(call(app, http()) for _ in range(3)))

    assert {status for status, _, _ in answers} == {200}


async def test_what_a_mounted_app_puts_on_the_state_is_its_own(app):
    def child(pool):
        child = App()

        @child.lifespan
        async def add_pool(app):
            yield {"pool": pool}

        @child.route("/state")
        async def state(req, res):
            res.json = [req.state.pool, req.state.name]

        return child

    @app.lifespan
    async def add(app):
        yield {"pool": 0, "name": "outer"}

    for number in (1, 2):
        app.mount(f"/{number}", child(number))
    state = {}
    async with Lifespan(app, state=state):

        async def ask(path):
            return (await call(app, http(path, state=state.copy())))[2]

        assert await ask("/state") == b"0"
        assert await ask("/1/state") == b'[1,"outer"]'
        assert await ask("/2/state") == b'[2,"outer"]'

    assert state == {"pool": 0, "name": "outer"}


async def test_apps_cannot_be_mounted_in_each_other(store):
    outer, inner = App("outer", providers=store), App("inner", providers=store)
    outer.mount("/inner", inner)
    inner.mount("/outer", outer)
    configure(outer, STATIC_DIR=None)

    for _ in range(2):
        with pytest.raises(RouteError, match=r"<App 'outer' with .* in itself"):
            await call(outer, http())


@pytest.mark.parametrize("is_on", [True, False])
async def test_garbage_is_collected_afterwards_if_it_was_before(app, is_on):
    was_on = gc.isenabled()
    (gc.enable if is_on else gc.disable)()
    try:
        await call(app, http())
        assert gc.isenabled() is is_on
    finally:
        (gc.enable if was_on else gc.disable)()


async def test_calls_that_were_made_before_it_started_start_it_once(store):
    made = []

    class Ring:
        def __init__(self, app):
            made.append(app)
            self.app = app

        async def __call__(self, scope, receive, send):
            await self.app(scope, receive, send)

    app = App(providers=store)
    app.add_middleware(Ring)
    configure(app, static_dir=None)
    sent = []

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message)

    await asyncio.gather(*[app(http(), receive, send) for _ in range(2)])

    assert len(made) == 1
    assert [it["status"] for it in sent if "status" in it] == [404, 404]


async def test_a_lifespan_may_come_after_the_first_request(app):
    assert (await asyncio.create_task(call(app, http())))[0] == 200

    async with Lifespan(app):
        assert (await call(app, http()))[0] == 200


async def test_what_has_not_started_has_nothing_to_drain(app):
    await app.drain()

    assert app.draining


async def test_an_app_that_needs_its_lifespan_says_so(app, store):
    @store.provider(scope="app")
    async def pool():
        return 3

    with pytest.raises(RuntimeError, match="did not run its lifespan"):
        await call(app, http())


async def test_an_app_with_startup_handlers_needs_its_lifespan(app):
    app.on("startup", lambda: None)

    with pytest.raises(RuntimeError, match="did not run its lifespan"):
        await call(app, http())


async def test_mounted_apps_start_with_the_one_they_are_in(store):
    app, child = App(providers=store), App("child")
    isolated = App("isolated", providers=Store())
    for each in (child, isolated):

        @each.route("/")
        async def index(req, res):
            res.text = req.app.name

    app.mount("/c", child)
    app.mount("/i", isolated)
    configure(app, STATIC_DIR=None)

    assert (await call(app, http("/c/")))[2] == b"child"
    assert (await call(app, http("/i/")))[2] == b"isolated"


@pytest.mark.parametrize("event", ["startup", "shutdown"])
async def test_what_handlers_name_is_checked_before_anything_starts(event, store):
    @store.provider(scope="app")
    async def pool():
        pytest.fail("started")

    def handler(poool): ...

    app = configure(App(providers=store), STATIC_DIR=None)
    app.on(event, handler)

    problem = r"1 problem .*\n.* handler\(\) needs 'poool'.*did you mean 'pool'\?"
    for _ in range(2):
        with pytest.raises(GraphError, match=problem):
            await app({"type": "lifespan"}, answer, answer)


async def test_a_mistake_in_a_mounted_app_is_found_before_anything_starts(app):
    inner = App("inner")

    @inner.route("/")
    async def index(req, res, missing): ...

    app.on("startup", lambda: pytest.fail("started"))
    app.mount("/inner", inner)

    with pytest.raises(ParameterError, match="'missing'"):
        await app({"type": "lifespan"}, answer, answer)


async def test_a_lifespan_yields_nothing_or_a_mapping(app):
    @app.lifespan
    async def pools(app):
        yield 5

    with pytest.raises(TypeError, match=r"nothing, or a mapping .*pools\(\).* int\."):
        await app({"type": "lifespan"}, answer, answer)


async def test_state_is_given_to_requests_by_the_server(app):
    @app.lifespan
    async def lifespan(app):
        yield {"pool": 3}

    state = {}
    async with Lifespan(app, state=state):
        assert state == {"pool": 3}
        assert (await call(app, http("/state", state=state)))[2] == b"3"


async def test_state_is_given_to_requests_where_the_server_has_none(app):
    @app.lifespan
    async def lifespan(app):
        yield {"pool": 3}

    async with Lifespan(app):
        assert (await call(app, http("/state")))[2] == b"3"


async def test_an_app_can_be_started_again(app):
    for _ in range(2):
        async with Lifespan(app):
            assert (await call(app, http()))[0] == 200


async def test_a_failing_shutdown_is_told(app):
    @app.on("shutdown")
    async def fail():
        raise ValueError("broken")

    lifespan = Lifespan(app)
    with pytest.raises(ValueError, match="broken"):
        async with lifespan:
            pass

    assert lifespan.last["type"] == "lifespan.shutdown.failed"
    assert "broken" in lifespan.last["message"]


async def test_an_isolated_app_has_a_session_of_its_own(store):
    app, child = App(providers=store), App("child", providers=Store())

    @child._store.provider(scope="app")
    async def pool():
        return "own"

    @child.route("/")
    async def index(req, res, pool):
        res.text = pool

    app.mount("/c", child)
    configure(app, STATIC_DIR=None)

    async with Lifespan(app):
        assert (await call(app, http("/c/")))[2] == b"own"


async def test_path_params_and_root_path(app):
    status, _, _ = await call(
        app, http("/proxy/state/", root_path="/proxy", query_string=b"")
    )

    assert status == 404
    assert (await call(app, http("/proxy/", root_path="/proxy")))[2] == b"Hello"


async def test_draining_ends_event_streams(store):
    app = App(providers=store)
    ended = asyncio.Event()

    @app.route("/events")
    async def events(req, res):
        @res.event_stream
        async def stream():
            yield server_event("hello")
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

    configure(app, STATIC_DIR=None)
    async with Lifespan(app):
        begun = asyncio.Event()
        bodies = []

        async def receive():
            return await asyncio.Event().wait()

        async def send(message):
            bodies.append(message.get("body"))
            begun.set()

        serving = asyncio.create_task(app(http("/events"), receive, send))
        await begun.wait()
        assert not app.draining
        await asyncio.gather(app.drain(), app.drain())
        await serving

        assert app.draining
        assert ended.is_set()
        assert bodies[-1] == b"retry: 1000\n\n"


async def test_event_streams_end_before_what_is_left_is_cancelled_at_once(store):
    app = App(providers=store)

    @app.route("/events")
    async def events(req, res):
        @res.event_stream
        async def stream():
            yield server_event("hello")
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.05)

    configure(app, STATIC_DIR=None, SHUTDOWN_GRACE=0)
    async with Lifespan(app):
        sent = asyncio.Queue()
        serving = asyncio.create_task(app(http("/events"), forever, sent.put))
        while not (await sent.get()).get("body"):
            pass
        await app.drain()
        await serving

        assert (await sent.get())["body"] == b"retry: 1000\n\n"


@pytest.mark.parametrize("waits", ["before", "after"])
async def test_what_middleware_waits_for_is_cancelled_as_well(store, waits):
    log = []

    class Waiting:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            if waits == "after":
                await self.app(scope, receive, send)
            try:
                await asyncio.Event().wait()
            finally:
                log.append("cleaned up")

    app = App(providers=store)
    app.add_middleware(Waiting)

    @app.route("/")
    async def view(req, res): ...

    configure(app, STATIC_DIR=None, SHUTDOWN_GRACE=0.01)
    async with Lifespan(app):
        serving = asyncio.create_task(app(http(), forever, ignore))
        await asyncio.sleep(0)
        await app.drain()
        await asyncio.wait([serving])

    assert log == ["cleaned up"]
    assert serving.cancelled()


async def test_what_middleware_has_another_task_serve_is_cancelled_once(store):
    log = []

    class Apart:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self.app, scope, receive, send)

    app = App(providers=store)
    app.add_middleware(Apart)

    @app.route("/")
    async def view(req, res):
        try:
            log.append("waits")
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)
            log.append("cleaned up")

    configure(app, STATIC_DIR=None, SHUTDOWN_GRACE=0.1)
    async with Lifespan(app):
        serving = asyncio.create_task(app(http(), forever, ignore))
        await app.drain()
        await asyncio.wait([serving])

    assert log == ["waits", "cleaned up"]


async def test_a_mounted_app_drains_with_the_one_it_is_in(store):
    app, mounted, inner = App(providers=store), App(), App()
    mounted.mount("/inner", inner)
    app.mount("/mounted", mounted)
    configure(app, STATIC_DIR=None)

    async with Lifespan(app):
        assert not mounted.draining
        await app.drain()
        assert mounted.draining
        assert inner.draining
    async with Lifespan(app):
        assert not inner.draining


async def test_requests_clean_up_first_when_the_loop_cancels_everything(store):
    app = App(providers=store)
    log = []

    @store.provider(scope="app")
    async def pool():
        yield log
        log.append("pool closed")

    @app.route("/")
    async def view(req, res, pool):
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            log.append("view cleaned up")

    configure(app, STATIC_DIR=None)
    lifespan = await Lifespan(app).__aenter__()
    serving = asyncio.create_task(call(app, http()))
    await asyncio.sleep(0)
    lifespan.task.cancel()
    serving.cancel()
    await asyncio.wait({lifespan.task, serving})

    assert lifespan.task.cancelled()
    assert log == ["view cleaned up", "pool closed"]


async def test_a_route_that_can_never_match_is_told_once(caplog, store):
    app = App(providers=store)

    async def view(req, res): ...

    app.route("/{name}")(view)
    app.route("/about")(view)
    configure(app, STATIC_DIR=None)
    for _ in range(2):
        async with Lifespan(app):
            pass

    assert caplog.text.count("Route '/about' can never match: '/{name}'") == 1


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        (all, "Route '/x' can never match: '/{name}', declared"),
        (["GET"], "Route '/x' can never match GET, HEAD: '/{name}', declared"),
    ],
)
async def test_a_hidden_class_is_told_once(store, caplog, methods, message):
    app = App(providers=store)

    async def view(req, res): ...

    class View:
        async def get(self, req, res): ...

        async def post(self, req, res): ...

    app.route("/{name}", methods=methods)(view)
    app.route("/x")(View)
    async with Lifespan(configure(app, STATIC_DIR=None)):
        pass

    assert caplog.text.count("can never match") == caplog.text.count(message) == 1


async def test_a_router_takes_no_routes_while_an_app_serves_it(app):
    router, inner = Router(), Router()
    router.include_router(inner)
    app.include_router(router)

    @inner.route("/early")
    async def early(req, res):
        res.text = "early"

    async with Lifespan(app):
        assert (await call(app, http("/early")))[2] == b"early"
        for each in (router, inner):
            with pytest.raises(RuntimeError, match=r"'test' .* started already"):
                each.route("/late")

    inner.route("/later")(early)


class Pool:
    """An async context manager that takes the app."""

    def __init__(self, app):
        self.app = app

    async def __aenter__(self):
        return {"pool": self.app.name}

    async def __aexit__(self, *exc): ...


@asynccontextmanager
async def pool(app):
    yield {"pool": app.name}


async def generator(app):
    yield {"pool": app.name}


@pytest.mark.parametrize("lifespan", [Pool, pool, generator])
async def test_a_lifespan_is_a_generator_or_a_context_manager(app, lifespan):
    assert app.lifespan(lifespan) is lifespan

    async with Lifespan(app):
        assert (await call(app, http("/state")))[2] == b'"test"'


async def test_what_a_lifespan_gives_must_be_a_context(app, caplog):
    app.lifespan(lambda app: 3)

    with pytest.raises(TypeError, match="which gives int"):
        await call(app, {"type": "lifespan"})


@pytest.mark.parametrize("lifespan", [True, False])
async def test_middleware_is_made_with_the_settings_of_its_app(store, lifespan):
    names = []

    class Inner(Middleware):
        def __init__(self, inner):
            super().__init__(inner)
            names.append(settings.NAME)

    class Outer:
        def __init__(self, app):
            self.app = app
            names.append(settings.NAME)

        async def __call__(self, *args):
            await self.app(*args)

    app = App(providers=store)
    app.add_middleware(Inner)
    app.add_middleware(Outer)
    configure(app, name="this", static_dir=None)
    configure(App(), name="latest", static_dir=None)

    if lifespan:
        async with app._running({}):
            pass
    else:
        await call(app, http())

    assert names == ["this", "this"]


async def test_a_mounted_app_belongs_to_whoever_serves_it_now():
    child, grandchild = App("child"), App("grandchild")
    child.mount("/g", grandchild)

    @grandchild.route("/")
    async def index(req, res, place):
        res.json = [place, settings.NAME, grandchild.settings.NAME]

    for name in ("first", "second"):
        store = Store()
        store.provider(lambda name=name: name, name="place")
        parent = App(name, providers=store)
        parent.mount("/c", child)
        configure(parent, name=name, static_dir=None)
        for _ in range(2):
            async with parent._running({}):
                *_, body = await call(parent, http("/c/g/"))

            assert body == b'["%b","%b","%b"]' % ((name.encode(),) * 3)


async def test_an_app_that_is_served_stays_with_who_serves_it():
    child = App("child")

    @child.route("/")
    async def index(req, res):
        res.text = settings.NAME

    parents = [App(name, providers=Store()) for name in ("first", "second")]
    for parent in parents:
        parent.mount("/c", child)
        configure(parent, name=parent.name, static_dir=None)
    first, second = parents

    async with first._running({}), second._running({}):
        assert (await call(first, http("/c/")))[2] == b"first"
        assert (await call(second, http("/c/")))[2] == b"first"
