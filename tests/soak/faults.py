"""Random faults of the simulator: one at a time, now and then, with quiet between."""

from __future__ import annotations

import random
import threading
from collections import Counter

from tests.running import Simulator

_ENDPOINTS = ("callback", "callback", "status", "cancel", "profile", "options", "schedule", "*")
MODES = (None, "refuse", "refuse_200", "bare", "hang", "cut", "html", "truncated", "empty")
#: Seconds that a fault and the quiet after it last, at most.
_LONGEST = 15.0


def make_faults(simulator: Simulator, chance: random.Random, stop: threading.Event) -> Counter[str]:
    """Switch faults on and off until `stop` is set; return how many there were of each mode."""
    made: Counter[str] = Counter()
    while not stop.wait(chance.uniform(1, _LONGEST)):
        mode = chance.choice(MODES)
        simulator.fault(
            chance.choice(_ENDPOINTS),
            mode=mode,
            rate=round(chance.uniform(0.05, 0.6), 2),
            latency_ms=chance.randrange(400),
            jitter_ms=chance.randrange(400),
        )
        made[mode or "slow"] += 1
        stop.wait(chance.uniform(1, _LONGEST))
        simulator.heal()
    return made
