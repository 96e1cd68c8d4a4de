"""Attacks on what is shared: circuits, connections, places, limits, clocks; one caller's abuse
is no other's loss.
"""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import Any

import requests

from tests.attack.attack import BEHIND_PROXY, Attack, number
from tests.attack.neighbours import Middlebox, WallClock, captcha_provider, middlebox, wall_clock
from tests.attack.world import World, memory
from tests.scraping import value

FORM = "/v1/profiles/default"
_INVENTED = "2017-08-07T21:31:00Z"
_ME, _YOU = ({"X-Forwarded-For": f"198.51.100.{n}"} for n in (1, 2))


def stepping_up(world: World) -> tuple[int, int]:
    """600 starts with a slot that is none, of a client that may have five."""
    starts = world.times(600)
    world.many(lambda n: world.start(number(n), start_time=_INVENTED), 600)
    asked = sum(
        value(each, "upstream_seconds_count", endpoint="schedule") or 0 for each in world.replicas
    )
    replicas = len(world.replicas)  # while the store is away, each counts alone
    assert asked <= 15 * replicas, f"Fonolo was asked {asked:.0f} times"
    assert world.count(429) >= starts - 50 * replicas, f"{world.count(429)} of {starts} were 429"
    return 0, 0


def unreadable_numbers(world: World) -> tuple[int, int]:
    """Numbers that Fonolo answers unreadably, all asked for by one client."""
    statuses = [world.start(f"1416{500 + n}0007", at=0, headers=_ME).status for n in range(6)] + [
        world.start(number(n), at=0, headers=_YOU).status for n in range(3)
    ]
    assert statuses == [504] * 5 + [503] + [201] * 3, statuses
    return 8, 8


def a_status_that_breaks(world: World) -> tuple[int, int]:
    """One call's status is polled while it cannot be read; another's is asked for."""
    gateway = world.replicas[0]
    mine, yours = (world.start(number(n), at=0).body["url"] for n in range(2))
    world.simulator.fault("status", mode="html")
    statuses = [gateway.get(mine).status_code for _ in range(6)]
    world.simulator.heal()
    statuses += [gateway.get(path).status_code for path in (mine, FORM, yours)]
    assert statuses == [502] * 5 + [503] * 2 + [200] * 2, statuses
    return 2, 2


def a_cancel_refused(world: World) -> tuple[int, int]:
    """Cancel and status are both refused: the call may stand, which is no 404."""
    url = world.start(number(0), at=0).body["url"]
    for endpoint in ("cancel", "status"):
        world.simulator.fault(endpoint, mode="refuse")
    answer = world.replicas[0].post(f"{url}/cancel")
    assert answer.status_code == 502, answer.text
    return 1, 1


def forgotten_connections(world: World) -> tuple[int, int]:
    """A middlebox forgets all kept connections: one start is lost at the most."""
    assert isinstance(world.neighbour, Middlebox)
    world.simulator.fault("callback", latency_ms=300)
    open_calls = world.many(lambda n: world.start(number(n)), 8, threads=8)
    world.simulator.heal()
    world.neighbour.forget()
    after = [world.start(number(100 + n)).status for n in range(6)]
    assert after.count(504) <= 1, after
    return len(open_calls) + after.count(201), len(open_calls) + 5 + after.count(504)


def a_refusal_that_is_none(world: World) -> tuple[int, int]:
    """HTTP 502 with the body of a refusal is a proxy's, not Fonolo's: the ring counts."""
    statuses = [world.start("14165000001").status for _ in range(2)]
    assert statuses == [504, 429], statuses
    return 0, 0


def _as_502(data: bytes) -> bytes:
    return data.replace(b"HTTP/1.1 500 INTERNAL SERVER ERROR", b"HTTP/1.1 502 Bad Gateway")


def waiting_for_the_provider(world: World) -> tuple[int, int]:
    """More starts than there are threads, at a CAPTCHA provider that never answers."""
    crowd = threading.Thread(
        target=world.many,
        args=(lambda n: world.start(number(n), captcha_token="x"), 470),
        kwargs={"threads": 470},
    )
    crowd.start()
    while crowd.is_alive():
        asked = time.monotonic()
        assert requests.get(f"{world.replicas[0].origin}/healthz", timeout=30).ok
        seconds = time.monotonic() - asked
        if seconds > 2:
            crowd.join()
            raise AssertionError(f"/healthz took {seconds:.1f} s")
        crowd.join(0.1)
    assert world.count(503) == len(world.answers)
    return 0, 0


def one_token(world: World) -> tuple[int, int]:
    world.many(lambda n: world.start(number(n), captcha_token="good"), 30, threads=30)
    return 1, 1


def tokens_that_are_none(world: World) -> tuple[int, int]:
    tokens = ["\ud800", "é", "\0", "x" * 4097, " ", 5, [], {}, True, ""]
    answers = [world.start(number(n), captcha_token=token) for n, token in enumerate(tokens)]
    # The provider of this attack takes whatever it is asked about.
    assert [each.status for each in answers] == [422, 422, 201, 422, 201, *[422] * 5]
    return 2, 2


def forwarding_headers(world: World) -> tuple[int, int]:
    """Thousands of long X-Forwarded-For, no two alike, from one who is no proxy."""
    gateway = world.replicas[0]
    before = memory(gateway)

    def send(n: int) -> None:
        hops = f"203.0.113.1, {n:07d}" + ", 198.51.100.7" * 500
        world.start("1", at=0, headers={"X-Forwarded-For": hops})

    world.many(send, 6000)
    grown = memory(gateway) - before
    assert grown < 30, f"grown by {grown} MiB"
    return 0, 0


def a_clock_set_back(world: World) -> tuple[int, int]:
    """A budget of one ring in two seconds; the wall clock is set back a day meanwhile."""
    assert isinstance(world.neighbour, WallClock)
    world.start(number(0))
    world.neighbour.set(-86_400)
    assert world.start(number(0)).status == 429
    threading.Event().wait(2.5)
    assert world.start(number(0)).status == 201
    return 2, 2


def half_refused(world: World) -> tuple[int, int]:
    """Every other start is refused, and gives its ring back."""
    world.many(lambda n: world.start("14165000001" if n % 2 else number(n)), 300)
    return min(20, world.times(300) // 2), 20


def start_and_cancel(world: World) -> tuple[int, int]:
    """A cancel clears the duplicate, and gives no ring back."""
    for _ in range(10):
        body: dict[str, Any] = world.start(number(0)).body
        if "url" in body:
            world.replicas[0].post(f"{body['url']}/cancel")
    return 3, 3


_ALWAYS = partial(captcha_provider, mode="always")
_FREE = {"DUPLICATE_WINDOW": "0"}

ATTACKS = [
    Attack(
        "600 invented slots under step_up",
        stepping_up,
        {"LIMIT_START": "5/hour"},
        neighbour=partial(captcha_provider, mode="step_up", success=False),
    ),
    Attack(
        "one caller's unreadable numbers", unreadable_numbers, BEHIND_PROXY, in_one_process=True
    ),
    Attack("one call's status cannot be read", a_status_that_breaks, in_one_process=True),
    Attack("cancel and status refused", a_cancel_refused, in_one_process=True),
    Attack(
        "kept connections forgotten",
        forgotten_connections,
        {"FONOLO_TIMEOUT": "1,1"},
        in_one_process=True,
        neighbour=middlebox,
    ),
    Attack(
        "a refusal's body under HTTP 502",
        a_refusal_that_is_none,
        {"LIMIT_NUMBER": "1/hour"} | _FREE,
        in_one_process=True,
        neighbour=partial(middlebox, alter=_as_502),
    ),
    Attack(
        "470 starts at a silent provider",
        waiting_for_the_provider,
        in_one_process=True,
        neighbour=partial(_ALWAYS, hangs=True),
    ),
    Attack("a CAPTCHA token sent 30 times", one_token, neighbour=_ALWAYS),
    Attack("tokens that are none", tokens_that_are_none, in_one_process=True, neighbour=_ALWAYS),
    Attack("6,000 forged forwarding headers", forwarding_headers, in_one_process=True),
    Attack(
        "the wall clock set back a day",
        a_clock_set_back,
        {"LIMIT_NUMBER": "1/2seconds"} | _FREE,
        in_one_process=True,
        neighbour=wall_clock,
    ),
    Attack(
        "300 starts, half of them refused", half_refused, {"LIMIT_START_GLOBAL": "20/hour"} | _FREE
    ),
    Attack("start and cancel, again and again", start_and_cancel, {"LIMIT_NUMBER": "3/hour"}),
]
