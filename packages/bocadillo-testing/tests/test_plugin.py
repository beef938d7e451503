"""The plugin, in suites of its own: each fixture and option, as users have them."""

import subprocess
import sys

import pytest

MODES = {
    "anyio": ("@pytest.mark.anyio", ()),
    "anyio-auto": ("", ("-o", "anyio_mode=auto")),
    "asyncio-strict": ("@pytest.mark.asyncio", ()),
    "asyncio-auto": ("", ("-o", "asyncio_mode=auto")),
    "asyncio-module": ('@pytest.mark.asyncio(loop_scope="module")', ()),
    "asyncio-beside-anyio-auto": ("@pytest.mark.asyncio", ("-o", "anyio_mode=auto")),
}
"""What may run async tests: a mark, and options of pytest."""


@pytest.fixture(params=MODES)
def mode(request):
    if request.param.startswith("asyncio"):
        pytest.importorskip("pytest_asyncio")
    return MODES[request.param]


# Clients and servers


def test_a_client_needs_no_import(run):
    run(
        test_it="""
        import shop

        def test_one(client):
            assert client.get("/").json()["mailer"] == "real"
            assert shop.log[0] == "pool opened"

        def test_it_was_closed(client):
            assert shop.log.count("pool closed") == 1
        """
    ).assert_outcomes(passed=2)


def test_an_async_client_runs_in_the_loop_of_the_test(run, mode):
    mark, options = mode
    run(
        *options,
        test_it=f"""
        import asyncio
        import pytest
        import shop

        loops = []

        @shop.app.route("/loop")
        async def loop(req, res):
            loops.append(asyncio.get_running_loop())

        {mark}
        async def test_one(async_client):
            assert (await async_client.get("/")).json()["mailer"] == "real"
            await async_client.get("/loop")
            assert loops == [asyncio.get_running_loop()]

        def test_it_was_closed():
            assert shop.log[-1] == "pool closed"
        """,
    ).assert_outcomes(passed=2)


def test_an_async_client_in_a_synchronous_test_says_what_to_do(run):
    result = run(test_it="def test_it(async_client): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*Fixture 'async_client' is for async tests: write `async def`, or use*"]
    )


@pytest.mark.parametrize("name", ["async_client", "db"])
def test_an_async_test_that_nothing_runs_says_what_to_do(run, name):
    result = run(test_it=f"async def test_it({name}): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*Fixture * needs an event loop*@pytest.mark.anyio*"])


def test_a_fixture_that_fails_in_one_test_works_in_the_next(run):
    result = run(
        test_it="""
        import pytest

        async def test_that_nothing_runs(async_client): pass

        def test_that_is_not_async(async_client): pass

        @pytest.mark.anyio
        async def test_that_is(async_client, db):
            assert (await async_client.get("/")).status_code == 200
        """
    )
    result.assert_outcomes(errors=2, passed=1)
    result.stdout.fnmatch_lines(["*write `async def`*"])


def test_a_client_of_the_suite_works_after_an_override_that_failed(run):
    run(
        test_it="""
        import pytest
        from bocadillo import create_client

        @pytest.fixture
        def client(app):
            return create_client(app)

        class TestOverridden:
            @pytest.fixture
            def mailer(self):
                raise OSError("no outbox")

            def test_it(self, client): pass

        def test_it(client):
            assert client.get("/").json()["mailer"] == "real"
        """
    ).assert_outcomes(errors=1, passed=1)


def test_a_live_server_is_a_real_one(run):
    run(
        test_it="""
        import httpx2

        def test_it(live_server):
            response = httpx2.get(live_server.url("/"))
            assert response.json()["mailer"] == "real"
            assert response.headers["server"] == "uvicorn"
        """
    ).assert_outcomes(passed=1)


def test_a_client_may_stand_beside_a_live_server(run):
    run(
        test_it="""
        import httpx2

        def test_in_any_order(client, live_server, db):
            assert client.get("/").status_code == 200
            assert httpx2.get(live_server.url("/")).status_code == 200
        """
    ).assert_outcomes(passed=1)


def test_an_event_stream_can_be_left_after_three_events(run):
    run(
        test_it="""
        import itertools
        import pytest
        import shop
        from bocadillo import server_event

        @shop.app.route("/events")
        async def events(req, res):
            @res.event_stream
            async def stream():
                try:
                    for number in itertools.count(1):
                        yield server_event(data=str(number))
                finally:
                    shop.log.append("left")

        @pytest.mark.anyio
        async def test_async(async_client):
            seen = []
            async for event in async_client.events("/events"):
                seen.append(event.data)
                if len(seen) == 3:
                    break
            assert seen == ["1", "2", "3"]

        def test_sync(client):
            assert shop.log.count("left") == 1
            with client.sse("/events") as events:
                assert [next(iter(events)).data for _ in range(1)] == ["1"]
            assert shop.log.count("left") == 2
        """
    ).assert_outcomes(passed=2)


def test_websockets_can_be_tested(run):
    run(
        test_it="""
        import pytest
        import shop

        @shop.app.websocket_route("/chat")
        async def chat(ws, mailer):
            async for message in ws:
                await ws.send_text(f"{mailer}: {message}")

        @pytest.fixture
        def mailer():
            return "fake"

        @pytest.mark.anyio
        async def test_async(async_client):
            async with async_client.websocket("/chat") as ws:
                await ws.send_text("hello")
                assert await ws.receive_text() == "fake: hello"

        def test_sync(client):
            with client.websocket_connect("/chat") as ws:
                ws.send_text("hello")
                assert ws.receive_text() == "fake: hello"
        """
    ).assert_outcomes(passed=2)


@pytest.mark.parametrize("fixture", ["client", "live_server", "db"])
def test_a_start_up_that_fails_is_shown_in_the_test(run, fixture):
    result = run(
        conftest="""
        import shop

        @shop.app.on("startup")
        async def connect():
            raise ConnectionError("no database at all")
        """,
        test_it=f"def test_it({fixture}): pass",
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no database at all*"])


def test_a_start_up_that_fails_is_shown_in_an_async_test(run, mode):
    mark, options = mode
    result = run(
        *options,
        conftest="""
        import shop

        @shop.store.provider(scope="app")
        async def broken():
            raise ConnectionError("no database at all")
        """,
        test_it=f"""
        import pytest

        {mark}
        async def test_client(async_client): pass

        {mark}
        async def test_provider(db): pass
        """,
    )
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*no database at all*"])


def test_a_view_that_fails_is_shown_in_the_test(run):
    result = run(
        test_it="""
        import shop

        @shop.app.route("/fail")
        async def fail(req, res):
            raise LookupError("nothing there")

        def test_it(client):
            client.get("/fail")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*LookupError: nothing there"])


def test_clients_that_nobody_closed_stop_after_their_test(run):
    run(
        test_it="""
        import pytest
        import shop
        from bocadillo import create_client

        @pytest.fixture(scope="module")
        def shared():
            return create_client(shop.app)

        def test_one(shared):
            shared.get("/")
            assert shop.log.count("pool closed") == 0

        def test_two(shared):
            assert shop.log.count("pool closed") == 1
            shared.get("/")

        def test_three():
            assert shop.log.count("pool closed") == 2
        """
    ).assert_outcomes(passed=3)


def test_a_shutdown_that_fails_is_an_error_of_the_test(run):
    result = run(
        test_it="""
        import shop
        from bocadillo import create_client

        @shop.app.on("shutdown")
        async def stop():
            raise LookupError("cannot stop")

        def test_it():
            create_client(shop.app).get("/")
        """
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*LookupError: cannot stop"])


def test_logs_of_the_app_are_in_caplog(run):
    run(
        test_it="""
        import logging
        import httpx2
        import shop

        @shop.app.route("/log")
        async def log(req, res):
            logging.getLogger("shop").warning("sold out")

        def test_client(client, caplog):
            client.get("/log")
            assert caplog.messages == ["sold out"]

        def test_server(live_server, caplog):
            httpx2.get(live_server.url("/log"))
            assert "sold out" in caplog.messages
        """
    ).assert_outcomes(passed=2)


# The app


def test_the_suite_may_define_the_app(run):
    run(
        conftest="""
        import pytest
        from bocadillo import App, Store, configure

        @pytest.fixture
        def app():
            app = App(providers=Store())
            configure(app)

            @app.route("/")
            async def index(req, res):
                res.text = "another"

            return app
        """,
        test_it="""
        import pytest

        def test_client(client):
            assert client.get("/").text == "another"

        @pytest.mark.anyio
        async def test_async_client(async_client):
            assert (await async_client.get("/")).text == "another"
        """,
    ).assert_outcomes(passed=2)


def test_the_app_is_a_fixture(run):
    run(
        test_it="""
        import shop

        def test_it(app):
            assert app is shop.app
        """
    ).assert_outcomes(passed=1)


def test_without_app_its_fixture_says_what_to_configure(run):
    result = run("-o", "bocadillo_app=", test_it="def test_it(client): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*Fixture 'app' does not know*bocadillo_app = \"package.asgi:app\"*"]
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("shop", "*bocadillo_app = 'shop' is no app: write bocadillo_app = *"),
        ("shp:app", "*there is no module 'shp', neither on the path of Python nor*"),
        ("shop.web:app", "*there is no module 'shop.web'*"),
        ("shop:ap", "*module 'shop' has no 'ap'.*"),
    ],
)
def test_an_app_that_is_not_found_is_told_while_collecting(run, name, message):
    result = run("-o", f"bocadillo_app={name}", test_it="def test_it(client): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])


@pytest.mark.parametrize("line", ["import nothing_at_all", "1 / 0"])
def test_an_app_that_cannot_be_imported_shows_why(run, line):
    result = run(
        "-o", "bocadillo_app=bad:app", bad=line, test_it="def test_it(client): pass"
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*bad.py*", "*nothing_at_all*" if "all" in line else "E*Zero*"]
    )


def test_the_app_is_found_beside_the_configuration(run, pytester):
    pytester.mkpydir("package").joinpath("asgi.py").write_text("from shop import app\n")
    tests = pytester.mkdir("tests")
    tests.joinpath("test_it.py").write_text(
        "def test_it(client): assert client.get('/').status_code == 200\n"
    )
    run(
        "-o", "bocadillo_app=package.asgi:app", "tests", subprocess=True
    ).assert_outcomes(passed=1)


# Providers are fixtures


def test_every_provider_is_a_fixture(run, mode):
    mark, options = mode
    run(
        *options,
        test_it=f"""
        import pytest
        import shop

        def test_sync(db, pool, mailer):
            assert db["pool"] is pool
            assert mailer.kind == "real"

        {mark}
        async def test_async(db, pool, mailer):
            assert db["pool"] is pool
            assert mailer.kind == "real"

        def test_they_were_closed():
            opened = ["pool opened", "db opened"]
            assert shop.log == [*opened, "db closed", "pool closed"] * 2
        """,
    ).assert_outcomes(passed=3)


def test_app_values_are_those_of_the_served_app(run, mode):
    mark, options = mode
    run(
        *options,
        test_it=f"""
        import httpx2
        import pytest

        def test_sync(client, pool):
            pool["size"] = 6
            assert client.get("/").json()["pool"] == {{"size": 6}}

        {mark}
        async def test_async(async_client, pool):
            pool["size"] = 6
            assert (await async_client.get("/")).json()["pool"] == {{"size": 6}}

        def test_live(live_server, pool):
            pool["size"] = 6
            assert httpx2.get(live_server.url("/")).json()["pool"] == {{"size": 6}}

        {mark}
        async def test_live_async(live_server, pool):
            pool["size"] = 6
            async with httpx2.AsyncClient() as client:
                response = await client.get(live_server.url("/"))
            assert response.json()["pool"] == {{"size": 6}}

        {mark}
        async def test_sync_client_in_async_test(client, pool):
            pool["size"] = 6
            assert client.get("/").json()["pool"] == {{"size": 6}}
        """,
    ).assert_outcomes(passed=5)


def test_request_values_belong_to_the_test(run, mode):
    mark, options = mode
    run(
        *options,
        test_it=f"""
        import pytest

        def test_sync(client, db):
            assert client.get("/").json()["rows"] == ["seen"]
            assert client.get("/").json()["rows"] == ["seen"]
            assert db["rows"] == []

        {mark}
        async def test_async(async_client, db):
            assert (await async_client.get("/")).json()["rows"] == ["seen"]
            assert db["rows"] == []
        """,
    ).assert_outcomes(passed=2)


def test_values_are_made_in_the_loop_that_serves(run, mode):
    mark, options = mode
    run(
        *options,
        conftest="""
        import asyncio
        import shop

        @shop.store.provider
        async def loop():
            return asyncio.get_running_loop()
        """,
        test_it=f"""
        import asyncio
        import pytest

        def test_sync(client, loop):
            assert client.portal.call(asyncio.get_running_loop) is loop

        {mark}
        async def test_async(loop):
            assert asyncio.get_running_loop() is loop
        """,
    ).assert_outcomes(passed=2)


def test_fixtures_of_the_suite_may_use_providers(run, mode):
    mark, options = mode
    run(
        *options,
        conftest="""
        import pytest

        @pytest.fixture
        def user(db):
            db["rows"].append("ada")
            return "ada"
        """,
        test_it=f"""
        import pytest

        def test_sync(user, db):
            assert db["rows"] == [user]

        {mark}
        async def test_async(user, db, async_client):
            assert db["rows"] == [user]
            assert (await async_client.get("/")).status_code == 200
        """,
    ).assert_outcomes(passed=2)


def test_a_provider_can_be_asked_for_by_name(run):
    run(
        test_it="""
        def test_it(client, request):
            assert request.getfixturevalue("mailer").kind == "real"
        """
    ).assert_outcomes(passed=1)


@pytest.mark.parametrize("by", ["test", "fixture", "fixture of a fixture"])
def test_a_provider_can_be_asked_for_by_name_though_no_test_names_one(run, by):
    arguments = {"test": "request", "fixture": "asked", "fixture of a fixture": "deep"}
    run(
        test_it=f"""
        import pytest

        def ask(request):
            return request.getfixturevalue("mailer").kind

        @pytest.fixture
        def asked(request):
            return ask(request)

        @pytest.fixture
        def deep(asked):
            return asked

        def test_it({arguments[by]}):
            assert {"ask(request)" if by == "test" else arguments[by]} == "real"
        """
    ).assert_outcomes(passed=1)


def test_what_pytest_itself_asks_for_imports_no_app(run):
    run(
        test_it="""
        import sys
        import pytest

        @pytest.fixture
        def place(tmp_path):
            return tmp_path

        def test_it(place, monkeypatch):
            assert place.exists()
            assert "shop" not in sys.modules
        """
    ).assert_outcomes(passed=1)


def test_values_are_cleaned_up_in_the_reverse_order(run):
    run(
        test_it="""
        import shop

        @shop.store.provider
        def first():
            yield 1
            shop.log.append("first")

        @shop.store.provider
        async def second(db):
            yield 2
            shop.log.append("second")

        def test_it(first, second, client):
            pass

        def test_order():
            assert shop.log[2:] == ["second", "db closed", "first", "pool closed"]
        """,
    ).assert_outcomes(passed=2)


def test_a_lazy_app_provider_gives_its_value(run):
    run(
        conftest="""
        import shop

        @shop.store.provider(scope="app", lazy=True)
        async def model():
            return "loaded"
        """,
        test_it="""
        import pytest

        def test_sync(model):
            assert model == "loaded"

        @pytest.mark.anyio
        async def test_async(model):
            assert model == "loaded"
        """,
    ).assert_outcomes(passed=2)


def test_what_a_provider_raises_is_shown_with_its_path(run):
    result = run(
        conftest="""
        import shop

        @shop.store.provider
        async def secret(db):
            raise PermissionError("not for you")
        """,
        test_it="""
        import pytest

        def test_sync(secret): pass

        @pytest.mark.anyio
        async def test_async(secret): pass
        """,
    )
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        ["*PermissionError: not for you", "*while providing 'secret'*"]
    )


def test_a_provider_may_skip_a_test(run):
    run(
        conftest="""
        import pytest
        import shop

        @shop.store.provider
        async def database():
            pytest.skip("no database here")
        """,
        test_it="""
        import pytest

        def test_sync(database): pass

        @pytest.mark.anyio
        async def test_async(database): pass
        """,
    ).assert_outcomes(skipped=2)


def test_a_cleanup_that_fails_is_an_error_of_the_test(run):
    result = run(
        conftest="""
        import shop

        @shop.store.provider
        def file():
            yield 1
            raise OSError("disk full")
        """,
        test_it="""
        import pytest

        def test_sync(file): pass

        @pytest.mark.anyio
        async def test_async(file): pass
        """,
    )
    result.assert_outcomes(passed=2, errors=2)
    result.stdout.fnmatch_lines(["*OSError: disk full"])


def test_a_provider_that_needs_a_request_says_what_to_do(run):
    result = run(test_it="def test_it(caller): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*ValueNotSet: 'req'*", "*Fixture 'caller' belongs to a test*by a client*"]
    )


def test_what_a_request_provides_can_be_overridden_on_the_way(run):
    run(
        conftest="""
        import shop

        @shop.store.provider
        def greeting(caller):
            return f"Hello {caller}!"
        """,
        test_it="""
        import pytest

        @pytest.fixture
        def caller():
            return "Ada"

        def test_it(greeting):
            assert greeting == "Hello Ada!"
        """,
    ).assert_outcomes(passed=1)


def test_an_app_without_that_provider_is_pointed_at(run):
    result = run(
        test_it="""
        import pytest
        from bocadillo import App, Store, configure

        @pytest.fixture
        def app():
            return configure(App("bare", providers=Store()))

        def test_it(db): pass
        """
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*Fixture 'db' is a provider of the app that*"])


def test_what_is_no_provider_gets_a_hint(run):
    result = run(test_it="def test_it(maler): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "*fixture 'maler' not found",
            "*'maler' is no provider of shop:app*Did you mean 'mailer'?*db, mailer*",
        ]
    )


def test_a_context_variable_is_no_fixture(run):
    result = run(
        test_it="""
        import shop

        shop.store.create_context_provider("xyz")

        def test_it(xyz): pass
        """
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*'xyz' is no provider of shop:app either.*Its providers are: *"]
    )


def test_a_missing_fixture_without_configuration_says_what_to_configure(run):
    result = run(
        "-o",
        "bocadillo_app=",
        test_it="""
        import pytest
        import shop

        @pytest.fixture
        def app():
            return shop.app

        def test_it(client, db): pass
        """,
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "*fixture 'db' not found",
            "*If 'db' is a provider*bocadillo_app = \"package.asgi:app\"",
        ]
    )


def test_a_missing_fixture_elsewhere_gets_no_hint(run):
    result = run(
        "-o",
        "bocadillo_app=",
        test_it="def test_it(nothing): pass",
        subprocess=True,
    )
    result.assert_outcomes(errors=1)
    result.stdout.no_fnmatch_line("*Bocadillo*")


def test_fixtures_that_need_each_other_get_no_hint(run):
    result = run(
        test_it="""
        import pytest

        @pytest.fixture
        def one(two): pass

        @pytest.fixture
        def two(one): pass

        def test_it(client, one): pass
        """
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*recursive dependency*"])
    result.stdout.no_fnmatch_line("*Bocadillo*")


def test_only_one_of_several_processes_warns(run):
    run(
        conftest="""
        import shop

        shop.store.provider(name="tmp_path")(lambda: 1)

        def pytest_configure(config):
            config.workerinput = {"workerid": "gw1"}
        """,
        # A warning would be an error.
        test_it="def test_it(client): pass",
    ).assert_outcomes(passed=1)


def test_names_that_others_have_get_no_fixture_and_one_warning(run):
    result = run(
        "-W",
        "default",
        conftest="""
        import shop

        for name in ("tmp_path", "client", "request", "mine"):
            shop.store.provider(name=name)(lambda: "provided")
        """,
        test_it="""
        def test_one(tmp_path, client, request, mine):
            assert tmp_path != "provided"
            assert mine == "provided"
            assert client.get("/").status_code == 200

        def test_two(tmp_path): pass
        """,
    )
    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines(["*no fixtures*names: client, request, tmp_path.*"])


def test_fixtures_of_another_plugin_come_first(run, pytester):
    pytester.syspathinsert()
    pytester.makepyfile(
        otherplugin="""
        import pytest

        @pytest.fixture
        def mailer():
            return "of the plugin"
        """
    )
    result = run(
        "-W",
        "default",
        "-p",
        "otherplugin",
        test_it="""
        def test_it(client, mailer):
            assert mailer == "of the plugin"
            assert client.get("/").json()["mailer"] == "real"
        """,
    )
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*no fixtures*names: mailer.*"])


def test_providers_are_listed_with_the_fixtures(run):
    result = run("--fixtures", test_it="def test_it(): pass")
    result.stdout.fnmatch_lines(
        ["db -- shop.py:*", "    A connection to the database.", "mailer -- shop.py:*"]
    )


# Fixtures override providers


OVERRIDE = """
import pytest
from shop import Mailer

@pytest.fixture
def mailer():
    return Mailer("fake")
"""


def test_a_fixture_overrides_the_provider_of_its_name(run, mode):
    mark, options = mode
    run(
        *options,
        conftest=OVERRIDE,
        test_it=f"""
        import httpx2
        import pytest

        def test_client(client):
            assert client.get("/").json()["mailer"] == "fake"

        def test_named(client, mailer):
            mailer.kind = "named"
            assert client.get("/").json()["mailer"] == "named"

        def test_live(live_server):
            assert httpx2.get(live_server.url("/")).json()["mailer"] == "fake"

        {mark}
        async def test_async(async_client, mailer):
            mailer.kind = "named"
            assert (await async_client.get("/")).json()["mailer"] == "named"

        {mark}
        async def test_async_unnamed(async_client):
            assert (await async_client.get("/")).json()["mailer"] == "fake"
        """,
    ).assert_outcomes(passed=5)


def test_it_does_so_for_the_tests_that_see_it(run):
    run(
        test_with=OVERRIDE
        + """
def test_it(client):
    assert client.get("/").json()["mailer"] == "fake"

class TestClass:
    @pytest.fixture
    def mailer(self):
        return Mailer("of the class")

    def test_it(self, client):
        assert client.get("/").json()["mailer"] == "of the class"
""",
        test_without="""
        def test_it(client, mailer):
            assert client.get("/").json()["mailer"] == "real"
            assert mailer.kind == "real"
        """,
    ).assert_outcomes(passed=3)


def test_an_app_value_is_overridden_before_the_app_starts(run, mode):
    mark, options = mode
    run(
        *options,
        test_it=f"""
        import pytest
        import shop

        @pytest.fixture
        def pool():
            return "fake"

        def test_client(client):
            assert client.get("/").json()["pool"] == "fake"

        def test_dependant(db):
            assert db["pool"] == "fake"

        {mark}
        async def test_async(async_client, db):
            assert (await async_client.get("/")).json()["pool"] == "fake"
            assert db["pool"] == "fake"

        def test_the_real_one_was_never_opened():
            assert "pool opened" not in shop.log
        """,
    ).assert_outcomes(passed=4)


def test_parametrize_overrides(run, mode):
    mark, options = mode
    run(
        *options,
        test_it=f"""
        import pytest
        from shop import Mailer

        mailers = pytest.mark.parametrize("mailer", [Mailer("a"), Mailer("b")])

        @mailers
        def test_client(client, mailer):
            assert client.get("/").json()["mailer"] == mailer.kind

        @mailers
        {mark}
        async def test_async(mailer, async_client):
            assert (await async_client.get("/")).json()["mailer"] == mailer.kind

        @pytest.mark.parametrize(("pool", "mailer"), [("p", Mailer("m"))])
        def test_two(client, pool, mailer):
            assert client.get("/").json() == {{
                "mailer": "m", "pool": "p", "rows": ["seen"]
            }}

        @pytest.mark.parametrize("mailer", [Mailer("i")], indirect=True)
        def test_indirect(client, mailer):
            assert client.get("/").json()["mailer"] == mailer.kind == "i"
        """,
    ).assert_outcomes(passed=6)


def test_a_fixture_with_parameters_runs_each_test_with_all_of_them(run):
    result = run(
        "-v",
        test_it="""
        import pytest
        from shop import Mailer

        @pytest.fixture(params=["x", "y"])
        def mailer(request):
            return Mailer(request.param)

        kinds = set()

        def test_unnamed(client):
            kinds.add(client.get("/").json()["mailer"])

        def test_provider(db): pass

        def test_named(client, mailer):
            assert client.get("/").json()["mailer"] == mailer.kind

        def test_all():
            assert kinds == {"x", "y"}
        """,
    )
    result.assert_outcomes(passed=7)
    result.stdout.fnmatch_lines(["*test_unnamed[[]x[]]*", "*test_unnamed[[]y[]]*"])


def test_parameters_of_what_an_override_needs_count_too(run):
    result = run(
        "-v",
        test_it="""
        import pytest
        from shop import Mailer

        @pytest.fixture(params=["x", "y"])
        def kind(request):
            return request.param

        @pytest.fixture
        def mailer(kind):
            return Mailer(kind)

        kinds = set()

        def test_unnamed(client):
            kinds.add(client.get("/").json()["mailer"])

        def test_all():
            assert kinds == {"x", "y"}
        """,
    )
    result.assert_outcomes(passed=3)


def test_parameters_that_cannot_be_known_say_what_to_do(run):
    suite = """
    import pytest
    import shop

    @pytest.fixture
    def app():
        return shop.app

    @pytest.fixture(params=["x", "y"])
    def mailer(request):
        return shop.Mailer(request.param)
    """
    result = run(
        "-o",
        "bocadillo_app=",
        conftest=suite,
        test_it="""
        def test_named(client, mailer):
            assert client.get("/").json()["mailer"] == mailer.kind

        def test_unnamed(client): pass
        """,
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        ["*Fixture 'mailer' has parameters*arguments of test_unnamed()*bocadillo_app*"]
    )


def test_overriding_needs_no_configuration(run):
    run(
        "-o",
        "bocadillo_app=",
        conftest=OVERRIDE
        + """
import shop

@pytest.fixture
def app():
    return shop.app
""",
        test_it="""
        def test_it(client):
            assert client.get("/").json()["mailer"] == "fake"
        """,
    ).assert_outcomes(passed=1)


def test_a_fixture_may_be_async_itself(run, mode):
    mark, options = mode
    decorator = "pytest_asyncio.fixture" if "asyncio" in mark else "pytest.fixture"
    run(
        *options,
        test_it=f"""
        import asyncio
        import pytest
        import pytest_asyncio
        from shop import Mailer

        @{decorator}
        async def mailer():
            await asyncio.sleep(0)
            yield Mailer("async")

        {mark}
        async def test_it(async_client):
            assert (await async_client.get("/")).json()["mailer"] == "async"
        """,
    ).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("decorator", "options"),
    [
        ("pytest.fixture", ()),
        ("pytest.fixture", ("-o", "anyio_mode=auto")),
        # … whose setting in the configuration is unknown then.
        ("pytest.fixture", ("-p", "no:asyncio", "-W", "ignore:Unknown config option")),
        ("pytest.fixture", ("-o", "asyncio_mode=auto")),
        ("pytest.fixture", ("--asyncio-mode=auto",)),
        ("pytest_asyncio.fixture", ()),
    ],
)
def test_an_async_fixture_overrides_in_synchronous_tests_too(run, decorator, options):
    if "asyncio" in f"{decorator}{options}":
        pytest.importorskip("pytest_asyncio")
    run(
        *options,
        conftest="""
        import pytest
        try:
            import pytest_asyncio
        except ImportError:
            pass
        from shop import Mailer
        """
        f"""
        @{decorator}
        async def mailer():
            yield Mailer("async")
        """,
        test_it="""
        def test_unnamed(client):
            assert client.get("/").json()["mailer"] == "async"

        def test_named(client, mailer):
            assert client.get("/").json()["mailer"] == mailer.kind
        """,
    ).assert_outcomes(passed=2)


def test_an_override_may_need_an_async_fixture_in_synchronous_tests_too(run):
    run(
        conftest="""
        import pytest
        from shop import Mailer

        @pytest.fixture
        async def kind():
            return "fake"

        @pytest.fixture
        async def mailer(kind):
            return Mailer(kind)
        """,
        test_it="""
        import pytest
        from shop import Mailer

        class TestExtended:
            @pytest.fixture
            def mailer(self, mailer):
                return Mailer(mailer.kind + "!")

            def test_it(self, client):
                assert client.get("/").json()["mailer"] == "fake!"

        class TestOther:
            @pytest.fixture
            def mailer(self, kind, tmp_path):
                return Mailer(kind)

            def test_it(self, client):
                assert client.get("/").json()["mailer"] == "fake"

        class TestPlain:
            @pytest.fixture
            def mailer(self, tmp_path, tmp_path_factory):
                return Mailer(tmp_path.name)

            def test_it(self, client, request):
                assert "anyio_backend" not in request.fixturenames

        class TestCircle:
            @pytest.fixture
            def mailer(self, outbox): pass

            @pytest.fixture
            def outbox(self, mailer): pass

            def test_it(self, client): pass
        """,
    ).assert_outcomes(passed=3, errors=1)


def test_without_plugins_an_async_fixture_is_told_by_pytest(run):
    result = run(
        "-p",
        "no:anyio",
        test_it="""
        import pytest

        @pytest.fixture
        async def mailer(): pass

        def test_it(client): pass
        """,
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*requested an async fixture 'mailer'*"])


@pytest.mark.parametrize("uses", ["client", "live_server", "db", "mailer"])
def test_an_override_that_needs_the_served_app_says_what_to_do(run, uses):
    result = run(
        test_it=f"""
        import pytest

        @pytest.fixture
        def mailer({uses}): pass

        def test_it(client): pass
        """
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*Fixture 'mailer' overrides the provider*Rename it*"])


def test_an_override_that_needs_what_does_not_exist_is_told_by_pytest(run):
    result = run(
        test_it="""
        import pytest

        @pytest.fixture
        def mailer(nothing): pass

        def test_it(client): pass
        """
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'nothing' not found"])


def test_clients_of_the_suite_itself_see_overrides(run):
    run(
        conftest=OVERRIDE
        + """
from bocadillo import create_client

@pytest.fixture
def client(app):
    return create_client(app, headers={"x": "1"})

@pytest.fixture
def pool():
    return "fake"
""",
        test_it="""
        def test_client(client):
            assert client.get("/").json()["mailer"] == "fake"
            assert client.get("/").json()["pool"] == "fake"

        def test_provider(client, db):
            assert client.headers["x"] == "1"
            assert client.get("/").json()["mailer"] == "fake"
            assert db["pool"] == "fake"
        """,
    ).assert_outcomes(passed=2)


def test_clients_of_the_suite_itself_stop_though_a_provider_started_them(run):
    run(
        test_it="""
        import pytest
        import shop
        from bocadillo import create_client

        @pytest.fixture
        def client(app):
            return create_client(app)

        def test_it(client, db):
            assert shop.log == ["pool opened", "db opened"]

        def test_it_was_stopped():
            assert shop.log[-2:] == ["db closed", "pool closed"]
        """,
    ).assert_outcomes(passed=2)


def test_a_client_for_the_whole_module_sees_overrides_of_its_tests(run):
    run(
        test_it=OVERRIDE
        + """
from bocadillo import create_client

@pytest.fixture(scope="module")
def client(app):
    with create_client(app) as client:
        yield client

class TestOverridden:
    def test_it(self, client):
        assert client.get("/").json()["mailer"] == "fake"

class TestAgain:
    @pytest.fixture
    def mailer(self):
        return Mailer("again")

    def test_it(self, client):
        assert client.get("/").json()["mailer"] == "again"
"""
    ).assert_outcomes(passed=2)


def test_an_override_that_comes_too_late_says_what_to_do(run):
    result = run(
        test_it="""
        import pytest
        import shop
        from bocadillo import create_client

        @shop.store.provider(scope="app")
        def connections(pool):
            return [pool]

        @pytest.fixture
        def pool():
            return "fake"

        @pytest.fixture(scope="module")
        def client(app):
            with create_client(app) as client:
                yield client

        def test_it(client): pass
        """
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*OverrideTooLate*", "*fixtures of these names: pool.*wider scope*narrow*"]
    )


# Beside other plugins


def test_other_suites_are_left_alone(run):
    """Fixtures called `client` and `app` of quite another framework."""
    run(
        "-o",
        "bocadillo_app=",
        conftest="""
        import pytest

        @pytest.fixture
        def app():
            return "another app"

        @pytest.fixture
        def client(app):
            return f"client of {app}"

        @pytest.fixture
        def live_server():
            return "server"
        """,
        test_it="""
        def test_client(client):
            assert client == "client of another app"

        def test_server(live_server):
            assert live_server == "server"
        """,
    ).assert_outcomes(passed=2)


def test_a_suite_without_its_fixtures_imports_nothing(run):
    run(
        conftest="",
        test_it="""
        import sys

        def test_it(tmp_path, monkeypatch):
            heavy = {"bocadillo", "bocadillo_providers", "starlette", "httpx2", "shop"}
            assert heavy.isdisjoint(sys.modules)

        def test_parameters(subtests): pass
        """,
        subprocess=True,
    ).assert_outcomes(passed=2)


def test_loading_the_plugin_imports_nothing_heavy():
    script = (
        "import pytest, sys\n"
        "before = set(sys.modules)\n"
        "import bocadillo_testing.plugin\n"
        "loaded = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(loaded - sys.stdlib_module_names)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "{'bocadillo_testing'}\n"


def test_tests_may_run_in_several_processes(run):
    pytest.importorskip("xdist")
    result = run(
        "-n",
        "2",
        "-W",
        "default",
        conftest=OVERRIDE
        + """
import shop

shop.store.provider(name="tmp_path")(lambda: 1)
""",
        test_it="""
        import httpx2
        import pytest

        @pytest.mark.parametrize("number", range(4))
        def test_server(live_server, db, number):
            assert httpx2.get(live_server.url("/")).json()["mailer"] == "fake"

        @pytest.mark.parametrize("number", range(4))
        @pytest.mark.anyio
        async def test_client(async_client, mailer, db, number):
            assert (await async_client.get("/")).json()["mailer"] == mailer.kind
        """,
    )
    result.assert_outcomes(passed=8, warnings=1)


def test_async_tests_run_on_asyncio_only_unless_the_suite_chooses(run):
    pytest.importorskip("trio")
    result = run(
        "-v",
        test_default="""
        import pytest

        @pytest.mark.anyio
        async def test_client(async_client): pass

        @pytest.mark.anyio
        async def test_provider(db): pass
        """,
        test_chosen="""
        import pytest

        @pytest.fixture(params=["asyncio", "trio"])
        def anyio_backend(request):
            return request.param

        @pytest.mark.anyio
        async def test_client(async_client): pass
        """,
        test_marked="""
        import pytest

        @pytest.mark.parametrize("anyio_backend", ["asyncio"])
        @pytest.mark.anyio
        async def test_client(async_client): pass
        """,
    )
    result.assert_outcomes(passed=4, errors=1)
    result.stdout.fnmatch_lines(
        [
            "test_chosen.py::test_client[[]trio[]] ERROR*",
            "*Bocadillo apps run on asyncio*`anyio_backend` that returns 'asyncio'.",
        ]
    )


def test_clients_made_by_hand_run_on_asyncio_only(run):
    pytest.importorskip("trio")
    run(
        test_it="""
        import pytest
        from bocadillo_testing import async_client

        @pytest.mark.anyio
        async def test_it(app):
            async with async_client(app) as client:
                assert (await client.get("/")).status_code == 200
        """,
    ).assert_outcomes(passed=1)


def test_hypothesis_may_draw_the_arguments(run):
    run(
        hypothesis=True,
        test_it="""
        import pytest
        from hypothesis import HealthCheck, given, settings
        from hypothesis import strategies as st

        reuse = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

        @reuse
        @given(number=st.integers())
        def test_sync(client, number):
            assert client.get("/").status_code == 200

        @pytest.mark.anyio
        @reuse
        @given(number=st.integers())
        async def test_async(async_client, db, number):
            assert (await async_client.get("/")).status_code == 200
        """,
    ).assert_outcomes(passed=2)


def test_doctests_and_other_items_are_left_alone(run):
    run(
        "--doctest-modules",
        test_it='''
        import unittest

        def documented():
            """
            >>> 1 + 1
            2
            """

        class TestCase(unittest.TestCase):
            def test_it(self):
                pass
        ''',
    ).assert_outcomes(passed=2)
