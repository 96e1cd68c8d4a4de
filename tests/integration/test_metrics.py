"""/metrics on its own port: what happened is counted, and nowhere else to be read."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any

import pytest
import requests

from tests import running
from tests.running import Gateway, Process, Simulator, poll
from tests.scraping import scrape, value

CALLBACKS = "/v1/profiles/default/callbacks"
FORM = "/v1/profiles/default"
FORM_ROUTE = "/v1/profiles/<alias>"


@pytest.fixture(scope="module")
def counting(module_simulator: Simulator) -> Iterator[Gateway]:
    """A gateway of its own for the tests that say how often something was counted."""
    with running.gateway(module_simulator, LIMIT_START="10/minute") as gateway:
        for _ in range(2):
            gateway.get(FORM)
        for _ in range(2):
            gateway.post(CALLBACKS, json={"number": "14163662500"})
        for _ in range(2):
            key = {"Idempotency-Key": "a-key-of-the-metrics"}
            gateway.post(CALLBACKS, json={"number": "14163662501"}, headers=key)
        for _ in range(7):
            gateway.post(CALLBACKS, json={"number": "1"})
        yield gateway


@pytest.mark.parametrize(
    ("name", "labels", "count"),
    [
        ("request_seconds_count", {"route": FORM_ROUTE, "method": "GET", "status": "200"}, 2),
        ("upstream_seconds_count", {"endpoint": "callback", "outcome": "ok"}, 2),
        ("upstream_seconds_count", {"endpoint": "profile", "outcome": "ok"}, 1),
        ("starts_total", {"outcome": "started"}, 2),
        ("starts_total", {"outcome": "replayed"}, 1),
        ("starts_total", {"outcome": "duplicate_callback"}, 1),
        ("starts_total", {"outcome": "validation_failed"}, 6),
        ("starts_total", {"outcome": "rate_limited"}, 1),
        ("problems_total", {"code": "duplicate_callback"}, 1),
        ("problems_total", {"code": "rate_limited"}, 1),
        ("budget_rejections_total", {"scope": "client"}, 1),
        ("cache_total", {"cache": "profiles", "result": "miss"}, 1),
        ("build_info", {"version": version("callback-gateway")}, 1),
        ("workers", {}, 1),
        ("worker_starts_total", {}, 1),
        ("requests_in_flight", {}, 0),
    ],
)
def test_what_happened_is_counted(
    counting: Gateway, name: str, labels: dict[str, str], count: float
) -> None:
    assert value(counting, name, **labels) == count


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("starts_total", {"outcome": "outcome_unknown"}),
        ("problems_total", {"code": "internal_error"}),
        ("budget_rejections_total", {"scope": "global"}),
        ("cache_total", {"cache": "slots", "result": "hit"}),
        ("breaker_open", {"kind": "starts"}),
        ("breaker_open", {"kind": "reads"}),
    ],
)
def test_what_never_happened_is_shown_as_0_so_that_its_first_time_is_an_increase(
    counting: Gateway, name: str, labels: dict[str, str]
) -> None:
    assert value(counting, name, **labels) == 0


def test_without_a_shared_store_none_is_said_to_be_away(counting: Gateway) -> None:
    assert value(counting, "store_up") is None


def test_metrics_are_on_the_metrics_port_only(counting: Gateway) -> None:
    assert counting.get("/metrics").status_code == 404


def test_a_method_that_is_none_makes_no_new_series(counting: Gateway) -> None:
    for method in ("4163662500", "BREW", "brew"):
        counting.session.request(method, counting.origin + FORM, timeout=10)
    labels = [sample.labels for sample in scrape(counting)]
    methods = {each["method"] for each in labels if "method" in each}
    assert methods == {"GET", "POST", "_OTHER"}


def test_an_open_breaker_is_shown_and_a_closed_one(simulator: Simulator) -> None:
    with running.gateway(simulator, TRUSTED_PROXIES="127.0.0.1") as gateway:
        gateway.get(FORM)
        simulator.fault("callback", mode="html")
        for n in range(5):
            client = {"X-Forwarded-For": f"198.51.100.{n}"}
            gateway.post(CALLBACKS, json={"number": f"1416366260{n}"}, headers=client)
        assert value(gateway, "breaker_open", kind="starts") == 1
        assert value(gateway, "breaker_open", kind="reads") == 0
        assert value(gateway, "starts_total", outcome="outcome_unknown") == 5


@pytest.fixture(scope="module")
def store() -> Iterator[tuple[str, Process]]:
    with running.redis_server() as store:
        yield store


@pytest.fixture
def several(module_simulator: Simulator, store: tuple[str, Process]) -> Iterator[Gateway]:
    settings: dict[str, Any] = {"REDIS_URL": store[0], "WEB_CONCURRENCY": "2"}
    with running.gateway(module_simulator, **settings) as gateway:
        poll(lambda: value(gateway, "workers") == 2)
        yield gateway


def test_the_counts_of_several_workers_are_one(several: Gateway) -> None:
    for _ in range(40):  # a new connection each: both workers take some
        requests.get(several.origin + FORM, timeout=10)
    assert value(several, "request_seconds_count", route=FORM_ROUTE, status="200") == 40
    assert value(several, "store_up") == 1


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_ends_leaves_its_counts_and_no_request_in_flight(
    several: Gateway, simulator: Simulator, how: signal.Signals
) -> None:
    for _ in range(10):
        requests.get(several.origin + FORM, timeout=10)
    simulator.fault("callback", latency_ms=1500)
    with ThreadPoolExecutor(8) as pool:
        starts = [pool.submit(_start, several, f"1416366{7000 + how * 10 + n}") for n in range(8)]
        poll(lambda: value(several, "requests_in_flight") == 8)
        for worker in several.process.children():
            os.kill(worker, how)
        statuses = [start.result() for start in starts]
    simulator.heal()
    poll(lambda: value(several, "worker_starts_total") == 4)
    poll(lambda: value(several, "workers") == 2)
    assert value(several, "requests_in_flight") == 0
    assert statuses == [None if how == signal.SIGKILL else 201] * 8
    assert value(several, "request_seconds_count", route=FORM_ROUTE, status="200") == 10
    assert requests.get(several.origin + FORM, timeout=10).status_code == 200


def test_a_store_that_is_away_is_shown_while_it_is(
    several: Gateway, store: tuple[str, Process]
) -> None:
    store[1].signal(signal.SIGSTOP)
    several.post(CALLBACKS, json={"number": "14163662800"})
    poll(lambda: value(several, "store_up") == 0)
    store[1].signal(signal.SIGCONT)
    poll(lambda: value(several, "store_up") == 1)


def _start(gateway: Gateway, number: str) -> int | None:
    """Start a call-back; return the status, or None where the connection just ends."""
    try:
        body = {"number": number}
        return requests.post(gateway.origin + CALLBACKS, json=body, timeout=30).status_code
    except requests.ConnectionError:
        return None
