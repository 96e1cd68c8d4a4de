"""Reads of a status: who watches the same call shares Fonolo's answer, and a cancel is seen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import requests

from tests import running
from tests.running import CUSTOMER_SERVICE, DOCUMENT_NOW, Gateway
from tests.scraping import value

START = "/v1/profiles/default/callbacks"


def started(gateway: Gateway, number: str) -> str:
    answer = gateway.post(START, json={"number": number, "option": CUSTOMER_SERVICE})
    assert answer.status_code == 201
    return str(answer.json()["url"])


def asked(gateway: Gateway) -> float:
    """Count the statuses that Fonolo was asked for."""
    return value(gateway, "upstream_seconds_count", endpoint="status") or 0


def test_readers_of_one_call_at_once_share_one_call_to_fonolo() -> None:
    with running.simulator("--now", DOCUMENT_NOW) as simulator:
        with running.gateway(simulator) as gateway:
            url = started(gateway, "14163662500")
            simulator.fault("status", latency_ms=800)
            with ThreadPoolExecutor(5) as pool:
                answers = list(
                    pool.map(lambda _: requests.get(gateway.origin + url, timeout=20), range(5))
                )
            assert [answer.status_code for answer in answers] == [200] * 5
            assert len({answer.text for answer in answers}) == 1
            assert asked(gateway) == 1
            other = started(gateway, "14163662501")
            assert gateway.get(other).status_code == 200
            assert asked(gateway) == 2


def test_a_cancel_is_seen_at_once() -> None:
    with running.simulator("--now", DOCUMENT_NOW) as simulator:
        with running.gateway(simulator) as gateway:
            url = started(gateway, "14163662500")
            assert gateway.get(url).json()["final"] is False
            assert gateway.post(f"{url}/cancel").status_code == 204
            assert gateway.get(url).json()["status"] == "Canceled"


def test_colleagues_behind_one_address_watch_a_call_each() -> None:
    limits = {"LIMIT_STATUS": "3/hour", "LIMIT_READ": "1/hour"}
    with running.simulator("--now", DOCUMENT_NOW) as simulator:
        with running.gateway(simulator, **limits) as gateway:
            urls = [started(gateway, f"141636625{n:02d}") for n in range(5)]
            for _ in range(3):
                assert [gateway.get(url).status_code for url in urls] == [200] * 5
            over = gateway.get(urls[0])
            assert (over.status_code, over.json()["scope"]) == (429, "callback")
            assert gateway.get("/v1/callbacks/forged").status_code == 404
            assert gateway.get("/v1/callbacks/forged").json()["scope"] == "client"
