"""Replicas over one real Redis: keys, duplicates and budgets hold across them, and without it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis

from tests import running
from tests.redis_servers import clean
from tests.running import CUSTOMER_SERVICE, Gateway, Process, Simulator, poll

CALLBACKS = "/v1/profiles/default/callbacks"
SLOTS = f"/v1/profiles/default/options/{CUSTOMER_SERVICE}/slots"
KEY = {"Idempotency-Key": "a-key-of-this-very-test"}


class Cluster:
    """Two replicas, their store and the simulator behind them."""

    def __init__(self, simulator: Simulator, stack: ExitStack) -> None:
        self.simulator = simulator
        self.url, self.store = stack.enter_context(running.redis_server())
        self.replicas: list[Gateway] = [
            stack.enter_context(
                running.gateway(
                    simulator, REDIS_URL=self.url, LIMIT_NUMBER="3/hour", LIMIT_START="100/minute"
                )
            )
            for _ in range(2)
        ]

    def rings(self, number: str) -> int:
        return sum(call["form"].get("fc_number") == number for call in self.simulator.calls())

    def store_is(self, state: str) -> None:
        for replica in self.replicas:
            poll(lambda replica=replica: replica.get("/readyz").json()["store"] == state)


@pytest.fixture(scope="module")
def module_cluster(module_simulator: Simulator) -> Iterator[Cluster]:
    with ExitStack() as stack:
        yield Cluster(module_simulator, stack)


@pytest.fixture
def cluster(module_cluster: Cluster) -> Iterator[Cluster]:
    with redis.Redis.from_url(module_cluster.url) as store:
        clean(store)
    yield module_cluster
    module_cluster.store.signal(signal.SIGCONT)
    module_cluster.store_is("up")


def test_parallel_double_clicks_over_replicas_ring_once(cluster: Cluster) -> None:
    def click(n: int) -> int:
        answer = cluster.replicas[n % 2].post(CALLBACKS, json={"number": "14163661001"})
        return answer.status_code

    with ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(click, range(20)))
    assert sorted(codes) == [201] + [409] * 19
    assert cluster.rings("14163661001") == 1


def test_a_key_is_replayed_by_the_other_replica(cluster: Cluster) -> None:
    body = {"number": "14163661002"}
    first = cluster.replicas[0].post(CALLBACKS, json=body, headers=KEY)
    again = cluster.replicas[1].post(CALLBACKS, json=body, headers=KEY)
    other = cluster.replicas[1].post(CALLBACKS, json={"number": "14163661003"}, headers=KEY)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert cluster.rings("14163661002") == 1
    assert cluster.rings("14163661003") == 0


def test_a_cancel_at_one_replica_clears_the_duplicate_at_the_other(cluster: Cluster) -> None:
    slots = cluster.replicas[0].get(SLOTS).json()["slots"]
    body = {"number": "14163661004", "start_time": slots[0]["start_time"]}  # it stays as it is
    url = cluster.replicas[0].post(CALLBACKS, json=body).json()["url"]
    assert cluster.replicas[1].post(CALLBACKS, json=body).status_code == 409
    assert cluster.replicas[1].post(f"{url}/cancel").status_code == 204
    assert cluster.replicas[0].post(CALLBACKS, json=body).status_code == 201


def test_a_numbers_budget_counts_over_replicas(cluster: Cluster) -> None:
    codes = []
    for n in range(4):
        answer = cluster.replicas[n % 2].post(CALLBACKS, json={"number": "14163661005"})
        codes.append(answer.status_code)
        if answer.status_code == 201:
            cluster.replicas[0].post(answer.json()["url"] + "/cancel")
    assert codes == [201, 201, 201, 429]
    assert answer.json()["scope"] == "number"


def test_nothing_personal_stands_in_the_store_and_everything_expires(cluster: Cluster) -> None:
    cluster.replicas[0].post(
        CALLBACKS,
        json={"number": "14163661006", "questions": {"account_number": "777001"}},
        headers=KEY,
    )
    store = redis.Redis.from_url(cluster.url, decode_responses=True)
    keys = store.keys("*")
    assert keys
    everything = " ".join(keys)
    for key in keys:
        assert store.ttl(key) > 0, key
        kind = store.type(key)
        read = {"string": store.get, "hash": store.hgetall}.get(kind, _members(store))
        everything += str(read(key))
    for personal in ("4163661006", "777001", "127.0.0.1", KEY["Idempotency-Key"]):
        assert personal not in everything


@pytest.mark.parametrize("how", ["frozen", "killed"])
def test_without_its_store_a_replica_holds_what_it_did_and_hands_it_over(
    module_simulator: Simulator, how: str
) -> None:
    body = {"number": "14163661007" if how == "frozen" else "14163661008"}
    with ExitStack() as stack:
        cluster = Cluster(module_simulator, stack)
        before = cluster.replicas[0].post(CALLBACKS, json=body, headers=KEY)
        _take_away(cluster.store, how)

        again = cluster.replicas[0].post(CALLBACKS, json=body, headers=KEY)
        assert again.json() == before.json()
        assert cluster.replicas[0].post(CALLBACKS, json=body).status_code == 409
        elsewhere = cluster.replicas[1].post(CALLBACKS, json={**body, "sms_optin": False})
        assert elsewhere.status_code == 201  # one ring a replica, and no more
        assert cluster.replicas[1].post(CALLBACKS, json=body).status_code == 409
        cluster.store_is("down")
        assert cluster.replicas[0].get("/readyz").status_code == 200

        with ExitStack() as returned:
            if how == "frozen":
                cluster.store.signal(signal.SIGCONT)
            else:
                returned.enter_context(running.redis_server(urlsplit(cluster.url).port))
            cluster.store_is("up")
            for replica in cluster.replicas:
                assert replica.post(CALLBACKS, json=body).status_code == 409
                assert replica.post(CALLBACKS, json=body, headers=KEY).json() == before.json()
        assert cluster.rings(body["number"]) == 2


def test_the_store_is_found_through_a_sentinel(simulator: Simulator, tmp_path: Path) -> None:
    with running.redis_server() as (url, _):
        (port,) = running.free_ports(1)
        config = tmp_path / "sentinel.conf"
        config.write_text(
            f"port {port}\nsentinel monitor centre 127.0.0.1 {urlsplit(url).port} 1\n"
        )
        sentinel = running.redis_process("--sentinel", at=str(config))
        try:
            sentinel.wait_for("monitor master centre")
            through = f"redis+sentinel://127.0.0.1:{port}/centre"
            with running.gateway(simulator, REDIS_URL=through) as gateway:
                started = gateway.post(CALLBACKS, json={"number": "14163661009"}, headers=KEY)
                assert started.status_code == 201
                # On a busy machine an answer may take over 50 ms: then it is away, and soon back.
                poll(lambda: gateway.get("/readyz").json()["store"] == "up")
                assert redis.Redis.from_url(url).keys("cbg:key:*")
        finally:
            sentinel.stop()


def _members(store: redis.Redis) -> Callable[[str], Any]:
    return lambda key: store.zrange(key, 0, -1)


def _take_away(store: Process, how: str) -> None:
    if how == "frozen":
        store.signal(signal.SIGSTOP)
    else:
        store.popen.kill()
        store.wait()
