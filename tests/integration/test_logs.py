"""The log on stderr: one line a request, which says how long it took and how long Fonolo did."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests import running
from tests.running import Gateway, Simulator
from tests.scraping import value

FORM = "/v1/profiles/default"
FIELDS = {
    "event",
    "level",
    "timestamp",
    "method",
    "route",
    "status",
    "code",
    "milliseconds",
    "upstream_milliseconds",
    "client",
    "request_id",
}


@pytest.fixture(scope="module")
def logging(module_simulator: Simulator) -> Iterator[Gateway]:
    """A gateway that keeps nothing, so that each form is asked of Fonolo."""
    with running.gateway(module_simulator, CACHE_PROFILE_TTL="0", CACHE_STALE="0") as gateway:
        yield gateway


def lines(gateway: Gateway, id: str) -> list[dict[str, Any]]:
    """Return the lines about a request, once there is one."""
    gateway.process.wait_for(f'"{id}"')
    return [json.loads(line) for line in gateway.process.lines if f'"{id}"' in line]


def test_a_request_is_one_line_that_says_what_became_of_it(logging: Gateway) -> None:
    logging.get(FORM, headers={"X-Request-ID": "good"})
    (line,) = lines(logging, "good")
    assert set(line) == FIELDS
    assert (line["method"], line["route"]) == ("GET", "/v1/profiles/<alias>")
    assert (line["status"], line["code"]) == (200, None)
    assert line["client"] == "127.0.0.1"
    assert line["request_id"] == "good"


def test_a_refused_one_names_the_problems_code(logging: Gateway) -> None:
    logging.post(f"{FORM}/callbacks", json={"number": "1"}, headers={"X-Request-ID": "refused"})
    (line,) = lines(logging, "refused")
    assert (line["status"], line["code"]) == (422, "validation_failed")


def test_calls_side_by_side_are_time_at_fonolo_once(logging: Gateway, simulator: Simulator) -> None:
    simulator.fault("*", latency_ms=100)  # profile, options and questions, all at once
    logging.get(FORM, headers={"X-Request-ID": "together"})
    (line,) = lines(logging, "together")
    assert 100 <= line["upstream_milliseconds"] <= line["milliseconds"]


def test_without_a_call_there_is_none(logging: Gateway) -> None:
    logging.get("/problems", headers={"X-Request-ID": "alone"})
    (line,) = lines(logging, "alone")
    assert line["upstream_milliseconds"] is None


def test_waiting_for_another_requests_call_is_time_at_fonolo_too(
    logging: Gateway, simulator: Simulator
) -> None:
    simulator.fault("profile", latency_ms=700)

    def ask(n: int) -> int:
        headers = {"X-Request-ID": f"together-{n}"}
        return requests.get(logging.origin + FORM, headers=headers, timeout=20).status_code

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(ask, range(6))) == [200] * 6
    for n in range(6):
        (line,) = lines(logging, f"together-{n}")
        assert line["upstream_milliseconds"] > 0
    assert value(logging, "cache_total", result="shared") > 0


def test_a_console_for_people_has_the_same_in_words(simulator: Simulator) -> None:
    with running.gateway(simulator, LOG_FORMAT="console") as gateway:
        gateway.get(FORM, headers={"X-Request-ID": "seen-by-people"})
        line = gateway.process.wait_for(".*seen-by-people.*")[0]
    assert "/v1/profiles/<alias>" in line
    assert "upstream_milliseconds" in line


@pytest.mark.parametrize("level", ["info", "debug"])
def test_probes_are_logged_at_debug(module_simulator: Simulator, level: str) -> None:
    with running.gateway(module_simulator, LOG_LEVEL=level) as gateway:
        for path in ("/healthz", "/readyz", "/problems"):
            gateway.get(path, headers={"X-Request-ID": "probed"})
        gateway.process.wait_for('"route": ?"/problems"')
        routes = [line["route"] for line in lines(gateway, "probed")]
        assert routes == (["/healthz", "/readyz"] if level == "debug" else []) + ["/problems"]
