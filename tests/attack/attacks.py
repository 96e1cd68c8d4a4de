"""The attacks: each ends with how many phones should have rung at the least and at the most."""

from __future__ import annotations

import json
import random
import signal
import threading
import uuid
from collections.abc import Callable

from tests.attack import abuse, replacing, sockets, store
from tests.attack.attack import BEHIND_PROXY, Attack, number
from tests.attack.token_attacks import TOKEN_ATTACKS
from tests.attack.world import World
from tests.running import poll

FIVE_STARTS = {"LIMIT_START": "5/hour"}


def hammering(world: World) -> tuple[int, int]:
    world.many(lambda n: world.start(number(n)), 200)
    return 5, 5


def spoofing(world: World) -> tuple[int, int]:
    def spoof(n: int) -> None:
        address = f"203.0.{n // 250}.{n % 250}"
        headers = {
            "X-Forwarded-For": address,
            "Forwarded": f"for={address}",
            "X-Real-IP": address,
            "True-Client-IP": address,
        }
        world.start(number(n), headers=headers)

    world.many(spoof, 200)
    return 5, 5


def spoofing_through_the_proxy(world: World) -> tuple[int, int]:
    def spoof(n: int) -> None:
        world.start(number(n), headers={"X-Forwarded-For": f"10.9.{n % 250}.1, 198.51.100.7"})

    world.many(spoof, 200)
    return 5, 5


def rotating(world: World) -> tuple[int, int]:
    def rotate(n: int) -> None:
        world.start(number(n), headers={"X-Forwarded-For": f"2001:db8:1:2::{n:x}"})

    world.many(rotate, 200)
    return 5, 5


def one_victim(world: World) -> tuple[int, int]:
    def ring(n: int) -> None:
        world.start(number(0), headers={"X-Forwarded-For": f"203.0.{n // 250}.{n % 250}"})

    world.many(ring, 1000)
    return 3, 3


def dear_numbers(world: World) -> tuple[int, int]:
    dear = ["19005551234", "442071838750", "447946000000", "18765551234", "882161234567", "911"]
    dear += ["011442071838750", "8701234567890", "53535551234", "390612345678"]
    world.many(lambda n: world.start(dear[n % len(dear)]), 100)
    return 0, 0


def walking(world: World) -> tuple[int, int]:
    world.many(lambda n: world.start(f"1416555{1000 + n:04d}"), 300)
    return 10, 10


def everyone_at_once(world: World) -> tuple[int, int]:
    def ring(n: int) -> None:
        world.start(number(n), headers={"X-Forwarded-For": f"203.0.{n // 250}.{n % 250}"})

    world.many(ring, 300)
    return 20, 20


def key_replay(world: World) -> tuple[int, int]:
    key = str(uuid.uuid4())
    world.many(lambda n: world.start(number(0), key=key), 100)
    return 1, 1


def key_theft(world: World) -> tuple[int, int]:
    key = str(uuid.uuid4())
    world.start(number(0), key=key)
    world.many(lambda n: world.start(number(n + 1), key=key), 100)
    return 1, 1


def double_clicks(world: World) -> tuple[int, int]:
    with_key = str(uuid.uuid4())
    world.many(lambda n: world.start(number(1)), 50, threads=50)
    world.many(lambda n: world.start(number(2), key=with_key), 50, threads=50)
    return 2, 2


def faults_amid_a_start(world: World) -> tuple[int, int]:
    """Every fault of the simulator, each start retried with its key until it says so no more."""
    for n, mode in enumerate(["hang", "cut", "html", "truncated", "empty"]):
        world.simulator.fault("callback", mode=mode)
        world.start(number(n), key=f"fault-{mode}-{uuid.uuid4()}")
        key = f"again-{mode}-{uuid.uuid4()}"
        for _ in range(3):
            world.start(number(100 + n), key=key)
        world.simulator.heal()
        world.start(number(100 + n), key=key)
        world.start(number(300 + n))  # a success, else the circuit opens and hides the next fault
    for mode in ("refuse", "refuse_200", "bare"):
        world.simulator.fault("callback", mode=mode)
        world.many(lambda n: world.start(number(200 + n)), 10)
        world.simulator.heal()
    return 15, 15


def drained_under_load(world: World) -> tuple[int, int]:
    """SIGTERM while starts are under way: every phone that rings has its 201."""
    world.simulator.fault("callback", latency_ms=300)
    _load_and(world, lambda: world.replicas[0].process.signal(signal.SIGTERM))
    assert world.replicas[0].process.wait() == 0
    started = world.count(201)
    return started, started


def killed_under_load(world: World) -> tuple[int, int]:
    """SIGKILL of everything: retried elsewhere or not, no wish rings twice where a store is."""
    world.simulator.fault("callback", latency_ms=300)

    def kill() -> None:
        world.replicas[0].process.popen.kill()

    _load_and(world, kill)
    return world.count(201), world.times(60)


def _load_and(world: World, then: Callable[[], None]) -> None:
    loads = [
        threading.Thread(target=world.start, args=(number(n),), kwargs={"at": 0})
        for n in range(world.times(60))
    ]
    for load in loads:
        load.start()
    poll(lambda: world.rung() >= 1)
    then()
    for load in loads:
        load.join()


def malformed(world: World) -> tuple[int, int]:
    """Bodies out of a seeded generator, none of which names a number that could be called."""
    chance = random.Random(20260101)  # reproducible on purpose

    def body() -> bytes:
        valid = json.dumps({"number": "12", "questions": {"account_number": "1"}}).encode()
        kind = chance.randrange(6)
        if kind == 0:
            return chance.randbytes(chance.randrange(200))
        if kind == 1:
            return valid[: chance.randrange(len(valid))]
        if kind == 2:
            return chance.choice([b"[", b'{"a":', b'"', b"{"]) * chance.randrange(1, 3000)
        if kind == 3:
            return json.dumps({"number": chance.choice([None, [], {}, 1e400, True, ""])}).encode()
        if kind == 4:
            names = ["\ud800", "~/", "fc_number", "questions", "number", "\x00", "é" * 99]
            return json.dumps(
                {chance.choice(names): chance.choice(names) for _ in range(9)}
            ).encode()
        at = chance.randrange(len(valid))
        return valid[:at] + chance.randbytes(1) + valid[at + 1 :]

    bodies = [body() for _ in range(world.times(10_000))]
    headers = {"Content-Type": "application/json"}
    world.many(
        lambda n: world.send(
            world.replicas[n % len(world.replicas)], data=bodies[n % len(bodies)], headers=headers
        ),
        10_000,
        threads=8,
    )
    return 0, 0


#: What stores must agree on; run over every shape of them.
COUNTING = [
    Attack(
        "one victim from 1,000 addresses",
        one_victim,
        {"LIMIT_NUMBER": "3/hour", "DUPLICATE_WINDOW": "0"} | BEHIND_PROXY,
    ),
    Attack(
        "a crowd against the global budget",
        everyone_at_once,
        {"LIMIT_START_GLOBAL": "20/hour"} | BEHIND_PROXY,
    ),
    Attack("a key replayed", key_replay),
    Attack("a key stolen for other bodies", key_theft),
    *TOKEN_ATTACKS,
    Attack("50 parallel double clicks", double_clicks),
]

ATTACKS = [
    Attack("one address hammers", hammering, FIVE_STARTS),
    Attack("spoofed forwarding headers, no proxy", spoofing, FIVE_STARTS),
    Attack(
        "spoofed hops before the proxy's", spoofing_through_the_proxy, FIVE_STARTS | BEHIND_PROXY
    ),
    Attack("rotation inside an IPv6 /64", rotating, FIVE_STARTS | BEHIND_PROXY),
    Attack("premium and foreign numbers", dear_numbers),
    Attack("walking a number range", walking, {"LIMIT_PREFIX": "10/hour"}),
    *COUNTING,
    Attack("every fault amid a start", faults_amid_a_start, {"FONOLO_TIMEOUT": "1,1"}),
    *store.ATTACKS,
    Attack("a call-back moved in turn", replacing.moving_in_turn, replacing.THREE_RINGS),
    Attack("one moved by many at once", replacing.moving_at_once, replacing.THREE_RINGS),
    Attack("one moved to other numbers", replacing.moving_to_other_numbers, replacing.THREE_RINGS),
    Attack("one moved to now, and again", replacing.moving_to_now, replacing.THREE_RINGS),
    Attack("SIGTERM under load", drained_under_load),
    Attack("SIGKILL under load", killed_under_load),
    Attack("10,000 malformed bodies", malformed),
    *(Attack(name, run, in_one_process=True) for name, run in sockets.ATTACKS.items()),
    *abuse.ATTACKS,
]
