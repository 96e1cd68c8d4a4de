"""The flood: one address asks all it can while forty people double-click at two gateways."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

from tests.attack.attack import BEHIND_PROXY, Attack, number
from tests.attack.world import World

_PEOPLE, _CONNECTIONS, _LIMIT = 40, 160, 5
_FLOODER = {"X-Forwarded-For": "198.51.100.66"}


def flood(world: World) -> tuple[int, int]:
    """Nearly all of the flood is 429; a healthy store stays up, and nobody is rung twice."""
    stop, people = threading.Event(), world.times(_PEOPLE)

    def ask(n: int) -> None:
        while not stop.is_set():
            world.start(number(1000 + n), at=n, headers=_FLOODER)

    keys = [str(uuid.uuid4()) for _ in range(people)]

    def click(n: int) -> int:
        person = {"X-Forwarded-For": f"203.0.113.{n // 2}"}
        return world.start(number(n // 2), key=keys[n // 2], at=n, headers=person).status

    with ThreadPoolExecutor(_CONNECTIONS) as connections:
        asking = [connections.submit(ask, n) for n in range(_CONNECTIONS)]
        try:
            with ThreadPoolExecutor(2 * people) as clicks:
                statuses = list(clicks.map(click, range(2 * people)))
        finally:
            stop.set()
    for each in asking:
        each.result()
    lost = [both for both in zip(statuses[::2], statuses[1::2], strict=True) if 201 not in both]
    assert not lost, f"lost starts: {lost}"
    states = [replica.get("/readyz").json()["store"] for replica in world.replicas]
    assert states == ["up"] * len(states), states
    others = len(world.answers) - 2 * people
    assert world.count(429) == others - _LIMIT, f"{world.count(429)} of {others} were 429"
    return people + _LIMIT, people + _LIMIT


FLOOD = Attack(
    "one address floods, 40 double-click",
    flood,
    {"LIMIT_START": f"{_LIMIT}/hour"} | BEHIND_PROXY,
    needs_store=True,
)
