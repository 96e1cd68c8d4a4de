"""What a worker weighs after many requests, and whether it grows."""

from __future__ import annotations

import time
from dataclasses import dataclass

from benchmarks.loads import Load, send
from benchmarks.measure import Failed
from benchmarks.processes import Tree

REQUESTS = 100_000
#: Whatever the machine does, the run ends after so many seconds.
WITHIN = 400
#: Where all is let go within a minute, only a leak grows after so many seconds.
LEAKING = 180


@dataclass(frozen=True)
class Weights:
    """MiB resident in the worker, by requests answered since it was started."""

    by_requests: dict[int, float]

    @property
    def requests(self) -> int:
        return max(self.by_requests)

    @property
    def last(self) -> float:
        return self.by_requests[self.requests]

    @property
    def growth(self) -> float:
        """Return what the second half of the requests added, as a part of what was there."""
        half = min(self.by_requests, key=lambda done: abs(done - self.requests / 2))
        return self.last / self.by_requests[half] - 1


def weigh(tree: Tree, load: Load, seconds: float, requests: int = REQUESTS) -> Weights:
    """Send the load until so many requests are answered, and for so many seconds at least;
    weigh every few of them.
    """
    answered, weights = 0, {0: tree.worker_memory()}
    began = time.monotonic()
    ends, enough = began + WITHIN, began + seconds
    while (answered < requests or time.monotonic() < enough) and time.monotonic() < ends:
        found = send(load, tree.origin, seconds=5)
        if found.bad or found.broken:
            wrong = f"{found.bad} of {found.good + found.bad} answers were wrong"
            raise Failed(f"{wrong}, {found.broken} broke off")
        answered += found.good
        weights[answered] = tree.worker_memory()
    if answered < requests:
        raise Failed(f"only {answered} answers in {WITHIN} seconds")
    return Weights(weights)
