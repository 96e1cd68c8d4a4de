"""Two gateways over every shape of Redis: one wish rings once, in as few round trips as it can."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from redis import Redis

from tests import running
from tests.attack.neighbours import captcha_provider
from tests.redis_servers import MovingAddress, redis_cluster, redis_pair
from tests.running import Gateway, Simulator, poll

CALLBACKS = "/v1/profiles/default/callbacks"
LIMITS = {
    "LIMIT_START": "100/minute;1000/hour",
    "LIMIT_NUMBER": "3/hour;10/day",
    "LIMIT_PREFIX": "1000/day",
    "LIMIT_START_GLOBAL": "600/hour",
    "REDIS_TIMEOUT": "2",  # what is shared is tested here, not how soon a busy machine answers
}


@contextmanager
def gateways(
    simulator: Simulator, url: str, count: int = 2, **settings: str
) -> Iterator[list[Gateway]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(running.gateway(simulator, REDIS_URL=url, **LIMITS, **settings))
            for _ in range(count)
        ]


def keyed(number: int) -> dict[str, Any]:
    return {
        "json": {"number": f"1416366{number}"},
        "headers": {"Idempotency-Key": f"a-key-of-this-test-{number}"},
    }


@pytest.mark.long
@pytest.mark.parametrize("url_of", [lambda c: c.url, lambda c: c.plain_url], ids=["named", "plain"])
def test_over_a_cluster_a_key_a_number_and_a_wish_ring_once(
    simulator: Simulator, url_of: Callable[[Any], str]
) -> None:
    before = len(simulator.calls())
    with redis_cluster() as cluster, gateways(simulator, url_of(cluster)) as both:
        for n in range(2000, 2005):
            first, again = (each.post(CALLBACKS, **keyed(n)) for each in both)
            assert (first.status_code, again.status_code) == (201, 201)
            assert first.json() == again.json()
            assert both[1].post(CALLBACKS, json=keyed(n)["json"]).status_code == 409
        with ThreadPoolExecutor(20) as pool:
            codes = list(
                pool.map(
                    lambda n: (
                        both[n % 2].post(CALLBACKS, json={"number": "14163663000"}).status_code
                    ),
                    range(20),
                )
            )
        assert codes.count(201) == 1
        assert {each.get("/readyz").json()["store"] for each in both} == {"up"}
        assert len(simulator.calls()) - before == 6
        assert len(cluster.keys("cbg:number:*")) == 12


@pytest.mark.long
def test_after_a_failover_a_key_placed_before_is_replayed(simulator: Simulator) -> None:
    before = len(simulator.calls())
    with redis_pair() as pair:
        address = MovingAddress(pair.ports[0])
        with gateways(simulator, address.url) as both:
            first = both[0].post(CALLBACKS, **keyed(4000))
            assert first.status_code == 201
            pair.fail_over()
            address.port = pair.ports[0]
            both[0].post(CALLBACKS, **keyed(4001))
            for each in both:
                each.get("/v1/profiles/default")  # counted: so it meets the demoted server
                poll(lambda each=each: each.get("/readyz").json()["store"] == "up", within=5)
            for n in (4000, 4001):
                again = both[1].post(CALLBACKS, **keyed(n))
                assert again.headers.get("Idempotency-Replayed"), (n, again.text)
            assert len(simulator.calls()) - before == 2
        address.close()


@pytest.mark.parametrize(
    ("body", "status", "most"),
    [
        ({"number": "14163665000"}, 201, 3),  # client; claim, duplicate and rings; outcome
        ({"number": "14163660001"}, 502, 3),  # refused: key and rings come back in one
        ({"number": "12"}, 422, 2),  # nothing is claimed for what cannot be placed
    ],
)
def test_a_start_with_a_key_takes_few_round_trips(
    simulator: Simulator, body: dict[str, str], status: int, most: int
) -> None:
    with running.redis_server() as (url, _), gateways(simulator, url, 1) as (gateway,):
        commands = _commands_of_a_start(gateway, url, body, status)
    assert len(commands) <= most, commands


def test_a_captcha_adds_one_round_trip(simulator: Simulator) -> None:
    with (
        captcha_provider(simulator, mode="always") as provider,
        running.redis_server() as (url, _),
        gateways(simulator, url, 1, **provider.settings) as (gateway,),
    ):
        body = {"number": "14163665001", "captcha_token": "a-token"}
        commands = _commands_of_a_start(gateway, url, body, 201)
    assert len(commands) <= 4, commands


def _commands_of_a_start(
    gateway: Gateway, url: str, body: dict[str, str], status: int
) -> list[str]:
    """Start with a key, at a gateway that has its connections; list what reaches the store."""
    warm = {**body, "number": "14163664999"} | (
        {"captcha_token": "warm"} if "captcha_token" in body else {}
    )
    first, second = ({"Idempotency-Key": each * 16} for each in "ab")
    assert gateway.post(CALLBACKS, json=warm, headers=first).status_code == 201
    with Redis.from_url(url) as client, client.monitor() as monitor:  # type: ignore[no-untyped-call]
        assert gateway.post(CALLBACKS, json=body, headers=second).status_code == status
        with Redis.from_url(url) as marker:
            marker.echo("counted")
        return _commands_until_mark(monitor)


def _commands_until_mark(monitor: Any) -> list[str]:
    """List what reached the server by itself, not out of a script, nor looks at the mark."""
    found: list[str] = []
    for each in monitor.listen():
        if each["command"].startswith("ECHO"):
            break
        if each["client_type"] != "lua" and not re.match(
            r"EVALSHA \w+ 1 cbg:mark:", each["command"]
        ):
            found.append(each["command"].split()[0])
    return [each for each in found if each not in {"HELLO", "CLIENT", "SCRIPT"}]
