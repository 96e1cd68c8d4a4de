"""Many at once: one wish rings once, and starts that wait do not keep others waiting."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.running import Gateway, Simulator, poll

STARTS = "/v1/profiles/default/callbacks"
_serial = itertools.count(1)


def new_number() -> str:
    return f"1647{200 + next(_serial):03d}2500"


def at_once(count: int, ask: Callable[[int], requests.Response]) -> list[requests.Response]:
    """Ask from that many threads at the same moment."""
    gate = threading.Barrier(count)

    def run(number: int) -> requests.Response:
        gate.wait(30)
        return ask(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def start(gateway: Gateway, number: str, **headers: str) -> requests.Response:
    return requests.post(
        gateway.origin + STARTS, json={"number": number}, headers=headers, timeout=40
    )


def rings(simulator: Simulator, number: str) -> int:
    return sum(call["form"].get("fc_number") == number for call in simulator.calls())


def codes(found: list[requests.Response]) -> Counter[str]:
    return Counter("201" if each.status_code == 201 else str(each.json()["code"]) for each in found)


def test_fifty_identical_starts_with_one_key_ring_once(
    gateway: Gateway, simulator: Simulator
) -> None:
    number, key = new_number(), "one-key-for-fifty-starts"
    simulator.fault("callback", latency_ms=300)
    found = at_once(50, lambda n: start(gateway, number, **{"Idempotency-Key": key}))
    assert rings(simulator, number) == 1
    assert set(codes(found)) <= {"201", "idempotency_in_progress"}
    assert codes(found)["201"] >= 1
    assert len({each.json()["id"] for each in found if each.status_code == 201}) == 1
    waiting = [each for each in found if each.status_code == 409]
    assert all(int(each.headers["Retry-After"]) >= 1 for each in waiting)
    again = start(gateway, number, **{"Idempotency-Key": key})
    assert again.status_code == 201
    assert again.headers["Idempotency-Replayed"] == "true"
    assert rings(simulator, number) == 1


def test_fifty_identical_starts_without_a_key_ring_once(
    gateway: Gateway, simulator: Simulator
) -> None:
    number = new_number()
    simulator.fault("callback", latency_ms=300)
    found = at_once(50, lambda n: start(gateway, number))
    assert codes(found) == {"201": 1, "duplicate_callback": 49}
    assert rings(simulator, number) == 1


def test_fifty_identical_starts_with_a_key_each_ring_once(
    gateway: Gateway, simulator: Simulator
) -> None:
    number = new_number()
    found = at_once(
        50, lambda n: start(gateway, number, **{"Idempotency-Key": f"a-key-for-each-{n:04d}"})
    )
    assert codes(found) == {"201": 1, "duplicate_callback": 49}
    assert rings(simulator, number) == 1


def test_one_of_two_bodies_with_one_key_rings(gateway: Gateway, simulator: Simulator) -> None:
    numbers = [new_number(), new_number()]
    headers = {"Idempotency-Key": "one-key-for-two-bodies"}
    found = at_once(20, lambda n: start(gateway, numbers[n % 2], **headers))
    assert sum(rings(simulator, number) for number in numbers) == 1
    assert set(codes(found)) <= {"201", "idempotency_in_progress", "idempotency_key_reused"}


def test_two_hundred_waiting_starts_do_not_stop_reads_and_refusals(
    gateway: Gateway, simulator: Simulator
) -> None:
    numbers = [new_number() for _ in range(200)]
    assert gateway.get("/v1/profiles/default").status_code == 200
    before = len(simulator.calls())
    simulator.fault("callback", latency_ms=4000)
    found: list[requests.Response] = []
    starting = threading.Thread(
        target=lambda: found.extend(at_once(200, lambda n: start(gateway, numbers[n])))
    )
    began = time.monotonic()
    starting.start()
    poll(lambda: len(simulator.calls()) - before >= 195)
    for path in ("/v1/profiles/default", "/healthz", "/readyz", "/openapi.yaml"):
        asked = time.monotonic()
        assert gateway.get(path).status_code == 200
        assert time.monotonic() - asked < 1
    asked = time.monotonic()
    assert gateway.post(STARTS, json={"number": "1"}).status_code == 422
    assert gateway.post(f"{STARTS}/validate", json={"number": numbers[0]}).status_code == 204
    assert time.monotonic() - asked < 1
    starting.join(40)
    assert codes(found) == {"201": 200}
    assert len(simulator.calls()) - before == 200
    assert time.monotonic() - began < 20
