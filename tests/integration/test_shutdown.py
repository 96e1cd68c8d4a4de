"""Stopping: ready only when it is, and no accepted start is lost."""

from __future__ import annotations

import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from tests import running
from tests.running import Simulator, poll

STARTS = "/v1/profiles/default/callbacks"


def answer(url: str) -> int | None:
    """Return the status; None where nobody listens any more."""
    try:
        return requests.get(url, timeout=10).status_code
    except requests.ConnectionError:
        return None


def test_it_is_ready_only_once_a_profile_is_known(module_simulator: Simulator) -> None:
    module_simulator.fault("profile", mode="html")
    try:
        with running.gateway(module_simulator) as gateway:
            unready = gateway.get("/readyz")
            assert unready.status_code == 503
            assert unready.headers["Retry-After"]
            assert gateway.get("/healthz").status_code == 200
            module_simulator.heal()
            poll(lambda: gateway.get("/readyz").status_code == 200)
            module_simulator.fault("*", mode="html")
            assert gateway.get("/readyz").status_code == 200
    finally:
        module_simulator.heal()


def test_sigterm_lets_running_starts_end_and_takes_no_more(module_simulator: Simulator) -> None:
    with running.gateway(module_simulator) as gateway:
        assert gateway.get("/readyz").status_code == 200
        numbers = [f"1905{200 + n:03d}2500" for n in range(40)]
        before = len(module_simulator.calls())
        module_simulator.fault("callback", latency_ms=1500)
        told: dict[str, int | None] = {}

        def start(number: str) -> None:
            try:
                sent = requests.post(gateway.origin + STARTS, json={"number": number}, timeout=30)
                told[number] = sent.status_code
            except requests.ConnectionError:
                told[number] = None

        with ThreadPoolExecutor(40) as pool:
            list_of = [pool.submit(start, number) for number in numbers]
            poll(lambda: len(module_simulator.calls()) - before >= 10)
            gateway.process.signal(signal.SIGTERM)
            poll(lambda: answer(f"{gateway.origin}/readyz") in {503, None})
            for each in list_of:
                each.result()
        module_simulator.heal()
        assert gateway.process.wait() == 0
        rung = {call["form"]["fc_number"] for call in module_simulator.calls()[before:]}
        assert len(rung) >= 10
        assert {number: told[number] for number in rung} == dict.fromkeys(rung, 201)


def test_while_it_drains_it_says_that_it_is_not_ready(module_simulator: Simulator) -> None:
    with running.gateway(module_simulator) as gateway:
        before = len(module_simulator.calls())
        module_simulator.fault("callback", latency_ms=2500)
        found: list[int] = []
        starting = threading.Thread(
            target=lambda: found.append(
                requests.post(
                    gateway.origin + STARTS, json={"number": "14163669876"}, timeout=30
                ).status_code
            )
        )
        kept_alive = requests.Session()
        assert kept_alive.get(f"{gateway.origin}/readyz", timeout=10).status_code == 200
        starting.start()
        poll(lambda: len(module_simulator.calls()) > before)
        gateway.process.signal(signal.SIGTERM)
        began = time.monotonic()
        seen = []
        while starting.is_alive() and time.monotonic() - began < 10:
            seen.append(answer(f"{gateway.origin}/readyz"))
            starting.join(0.1)
        module_simulator.heal()
        starting.join(30)
        kept_alive.close()
        assert found == [201]
        assert gateway.process.wait() == 0
        assert 200 not in seen[2:]
        assert set(seen[2:]) <= {503, None}


@pytest.mark.parametrize("workers", [1, 2])
def test_while_it_drains_new_connections_are_refused_and_wait_for_nothing(
    module_simulator: Simulator, workers: int
) -> None:
    def is_refused() -> bool:
        try:
            address = urlsplit(gateway.origin)
            socket.create_connection((address.hostname, address.port), timeout=10).close()
        except ConnectionRefusedError:
            return True
        return False

    with running.redis_server() as (url, _):
        settings = {"REDIS_URL": url, "WEB_CONCURRENCY": str(workers)}
        with running.gateway(module_simulator, **settings) as gateway:
            before = len(module_simulator.calls())
            module_simulator.fault("callback", latency_ms=4000)
            with ThreadPoolExecutor() as pool:
                body = {"number": f"141636698{workers:02d}"}
                start = pool.submit(requests.post, gateway.origin + STARTS, json=body, timeout=30)
                poll(lambda: len(module_simulator.calls()) > before)
                gateway.process.signal(signal.SIGTERM)
                poll(is_refused)
                assert not start.done()
                module_simulator.heal()
                assert start.result().status_code == 201
            assert gateway.process.wait() == 0


def test_one_told_to_stop_while_its_workers_still_start_stops_in_peace(
    module_simulator: Simulator,
) -> None:
    with running.redis_server() as (url, _):
        settings = {"REDIS_URL": url, "WEB_CONCURRENCY": "4"}
        with running.gateway(module_simulator, **settings) as gateway:
            gateway.process.signal(signal.SIGTERM)
            assert gateway.process.wait(60) == 0


def test_an_idle_one_stops_at_once(module_simulator: Simulator) -> None:
    with running.gateway(module_simulator) as gateway:
        assert gateway.get("/healthz").status_code == 200  # its connection is kept alive
        began = time.monotonic()
        gateway.process.signal(signal.SIGTERM)
        assert gateway.process.wait() == 0
        assert time.monotonic() - began < 15  # a start under way would be given 21
