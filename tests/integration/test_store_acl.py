"""The smallest rights in Redis that docs/operating.md names are enough, and are the smallest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests import running
from tests.running import CUSTOMER_SERVICE, Gateway, Simulator, poll

OPERATING = Path(__file__).parents[2] / "docs" / "operating.md"
STARTS = "/v1/profiles/default/callbacks"
SLOTS = f"/v1/profiles/default/options/{CUSTOMER_SERVICE}/slots"
#: What redis-py asks for and goes on without.
OPTIONAL = {"client", "client|setinfo"}


def rules() -> list[str]:
    """Return the rules of the user, as the guide shows them."""
    [line] = re.findall(r"^ACL SETUSER gateway (.+)$", OPERATING.read_text("utf-8"), re.M)
    return [rule for rule in line.split() if not rule.startswith(">")]


def use(gateway: Gateway, simulator: Simulator) -> None:
    """Do everything that asks the store."""
    key = {"Idempotency-Key": "0123456789abcdef"}
    slot = gateway.get(SLOTS).json()["slots"][0]
    wish = {"number": "14163662500", "start_time": slot["start_time"]}  # it can still be cancelled
    placed = gateway.post(STARTS, json=wish, headers=key)
    assert placed.status_code == 201, placed.text
    assert gateway.post(STARTS, json=wish, headers=key).headers["Idempotency-Replayed"] == "true"
    assert gateway.post(STARTS, json=wish).status_code == 409
    simulator.fault("callback", mode="refuse")
    assert gateway.post(STARTS, json={"number": "14163662501"}).status_code == 502
    simulator.heal()
    assert gateway.get(placed.json()["url"]).status_code == 200
    assert gateway.post(f"{placed.json()['url']}/cancel").status_code == 204


@pytest.fixture
def admin() -> Iterator[Redis]:
    """A Redis with the guide's user."""
    with running.redis_server() as (url, _):
        with Redis.from_url(url, decode_responses=True) as client:
            client.execute_command("ACL", "SETUSER", "gateway", *rules(), ">a-password")
            yield client


def address(client: Redis) -> str:
    where = client.get_connection_kwargs()
    return f"redis://gateway:a-password@{where['host']}:{where['port']}/{where.get('db', 0)}"


def denied(client: Redis) -> set[str]:
    entries = client.acl_log() or []
    return {entry["object"] for entry in entries} - OPTIONAL


LIMITS = {
    "LIMIT_START": "100/minute",
    "LIMIT_READ": "100/minute",
    "LIMIT_NUMBER": "10/day",
    "LIMIT_PREFIX": "100/day",
    "LIMIT_START_GLOBAL": "100/hour",
}


def test_the_guides_rights_are_enough_for_everything(admin: Redis) -> None:
    with (
        running.simulator() as simulator,  # at its usual speed: no call ends before its cancel
        running.gateway(simulator, REDIS_URL=address(admin), **LIMITS) as gateway,
    ):
        use(gateway, simulator)
        admin.execute_command("CLIENT", "PAUSE", "1000", "ALL")  # away, and back again
        gateway.post(STARTS, json={"number": "14163662502"})
        for state in ("down", "up"):
            poll(lambda state=state: gateway.get("/readyz").json()["store"] == state)
        admin.script_flush()  # as after a failover: scripts are loaded again
        assert gateway.post(STARTS, json={"number": "14163662503"}).status_code == 201
        assert gateway.get("/readyz").json()["store"] == "up"
    assert denied(admin) == set()


def test_without_one_of_them_it_does_not_start_and_says_so(admin: Redis) -> None:
    """That each is needed tests/unit/service/store/test_connection.py shows."""
    without = [rule for rule in rules() if rule != "+zadd"]
    admin.execute_command("ACL", "SETUSER", "gateway", "reset", *without, ">a-password")
    env = running.gateway_env("http://127.0.0.1:1/", REDIS_URL=address(admin))
    serve = running.Process(["callback-gateway", "serve"], env)
    assert serve.wait() == 2
    said = "\n".join(serve.lines)
    assert "REDIS_URL: the store's user may not do all that is needed" in said
    assert "a-password" not in said
    serve.stop()
