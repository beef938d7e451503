import json

import pytest


def test_the_tree_has_every_provider_and_what_it_needs(run, shop):
    result = run("providers", "--app", "shop:app")

    assert result.exit_code == 0
    assert result.stderr == ""
    assert (
        result.stdout
        == """\
user  request  coroutine  shop.py:18
├─ req  request
└─ db  request  async generator  shop.py:13
   └─ pool  app  async generator  shop.py:8
old  request  coroutine  shop.py:23  (unused)

4 providers, 1 unused.
"""
    )


def test_what_was_shown_above_is_not_shown_again(run, write):
    write("app.py", """
        from bocadillo import App, Store, configure

        store = Store()

        @store.provider
        async def a(): ...

        @store.provider
        async def b(a): ...

        @store.provider
        async def c(a, b): ...

        @store.provider
        async def d(b, c): ...

        app = App(providers=store)

        @app.route("/")
        async def index(req, res, d): ...

        configure(app)
        """)  # fmt: skip

    result = run("providers")

    assert (
        result.stdout
        == """\
d  request  coroutine  app.py:14
├─ b  request  coroutine  app.py:8
│  └─ a  request  coroutine  app.py:5
└─ c  request  coroutine  app.py:11
   ├─ a  request  coroutine  app.py:5
   └─ b  request  coroutine  app.py:8  (see above)

4 providers.
"""
    )


def test_a_provider_that_extends_another_stands_above_it(run, write):
    write("app.py", """
        from bocadillo import App, Store, configure

        store = Store()

        @store.provider
        async def base(): ...

        @store.provider
        async def name(base): ...

        @store.provider
        async def name(name): ...

        app = App(providers=store)

        @app.route("/")
        async def index(req, res, name): ...

        configure(app)
        """)  # fmt: skip

    result = run("providers")

    assert (
        result.stdout
        == """\
name  request  coroutine  app.py:11
└─ name  request  coroutine  app.py:8
   └─ base  request  coroutine  app.py:5

3 providers.
"""
    )


@pytest.mark.parametrize(
    ("style", "line"),
    [
        ("mermaid", "flowchart LR"),
        ("dot", "digraph providers {"),
        ("json", "{"),
    ],
)
def test_the_graph_for_other_programs(run, shop, style, line):
    result = run("providers", "--app", "shop:app", "--graph", style)

    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == line
    assert "Item.get" in result.stdout


def test_json_is_short_for_the_graph_as_json(run, shop):
    short = run("providers", "--app", "shop:app", "--json")

    names = [it["name"] for it in json.loads(short.stdout)["providers"]]
    assert {"pool", "db", "user", "old"} <= set(names)
    assert short.stdout == run(
        "providers", "--app", "shop:app", "--graph", "json"
    ).stdout  # fmt: skip


def test_an_app_without_providers_has_none(run, write):
    write("app.py", """
        from bocadillo import App, Store, configure

        app = configure(App(providers=Store()))
        """)  # fmt: skip

    result = run("providers")

    assert (result.exit_code, result.stdout) == (0, "app:app has no providers.\n")


def test_a_wrong_graph_is_a_failure_that_lists_all_problems(run, write):
    write("app.py", """
        from bocadillo import App, Store, configure

        store = Store()

        @store.provider
        async def db(databse): ...

        @store.provider
        async def user(sesion): ...

        app = configure(App(providers=store))
        """)  # fmt: skip

    result = run("providers")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Error: 2 problems in the provider graph\n  1. ")
    assert "Traceback" not in result.stderr
