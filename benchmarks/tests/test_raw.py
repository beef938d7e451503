"""The limit is fair only if it gives the very answers that our app gives."""

import asyncio
import json
from dataclasses import replace

import pytest
from benchmarks.apps import bocadillo, raw
from benchmarks.exchange import Client, start
from benchmarks.workloads import WORKLOADS, workload_named

from bocadillo.config import registry

SEARCH = {"path": "/search"}

REQUESTS = [
    *((workload.name, {}) for workload in WORKLOADS if workload.kind == "http"),
    ("text", {"method": "HEAD"}),
    ("text", {"method": "POST"}),
    ("json", {"method": "HEAD"}),
    ("json", {"method": "DELETE"}),
    ("json", {"path": "/nothing"}),
    ("path", {"path": "/users/x/posts/y"}),
    ("path", {"path": "/users/-7/posts/y"}),
    ("path", {"path": "/users/1_0/posts/y"}),
    ("path", {"path": "/users//posts/y"}),
    ("path", {"path": "/users/7/posts/y", "method": "PUT"}),
    ("query", {**SEARCH, "query": ""}),
    ("query", {**SEARCH, "query": "limit=x&ratio=nan&active=perhaps"}),
    ("query", {**SEARCH, "query": "limit=%31&active=ON"}),
    ("body", {"method": "GET"}),
    ("body", {"body": b"{"}),
    ("routes", {"path": "/section999/x"}),
    ("routes", {"path": "/section0/7/nothing"}),
    ("routes", {"path": "/section999/7", "method": "POST"}),
    ("inject", {"method": "POST"}),
    ("cleanup", {"path": "/nothing"}),
    ("middleware", {"method": "HEAD"}),
    ("list", {"method": "HEAD"}),
]


async def answer_of(module, workload):
    factory = getattr(module, workload.factory)
    app = factory() if workload.routes is None else factory(workload.routes)
    client = Client(app, workload, await start(app))
    answer = await client.answer()
    content_type = answer.header("content-type")
    is_json = content_type == "application/json" and answer.body
    body = json.loads(answer.body) if is_json else answer.body
    return answer.status, sorted(answer.headers), body


@pytest.mark.parametrize(("name", "changes"), REQUESTS)
def test_raw_asgi_answers_as_our_app_does(name, changes, monkeypatch):
    monkeypatch.setattr(registry, "several", registry.several)
    workload = replace(workload_named(name), **changes)

    async def both():
        return await answer_of(raw, workload), await answer_of(bocadillo, workload)

    by_hand, ours = asyncio.run(both())

    assert by_hand == ours
