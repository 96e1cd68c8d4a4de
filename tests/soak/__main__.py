"""`make soak`: mixed load and random faults on two gateways over one Redis, an hour long.

At its end every start is in Fonolo's journal once, or was answered as refused; no worker has grown
by 2 % since it was warm. Writes docs/soak.md; exits 1 where it is not so. SOAK is its length in
seconds, SOAK_RATE what is done in a second, SOAK_SEED the chance.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.machine import description
from tests.attack.attack import BEHIND_PROXY
from tests.attack.neighbours import Neighbour
from tests.attack.world import World, world
from tests.running import DOCUMENT_NOW, simulator
from tests.soak.customers import Customers
from tests.soak.faults import MODES, make_faults
from tests.soak.page import FAULTS, GROWTH, page
from tests.soak.samples import sample

PAGE = Path(__file__).parents[2] / "docs" / "soak.md"
_SCENARIO = Path(__file__).with_name("scenario.yaml")
_THREADS = 24
#: So many start at once to begin with, more than ever wait later: threads and connections that a
#: worker has once it keeps, and the most that ever wait grow with the length of a run.
_RUSH = 64
#: So often every kind of request is made while every kind of fault is there for half of them.
_TIMES = 8
#: What a process remembers it lets go of after a tenth of the run: it has warmed up by then, and
#: what it grows by after is a leak. By default it remembers keys and rings for a day.
_REMEMBERED = 10


def _settings(seconds: float) -> dict[str, str]:
    remembered = max(60, round(seconds / _REMEMBERED))
    return BEHIND_PROXY | {
        "FONOLO_TIMEOUT": "1,2",
        "IDEMPOTENCY_TTL": str(remembered),
        "LIMIT_START": f"5/minute;30/{remembered} seconds",
        "LIMIT_READ": "120/minute",
        "LIMIT_NUMBER": f"3/{remembered} seconds",
        "LIMIT_START_GLOBAL": "100000/hour",
    }


def main() -> int:
    seconds, rate = (
        float(os.environ.get(*each)) for each in (("SOAK", "3600"), ("SOAK_RATE", "10"))
    )
    seed = int(os.environ.get("SOAK_SEED", "1"))
    with (
        simulator("--now", DOCUMENT_NOW, "--speed", "60", "--scenario", str(_SCENARIO)) as upstream,
        world(upstream, 2, True, 1.0, Neighbour(), **_settings(seconds)) as ground,
    ):
        return soak(ground, seconds, rate, seed)


def soak(ground: World, seconds: float, rate: float, seed: int) -> int:
    """Run, compare, write the page; return the exit code."""
    workers = [each.process.children() for each in ground.replicas]
    customers = Customers(ground, random.Random(seed))  # reproducible on purpose
    _rush(customers, ground)
    _tour(customers, ground)
    stop = threading.Event()
    timer = threading.Timer(seconds, stop.set)
    timer.start()
    try:
        with ThreadPoolExecutor(_THREADS + 2) as pool:
            faults = pool.submit(make_faults, ground.simulator, random.Random(seed), stop)
            samples = pool.submit(sample, ground.replicas, seconds, stop)
            loads = [
                pool.submit(_load, customers, _THREADS / rate, n, stop) for n in range(_THREADS)
            ]
        for load in loads:
            load.result()
    finally:
        stop.set()
        timer.cancel()
    counted = customers.wishes.verdict(ground.simulator.calls())
    counted["internal errors"] = sum(each[500] for each in customers.answers.values())
    counted["store away"] = sum(
        "store away" in line for each in ground.replicas for line in each.process.lines
    )
    after = [each.process.children() for each in ground.replicas]
    counted["workers that died"] = sum(was != now for was, now in zip(workers, after, strict=True))
    grown = max(each.growth for each in samples.result())
    intro = (
        f"{seconds / 60:.0f} minutes of mixed load, some {rate:g} doings a second (seed {seed}),\n"
        "with random faults of the simulator, on two gateways over one Redis.\n"
        f"Keys, rings and limits are remembered for a {_REMEMBERED}th of that. First {_RUSH} starts"
        " wait at once:\nno later moment needs as many threads and connections. Then every kind of"
        " request\nmeets every kind of fault: a worker keeps a metric for each combination.\n\n"
        f"Machine: {description()}."
    )
    text = page(intro, customers.answers, counted, samples.result(), faults.result())
    PAGE.write_text(text, encoding="utf-8")
    print(text, *customers.wishes.wrong, sep="\n")  # noqa: T201
    good = grown < GROWTH and not any(counted[name] for name in FAULTS)
    print("passed" if good else f"FAILED: {grown:.2f} % grown, {counted}")  # noqa: T201
    return 0 if good else 1


def _rush(customers: Customers, ground: World) -> None:
    """Start call-backs at once, and have all of them wait."""
    ground.simulator.fault("*", latency_ms=1000)
    with ThreadPoolExecutor(_RUSH) as pool:
        rush = [pool.submit(customers.start_now) for _ in range(_RUSH)]
    ground.simulator.heal()
    for start in rush:
        start.result()


def _tour(customers: Customers, ground: World) -> None:
    """Let every kind of request meet every kind of fault."""
    for mode in MODES:
        ground.simulator.fault("*", mode=mode, rate=0.5)
        with ThreadPoolExecutor(_THREADS) as pool:
            met = [pool.submit(doing) for doing in customers.each() * _TIMES]
        ground.simulator.heal()
        for doing in met:
            doing.result()


def _load(customers: Customers, pause: float, seed: int, stop: threading.Event) -> None:
    """Do one thing after another until `stop` is set, a random pause between."""
    chance = random.Random(seed)
    while not stop.is_set():
        began = time.monotonic()
        customers.one()
        stop.wait(chance.expovariate(1 / pause) - (time.monotonic() - began))


if __name__ == "__main__":
    sys.exit(main())
