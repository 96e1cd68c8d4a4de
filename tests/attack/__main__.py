"""`make attack`: every attack in every world; a table of phones rung against phones that should.

Fails (exit 1) on any extra ring, any lost one, any 500, and what else an attack finds wrong.
"""

from __future__ import annotations

import sys
import time

import requests

from tests.attack.attack import Attack
from tests.attack.attacks import ATTACKS, COUNTING
from tests.attack.flood import FLOOD
from tests.attack.store import FAILOVER
from tests.attack.world import world
from tests.running import DOCUMENT_NOW, Simulator, simulator

#: How many replicas, and whether they share a store.
WORLDS = ((1, False), (1, True), (3, True))
_ROW = "{:38s} {:>20s} {:>8s} {:>10s} {:>6s}  {}"


def main() -> int:
    print(_ROW.format("attack", "world", "rung", "should", "500s", ""))  # noqa: T201
    verdicts = []
    with simulator("--now", DOCUMENT_NOW, "--speed", "200") as upstream:
        for attack in ATTACKS:
            for replicas, shared in WORLDS[:1] if attack.in_one_process else WORLDS:
                if shared or not attack.needs_store:
                    verdicts.append(run(attack, upstream, replicas, shared))
        for shape in ("cluster", "plain url", "sentinel"):
            verdicts += [run(attack, upstream, 2, True, shape=shape) for attack in COUNTING]
        for shape in ("failover", "cluster failover"):
            verdicts.append(run(FAILOVER, upstream, 2, True, shape=shape))
        for shape in ("redis", "cluster"):
            verdicts.append(run(FLOOD, upstream, 2, True, shape=shape))
    with simulator("--host", "::1", "--now", DOCUMENT_NOW, "--speed", "200") as upstream:
        verdicts += [run(attack, upstream, 2, True, shape="ipv6") for attack in COUNTING]
    print(f"{sum(verdicts)} passed, {len(verdicts) - sum(verdicts)} failed")  # noqa: T201
    return 0 if all(verdicts) else 1


def run(
    attack: Attack,
    upstream: Simulator,
    replicas: int,
    shared: bool,
    scale: float = 1.0,
    shape: str = "redis",
) -> bool:
    """Run one attack in one world, print its row, return whether it came out right."""
    began = time.monotonic()
    with (
        attack.neighbour(upstream) as neighbour,
        world(upstream, replicas, shared, scale, neighbour, shape, **attack.settings) as ground,
    ):
        try:
            least, most = attack.run(ground)
        except (AssertionError, OSError, requests.RequestException) as fault:
            least, most = -1, -1
            print(f"{attack.name}: {fault}")  # noqa: T201
        rung, broken = ground.rung(), ground.count(500)
    right = least <= rung <= most and not broken
    should = str(least) if least == most else f"{least} to {most}"
    name = f"{shape if shared else 'memory'} x {replicas}"
    took = f"{'ok' if right else 'WRONG'}  {time.monotonic() - began:.0f} s"
    print(_ROW.format(attack.name, name, str(rung), should, str(broken), took), flush=True)  # noqa: T201
    return right


if __name__ == "__main__":
    sys.exit(main())
