"""/metrics on its own port: what happened is counted, and nowhere else to be read."""

from __future__ import annotations

import requests

from tests import running
from tests.running import Gateway, Simulator


def test_what_happened_is_counted_on_the_metrics_port_only(
    gateway: Gateway, simulator: Simulator
) -> None:
    gateway.get("/v1/profiles/default")
    gateway.get("/v1/profiles/default")
    gateway.post("/v1/profiles/default/callbacks", json={"number": "14163662500"})
    gateway.post("/v1/profiles/default/callbacks", json={"number": "14163662500"})

    text = requests.get(f"{gateway.metrics}/metrics", timeout=10).text

    route = 'method="GET",route="/v1/profiles/<alias>",status="200"'
    assert f"callback_gateway_request_seconds_count{{{route}}} 2.0" in text
    assert 'callback_gateway_starts_total{outcome="started"} 1.0' in text
    assert 'callback_gateway_starts_total{outcome="duplicate_callback"} 1.0' in text
    assert 'callback_gateway_problems_total{code="duplicate_callback"} 1.0' in text
    assert 'callback_gateway_cache_total{cache="profiles",result="hit"} 3.0' in text
    assert 'upstream_seconds_count{endpoint="callback",outcome="ok"} 1.0' in text
    assert "14163662500" not in text
    assert gateway.get("/metrics").status_code == 404


def test_the_counts_of_several_workers_are_one(simulator: Simulator) -> None:
    with (
        running.redis_server() as (url, _),
        running.gateway(simulator, REDIS_URL=url, WEB_CONCURRENCY="2") as gateway,
    ):
        for _ in range(40):  # a new connection each: both workers take some
            requests.get(f"{gateway.origin}/v1/profiles/default", timeout=10)
        text = requests.get(f"{gateway.metrics}/metrics", timeout=10).text
    route = 'method="GET",route="/v1/profiles/<alias>",status="200"'
    assert f"callback_gateway_request_seconds_count{{{route}}} 40.0" in text
    assert "callback_gateway_store_up 1.0" in text
