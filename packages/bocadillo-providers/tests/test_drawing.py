import json
from collections.abc import AsyncIterator

import pytest

from bocadillo_providers import Lazy, MissingProvider


class Connection: ...


@pytest.fixture
def store(store):
    @store.provider(scope="app")
    def pool(settings): ...

    @store.provider(scope="app")
    def settings(): ...

    @store.provider(lazy=True)
    async def db(pool) -> AsyncIterator[Connection]:
        yield Connection()

    @store.provider
    def repo(db: Lazy[Connection], pool): ...

    @store.provider
    def forgotten(settings, unknown=0): ...

    @store.consumer
    async def rename(user_id: int, name: str, *, repo, pool): ...

    return store


def line(store, name):
    return next(each.provider.origin for each in store.declared() if each.name == name)


def test_the_tree_shows_what_each_consumer_needs(store):
    rename = store._consumers[0]._origin

    assert store.graph().splitlines() == [
        f"rename()  {rename}",
        f"├─ repo  request  function  {line(store, 'repo')}",
        f"│  ├─ db  request  async generator  {line(store, 'db')}  lazy",
        f"│  │  └─ pool  app  function  {line(store, 'pool')}",
        f"│  │     └─ settings  app  function  {line(store, 'settings')}",
        f"│  └─ pool  app  function  {line(store, 'pool')}  (see above)",
        f"└─ pool  app  function  {line(store, 'pool')}  (see above)",
        f"forgotten  request  function  {line(store, 'forgotten')}  (unused)",
        f"└─ settings  app  function  {line(store, 'settings')}",
    ]


def test_the_tree_of_a_broken_graph_marks_what_is_missing(store):
    store.provider(lambda nothing: 1, name="broken")

    @store.consumer(supplied=())
    def view(anything): ...

    tree = store.graph()
    assert tree.endswith("(unused)\n└─ nothing  (missing)")
    assert "└─ anything  (missing)" in tree
    assert store.graph("mermaid").count("-->") == 6


def test_mermaid(store):
    lines = store.graph("mermaid").splitlines()

    assert lines[0] == "flowchart LR"
    assert '    rename(["rename()"])' in lines
    assert '    pool["pool<br><i>app</i>"]' in lines
    assert "    repo -.-> db" in lines
    assert "    rename --> repo" in lines


def test_names_that_collide_in_a_picture_are_told_apart(store):
    store.provider(lambda pool: pool, name="pool", scope="app")
    store.provider(lambda: 1, name="end")
    store.provider(lambda: 1, name="view")

    @store.consumer
    def view(end, pool): ...

    lines = store.graph("mermaid").splitlines()

    assert '    end_["end<br><i>request</i>"]' in lines
    assert "    pool --> pool_" in lines
    assert "    view_ --> end_" in lines


def test_dot(store):
    lines = store.graph("dot").splitlines()

    assert lines[0] == "digraph providers {"
    assert lines[-1] == "}"
    assert '    "pool" [label="pool\\napp", shape=box];' in lines
    assert '    "repo" -> "db" [style=dashed];' in lines
    assert '    "rename" -> "repo";' in lines


def test_json(store):
    content = json.loads(store.graph("json"))

    assert content["scopes"] == ["app", "request"]
    by_name = {each["name"]: each for each in content["providers"]}
    assert by_name["db"] == {
        "name": "db",
        "scope": "request",
        "kind": "async generator",
        "file": __file__,
        "line": line(store, "db").line,
        "lazy": True,
        "autouse": False,
        "unused": False,
        "needs": ["pool"],
    }
    assert by_name["forgotten"]["unused"]
    (consumer,) = content["consumers"]
    assert consumer["name"] == "rename"
    assert consumer["needs"] == ["repo", "pool"]


def test_an_unknown_format_is_refused(store):
    with pytest.raises(ValueError, match=r"unknown graph format 'svg': there are tree"):
        store.graph("svg")


def test_a_provider_is_explained(store):
    assert store.explain("db").splitlines() == [
        "db: async generator, gives Connection",
        f"declared at {line(store, 'db')}, scope 'request'",
        "lazy",
        "needs:",
        f"  └─ pool  app  function  {line(store, 'pool')}",
        f"     └─ settings  app  function  {line(store, 'settings')}",
        "needed by: repo, rename()",
    ]
    assert store.explain("forgotten").endswith("needed by nobody")
    assert "needs nothing" in store.explain("settings")


def test_a_consumer_is_explained_by_its_plan(store):
    explained = store.explain("rename")

    assert explained == store.explain("rename()") == store._consumers[0].plan


def test_explaining_what_does_not_exist_is_an_error(store):
    with pytest.raises(MissingProvider, match=r"'repos' is asked.*did you mean 'repo'"):
        store.explain("repos")


def test_unused_providers_are_found(store):
    assert store.unused() == ["forgotten"]


def test_autouse_providers_are_not_unused(store):
    store.provider(lambda: 1, name="auto", autouse=True)

    assert store.unused() == ["forgotten"]


def test_dependants_are_found_however_far(store):
    assert store.dependants("settings") == [
        "pool",
        "db",
        "repo",
        "forgotten",
        "rename()",
    ]
    assert store.dependants("forgotten") == []
    with pytest.raises(MissingProvider):
        store.dependants("nothing")


def test_a_plan_says_what_happens_in_order(store):
    store.provider(lambda: 1, name="audit", autouse=True)
    store.create_context_provider("tenant")
    store.value("job")

    @store.provider
    def tracked(tenant, job, level=3, *, audit):
        yield

    @store.consumer
    async def work(a, tracked, *rest, repo, db, **more): ...

    plan = work.plan.splitlines()
    shown = [row.partition("  #")[0].rstrip() for row in plan]
    assert shown == [
        f"work(a, rest, more)  {work._origin}",
        "  audit = audit()",
        "  tenant",
        "  job",
        "  tracked = tracked(tenant, job, audit=audit)",
        "  settings = settings()",
        "  pool = pool(settings)",
        "  repo = repo(lazy db, pool)",
        "  work(a, tracked, *rest, repo=repo, db=lazy db, **more)",
        "  clean up tracked",
    ]
    comments = [row.partition("  # ")[2] for row in plan[1:8]]
    assert comments[4] == f"app, function, {line(store, 'settings')}"


def test_a_plan_shows_defaults_that_are_passed_as_dots(store):
    store.provider(lambda: 1, name="b")

    @store.provider
    def c(a=1, b=2): ...

    @store.consumer
    def get(c): ...

    assert "  c = c(..., b)" in get.plan


def test_a_plan_without_providers_is_a_call(store):
    @store.consumer
    def get(): ...

    assert get.plan.splitlines()[1:] == ["  get()"]
