"""What a worker weighs after many requests, whether it grows, and what many starts are in Redis."""

from __future__ import annotations

import time
from dataclasses import dataclass

from redis import Redis

from benchmarks.loads import Load, send
from benchmarks.measure import Failed
from benchmarks.processes import Tree
from service.callbacks.ports import Budget, Rate
from service.store.changes import Change
from service.store.redis import PREFIX, RedisStore

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


def a_million_starts(store: Tree) -> float:
    """Count a million starts of the last hour in the global window; return its KiB in Redis."""
    key, hour, parts = "global:{benchmark}", 3600, 50
    with Redis(port=store.port) as client:
        redis = RedisStore(client)
        each = 1_000_000 // parts
        redis.apply(
            [Change("count", key, at=-60 * n, seconds=hour, amount=each) for n in range(parts)], 0
        )
        (window,) = redis.windows([Budget("global", key, Rate(1, hour))])
        if window.used != parts * each:
            raise Failed(f"{window.used:,} starts were counted")
        return client.memory_usage(PREFIX + key) / 1024
