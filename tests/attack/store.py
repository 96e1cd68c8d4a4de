"""Attacks on the store: it stalls, goes, comes back empty, or fails over to another primary."""

from __future__ import annotations

import signal
import threading
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from urllib.parse import urlsplit

from redis import Redis

from tests.attack.attack import Attack, number
from tests.attack.world import STORE_TIMEOUT, World
from tests.running import poll, redis_server

#: What a replica logs once it has noticed that the store was emptied.
_LOSS = "the store has lost what it held"


def store_taken_away(
    world: World, take: Callable[[], None], bring_back: Callable[[], None]
) -> tuple[int, int]:
    """The same twenty wishes before, while and after the store is away, under load."""
    wishes = world.times(20)
    stop = threading.Event()

    def clicking() -> None:
        while not stop.is_set():
            for n in range(wishes):
                world.start(number(n), at=n)

    clicks = [threading.Thread(target=clicking) for _ in range(4)]
    for click in clicks:
        click.start()
    poll(lambda: world.rung() >= wishes)
    take()
    _each_replica(world, "down")
    for replica in range(len(world.replicas)):
        for n in range(wishes):
            world.start(number(n), at=replica)
    bring_back()
    _each_replica(world, "up")
    stop.set()
    for click in clicks:
        click.join()
    for replica in range(len(world.replicas)):
        for n in range(wishes):
            world.start(number(n), at=replica)
    return wishes, wishes * len(world.replicas)


def _each_replica(world: World, state: str) -> None:
    for replica in world.replicas:
        poll(lambda replica=replica: _store(replica, world, state))


def _store(replica: object, world: World, state: str) -> bool:
    return bool(replica.get("/readyz").json()["store"] == state)  # type: ignore[attr-defined]


def store_frozen(world: World) -> tuple[int, int]:
    assert world.store
    process = world.store.process
    assert process
    return store_taken_away(
        world, lambda: process.signal(signal.SIGSTOP), lambda: process.signal(signal.SIGCONT)
    )


def store_stalls(world: World) -> tuple[int, int]:
    """Every replica is asked for the same wish amid a stall that is shorter than two time-outs."""
    assert world.store
    process = world.store.process
    assert process
    _each_replica(world, "up")
    for wish in range(5):
        process.signal(signal.SIGSTOP)
        clicks = [
            threading.Thread(target=world.start, args=(number(wish),), kwargs={"at": replica})
            for replica in range(len(world.replicas))
        ]
        for click in clicks:
            click.start()
        threading.Event().wait(1.5 * STORE_TIMEOUT)
        process.signal(signal.SIGCONT)
        for click in clicks:
            click.join()
    return 5, 5


def store_killed(world: World) -> tuple[int, int]:
    """It comes back empty: what the replicas did is handed over to it."""
    with ExitStack() as returned:
        return store_taken_away(world, partial(_kill, world), partial(_again, world, returned))


def store_restarted(world: World) -> tuple[int, int]:
    """It comes back empty between two wishes: nobody sees that it was away."""
    with ExitStack() as returned:

        def restart() -> None:
            _kill(world)
            _again(world, returned)

        return _store_emptied(world, restart)


def store_flushed(world: World) -> tuple[int, int]:
    """FLUSHALL, by somebody who shares it."""
    assert world.store
    with Redis.from_url(world.store.url) as client:
        return _store_emptied(world, client.flushall)


def _store_emptied(world: World, empty: Callable[[], object]) -> tuple[int, int]:
    """Twenty wishes, the half with keys: again where they were placed, then at every replica."""
    wishes = world.times(20)
    keys = {n: str(uuid.uuid4()) for n in range(0, wishes, 2)}

    def ring(n: int, at: int) -> None:
        world.start(number(n), key=keys.get(n), at=at)

    for n in range(wishes):
        ring(n, n)
    empty()
    for n in range(wishes):
        ring(n, n)
    for replica in world.replicas:
        poll(lambda replica=replica: any(_LOSS in line for line in replica.process.lines))
    for replica in range(len(world.replicas)):
        for n in range(wishes):
            ring(n, replica)
    return wishes, wishes


def _kill(world: World) -> None:
    assert world.store
    process = world.store.process
    assert process
    process.popen.kill()
    process.wait()


def _again(world: World, stack: ExitStack) -> None:
    """Start an empty store at the same address, until the stack ends."""
    assert world.store
    stack.enter_context(redis_server(urlsplit(world.store.url).port))


def primary_replaced(world: World) -> tuple[int, int]:
    """The same wishes, with a key each, before, amid and after a failover, at every replica."""
    assert world.store
    store = world.store
    wishes = world.times(40)

    def ring(n: int) -> None:
        if n == wishes:
            store.fail_over()
        world.start(number(n % wishes), key=f"failover-{n % wishes:08d}-{id(store)}", at=n)

    world.many(ring, 4 * 40, threads=1)
    _each_replica(world, "up")
    world.many(ring, 2 * 40, threads=4)
    return wishes, wishes


FAILOVER = Attack("the primary fails over", primary_replaced, needs_store=True)
ATTACKS = [
    Attack("store frozen and returned", store_frozen, needs_store=True),
    Attack("store stalls for a moment", store_stalls, needs_store=True),
    Attack("store killed and returned empty", store_killed, needs_store=True),
    Attack("store restarted empty, unnoticed", store_restarted, needs_store=True),
    Attack("store flushed", store_flushed, needs_store=True),
]
